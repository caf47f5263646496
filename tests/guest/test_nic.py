# SPDX-License-Identifier: BSD-2-Clause
"""Virtio network cards: a driver of our own finds the same as on QEMU's, and
what makes no sense hurts nobody else."""
import pytest

from lib import host, machine

BACKENDS = ("hw", "hybrid", "te", "interp")
KERNEL = "build/guest/nic.elf"


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guest-kernels")


def guests(bootargs=""):
    """One VM under each backend, two cards each, on a switch of its own."""
    return machine.describe(*(
        machine.vm(backend, backend=backend, kernel=KERNEL, net0=backend,
                   net1=backend, bootargs=bootargs) for backend in BACKENDS))


def test_like_qemu():
    """Frames of several sizes over several buffers."""
    native = machine.qemu(
        "-machine", "aia=none", "-cpu", machine.CPU, "-m", "256M", "-kernel",
        KERNEL, "-append", "gentle", "-global",
        "virtio-mmio.force-legacy=false",
        *(word for name in ("a", "b") for word in (
            "-netdev", f"hubport,hubid=0,id={name}", "-device",
            f"virtio-net-device,netdev={name}")))
    native.need_status(0)
    lines = native.lines[native.lines.index("test: nic"):]
    lines = lines[:lines.index("PASS") + 1]
    run = machine.batch(guests("gentle"), HARTS=2)
    run.need_status(0)
    for backend in BACKENDS:
        run.need(run.console.get(backend) == lines,
                 f"{backend}: {run.console.get(backend)}")


def test_hostile():
    """All else: the same lines under each backend, while the others go on."""
    run = machine.batch(guests(), HARTS=2, timeout=120)
    run.need_status(0)
    for backend in BACKENDS:
        run.need_line(backend, "PASS")
        run.need(run.console[backend] == run.console["hw"],
                 f"{backend}: {run.console[backend]}")
        run.need(run.stats[backend]["net0.refused"] > 0, "nothing refused")
