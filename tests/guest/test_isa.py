# SPDX-License-Identifier: BSD-2-Clause
"""What `isa` hides is hidden, or the log says that nothing hides it."""
import re

import pytest

from lib import host, machine

KERNEL = "build/guest/hidden.elf"
BACKENDS = ("hw", "hybrid", "te", "interp")
CPU = "max"         # all that there is a row for
AT_ONCE = 12        # VMs in a machine
LINE = re.compile(r"(\w+) \((.*)\), (told|not told): ?(.*)")
ROW = re.compile(r'^(EXT|EXT_NEVER)\((\w+), ([\w| ]+), ((?:"\w*"\s*)+)\)$',
                 re.M)
STAY = re.compile(r"(\w+): isa: (.*) stays? usable: nothing hides (?:it|them) "
                  r"under (\w+)")


def included_by(strings):
    """The letters and the names of an ISA string, in pieces of C."""
    letters, *names = re.sub(r'["\s]', "", strings).split("_")
    return {*letters.replace("rv64", ""), *names}


_TABLE = (host.ROOT / "vcpu/ext.def").read_text()
# {name: the names that include it}, of what a guest can be told of.
WITH = {name: included_by(names) for way, name, _, names
        in ROW.findall(_TABLE) if way == "EXT"}
GATES = {name: gates for _, name, gates, _ in ROW.findall(_TABLE)}
NEVER = {name for way, name, _, _ in ROW.findall(_TABLE) if way == "EXT_NEVER"}
# What hides nothing at all under these, whoever asks.
EVERYWHERE = {"FS", "VS", "FS | VS", "CBOM", "CBOZ", "PBMT", "STCE"}
HIDES = {
    "hw": EVERYWHERE | {"COUNTERS"},
    "hybrid": EVERYWHERE | {"COUNTERS", "NAPOT"},
    # INVAL too, where sfence.w.inval traps in U-mode: not on QEMU.
    "te": EVERYWHERE | {"COUNTERS", "NAPOT"},
    "interp": EVERYWHERE | {"COUNTERS", "NAPOT", "INVAL", "NONE"},
}
# What the host lacks, whatever is told.
ABSENT = {"sstc"} if machine.FLAW == "no-sstc" else set()
# No bits of theirs tell these from Zve32f, Zvknha.
BY_WIDTH = {"zvfh", "zvfhmin", "zvknhb"}


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernel."""
    host.must_make("vmm", "guest-kernels")


def isa_without(hidden):
    """An ISA string of all but these; without zicsr it were one of old, which
    means more than it says."""
    has = [name for name in WITH if name not in hidden or name == "zicsr"]
    letters = "".join(name for name in has if len(name) == 1)
    return "_".join([f"rv64{letters}", *(n for n in has if len(n) > 1)])


def is_given(name, hidden):
    """Named, or included by one that is."""
    if name == "zicsr":
        return True
    names = (WITH[name] | {name}) & set(WITH) if name in WITH else set()
    return not names <= hidden


def usable(run, vm):
    """Names that the log says stay usable for that VM."""
    found = [m for line in run.other for m in [STAY.search(line)]
             if m and m[1] == vm]
    return {name for m in found for name in m[2].split()}


def check_row(vm, name, told, ways, hidden, stay):
    """One line of the kernel's; what is wrong with it, or None."""
    given, named = is_given(name, hidden), name in WITH and name not in hidden
    if (told == "told") != named:
        return f"{vm}: {name} is {told}"
    refused = "illegal" in ways or "page fault" in ways
    works = "works" in ways
    if refused == works or "cause" in ways or "stval" in ways:
        return f"{vm}: {name}: {ways}"
    if given and refused:
        return f"{vm}: {name} is there, but: {ways}"
    if not given and works and name not in stay:
        return f"{vm}: {name} is hidden, but: {ways}"
    return None


def check_vm(run, vm, hidden):
    """All lines of one VM."""
    hidden = hidden | ABSENT
    stay, seen = usable(run, vm), set()
    for line in run.console.get(vm, []):
        found = LINE.match(line)
        if found:
            seen.add(found[1])
            wrong = check_row(vm, found[1], found[3], found[4], hidden, stay)
            run.need(not wrong, wrong)
    run.need_line(vm, "PASS")
    missing = {n for n, gates in GATES.items() if gates != "FREE"} - seen
    missing -= {n for n in missing if n.startswith("zve")}
    run.need(missing <= {"ssdbltrp", "ssccfg", "zicfilp", "ssnpm"},
             f"the kernel has no row of {missing}")
    return stay


def hide(backend, sets, **options):
    """Run one VM for each set of hidden names; {VM's name: what stays}."""
    vms = {f"vm{n}": hidden for n, hidden in enumerate(sets)}
    run = machine.batch(machine.describe(*(
        machine.vm(vm, backend=backend, kernel=KERNEL, memory="32M",
                   isa=isa_without(hidden))
        for vm, hidden in vms.items())), CPU=CPU, **options)
    run.need_status(0)
    return {vm: check_vm(run, vm, hidden) for vm, hidden in vms.items()}


def closed_by(*gates):
    """All names that need one of these gates."""
    return {n for n in WITH if set(GATES[n].split(" | ")) & set(gates)}


def pieces(sets):
    """A few at a time."""
    return [sets[n:n + AT_ONCE] for n in range(0, len(sets), AT_ONCE)]


