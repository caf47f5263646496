# SPDX-License-Identifier: BSD-2-Clause
"""A room full of Linux guests; what each takes, and what an idle one costs."""
import re

import pytest

from lib import host, machine

ROOM = 600          # seconds; eight boots take half a minute when idle
PAGE = 4096
MEMORY = 256 << 20


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the guests' files."""
    host.must_make("vmm", "guests")


def linux(name, **properties):
    """A Debian guest that says that it is there and powers off."""
    return machine.vm(name, **{
        "kernel": "build/guests/linux/Image",
        "initrd": "build/guests/linux/initrd-init.gz",
        "bootargs": "console=ttyS0", **properties})


def need_boot(run, name, vcpus):
    """All its vcpus came up, it reached its init, and nobody complained."""
    run.need_reached(name)
    text = "\n".join(run.console[name])
    run.need(f"Brought up 1 node, {vcpus} CPU" in text,
             f"{name}: {vcpus} CPUs expected")
    run.need(not re.search("Oops|WARNING|BUG|stall|lockup", text),
             f"{name}: a boot without complaints expected")


def need_lazy(run, name):
    """It has what it touched and no more; tables are under 1 % of that."""
    stats = run.stats[name]
    pages, tables = stats["pages"], stats["tables"]
    run.need(0 < pages < MEMORY / PAGE / 2,
             f"{name}: {pages} pages of {MEMORY // PAGE}")
    run.need(0 < tables * 100 < pages,
             f"{name}: {tables} tables, {pages} pages")


def test_eight_guests():
    """Eight at once on four harts, four of them with two vcpus."""
    vcpus = {f"vm{n}": 1 + n % 2 for n in range(8)}
    run = machine.batch(machine.describe(
        *(linux(name, vcpus=n) for name, n in vcpus.items())),
        ROOM, HARTS=4)
    run.need_status(0)
    run.need(len(run.stats) == 8, "eight guests expected")
    for name, count in vcpus.items():
        need_boot(run, name, count)
        need_lazy(run, name)


@pytest.mark.parametrize("vcpus, harts", [(8, 8), (16, 4), (16, 1)])
def test_many_vcpus(vcpus, harts):
    """As many vcpus as a VM may have, on as many harts and on fewer."""
    run = machine.batch(machine.describe(linux("smp", vcpus=vcpus)), ROOM,
                        HARTS=harts)
    run.need_status(0)
    need_boot(run, "smp", vcpus)


# ---- an idle guest ----------------------------------------------------------

def idle(seconds, **properties):
    """The statistics of a Linux guest that does nothing for so long."""
    run = machine.batch(machine.describe(linux(
        "idle", bootargs="console=ttyS0 quiet rdinit=/bin/busybox -- sh -c "
        rf'\"/bin/busybox sleep {seconds}; /bin/busybox poweroff -f\"',
        **properties)), ROOM, ICOUNT=1)
    run.need_status(0)
    return run.stats["idle"]


def test_idle_guest_costs_nothing():
    """
    A hundred seconds more of wfi: not an exit in ten seconds, not a hundred
    instructions of ours a second.
    """
    short, long = idle(10), idle(110)
    more = {name: long[name] - short[name] for name in short}
    assert more["guest_instructions"] > 0
    assert more["exits"] <= 10, more
    assert more["vmm_instructions"] <= 10_000, more
    assert more["pages"] == 0, more


def test_idle_vcpus_sleep():
    """
    Two vcpus on one hart boot and sleep with few exits: whoever spins until
    the other has answered lets it run.
    """
    stats = idle(110, vcpus=2)
    assert stats["exits"] < 10_000, stats
    assert stats["exits.wrs"] < 2000, stats
    assert stats["vmm_instructions"] < 5_000_000, stats


def test_idle_guest_has_what_it_touched():
    """By 4 KiB that is exact; large pages add less than a tenth."""
    exact, large = idle(1, pages="4K"), idle(1)
    for stats in (exact, large):
        assert 0 < stats["tables"] * 100 < stats["pages"]
    assert exact["leaves"] + exact["tables"] <= exact["pages"]
    assert exact["pages"] < MEMORY / PAGE / 2
    assert large["pages"] < exact["pages"] * 1.1
