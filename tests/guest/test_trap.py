# SPDX-License-Identifier: BSD-2-Clause
"""Watchpoints: each event is counted once, whichever backend meets it, and the
guest does not notice."""
import pytest

from lib import host, machine

KERNEL = "build/guest/watched.elf"
PAGE, TABLE = "page:0x84000000", "page:0x84010000"
BACKENDS = ("hw", "hybrid", "te", "interp")
SOFT = ("te", "interp")
# In a round of watched.c: turns in U-mode, traps that rt handles in S-mode.
USER, TRAPS = 6, 4
BOTH = USER + TRAPS
EVENTS = {
    "csr:satp": 2 + 1, "csr:senvcfg": 2, "csr:stimecmp": 2,
    "csr:time": 3, "csr:cycle": 2, "csr:instret": 2,
    "insn:sfence.vma": 4 + 1 + 1, "insn:sinval.vma": 1,
    "insn:sret": BOTH, "insn:wfi": 1,
    "ecall": 2 + 2, "insn:ebreak": 2 + 1 + 1,
    # 10 in the middle, 4 over the borders, atomics 3, FP 2, vectors 2, a
    # block, U-mode's 2; code of S and what the trap handler reads, code of U;
    # what straddles: stores, fetches.
    PAGE: 10 + 4 + 3 + 2 + 2 + 1 + 2 + (11 + 1) + 3 + 3 + 3,
    TABLE: 1,
    "csr:scounteren": 2, "csr:sie": 2 + 2, "csr:sip": 2 + 2,
    "csr:stvec": 2 + 2 * USER, "csr:sscratch": 2 + 3 * USER,
    "csr:sepc": 2 + 2 * BOTH, "csr:sstatus": 2 + 2 * BOTH,
    "csr:scause": 2 + BOTH, "csr:stval": 2 + BOTH,
}
LISTS = [
    ("csr:satp", "insn:sfence.vma", "ecall", "insn:ebreak", "insn:sret",
     "insn:wfi", "csr:time", PAGE),
    ("csr:senvcfg", "csr:stimecmp", "csr:cycle", "csr:instret",
     "insn:sinval.vma", TABLE),
    *((event,) for event in EVENTS
      if event.startswith(("insn:", "page:", "ecall"))),
    ("csr:satp",), ("csr:time",), ("csr:stimecmp",), ("csr:instret",),
]
# Those for which nothing traps in VS-mode.
SOFT_LISTS = [
    ("csr:sstatus", "csr:sie", "csr:stvec", "csr:scounteren", "csr:sscratch",
     "csr:sepc", "csr:scause", "csr:stval"),
    ("csr:sip", "csr:sepc", "ecall", PAGE, TABLE),
]
ROUNDS = 2, 5


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guest-kernels")


@pytest.fixture(name="native", scope="module")
def native_fixture():
    """What the kernel prints without a VMM, after so many rounds."""
    lines = {}
    for rounds in ROUNDS:
        run = machine.native(KERNEL, machine.CPU + ",h=off",
                             bootargs=f"rounds={rounds}")
        run.need_status(0)
        lines[rounds] = run.guest
    return lines


def guest(name, traps, rounds, **properties):
    """A VM with these watchpoints."""
    return machine.vm(name, kernel=KERNEL, trap=list(traps),
                      bootargs=f"rounds={rounds}", **properties)


def need_counts(run, names, traps):
    """The VMs with 2 and 5 rounds, and so three rounds between them."""
    few, many = names
    for trap in traps:
        found = [run.stats[name][f"trap.{trap}"] for name in (few, many)]
        run.need(found[1] - found[0] == EVENTS[trap] * (ROUNDS[1] - ROUNDS[0]),
                 f"{many}: {trap}: {found}, {EVENTS[trap]} a round expected")
    return {trap: run.stats[many][f"trap.{trap}"] for trap in traps}


def need_same(run, name, lines):
    """It printed what it prints natively."""
    run.need(run.console.get(name) == lines,
             f"{name}: {run.console.get(name)}, natively {lines}")


def compare(native, backends, traps, **options):
    """Known numbers, the same under every backend, to the last one."""
    run = machine.batch(machine.describe(*(
        guest(f"{backend}{rounds}", traps, rounds, backend=backend)
        for backend in backends for rounds in ROUNDS)), MEM="4G", **options)
    run.need_status(0)
    counts = []
    for backend in backends:
        for rounds in ROUNDS:
            need_same(run, f"{backend}{rounds}", native[rounds])
        counts.append(need_counts(
            run, [f"{backend}{rounds}" for rounds in ROUNDS], traps))
    run.need(all(count == counts[0] for count in counts), f"{counts}")


@pytest.mark.parametrize("traps", LISTS, ids="-".join)
def test_counts(native, traps):
    """What every backend sees; our firmware, as time is te's business."""
    compare(native, BACKENDS, traps, FIRMWARE="direct")


@pytest.mark.parametrize("traps", SOFT_LISTS, ids="-".join)
def test_soft_counts(native, traps):
    """What only te and interp see."""
    compare(native, SOFT, traps)


def test_opensbi(native):
    """OpenSBI takes te's illegal instructions first, and carries out some."""
    compare(native, BACKENDS,
            [trap for trap in LISTS[0] if trap != "csr:time"])
    compare(native, BACKENDS, LISTS[1])