# Whole gates, what shares one with others, and all at once.
SETS = [
    set(), closed_by("VS"), closed_by("FS", "VS"),
    *(closed_by(g) for g in ("CBOM", "CBOZ", "PBMT", "NAPOT", "STCE",
                             "INVAL")), closed_by("COUNTERS", "STCE"),
    {"d", "zcd"}, {"zfh", "zvfh"}, {"zvbb", "zvkb"},
    {n for n in WITH if GATES[n] == "NONE"} - {"m"},
    set(WITH) - {"i", "m"},
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("sets", pieces(SETS), ids=["gates", "shares"])
def test_hidden(backend, sets):
    """An exception, or the warning; and what a gate hides is hidden."""
    stays = hide(backend, sets, FIRMWARE="direct")
    for hidden, stay in zip(sets, stays.values()):
        if not hidden:
            continue
        open_gates = {g for n in WITH if is_given(n, hidden)
                      for g in GATES[n].split(" | ")}
        for name in stay - NEVER:
            gates = set(GATES[name].split(" | "))
            assert not (gates - open_gates) & HIDES[backend], name


@pytest.mark.parametrize("names", pieces(
    [n for n in WITH if GATES[n] == "NONE" or
     set(GATES[n].split(" | ")) & {"FS", "VS"}]), ids=lambda names: names[0])
def test_decoded(names):
    """The interpreter refuses what is of one extension alone."""
    sets = [{n} for n in names if n not in ("m", *BY_WIDTH)]
    for (name,), stay in zip(sets, hide("interp", sets).values()):
        included = is_given(name, {name})
        assert included or name not in stay or name in ("v", "zve32f"), name


@pytest.mark.parametrize("backend", ["hw", "hybrid", "interp"])
def test_opensbi(backend):
    """The firmware takes illegal instructions first; nothing else changes."""
    hide(backend, [set(WITH) - {"i", "m"}, closed_by("FS", "VS")])


def test_te_needs_firmware():
    """Firmware that carries out the reading of time is told of."""
    stays = hide("te", [closed_by("COUNTERS", "STCE")])
    assert "zicntr" in stays["vm0"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_nothing_hidden(backend):
    """Without `isa` all of it works, there is no warning."""
    run = machine.batch(machine.describe(machine.vm(
        "all", backend=backend, kernel=KERNEL)), CPU=CPU)
    run.need_status(0)
    run.need(not usable(run, "all"), "no warning expected")
    check_vm(run, "all", set())


# On plain QEMU the CPU lacks it by name.
NATIVE = ["zicbom", "zicboz", "svpbmt", "svnapot", "svinval", "sstc"]


@pytest.mark.parametrize("backend", ["te", "interp"])
def test_like_native(backend):
    """What a guest sees is what a kernel sees on a CPU that lacks it."""
    names = [n for n in NATIVE if backend == "interp" or n != "svinval"]
    run = machine.batch(machine.describe(*(
        machine.vm(name, backend=backend, kernel=KERNEL,
                   isa=isa_without({name})) for name in names)),
        CPU=CPU, FIRMWARE="direct")
    run.need_status(0)
    for name in names:
        native = machine.native(
            KERNEL, f"{machine.guest_cpu(CPU)},svadu=off,{name}=off")
        native.need_status(0)
        for line in native.guest:
            if LINE.match(line) and LINE.match(line)[1] not in NEVER:
                run.need_line(name, line)


@pytest.mark.parametrize("first, then", [("hw", "te"), ("te", "interp"),
                                         ("interp", "hw")])
def test_switched(first, then):
    """Under another backend it is that one's: its warning, what it hides."""
    hidden = set(WITH) - {"i", "m"}
    run = machine.batch(machine.describe(machine.vm(
        "vm", backend=first, kernel=KERNEL, isa=isa_without(hidden),
        autostart=False)), CPU=CPU, FIRMWARE="direct",
        EXEC=f"backend vm {then}; start vm; wait vm stopped; quit 0")
    run.need_status(0)
    run.need_log(f"nothing hides .* under {first}")
    run.need_log(f"nothing hides .* under {then}")
    check_vm(run, "vm", hidden)


def test_lockstep():
    """The oracle goes by what the backend hides, no more and no less."""
    hidden = set(WITH) - {"i", "m"}
    backends = ("hw", "hybrid", "te")
    run = machine.batch(machine.describe(*(
        machine.vm(backend, backend=backend, kernel=KERNEL, memory="32M",
                   isa=isa_without(hidden), lockstep="interp")
        for backend in backends)), CPU=CPU, FIRMWARE="direct")
    run.need_status(0)
    for backend in backends:
        check_vm(run, backend, hidden)
        run.need(run.stats[backend]["lockstep.stretches"] > 100, "compared")


def test_machine():
    """M-mode is not told of it either, and cannot allow it."""
    isa = "rv64imac_zicsr_zifencei_zicntr_zicboz"
    run = machine.batch(machine.describe(*(
        machine.vm(backend, backend=backend, boot="machine", isa=isa,
                   kernel="build/guest/mcsr.elf") for backend in BACKENDS)),
        FIRMWARE="direct")
    for backend in BACKENDS:
        # I, M, A, C, S and U; FIOM and CBZE.
        run.need_line(backend, f"misa: {2 << 62 | 0x141105:#x}")
        run.need_line(backend, "menvcfg: 0x81 0x0")
