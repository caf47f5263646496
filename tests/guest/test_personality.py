# SPDX-License-Identifier: BSD-2-Clause
"""Personalities: the host is treated as if it had a flaw, and no guest can
tell. All kernels of all backends run in a few machines for each."""
import functools

import pytest

from guest import test_backends as backends
from lib import host, machine

FLAWS = ("htinst-zero", "htval-zero", "no-vmid", "svade", "no-sstc",
         "vu-illegal", "stval-zero", "4k-only")


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guest-kernels")


@functools.cache
def lines_of(name, vcpus, cpu):
    """The kernel's lines on plain QEMU; once for all flaws."""
    return tuple(backends.expected(name, vcpus, cpu))


@pytest.mark.parametrize("backend", backends.BACKENDS)
@pytest.mark.parametrize("flaw", FLAWS)
def test_same(flaw, backend):
    """Every kernel that says what a CPU has to do right, all at once."""
    cpu = machine.guest_cpu(flaw=flaw)
    run = machine.batch(machine.describe(*(
        machine.vm(name.replace("_", "-"), kernel=f"build/guest/{name}.elf",
                   vcpus=vcpus, backend=backend, personality=flaw,
                   memory="128M")
        for name, vcpus in backends.KERNELS)), 300, HARTS=2,
        FIRMWARE="direct")
    for name, vcpus in backends.KERNELS:
        backends.compare(run, name.replace("_", "-"),
                         lines_of(name, vcpus, cpu))
    run.need_status(0)
    check_it_shows(run, flaw, backend)


def test_waiting_in_user_mode():
    """wrs.nto is illegal in VU-mode where the hypervisor has waiting trapped
    and the hart knows no cause 22: it must not come to the guest."""
    lines = lines_of("traps", 1, backends.CPU)
    run = machine.batch(machine.describe(*(
        machine.vm(backend, kernel="build/guest/traps.elf", backend=backend,
                   force="vtw", personality="vu-illegal")
        for backend in ("hw", "hybrid"))))
    for backend in ("hw", "hybrid"):
        backends.compare(run, backend, lines)
        run.need(run.stats[backend]["exits.wrs"] == 1, "it was trapped")


def test_without_ids():
    """VMs that share the one VMID, beside hybrid, which has it as well, and te
    with the one ASID; a debug build looks at the locks."""
    host.must_make("vmm", "DEBUG=1")
    lines = lines_of("traps", 1, backends.CPU)
    names = {"first": "hw", "second": "hw", "third": "hybrid", "fourth": "te"}
    run = machine.batch(machine.describe(*(
        machine.vm(name, kernel="build/guest/traps.elf", backend=backend,
                   force="no-asid", personality="no-vmid")
        for name, backend in names.items())), HARTS=2, DEBUG=1)
    for name in names:
        backends.compare(run, name, lines)
    run.need_status(0)


def check_it_shows(run, flaw, backend):
    """What can be seen of it in the statistics."""
    if flaw == "vu-illegal" and backend in ("hw", "hybrid"):
        run.need(run.stats["zicsr"]["exits.illegal"] > 1000, "we looked")
    if flaw == "4k-only" and backend == "hw":
        run.need(run.stats["paging"]["leaves"] > 1000, "small leaves")
