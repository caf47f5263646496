# SPDX-License-Identifier: BSD-2-Clause
"""A running guest changes path, again and again, and does not notice."""
import random
import re

import pytest

from lib import host, machine

WAYS = ("hw", "hybrid", "te", "interp")
SOFT = ("te", "interp")         # all that there is without H
SWITCHES = 400


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guests", "guest-kernels")
    host.must_make("vmm", "DEBUG=1")


def kernel(name):
    """The file of a kernel."""
    return f"build/guest/{name}.elf"


def seed():
    """Another one in each run; it is printed where the test fails."""
    value = random.randrange(1 << 32)
    print(f"seed: {value}")
    return value


def script(lines):
    """A file of monitor commands."""
    path = machine.new_file("commands", "txt")
    path.write_text("\n".join(lines) + "\n")
    return path


def switches(rng, vm, count, ways=WAYS):
    """Commands that change its backend so often, to another one each time."""
    now = None
    for _ in range(count):
        now = rng.choice([way for way in ways if way != now])
        yield f"backend {vm} {now}"
        if rng.random() < 0.3:
            yield f"sleep {rng.randrange(4)}"


def need_switched(run, vm, at_least):
    """Most of them were changes."""
    run.need(run.stats[vm]["switches"] >= at_least, "more changes expected")


@pytest.mark.parametrize("vcpus, harts, options", [
    (1, 1, {}),
    (1, 2, {"FIRMWARE": "direct"}),
    (2, 2, {"CPU": "rv64,h=on"}),
    (3, 2, {"CPU": "max"}),
    (2, 2, {"DEBUG": 1}),
    (2, 1, {"CPU": "rv64,h=on,sstc=off"}),
    (2, 2, {"CPU": "rv64,h=off"}),
])
def test_keep(vcpus, harts, options):
    """Registers, CSRs, translations, time, timers and IPIs."""
    rng = random.Random(seed())
    ways = WAYS if "h=off" not in str(options) else SOFT
    run = machine.batch(
        machine.describe(machine.vm(
            "a", kernel=kernel("keep"), vcpus=vcpus, memory="64M",
            backend=ways[-1],
            bootargs=f"seed={rng.randrange(1 << 30)}")),
        SCRIPT=script(["sleep 100", "mem",
                       *switches(rng, "a", SWITCHES, ways),
                       "sleep 20", "type a q", "wait a stopped", "mem"]),
        HARTS=harts, **options)
    run.need_status(0)
    run.need_line("a", "PASS")
    need_switched(run, "a", SWITCHES - 1)
    run.need(run.stats["a"]["pages_now"] == 0, "a stopped VM holds pages")
    lines = [line for line in run.console["monitor"] if "unaccounted" in line]
    run.need(len(lines) == 2 and all(re.search(r"\b0 KiB", x) for x in lines),
             "pages of nobody")


@pytest.mark.parametrize("name, vcpus", [
    ("csr", 1), ("traps", 1), ("timer", 1), ("sbi", 2), ("smp", 3),
    ("wake", 4), ("fpv", 1), ("mmio_insn", 1),
])
def test_kernel(name, vcpus):
    """What a kernel prints does not depend on who runs it when."""
    rng = random.Random(seed())
    one = {"kernel": kernel(name), "vcpus": vcpus}
    expected = machine.batch(machine.describe(machine.vm("a", **one)))
    run = machine.batch(
        machine.describe(machine.vm("a", **one, autostart=False)),
        SCRIPT=script(["start a", *switches(rng, "a", SWITCHES),
                       "wait a stopped"]))
    run.need_status(0)
    run.need(run.console["a"] == expected.console["a"], "not the same lines")


def test_beside_others():
    """Others run on while one changes; each keeps what is its own."""
    rng = random.Random(seed())
    names = [f"v{n}" for n in range(4)]
    commands = [f"backend {rng.choice(names)} {rng.choice(WAYS)}"
                for _ in range(SWITCHES)]
    run = machine.batch(
        machine.describe(*(
            machine.vm(name, kernel=kernel("keep"), memory="64M", vcpus=1 + n,
                       backend=WAYS[n % len(WAYS)])
            for n, name in enumerate(names))),
        SCRIPT=script(["sleep 300", *commands, "sleep 50",
                       *(f"type {name} q" for name in names),
                       *(f"wait {name} stopped" for name in names)]),
        HARTS=2)
    run.need_status(0)
    for name in names:
        run.need_line(name, "PASS")
        need_switched(run, name, SWITCHES // 12)


def test_states():
    """A VM that is stopped or paused changes as well, and stays so."""
    run = machine.batch(
        machine.describe(
            machine.vm("a", kernel=kernel("keep"), autostart=False)),
        SCRIPT=script(["backend a te", "backend a", "start a", "list",
                       "sleep 100", "pause a", "backend a hybrid", "list",
                       "backend a hw", "sleep 50", "resume a", "sleep 50",
                       "reset a", "backend a", "sleep 100", "backend a te",
                       "backend a te", "type a q", "wait a stopped",
                       "backend a"]))
    run.need_status(0)
    run.need_line("a", "PASS")
    monitor = run.console["monitor"]
    run.need([x for x in monitor if re.match("a: (hw|te)$", x)] ==
             ["a: te", "a: hw", "a: te"], "backends in that order")
    rows = [line.split()[1:3] for line in monitor if re.match("a +", line)]
    run.need(rows == [["running", "te"], ["paused", "hybrid"]],
             f"rows of another kind: {rows}")
    run.need(run.stats["a"]["switches"] == 4, "four changes expected")
