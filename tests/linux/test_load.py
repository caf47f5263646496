# SPDX-License-Identifier: BSD-2-Clause
"""SMP Linux under load: stress-ng and hackbench, more vcpus than harts."""
import pytest

from lib import host, load, machine


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the guests' files."""
    host.must_make("vmm", "guests")


@pytest.mark.parametrize("seconds, vcpus, harts", [
    (8, 3, 1),      # a second a class: a quick look
    (120, 4, 2),
])
def test_load(seconds, vcpus, harts):
    """Each class passes, and no watchdog barks."""
    run = machine.batch(load.describe(seconds, vcpus),
                        seconds + load.PATIENCE, HARTS=harts)
    load.need_passed(run, vcpus)
