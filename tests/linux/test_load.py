# SPDX-License-Identifier: BSD-2-Clause
"""SMP Linux under load: stress-ng and hackbench, more vcpus than harts."""
import re

import pytest

from lib import host, machine

CLASSES = ("cpu", "fork", "context", "pagefault", "futex", "mmap", "signal",
           "hackbench")
# What a kernel or a program says that is not well.
COMPLAINT = re.compile(
    r"soft lockup|hard LOCKUP|rcu:.*(stall|starved)|blocked for more than|"
    r"hung.task|BUG|WARNING|Oops|Call Trace|segfault|unhandled signal|"
    r"Out of memory|load: \w+ FAILED", re.IGNORECASE)
PATIENCE = 600      # seconds beside the load: a busy host boots slowly


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the guests' files."""
    host.must_make("vmm", "guests")


def need_no_complaint(run, vm):
    """Nobody in the guest complained."""
    found = [x for x in run.console.get(vm, []) if COMPLAINT.search(x)]
    run.need(not found, "\n".join(["complaints:", *found]))


@pytest.mark.parametrize("seconds, vcpus, harts", [
    (8, 3, 1),      # a second a class: a quick look
    (120, 4, 2),
])
def test_load(seconds, vcpus, harts):
    """Each class passes, and no watchdog barks."""
    description = machine.describe(machine.vm(
        "load", vcpus=vcpus, memory="1G", kernel="build/guests/linux/Image",
        initrd="build/guests/linux/initrd-load.gz",
        bootargs=f"console=ttyS0 load={seconds}"))
    run = machine.batch(description, seconds + PATIENCE, HARTS=harts)
    need_no_complaint(run, "load")
    run.need_status(0)
    run.need_line("load", f"load: {vcpus} CPUs, watchdog 1")
    for name in CLASSES:
        run.need_line("load", f"load: {name} ok")
    run.need_line("load", "load: all passed")
