# SPDX-License-Identifier: BSD-2-Clause
"""A room full of small guests: each has its own memory, console and share."""
import re

import pytest

from lib import host, machine

GUESTS = 32
PASSES = 6
LIVES = 200


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guest-kernels")


# ---- memory and consoles -----------------------------------------------------

def pattern(number, words="", passes=PASSES, **properties):
    """A VM that checks its memory; sizes, pages and vcpus differ."""
    return machine.vm(f"p{number}", kernel="build/guest/pattern.elf", **{
        "memory": f"{8 + number % 5 * 2}M",
        "vcpus": 2 if number % 4 == 3 else 1,
        "pages": "4K" if number % 2 else "2M",
        "bootargs": f"number={number} passes={passes} {words}",
        **properties})


def pattern_lines(number, passes=PASSES):
    """What its console has to show, and nothing else."""
    pages = (8 + number % 5 * 2) * 256
    return [f"pattern {number}: pass {p} of {passes}, "
            f"{pages * p // passes} pages" for p in range(1, passes + 1)] + \
        [f"pattern {number} ok, {passes} passes"]


@pytest.mark.parametrize("harts", [1, 4])
def test_patterns(harts):
    """None sees what another one has in memory or prints."""
    numbers = range(1, GUESTS + 1)
    run = machine.batch(machine.describe(*(pattern(n) for n in numbers)),
                        timeout=240, HARTS=harts)
    for n in numbers:
        run.need(run.console.get(f"p{n}") == pattern_lines(n),
                 f"p{n} printed {run.console.get(f'p{n}')}")
    run.need_status(0)


def test_reused_pages():
    """
    Guests that end and start again all the time, in a host with little more
    memory than they have: pages pass from one to another, and are zero then.
    """
    run = machine.batch(machine.describe(
        *(pattern(n, "reboot", 1 + n % 3) for n in range(1, GUESTS + 1))),
        timeout=240, until="reboots", times=LIVES, HARTS=4, MEM="512M")
    lines = [line for lines in run.console.values() for line in lines]
    wrong = [line for line in lines if "WRONG" in line]
    run.need(not wrong, "\n".join(wrong[:10]))
    lives = [line for line in lines if re.fullmatch(
        r"pattern \d+ ok, \d passes", line)]
    run.need(len(lives) >= LIVES, f"{len(lives)} lives ended well")


def test_typed():
    """What is typed reaches the guest in focus, and no other."""
    count = 4
    child = machine.interactive(["config/run.sh", machine.describe(
        *(pattern(n, "listen", 1, memory="8M") for n in range(count)))])
    for n in range(count):
        if n:
            child.send(f"\x01{n + 1}")
            machine.expect(child, rf"console of p{n}\r*\n", 60)
        machine.expect(child, rf"pattern {n} listens", 60)
        child.send(f"line {n} of {count}\r")
        machine.expect(child, rf"\npattern {n} heard <line {n} of {count}>", 60)
    machine.end_status(child)


# ---- shares ------------------------------------------------------------------

MS = 250    # that the good guest works, for each that it shares the hart with
LEAST = 0.9
# The kernel's own list of ways to flood, and those that need a second vcpu.
MODES = re.findall(r'^\t\{"([a-z-]+)", \w+, \w+\},$', (
    host.ROOT / "tests/guest/flood.c").read_text(), re.M)
PAIRS = ("ipi", "rfence", "hsm", "wake")
NAPS = (1000, 100000)    # a second
CROWD = ("spin", "console", "ipi", "sbi")


def flood(mode, words="", **properties):
    """A VM that makes work in that way, for ever."""
    return machine.vm(f"bad-{mode}", kernel="build/guest/flood.elf", **{
        "memory": "16M", "vcpus": 2 if mode in PAIRS else 1,
        "bootargs": f"{mode} {words}", **properties})


def work(ms, *others):
    """What a guest gets done in its time beside others on one hart; exact."""
    run = machine.batch(
        machine.describe(*others, machine.vm(
            "good", kernel="build/guest/share.elf", memory="16M",
            bootargs=f"ms={ms}")),
        until="good| work: ", timeout=200, ICOUNT=1)
    lines = [line for line in run.console.get("good", [])
             if re.fullmatch(r"work: \d+", line)]
    run.need(lines, "no work of the good guest's")
    return run, int(lines[0].split()[1])


@pytest.fixture(name="alone", scope="module")
def alone_fixture():
    """What it gets done in a millisecond of its own."""
    return work(MS)[1] / MS


def need_share(alone, vcpus, *others):
    """The good guest has its share beside so many vcpus, or nearly."""
    ms = MS * max(1, vcpus // 2)
    run, done = work(ms, *others)
    share = done / ms / alone
    run.need(share >= LEAST / (vcpus + 1),
             f"{share:.4f} of a hart shared with {vcpus} vcpus")


@pytest.mark.parametrize("mode", MODES)
def test_flood(alone, mode):
    """Whatever the other does, it does in its own time."""
    need_share(alone, 2 if mode in PAIRS else 1, flood(mode))


@pytest.mark.parametrize("naps", NAPS)
def test_naps(alone, naps):
    """Nor does it help to sleep and to be woken all the time."""
    need_share(alone, 1, flood("nap", f"naps={naps}"))


def test_floods_at_once(alone):
    """Several of them, one of which has two vcpus."""
    need_share(alone, len(CROWD) + 1, *(flood(mode) for mode in CROWD))


def test_all_floods():
    """All there are, beside good guests on two harts: these come to an end."""
    run = machine.batch(machine.describe(
        *(flood(mode) for mode in MODES), *(pattern(n, "", 2)
                                           for n in range(3))),
        until=" powered off", times=3, timeout=300, HARTS=2)
    for n in range(3):
        run.need(run.console.get(f"p{n}") == pattern_lines(n, 2),
                 f"p{n} printed {run.console.get(f'p{n}')}")
