# SPDX-License-Identifier: BSD-2-Clause
"""VMs start, stop, pause and go, any number of times, while others run."""
import os
import random
import re
import time

import pytest

from lib import host, machine

CYCLES = 100


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guests", "guest-kernels")
    host.must_make("vmm", "DEBUG=1")


def stay(name, what, **properties):
    """A VM that does what the letters say (stay.c); 32 MiB."""
    return machine.vm(name, kernel="build/guest/stay.elf",
                      **{"bootargs": what, "memory": "32M", **properties})


def script(*lines):
    """A file of monitor commands."""
    path = machine.new_file("commands", "txt")
    path.write_text("\n".join(lines) + "\n")
    return path


def run_script(description, *lines, **options):
    """A batch in which the monitor runs those commands."""
    return machine.batch(description, SCRIPT=script(*lines), **options)


def held(run):
    """What each `mem` said: {owner: KiB}, one a call."""
    answers = []
    for line in run.console["monitor"]:
        if line == "> mem":
            answers.append({})
        match = re.match(r"(\S+) +(\d+) KiB", line)
        if match and answers:
            answers[-1][match[1]] = int(match[2])
    return answers


def need_no_leak(run):
    """Between the first and the last `mem` no page was lost."""
    first, *_, last = held(run)
    run.need(first == last, f"pages lost: {first} before, {last} after")
    run.need(not last["unaccounted"], f"pages of nobody: {last}")


@pytest.mark.parametrize("harts", [1, 3])
def test_start_stop_leaks_nothing(harts):
    """100 lives of one VM beside a running one, which goes on."""
    run = run_script(
        machine.describe(stay("steady", "t"), stay("other", "f8s", vcpus=2)),
        "stop other", "sleep 300", "mem",
        *["start other", "stop other"] * CYCLES, "mem",
        "stat other", "sleep 300", "quit 0", HARTS=harts, timeout=120)
    run.need_status(0)
    need_no_leak(run)
    run.need(run.stats["other"]["starts"] == CYCLES + 1, "a start is missing")
    run.need(run.stats["other"]["pages_now"] == 0, "a stopped VM holds pages")
    ticks = [line for line in run.console["steady"] if "tick" in line]
    numbers = [int(line.split()[1]) for line in ticks]
    run.need(numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 4,
             "the neighbour's ticks are not whole")


def test_create_destroy_leaks_nothing():
    """VMs that come and go leave no page behind, the VMM's own included."""
    one = machine.describe(stay("other", "f8s", vcpus=3))
    run = run_script(
        machine.describe(stay("steady", "s")), "sleep 300", "mem",
        *[f"create {one}", "sleep 2", "destroy other"] * 30,
        f"create {one}", "stop other", "destroy other", "sleep 100",
        "mem", "quit 0", ALSO=one, HARTS=2)
    run.need_status(0)
    need_no_leak(run)


def test_memory_comes_back():
    """
    Out of memory: the VM that asked is paused, others do not notice, and it
    goes on when memory comes back.
    """
    run = run_script(
        machine.describe(stay("holder", "f256s", memory="320M"),
                         stay("steady", "t"),
                         stay("asker", "f400p", memory="448M",
                              autostart=False)),
        f"sleep {4000 * machine.PATIENCE}", "start asker", "wait asker no-memory", "list",
        "sleep 500", "stop holder", "wait asker stopped", "sleep 300",
        "stop steady", "quit 0", MEM="600M", HARTS=2, timeout=120)
    run.need_status(0)
    run.need_log(r"asker: paused: no memory for GPA 0x[0-9a-f]+: it has \d+ "
                 r"MiB of its 448 MiB, the host has \d+ KiB left")
    run.need_log("asker: memory came back: it goes on")
    run.need_line("asker", "filled 400 MiB: ok")
    run.need_line("holder", "filled 256 MiB: ok")
    run.need_log("asker powered off")
    ticks = [line for line in run.console["steady"] if "tick" in line]
    run.need(len(ticks) > 10, "the neighbour has stood still")


