# SPDX-License-Identifier: BSD-2-Clause
"""The monitor's commands, in a script and at the prompt."""
import re

import pytest

from lib import host, machine

# KiB: what maps a kernel's own memory.
LEAF = 4 if machine.FLAW == "4k-only" else 2048


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guests", "guest-kernels")


def stay(name, what, **properties):
    """A VM that does what the letters say (stay.c); 32 MiB."""
    return machine.vm(name, kernel="build/guest/stay.elf",
                      **{"bootargs": what, "memory": "32M", **properties})


class Session:
    """What each command of a script answered."""

    def __init__(self, run):
        self.run = run
        self.answers = []           # (command, lines)
        for line in run.console.get("monitor", []):
            if line.startswith("> "):
                self.answers.append((line[2:], []))
            elif self.answers:
                self.answers[-1][1].append(line)

    def lines(self, command, nth=0):
        """The answer to the nth such command."""
        found = [a for c, a in self.answers if c == command]
        self.run.need(len(found) > nth, f"{command}: not run")
        return found[nth]

    def need(self, command, pattern, nth=0):
        """A line of that answer matches; the match."""
        lines = self.lines(command, nth)
        for line in lines:
            match = re.search(pattern, line)
            if match:
                return match
        self.run.need(False, f"{command}: no line like {pattern!r} in {lines}")
        return None


def session(commands, *vms, **options):
    """Run them as a script, in a batch with these VMs."""
    script = machine.new_file("commands", "txt")
    script.write_text("\n".join(commands) + "\n")
    return Session(machine.batch(machine.describe(*vms), SCRIPT=script,
                                 **options))


def test_life_commands():
    """list, start, stop, pause, resume, reset, destroy, wait."""
    s = session(["list", "start b", "list", "pause b", "wait b paused", "list",
                 "resume b", "list", "reset b", "stop b", "wait b stopped",
                 "list", "destroy b", "list", "quit 7"],
                stay("a", "s"), stay("b", "t", vcpus=2, autostart=False))
    row = r"^b +{} +hw +2 +32M +(\d+)M +{} +{}$"
    assert s.need("list", row.format("stopped", 0, "-"))[1] == "0"
    assert s.need("list", row.format("running", 1, "-"), 1)[1] != "0"
    s.need("list", row.format("paused", 1, "-"), 2)
    s.need("list", row.format("running", 1, "-"), 3)
    assert s.need("list", row.format("stopped", 2, "stopped"), 4)[1] == "0"
    s.need("list", "^a .*running", 5)
    assert not [line for line in s.lines("list", 5) if line.startswith("b ")]
    s.run.need_log("^trapeze: b reboots$")
    s.run.need_log("^trapeze: b stopped$")
    s.run.need_log("^trapeze: b destroyed$")
    s.run.need_status(7)


def test_create():
    """create: all VMs of a description or one, under their own names."""
    more = machine.describe(stay("c", "s"), stay("d", "s", autostart=False))
    s = session(["create " + str(more), "list", "destroy c",
                 f"create {more} c", "list", f"create {more} e",
                 f"create {more} d", "create nothing.dts", "quit 0"],
                stay("a", "s"), ALSO=more)
    for nth in 0, 1:
        s.need("list", r"^c .*running", nth)
        s.need("list", r"^d .*stopped", nth)
    s.run.need_log(rf"error: {more}: it has no sound VM named e")
    s.run.need_log(rf"error: {more}: d: there is a VM of this name")
    s.need("create nothing.dts", "error: nothing.dts: not in the archive")
    s.need(f"create {more} e", "error: .*0 VMs created, 1 mistakes")
    s.run.need_status(0)


@pytest.mark.parametrize("command,complaint", [
    ("start nobody", "nobody: no such VM"),
    ("start a", "a: it is running"),
    ("stop b", "b: it does not run"),
    ("reset b", "b: it does not run"),
    ("pause b", "b: it is stopped"),
    ("resume a", "a: it is running, not paused"),
    ("regs b", "b: it is stopped"),
    ("regs a 1", "1: at most 0"),
    ("regs a x", "x: not a number"),
    ("walk a 0x1zz", "0x1zz: not a number"),
    ("walk a 0x10000000000000000", "not a number"),
    ("dump a 0x80000000 5000", "5000: at most 4096"),
    ("stat a 3", "3: at most 0"),
    ("log loud", "loud: not a level"),
    ("wait a asleep", "asleep: not a state"),
    ("wait a says", "wait VM STATE, or wait VM says TEXT"),
    ("wait a paused now", "wait VM STATE, or wait VM says TEXT"),
    ("wait b says up", 'b: it is stopped, and has not said "up"'),
    ("type b hello", "b: it is stopped"),
    ("break b", "b: its UART does not take it"),
    ("sleep 3600001", "at most 3600000"),
    ("backend nobody", "nobody: no such VM"),
    ("backend a kvm", "kvm: no backend; there are hw, hybrid, te, interp"),
    ("backend", r"backend VM \[hw"),
    ("quit 126", "126: at most 125"),
    ("start", "start VM"),
    ("frobnicate", "frobnicate"),
])
def test_mistakes(command, complaint):
    """One line that says what is wrong and where; the script goes on."""
    s = session([command, "list", "quit"], stay("a", "s"),
                stay("b", "s", autostart=False))
    s.need(command, rf"commands.txt:1: error: .*{complaint}")
    s.need("list", "^a ")
    s.run.need_status(1)


