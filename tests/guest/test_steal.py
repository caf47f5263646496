# SPDX-License-Identifier: BSD-2-Clause
"""Guests hear how long they waited for a hart, and it is what we say."""
import re

import pytest

from lib import host, machine

TICK = 100      # ns
SLICE = 100_000     # ticks: 10 ms


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guests", "guest-kernels")


def guest(name, *words, **properties):
    """A VM that looks at its steal time."""
    return machine.vm(name, kernel="build/guest/steal.elf",
                      bootargs=" ".join(words), **properties)


def seen(run, name):
    """What the guest saw, in ticks, by lives: (when it asked, what passed
    since then, what of that was stolen)."""
    text = "\n".join(run.console[name])
    lives = re.findall(r"^asked: (\d+) ticks\npassed: (\d+) ticks\n"
                       r"stolen: (\d+) ns$", text, re.M)
    run.need(lives, f"no figures from {name}")
    return [(int(asked), int(passed), int(stolen) / TICK)
            for asked, passed, stolen in lives]


def told(run, name):
    """(passed, stolen), in ticks; the VM's statistics say the same."""
    run.need_line(name, "PASS")
    ((asked, passed, stolen),) = seen(run, name)
    # It waited before it asked as well, but no longer than it had been there,
    # and may have been preempted once more on the way to its power-off.
    untold = run.stats[name]["steal"] - stolen
    run.need(0 <= untold <= asked + SLICE,
             f"{name} did not hear of {untold} ticks")
    return passed, stolen


def test_two_busy():
    """Two share a hart: each has about half of its time stolen."""
    run = machine.batch(machine.describe(guest("one"), guest("two")),
                        ICOUNT=1, HARTS=1)
    run.need_status(0)
    for name in ("one", "two"):
        passed, stolen = told(run, name)
        share = stolen / passed
        run.need(abs(share - 0.5) < 0.05, f"{name} lost {share:.3f}")


@pytest.mark.parametrize("words", [[], ["nap"]], ids=["busy", "nap"])
def test_alone(words):
    """Nothing is stolen of who has the hart to itself, nor of a sleep."""
    run = machine.batch(machine.describe(guest("one", *words)),
                        ICOUNT=1, HARTS=1)
    run.need_status(0)
    passed, stolen = told(run, "one")
    run.need(stolen < passed / 1000, f"{stolen} of {passed} ticks stolen")


def test_sleeper_beside_busy():
    """Who sleeps loses only what it waits for after its wake-ups."""
    run = machine.batch(machine.describe(guest("busy"), guest("nap", "nap")),
                        ICOUNT=1, HARTS=1)
    run.need_status(0)
    for name in ("busy", "nap"):
        passed, stolen = told(run, name)
        run.need(stolen < passed / 4, f"{name}: {stolen} of {passed} ticks")


def test_reset():
    """After a reset it counts from zero."""
    run = machine.batch(machine.describe(
        guest("again", "again"),
        machine.vm("busy", kernel="build/guest/hostile.elf", bootargs="spin")),
        until="again reboots", times=2, ICOUNT=1, HARTS=1)
    lives = seen(run, "again")
    run.need(len(lives) == 2, "two lives expected")
    for _, passed, stolen in lives:
        share = stolen / passed
        run.need(abs(share - 0.5) < 0.05, f"it lost {share:.3f}")


def test_pair():
    """A hart sees that another one was preempted; nobody writes unasked."""
    run = machine.batch(machine.describe(guest("two", "pair", vcpus=2)),
                        HARTS=1)
    run.need_line("two", "PASS")
    run.need_status(0)
