# SPDX-License-Identifier: BSD-2-Clause
"""Life cycle and monitor where two things happen at once, or nothing does."""
import pytest

from lib import host, machine


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guests", "guest-kernels")


def stay(name, what, **properties):
    """A VM that does what the letters say (stay.c); 32 MiB."""
    return machine.vm(name, kernel="build/guest/stay.elf",
                      **{"bootargs": what, "memory": "32M", **properties})


def script(lines, *vms, **options):
    """A batch with these VMs in which the monitor runs those commands."""
    path = machine.new_file("commands", "txt")
    path.write_text("\n".join(lines) + "\n")
    return machine.batch(machine.describe(*vms), SCRIPT=path, **options)


def need_good(run):
    """It ended by `quit 0`, and no command failed."""
    run.need_status(0)
    run.need(not [line for line in run.console["monitor"]
                  if "error: " in line], "a command failed")


def answer(run, command):
    """The lines that the monitor answered to that command, the last time."""
    lines = run.console.get("monitor", [])
    run.need("> " + command in lines, f"{command}: not run")
    last = len(lines) - 1 - lines[::-1].index("> " + command)
    rest = lines[last + 1:]
    return rest[:next((n for n, line in enumerate(rest)
                       if line.startswith("> ")), len(rest))]


def test_commands_that_find_it_done():
    """A command that waits for what is so already does not wait for ever."""
    run = script(["sleep 200", "pause a", "pause a", "regs a",
                  "dump a 0x80200000 16", "pause a", "resume a", "stop a", "destroy a", "quit 0"],
                 stay("a", "s", vcpus=2), HARTS=2)
    need_good(run)
    run.need(answer(run, "regs a")[0].startswith("a, vcpu 0: started"),
             "no registers of a paused VM")


def test_wait_for_a_stopped_vm():
    """Nobody starts it while the script waits: that is said, not awaited."""
    run = script(["wait a paused", "echo on"], stay("a", "p"))
    run.need(answer(run, "wait a paused") ==
             [f"{run.what.split('SCRIPT=')[1].split()[0]}:1: error: a: it is "
              "stopped"], "no complaint")
    run.need_status(1)


@pytest.mark.parametrize("harts", [1, 3])
def test_reboots_leave_the_monitor_alone(harts):
    """VMs that do nothing but reboot: commands are heard, and stop them."""
    run = script(["sleep 100", "start c", "stop a", "list", "stop b", "list",
                  "quit 0"],
                 stay("a", "r"), stay("b", "r"),
                 stay("c", "s", autostart=False), HARTS=harts)
    need_good(run)
    run.need_log("b reboots")


def test_reboots_cost_the_others_nothing():
    """
    Loading is the VMM's work: one that does nothing but reboot leaves nearly
    all of a hart to another that computes. Exact, in the guests' time. Where
    512 leaves are mapped for one, it is more work.
    """
    run = script(["sleep 400", "quit 0"], stay("steady", "t"),
                 stay("loop", "r"), ICOUNT=1)
    need_good(run)
    run.need(run.stats["loop"]["starts"] > 2, "no reboots")
    most = 15 if machine.FLAW == "4k-only" else 10
    stolen, ran = (run.stats["steady"][what] for what in ("steal", "ran"))
    run.need(stolen * 100 < most * (stolen + ran),
             f"the other has less than {100 - most} % of the hart")


def test_stop_wins_over_reboot():
    """Stopped while it was about to reboot, a VM stays stopped."""
    run = script([*["start a", "sleep 3", "stop a"] * 60, "quit 0"],
                 stay("a", "r", autostart=False), stay("c", "s"), HARTS=2)
    need_good(run)


@pytest.mark.parametrize("harts", [1, 2])
def test_starving_vm_goes(harts):
    """
    A VM that waits for memory is stopped and destroyed; what comes back is
    not given to it, and nothing of it is left that might run.
    """
    def asker(**properties):
        return stay("asker", "f158p", memory="176M", vcpus=3, **properties)
    more = machine.describe(asker())
    run = script(
        ["wait holder says filled", f"create {more}",
         *["wait asker no-memory", "destroy asker", "sleep 5",
           f"create {more}"] * 3, "wait asker no-memory", "stop asker",
         "sleep 5", "quit 0"],
        stay("holder", "f110s", memory="128M"), MEM="256M",
        HARTS=harts, ALSO=more)
    need_good(run)
    run.need(not [line for line in run.other if "asker: memory came back" in line],
             "a VM went on that was to end")


def test_destroy_abandoned():
    """Ctrl-C leaves a destroy under way: that VM takes no orders any more."""
    child = machine.interactive(
        [machine.RUN, machine.describe(
            stay("light", "t", weight=1), stay("heavy", "t", weight=10000))],
        HARTS=1)
    machine.expect(child, "tick")
    child.send("\x01m")
    machine.expect(child, "trapeze> ")
    child.send("destroy light\r")
    child.send("\x03")
    for command in "start", "reset", "stop":
        child.send(f"{command} light\r")
    child.send("\x03echo a" "live\r")
    child.send("\x03list\r")
    machine.expect(child, "heavy +running")
    child.send("quit 3\r")
    assert machine.end_status(child) == 3


def test_top_shows_who_never_leaves_its_hart():
    """A guest that has a hart to itself and computes is seen in every frame."""
    run = script(["sleep 500", "top 3 200", "quit 0"],
                 stay("busy", "t", harts=1), HARTS=2)
    need_good(run)
    rows = [line.split() for line in answer(run, "top 3 200")
            if line.startswith("busy ") and "running" in line]
    shares = [int(row[2]) for row in rows]
    run.need(len(shares) == 3 and min(shares) > 50 and max(shares) < 150,
             f"of one hart it had, in percent: {shares}")


def test_a_failure_is_not_destroyed():
    """The exit status tells of a VM that failed and was destroyed."""
    run = script(["wait a stopped", "destroy a", "quit"], stay("a", "x"))
    run.need_status(1)
