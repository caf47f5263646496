# SPDX-License-Identifier: BSD-2-Clause
"""The small Linux programs of the benchmarks, on a machine without a VMM."""
import re

import pytest

from lib import host, machine

LIST = host.ROOT / "tests/bench/guest/lat.c"
IMAGE = "build/guests/linux/Image"
INITRD = "build/guests/linux/initrd-micro.gz"
# A nanosecond is an instruction, and two runs are the same.
COUNTED = ("-icount", "shift=0,sleep=off", "-seed", "1",
           "-rtc", "base=2026-01-01,clock=vm")


def names():
    """The benchmarks, from the one list of them."""
    return re.findall(r'^\t\{"(\w+)", \w+, \d+\},', LIST.read_text(), re.M)


def rows(run):
    """(name, value) of each figure, in their order."""
    return [(name, float(value)) for name, value in re.findall(
        r"^bench (\w+) (\d+\.\d)$", "\n".join(run.lines), re.M)]


def test_names_are_unique():
    """A name is one benchmark's."""
    found = names()
    assert len(found) >= 20, found
    assert sorted(set(found)) == sorted(found)


@pytest.fixture(name="micro", scope="module")
def micro_fixture():
    """Two runs of them all."""
    host.must_make("guests")
    return [machine.native(
        IMAGE, machine.CPU, bootargs="console=ttyS0 quiet bench=micro",
        timeout=300, extra=("-initrd", INITRD, *COUNTED)) for _ in range(2)]


def test_each_has_its_figure(micro):
    """Each is there once, above zero, and nothing went wrong."""
    run = micro[0]
    run.need_status(0)
    run.need_reached()
    run.need("bench-failed" not in run.output, "a benchmark failed")
    run.need([name for name, _ in rows(run)] == names(),
             f"not a figure for each of {' '.join(names())}")
    run.need(all(value > 0 for _, value in rows(run)), "a figure of nothing")
    # What the kernel says at power-off may come before the line's end.
    run.need(any(line.startswith("guest: bench done") for line in run.lines),
             "it did not get to its end")


def test_again_the_same(micro):
    """Figures are counts: they do not depend on when they are taken."""
    first, second = micro
    second.need(rows(first) == rows(second),
                f"differs from before: {rows(first)}")