def test_nobody_frees_memory():
    """In a batch where all wait for memory, one makes room for the others."""
    run = machine.batch(machine.describe(
        *[stay(f"asker{n}", "f400p", memory="448M") for n in range(2)]),
        MEM="600M", HARTS=2, timeout=120)
    run.need_log("all VMs wait for memory, and nobody is left to free any")
    lines = sum(run.console.values(), [])
    run.need(lines.count("filled 400 MiB: ok") == 1, "one was to end well")
    run.need_status(1)


def test_paused_time_stands_still():
    """A paused guest does not notice: its clock stood as well."""
    run = run_script(
        machine.describe(stay("still", "t")), "sleep 450",
        *["pause still", "sleep 700", "resume still", "sleep 300"] * 3,
        "quit 0", timeout=90)
    run.need_status(0)
    ticks = [line for line in run.console["still"] if "tick" in line]
    late = [int(line.split()[3]) for line in ticks]
    run.need(len(late) > 6 and max(late) < 600, "the pause shows")


def test_only_paused_vms_left():
    """A batch that nobody can continue ends, as a failure."""
    run = run_script(machine.describe(stay("still", "t")), "sleep 50",
                     "pause still")
    run.need_log("all VMs that are left are paused")
    run.need_status(1)


def test_stop_while_paused():
    """A paused VM can be stopped, reset and started again."""
    run = run_script(
        machine.describe(stay("still", "t", vcpus=2)), "pause still", "list",
        "stop still", "start still", "pause still", "reset still", "list",
        "sleep 150", "stop still", "quit 0")
    run.need_status(0)
    run.need(run.stats["still"]["starts"] == 3, "three lives expected")
    run.need(any("tick" in line for line in run.console["still"]),
             "its third life does not tick")


@pytest.mark.parametrize("kills,options", [(1000, {}), (200, {"DEBUG": 1})],
                         ids=["usual", "debug"])
def test_kills(kills, options):
    """
    Any VM is killed at 1000 random moments, in any way and in any state: the
    others and the VMM do not notice. SEED= repeats a run.
    """
    seed = int(os.environ.get("SEED", time.time_ns() % 2**32))
    print(f"SEED={seed}")
    dice = random.Random(seed)
    kernels = {
        "races": machine.vm("races", kernel="build/guest/races.elf", vcpus=4,
                            memory="32M", bootargs="fences"),
        "smp": machine.vm("smp", kernel="build/guest/smp.elf", vcpus=3,
                          memory="32M"),
        "fill": stay("fill", "f12s"),
        "tick": stay("tick", "t", vcpus=2),
    }
    description = machine.describe(stay("steady", "t"), *kernels.values())
    lines = ["sleep 100", *(f"stop {vm}" for vm in kernels), "mem",
             *(f"start {vm}" for vm in kernels)]
    for _ in range(kills):
        vm = dice.choice(sorted(kernels))
        lines += dice.choice([
            [f"restart {vm}"], [f"restart {vm}"], [f"restart {vm}"],
            [f"pause {vm}", f"restart {vm}"],
            [f"destroy {vm}", f"create {description} {vm}"]])
        if dice.random() < 0.7:
            lines.append(f"sleep {dice.randrange(6)}")
    lines += [*(f"stop {vm}" for vm in kernels), "mem", "sleep 300", "quit 0"]
    lines = sum(([line] if not line.startswith("restart") else
                 [line.replace("restart", how) for how in
                  dice.choice([["stop", "start"], ["reset"]])]
                 for line in lines), [])
    run = run_script(description, *lines, HARTS=dice.randrange(1, 5),
                     timeout=300, **options)
    run.need(run.status == 0, f"SEED={seed}: exit status 0 expected")
    need_no_leak(run)
    # The last line may be cut by the end of all.
    ticks = [int(line.split()[1]) for line in run.console["steady"][:-1]
             if "tick" in line]
    run.need(ticks == list(range(1, len(ticks) + 1)) and len(ticks) > 10,
             f"SEED={seed}: the neighbour's ticks are not whole")
