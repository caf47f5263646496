# SPDX-License-Identifier: BSD-2-Clause
"""A Linux guest that loads its machine (config/setup/init.load)."""
import re

from lib import machine

CLASSES = ("cpu", "fork", "context", "pagefault", "futex", "mmap", "signal",
           "hackbench")
# What a kernel or a program says that is not well.
COMPLAINT = re.compile(
    r"soft lockup|hard LOCKUP|rcu:.*(stall|starved)|blocked for more than|"
    r"hung.task|BUG|WARNING|Oops|Call Trace|segfault|unhandled signal|"
    r"Out of memory|load: \w+ FAILED", re.IGNORECASE)
PATIENCE = 600      # seconds beside the load: a busy host boots slowly


def describe(seconds, vcpus, **properties):
    """A VM, load, that does all classes in so many seconds."""
    return machine.describe(machine.vm(
        "load", vcpus=vcpus, memory="1G", kernel="build/guests/linux/Image",
        initrd="build/guests/linux/initrd-load.gz",
        bootargs=f"console=ttyS0 load={seconds}", **properties))


def up(vcpus):
    """What it says when it begins."""
    return f"load: {vcpus} CPUs, watchdog 1"


def need_passed(run, vcpus):
    """Each class passed, no watchdog barked, and nobody complained."""
    lines = run.console.get("load", [])
    found = [line for line in lines if COMPLAINT.search(line)]
    run.need(not found, "\n".join(["complaints:", *found]))
    run.need_status(0)
    run.need_line("load", up(vcpus))
    for name in CLASSES:
        run.need_line("load", f"load: {name} ok")
    run.need_line("load", "load: all passed")
