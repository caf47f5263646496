# SPDX-License-Identifier: BSD-2-Clause
"""Tracing: what is recorded is what is counted, and converts to Perfetto's
format; where it is off nothing is recorded and nothing costs more."""
import collections
import json
import re
import subprocess

import pytest

from lib import host, machine

TRACE = host.ROOT / "config/trace.py"
BACKENDS = ("hw", "hybrid", "te", "interp")


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guest-kernels")


def traced(backend, kernel, commands, **options):
    """A batch run of one VM of that kernel, which the monitor starts."""
    return machine.batch(machine.describe(machine.vm(
        "one", backend=backend, kernel=f"build/guest/{kernel}.elf",
        vcpus=options.pop("vcpus", 1), autostart=False)), 120,
        EXEC=f"{commands}; quit", **options)


def converted(run):
    """What config/trace.py makes of a run's output."""
    done = subprocess.run([TRACE], input=run.output, capture_output=True,
                          encoding="utf-8", check=False)
    run.need(done.returncode == 0, done.stderr)
    return json.loads(done.stdout)["traceEvents"]


def need_balanced(run, events):
    """On each track, ends close the last begin, and time never goes back."""
    tracks, times = collections.defaultdict(list), collections.Counter()
    for event in events:
        if event["ph"] not in "BE":
            continue
        track = event["pid"], event["tid"]
        run.need(event["ts"] >= times[track], f"goes back: {event}")
        times[track] = event["ts"]
        if event["ph"] == "B":
            tracks[track].append(event["name"])
        else:
            run.need(tracks[track] and tracks[track].pop() == event["name"],
                     f"closes nothing: {event}")
    run.need(not any(tracks.values()), f"not closed: {tracks}")


@pytest.mark.parametrize("kernel", ["csr", "timer"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_all_exits(backend, kernel):
    """The exits that are traced are those that are counted, kind by kind."""
    run = traced(backend, kernel, "trace on 65536; start one; "
                 "wait one stopped; trace dump", ICOUNT=1)
    run.need_status(0)
    events = converted(run)
    need_balanced(run, events)
    kinds = collections.Counter(
        event["name"] for event in events
        if event["ph"] == "B" and event["cat"] == "exit")
    counted = {name.removeprefix("exits."): value for name, value
               in run.stats["one"].items()
               if name.startswith("exits.") and value}
    run.need(kinds == counted, f"traced {dict(kinds)}, counted {counted}")
    run.need(sum(kinds.values()) > 10, "hardly an exit")


@pytest.mark.parametrize("backend", BACKENDS)
def test_injections(backend):
    """An injected exception is an event of its own."""
    run = traced(backend, "csr", "trace on 65536; start one; "
                 "wait one stopped; trace dump")
    injected = [event for event in converted(run)
                if event["name"] == "inject"]
    run.need(len(injected) == run.stats["one"]["injected"],
             f"{len(injected)} traced, {run.stats['one']['injected']} counted")


def test_linux():
    """A boot of Linux, whole; each exit in its turn, and times in order."""
    host.must_make("guests")
    run = machine.batch("config/vms/linux-hw.dts", 120, ICOUNT=1,
                        EXEC="trace on; wait linux stopped; trace dump; quit")
    run.need_status(0)
    run.need_reached("linux")
    events = converted(run)
    need_balanced(run, events)
    exits = [event for event in events
             if event["ph"] == "B" and event["cat"] == "exit"]
    run.need(len(exits) == run.stats["linux"]["exits"],
             f"{len(exits)} exits traced")


def test_ring_keeps_the_last():
    """A small ring has the last events, and the end is among them."""
    run = traced("te", "traps",
                 "trace on 64; start one; wait one stopped; trace dump",
                 HARTS=1)
    events = converted(run)
    begun = [event for event in events if event["ph"] == "B"]
    run.need(len(begun) <= 64, f"{len(begun)} begun")
    run.need(any(event["name"] == "turn" for event in begun), "no turn")
    run.need(re.search(r"trace end: \d+ events, [1-9]\d* older", run.output),
             "nothing said of what was lost")


@pytest.mark.parametrize("backend", BACKENDS)
def test_while_it_runs(backend):
    """It begins and ends while the guest runs, more than once; SMP too."""
    run = traced(backend, "smp", "start one; sleep 20; trace on 256; sleep 30; "
                 "trace off; sleep 10; trace on; sleep 10; trace explain 5; "
                 "wait one stopped; trace", vcpus=2, HARTS=2)
    run.need_status(0)
    run.need(run.console["one"][-1] == "PASS", "PASS expected")
    run.need("monitor| off" in run.output, "explain ends it")


def test_changes_path():
    """A change of backend is seen, and what comes after it is traced too."""
    run = traced("hw", "pattern", "trace on; start one; sleep 20; "
                 "backend one te; sleep 20; backend one interp; sleep 20; "
                 "backend one hybrid; sleep 20; stop one; trace dump")
    found = [event for event in converted(run) if event["name"] == "backend"]
    run.need(len(found) == 3, f"three changes, not {len(found)}")


def test_explains():
    """Sentences name the guest, the reason and the section."""
    run = traced("te", "traps", "trace on; start one; wait one stopped; "
                 "trace explain 8000")
    said = " ".join(line.removeprefix("monitor| ")
                    for line in run.output.splitlines())
    for wanted in ("one, vcpu 0, at 0x", "(Privileged, Supervisor CSRs.)",
                   "(SBI, Binary Encoding.)", "The guest goes on",
                   "is handed to its kernel", "left it as"):
        run.need(wanted in said, f"missing: {wanted}")


@pytest.mark.parametrize("words, answer", [
    ("trace maybe", "none of: on, off, dump, explain"),
    ("trace on 0x1000000", "at most"),
    ("trace dump x", "not a number"),
])
def test_mistakes(words, answer):
    """Wrong words are told what is right."""
    run = traced("te", "hello", words)
    run.need(answer in run.output, answer)


def test_converter_needs_the_end():
    """A log that was cut is no trace."""
    done = subprocess.run([TRACE], input="trace begin\n", capture_output=True,
                          encoding="utf-8", check=False)
    assert done.returncode == 1 and "not its end" in done.stderr
