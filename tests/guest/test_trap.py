# SPDX-License-Identifier: BSD-2-Clause
"""Watchpoints: each event is counted once, whichever backend meets it, and the
guest does not notice."""
import collections

import pytest

from lib import host, machine
from guest import test_trace

KERNEL = "build/guest/watched.elf"
PAGE, TABLE = "page:0x84000000", "page:0x84010000"
BACKENDS = ("hw", "hybrid", "te", "interp")
SOFT = ("te", "interp")
# In a round of watched.c: turns in U-mode, traps that rt handles in S-mode.
USER, TRAPS = 6, 4
BOTH = USER + TRAPS
EVENTS = {
    "csr:satp": 2 + 1, "csr:senvcfg": 2,
    "csr:stimecmp": 0 if machine.FLAW == "no-sstc" else 2,
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
# OpenSBI answers who asks for the time.
TIMELESS = tuple(trap for trap in LISTS[0] if trap != "csr:time")
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
        run = machine.native(KERNEL, machine.guest_cpu(),
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


def compare(native, backends, traps, properties=None, **options):
    """Known numbers, the same under every backend, to the last one."""
    run = machine.batch(machine.describe(*(
        guest(f"{backend}{rounds}", traps, rounds, backend=backend,
              **(properties or {}))
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
    compare(native, BACKENDS, TIMELESS)
    compare(native, BACKENDS, LISTS[1])


@pytest.mark.parametrize("backends, properties", [
    (("hw", "hybrid"), {"force": ["no-htinst", "no-htval", "4k"]}),
    (("hw", "hybrid"), {"pages": "1G", "vcpus": 2}),
    (("hw", "hybrid"), {"personality": ["vu-illegal", "stval-zero"]}),
    (("hybrid", "te"), {"shadow": "sync"}),
    (("hybrid", "te"), {"force": ["no-asid", "no-roots"]}),
])
def test_ways(native, backends, properties):
    """Likewise, with other tables, and less of the hart's help."""
    compare(native, backends, (*TIMELESS, TABLE), properties)
    compare(native, backends, ("csr:cycle", "csr:instret"), properties)


def test_machine():
    """Where M-mode is, its accesses count as well, under every backend."""
    traps = ("ecall", "csr:satp", "insn:sret", "csr:time", "insn:wfi")
    run = machine.batch(machine.describe(*(
        machine.vm(backend, backend=backend, boot="machine", trap=list(traps),
                   kernel="build/guest/mcsr.elf") for backend in BACKENDS)),
        FIRMWARE="direct", MEM="4G")
    run.need_status(0)
    counts = [[run.stats[backend][f"trap.{trap}"] for trap in traps]
              for backend in BACKENDS]
    run.need(counts[0][0] and all(c == counts[0] for c in counts),
             f"{counts}")


def test_changes(native):
    """A guest that changes path, again and again: none is lost."""
    rounds = 120
    path = machine.new_file("commands", "txt")
    path.write_text("".join(f"backend many {to}\nsleep 30\n"
                            for to in BACKENDS * 6) + "wait many stopped\n")
    run = machine.batch(machine.describe(
        guest("few", TIMELESS, ROUNDS[0]),
        guest("many", TIMELESS, rounds, backend="te")), 120, MEM="4G",
        SCRIPT=path)
    run.need_status(0)
    need_same(run, "few", native[ROUNDS[0]])
    run.need_line("many", "PASS")
    run.need(run.stats["many"]["switches"] > 3, "more changes expected")
    for trap in TIMELESS:
        found = [run.stats[name][f"trap.{trap}"] for name in ("few", "many")]
        run.need(found[1] - found[0] == EVENTS[trap] * (rounds - ROUNDS[0]),
                 f"{trap}: {found}")


@pytest.mark.parametrize("backend", BACKENDS)
def test_traced(backend):
    """They are exits, which are traced, one event each."""
    traps = ("csr:satp", "insn:sfence.vma", "ecall", "insn:sret", "insn:wfi")
    run = machine.batch(machine.describe(guest(
        "one", traps, 2, backend=backend, autostart=False)),
        EXEC="trace on 65536; start one; wait one stopped; trace dump; quit")
    run.need_status(0)
    kinds = collections.Counter(
        event["name"] for event in test_trace.converted(run)
        if event["ph"] == "B" and event["cat"] == "exit")
    stats = run.stats["one"]
    run.need(kinds == {name.removeprefix("exits."): value
                       for name, value in stats.items()
                       if name.startswith("exits.") and value}, f"{kinds}")
    run.need(stats["trap.insn:wfi"] == kinds["wfi"] == 2, f"wfi: {kinds}")
    # U-mode's sret is refused: under te it is an exit all the same.
    run.need(stats["trap.insn:sret"] == 2 * BOTH <= kinds["sret"], f"{kinds}")
    run.need(kinds["csr"] >= stats["trap.csr:satp"], f"{kinds}")
    run.need(kinds["fence"] >= stats["trap.insn:sfence.vma"], f"{kinds}")
    run.need(kinds["sbi"] + kinds["reflect"] >= stats["trap.ecall"],
             f"{kinds}")


@pytest.mark.parametrize("backend", BACKENDS)
def test_traced_page(backend):
    """Each instruction that touches the page; an LR and its SC are one exit,
    and its call of the SBI is one of these."""
    run = machine.batch(machine.describe(guest(
        "one", [PAGE], 2, backend=backend, autostart=False)),
        EXEC="trace on 65536; start one; wait one stopped; trace dump; quit")
    run.need_status(0)
    steps = sum(event["ph"] == "B" and event["name"] == "step"
                for event in test_trace.converted(run))
    run.need(steps == run.stats["one"][f"trap.{PAGE}"] - 2 * 2, f"{steps}")


def test_refused():
    """What a backend does not see is said, and never just not counted."""
    run = machine.batch(machine.describe(
        guest("soft", ["ecall", "csr:sepc"], 1, backend="te", autostart=False),
        guest("time", ["csr:time"], 1, backend="te")),
        EXEC="backend soft hw; backend soft hybrid; backend soft interp; "
             "start soft; wait soft stopped; quit")
    run.need(run.status != 0, "a failure expected")
    run.need_log(r"time: trap: csr:time: not under te: this firmware answers")
    for way in ("hw", "hybrid"):
        run.need(f"soft: trap: csr:sepc: not under {way}: nothing makes it "
                 "trap" in run.output, f"{way} refused")
    run.need(run.stats["soft"]["switches"] == 1, "one change expected")
    run.need(run.stats["soft"]["trap.ecall"], "counted")


ALL = ("csr:satp", "csr:time", "csr:stimecmp", "insn:sret", "insn:wfi", "ecall",
       "insn:sfence.vma")
# (kernel, its bootargs, a page of its code or data, if any): those of others, of
# which much is watched.
OTHERS = [("csr", "", 1), ("traps", "", 1), ("paging", "", 2), ("irq", "", 1),
          ("cross", "", 1), ("timer", "", 1), ("random", "count=20", 2),
          ("zicsr", "", None), ("smc", "", None),
          ("fpv", "", None)]


@pytest.mark.parametrize("kernel, words, page", OTHERS,
                         ids=[row[0] for row in OTHERS])
def test_others(kernel, words, page):
    """A guest that does all that there is does not notice."""
    elf = f"build/guest/{kernel}.elf"
    native = machine.native(elf, machine.guest_cpu(), bootargs=words)
    native.need_status(0)
    traps = [*ALL, f"page:{0x80200000 + 4096 * page:#x}"] if page else [*ALL]
    run = machine.batch(machine.describe(*(
        machine.vm(backend, backend=backend, kernel=elf, bootargs=words,
                   trap=traps) for backend in BACKENDS)),
        200, FIRMWARE="direct", MEM="4G")
    run.need_status(0)
    for backend in BACKENDS:
        need_same(run, backend, native.guest)
