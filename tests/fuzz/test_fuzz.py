# SPDX-License-Identifier: BSD-2-Clause
"""Runs the fuzzers for a while, from the inputs that are kept."""
import os
import re

from lib import host

# A minute; FUZZ_RUNS for a number of executions instead.
SECONDS = 60
# What inputs have to reach, or the fuzzer is not about what it is meant for.
REACHED = ("answered", "broken", "promiscuous", "written", "sent0", "received0",
           "refused0", "random", "packed", "sent1", "received1", "lost1",
           "refused1", "typed", "printed", "given", "told")


def kept(to):
    """The inputs of corpus.txt, a line of hexadecimal digits each, as files."""
    to.mkdir(parents=True, exist_ok=True)
    lines = (host.ROOT / "tests/fuzz/corpus.txt").read_text().split()
    for number, line in enumerate(lines):
        (to / f"kept-{number:04}").write_bytes(bytes.fromhex(line))
    return len(lines)


def test_virtio():
    """No input makes a device hang, reach beyond its memory, or our BUG_ON()."""
    host.must_make("fuzzers")
    corpus = host.BUILD / "fuzz/corpus"
    assert kept(corpus) > 100
    runs = os.environ.get("FUZZ_RUNS")
    limit = [f"-runs={runs}"] if runs else [f"-max_total_time={SECONDS}"]
    status, output = host.run_logged(
        [host.BUILD / "fuzz/virtio", *limit, "-max_len=512", "-timeout=20",
         "-print_final_stats=1", "-verbosity=0",
         f"-artifact_prefix={host.BUILD}/fuzz/", corpus],
        (host.OUT / "fuzz.log").relative_to(host.ROOT), 3600)
    assert status == 0, output[-4000:]
    done = int(re.search(r"number_of_executed_units: (\d+)", output)[1])
    assert done > 10000, output[-1000:]
    reached = dict(re.findall(r"^reached (\S+) (\d+)$", output, re.M))
    missed = [what for what in REACHED if not int(reached.get(what, 0))]
    assert not missed, f"never: {missed}"
