# SPDX-License-Identifier: BSD-2-Clause
"""Linux under load, and its backend changes a thousand times meanwhile."""
import random

import pytest

from lib import host, load, machine

WAYS = ("hw", "hybrid", "te", "interp")
SWITCHES = 1000
SECONDS = 40        # of load; that many changes take about as long
NAP = 40            # ms at most between two of them


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the guests' files."""
    host.must_make("vmm", "guests")


def commands(rng, begin):
    """A script: when the load has begun, from one path to another."""
    now = WAYS[0]
    yield f'wait load says "{begin}"'
    for _ in range(SWITCHES):
        now = rng.choice([way for way in WAYS if way != now])
        yield f"backend load {now}"
        yield f"sleep {rng.randrange(NAP)}"
    yield "backend load hw"
    yield "wait load stopped"


@pytest.mark.parametrize("vcpus, harts, firmware", [(3, 2, "opensbi")])
def test_thousand_changes(vcpus, harts, firmware):
    """stress-ng verifies what it computes, and finds nothing wrong."""
    seed = random.randrange(1 << 32)
    print(f"seed: {seed}")
    script = machine.new_file("commands", "txt")
    script.write_text("\n".join(commands(random.Random(seed),
                                         load.up(vcpus))) + "\n")
    run = machine.batch(load.describe(SECONDS, vcpus),
                        SECONDS + load.PATIENCE, HARTS=harts, SCRIPT=script,
                        FIRMWARE=firmware)
    load.need_passed(run, vcpus)
    run.need(run.stats["load"]["switches"] >= SWITCHES,
             f"{SWITCHES} changes expected")
