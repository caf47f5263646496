# SPDX-License-Identifier: BSD-2-Clause
"""The VMM's own mistakes: last words with symbols, and a non-zero end."""
import pytest

from lib import host, machine

PANIC_STATUS = 3
SURVIVED_STATUS = 4

# selftest=NAME, and what its last words must say.
MISTAKES = [
    ("load", r"PANIC on hart \d+: cause 13, stval 0*989680"),
    ("store-text", r"PANIC on hart \d+: cause 15"),
    ("store-rodata", r"PANIC on hart \d+: cause 15"),
    ("exec-data", r"PANIC on hart \d+: cause 12"),
    ("stack", r"PANIC on hart \d+: cause 15"),
    ("bug", r'BUG on hart \d+: boot/selftest.c:\d+: "on purpose"'),
]

# Functions of the backtrace. Data have no name, only their caller does.
FUNCTIONS = {
    "load": ["load", "start"],
    "store-text": ["store_text", "start"],
    "store-rodata": ["store_rodata", "start"],
    "exec-data": ["start"],
    "stack": ["recurse"],
    "bug": ["bug_on", "selftest", "start"],
}


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and a kernel that it does not get to."""
    host.must_make("vmm", "guests", "guest-kernels")


def run(name):
    """A run that makes that mistake."""
    hello = machine.vm("hello", kernel="build/guest/hello.elf")
    return machine.batch(machine.describe(hello), APPEND=f"selftest={name}")


@pytest.mark.parametrize("name,words", MISTAKES, ids=lambda v: v)
def test_mistake(name, words):
    """It is reported, with where it was, and the machine stops."""
    r = run(name)
    r.need_status(PANIC_STATUS)
    r.need_log(words)
    for function in FUNCTIONS[name]:
        r.need_log(rf" {function}[.\w]*\+0x")


def test_survivor():
    """A mistake that nothing notices would be reported."""
    r = run("none")
    r.need_status(SURVIVED_STATUS)
    r.need_log("nothing stopped the VMM")
