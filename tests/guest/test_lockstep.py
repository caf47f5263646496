# SPDX-License-Identifier: BSD-2-Clause
"""Lockstep: each stretch between two exits once more, by the interpreter."""
import re

import pytest

from lib import host, machine

CPU = machine.guest_cpu(flaw="no-sstc")    # as a guest in lockstep sees it
BACKENDS = ("hw", "hybrid", "te")
# (kernel, bootargs): those that end soon.
KERNELS = [("csr", ""), ("fpv", ""), ("irq", ""), ("paging", ""), ("smc", ""),
           ("random", "count=100")]
BROKEN = "reads"    # te reads plain CSRs wrongly: BREAK_reads


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guests", "guest-kernels")


def guest(backend, kernel, words=""):
    """A VM in lockstep."""
    return machine.vm(backend, backend=backend, lockstep="interp",
                      kernel=f"build/guest/{kernel}.elf", bootargs=words)


@pytest.mark.parametrize("kernel, words", KERNELS)
def test_no_difference(kernel, words):
    """All backends come to what the oracle comes to, and print as natively."""
    native = machine.native(f"build/guest/{kernel}.elf", CPU, bootargs=words)
    run = machine.batch(machine.describe(
        *(guest(backend, kernel, words) for backend in BACKENDS)), 300,
        HARTS=2, FIRMWARE="direct")
    for backend in BACKENDS:
        run.need(run.console.get(backend) == native.guest,
                 f"{backend}: prints {run.console.get(backend)}, natively "
                 f"{native.guest}")
        stats = run.stats[backend]
        run.need(stats["lockstep.stretches"] > 50, f"{backend}: few stretches")
        run.need(stats["lockstep.steps"] > 10_000, f"{backend}: few steps")
        run.need(stats["lockstep.unsure"] < stats["lockstep.stretches"] / 2,
                 f"{backend}: hardly anything was compared")
    run.need_status(0)


def test_changes():
    """From backend to backend meanwhile, among them the oracle itself."""
    run = machine.batch(machine.describe(guest("te", "paging")), 300,
                        FIRMWARE="direct",
                        EXEC="sleep 300; backend te hw; sleep 300; "
                             "backend te interp; sleep 100; "
                             "backend te hybrid; wait te says PASS; "
                             "sleep 500; quit")
    run.need_status(0)
    run.need(run.stats["te"]["switches"] == 3, "three changes expected")
    run.need(run.stats["te"]["lockstep.stretches"] > 1000, "few stretches")


def test_difference():
    """A te that reads some CSRs wrongly: the first time is found, and said."""
    host.must_make("vmm", f"BREAK={BROKEN}")
    run = machine.batch(machine.describe(guest("te", "traps")),
                        FIRMWARE="direct", BREAK=BROKEN)
    run.need(run.status != 0, "a failure expected")
    log = "\n".join(run.other)
    for words in (r"te: lockstep: vcpu 0: te and the oracle differ after a "
                  r"stretch from pc 0x\w+ to an exit \(\w+\) at pc 0x\w+",
                  r"the oracle's instruction 0x\w+ at pc 0x\w+ \(the last\)",
                  r"te: lockstep: \w+: backend 0x\w+, oracle 0x\w+"):
        run.need(re.search(words, log), f"not said: {words}")