def test_stat_and_mem():
    """stat of all, a VM and a vcpu; mem adds up."""
    s = session(["stat", "stat a", "stat a 1", "mem", "harts", "quit 0"],
                machine.vm("a", kernel="build/guest/echo.elf", vcpus=2,
                           memory="32M"), HARTS=2)
    s.need("stat", "^a: running")
    s.need("stat a", r"^  pages_now +\d+$")
    s.need("stat a 1", "^a, vcpu 1")
    kib = {m[1]: int(m[2]) for m in (
        re.match(r"(\S+) +(\d+) KiB", line) for line in s.lines("mem")) if m}
    assert kib["host"] == kib["free"] + kib["vmm"] + kib["a"]
    assert kib["unaccounted"] == 0
    assert len(s.lines("harts")) == 3
    s.run.need_status(0)


def test_look():
    """regs, walk and dump agree with what the guest is known to do."""
    s = session(["sleep 200", "regs a", "walk a 0x80200000",
                 "dump a 0x80200000 20", "dump a gva:0x80200000 20",
                 "dump a 0x1000 16", "walk a 0x10000000", "walk a 0x1000",
                 "walk a 0x81f00000", "quit 0"], stay("a", "s"))
    assert int(s.need("regs a", r"^pc +([0-9a-f]+)$")[1], 16) >> 21 == 0x401
    s.need("regs a", r"^zero 0{16}  ra ")
    s.need("regs a", r"stvec +[0-9a-f]{16}")
    s.need("walk a 0x80200000",
           f"^GPA 0x80200000: second stage: leaf of {LEAF} KiB .*vrwxu-ad$")
    assert (s.lines("dump a 0x80200000 20") ==
            s.lines("dump a gva:0x80200000 20"))
    assert len(s.lines("dump a 0x80200000 20")) == 2
    s.need("dump a 0x1000 16", r"^0{12}1000 ( --){16}")
    s.need("walk a 0x10000000", "uart$")
    s.need("walk a 0x1000", "neither RAM nor a device$")
    s.need("walk a 0x81f00000", "^no memory behind it yet$")
    s.run.need_status(0)


def test_walk_linux():
    """A kernel's own mapping, through both stages."""
    s = session(["sleep 4000", "regs linux", "walk linux 0xffffffff80000000",
                 "dump linux gva:0xffffffff80000000 64", "walk linux 0",
                 "quit 0"],
                machine.vm("linux", kernel="build/guests/linux/Image",
                           initrd="build/guests/linux/initrd.gz",
                           bootargs="console=ttyS0 quiet"), timeout=90)
    walk = "walk linux 0xffffffff80000000"
    s.need(walk, r"^satp [0-9a-f]{16}: Sv39, ASID \d+$")
    assert len([line for line in s.lines(walk) if "entry at" in line]) >= 2
    s.need(walk, f"second stage: leaf of {LEAF} KiB")
    s.need("walk linux 0", "GVA 0x0: not mapped by the guest")
    # Linux, "Boot image header in RISC-V Linux": RISCV at offset 0x30.
    s.need("dump linux gva:0xffffffff80000000 64", "RISCV")
    s.run.need_status(0)


def test_mem_meanwhile():
    """It adds up while a VM on another hart takes pages and gives them back."""
    s = session([*["mem"] * 200, "type a q", "wait a stopped", "quit 0"],
                machine.vm("a", kernel="build/guest/keep.elf", memory="64M",
                           backend="te"), HARTS=2)
    unaccounted = re.findall(r"unaccounted +(\d+) KiB", s.run.output)
    assert unaccounted == ["0"] * 200
    s.run.need_status(0)


def test_input():
    """type reaches the guest, sleep and top take their time."""
    s = session(["sleep 200", "type a \"hi there\"", "sleep 500", "top 2 50",
                 "log warning", "log", "log show", "echo done", "quit 0"],
                machine.vm("a", kernel="build/guest/echo.elf", memory="32M"))
    s.run.need_line("a", "dbcn: <hi there>")
    assert len([x for x in s.lines("top 2 50") if x.startswith("busy")]) == 2
    s.need("top 2 50", r"^a +running +\d+ +\d+ +\d+ +\d+M$")
    s.need("log", "^warning$")
    s.need("log show", r"^trapeze: hgatp: up to Sv\d+x4")
    s.need("echo done", "^done$")
    s.run.need_status(0)


def test_wait_for_words():
    """wait VM says TEXT: now, later, and what was said before."""
    s = session(["wait a says ready", "type a hello",
                 "wait a says \"dbcn: <hello>\"", "type a bye",
                 "wait a stopped", "wait a says <bye>", "quit 0"],
                machine.vm("a", kernel="build/guest/echo.elf", memory="32M"))
    s.run.need_line("a", "dbcn: <hello>")
    s.run.need_status(0)


def test_exec_in_bootargs():
    """EXEC= and SCRIPT= together, and a file that is not there."""
    run = machine.batch(machine.describe(stay("a", "s")),
                        EXEC="list; stop a", APPEND="script=none.txt")
    run.need_log("error: script: none.txt: ")
    session_of = Session(run)
    session_of.need("list", "^a ")
    run.need_status(1)

def test_prompt():
    """Ctrl-A m: a prompt with editing, completion and history; quit ends."""
    child = machine.interactive(["config/run.sh", machine.describe(
        stay("alpha", "s"))])
    machine.expect(child, "up", 30)
    child.send("\x01m")
    machine.expect(child, "trapeze> ", 30)
    child.send("lisX\x7ft\r")
    machine.expect(child, r"alpha +running", 30)
    child.send("pau\tal\t\r")
    machine.expect(child, "trapeze> ", 30)
    child.send("\x1b[A\x1b[A\r")         # the list again, by history
    machine.expect(child, r"alpha +paused", 30)
    child.send("help\r")
    machine.expect(child, "destroy", 30)
    child.send("resume alpha\r")
    child.send("quit 5\r")
    assert machine.end_status(child) == 5
