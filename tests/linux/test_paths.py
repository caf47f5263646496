# SPDX-License-Identifier: BSD-2-Clause
"""The unmodified Debian kernel under every backend, firmware and host."""
import re

import pytest

from lib import host, machine

BOOT = 600      # seconds; the interpreter's boot takes about thirty when idle
NO_H = "rv64,h=off"
COMPLAINT = "Oops|WARNING|BUG|stall|lockup|segfault"


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the guests' files."""
    host.must_make("vmm", "guests")


def linux(name, backend, **properties):
    """A VM with Debian's kernel, which powers off when it reaches its init."""
    return machine.vm(name, backend=backend,
                      kernel="build/guests/linux/Image",
                      initrd="build/guests/linux/initrd-init.gz",
                      bootargs="console=ttyS0", **properties)


def boot(*vms, **options):
    """Run them; each must reach its init, power off, and complain of nothing."""
    run = machine.batch(machine.describe(*vms), BOOT, **options)
    run.need_status(0)
    run.need(run.stats, "no stat line")
    for name in run.stats:
        run.need_reached(name)
        run.need(not re.search(COMPLAINT, "\n".join(run.console[name])),
                 f"{name}: a boot without complaints expected")
    return run


# interp's boot on our firmware is that of guest/test_costs.py, which counts it.
@pytest.mark.parametrize("backend, firmware", [
    ("hybrid", "opensbi"), ("hybrid", "direct"), ("te", "opensbi"),
    ("te", "direct"), ("interp", "opensbi"),
])
def test_boot(backend, firmware):
    """To init and off, under both firmwares."""
    boot(linux("linux", backend), FIRMWARE=firmware)


@pytest.mark.parametrize("firmware", ["opensbi", "direct"])
def test_without_h(firmware):
    """On a machine that cannot do any better."""
    boot(linux("linux", "te"), CPU=NO_H, FIRMWARE=firmware)


@pytest.mark.parametrize("cpu", ["rv64,h=on", "max", NO_H])
def test_te_hosts(cpu):
    """Other modes of translation, other extensions: Sv57, no V, no H."""
    boot(linux("linux", "te"), CPU=cpu)


@pytest.mark.parametrize("backend", ["hybrid", "te"])
def test_smp(backend):
    """Four vcpus on two harts: remote fences, and vcpus that change harts."""
    run = boot(linux("smp", backend, vcpus=4), HARTS=2)
    run.need("Brought up 1 node, 4 CPUs" in "\n".join(run.console["smp"]),
             "4 CPUs expected")


@pytest.mark.parametrize("vcpus", [1, 2])
def test_sync(vcpus):
    """Shadow tables that follow the guest's stores, in both backends at once."""
    run = boot(*(linux(backend, backend, vcpus=vcpus, shadow="sync")
                 for backend in ("te", "hybrid")), HARTS=2, FIRMWARE="direct")
    for name in run.stats:
        run.need(run.stats[name]["exits.table"] > 1000,
                 f"{name}: hardly a store was caught")


def test_together():
    """At the same time, on two harts."""
    boot(linux("alpha", "hw"), linux("beta", "te"), linux("gamma", "hybrid"),
         HARTS=2)
