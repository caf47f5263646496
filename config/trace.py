#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes a trace that Perfetto (or chrome://tracing) opens: trace.py <LOG >JSON.

LOG is what a run printed, with the monitor's `trace dump` in it. A hart is a
process, a vcpu a thread of it; turns enclose exits. Times in the file are
microseconds by its format: one instruction is a nanosecond.
"""
import collections
import json
import re
import sys

FIELDS = ("hart type when until vm vcpu kind verdict mode pc arg0 arg1 "
          "arg2").split()
LINE = re.compile(r"\btrace (\d+ \w+ \d+ \d+ \S+ \d+ \S+ \S+ \d+"
                  r"(?: 0x[0-9a-f]+){4})\s*$")
SPANS = ("turn", "exit")
Event = collections.namedtuple("Event", FIELDS)


class TraceError(Exception):
    """The log is not what it should be."""


def read(lines):
    """The events of a log, in the order in which they were printed."""
    events, told = [], None
    for line in lines:
        match = LINE.search(line)
        if match:
            words = match[1].split()
            events.append(Event(*(
                word if name in ("type", "vm", "kind", "verdict")
                else int(word, 0) for name, word in zip(FIELDS, words))))
        match = re.search(r"\btrace end: (\d+) events", line)
        told = int(match[1]) if match else told
    if told is None:
        raise TraceError("no \"trace dump\" in it, or not its end")
    if told != len(events):
        raise TraceError(f"{told} events announced, {len(events)} found")
    return events


def _name(event):
    return event.kind if event.type == "exit" else event.type


def _arguments(event):
    found = {"pc": hex(event.pc)}
    if event.type == "exit":
        found |= {"verdict": event.verdict,
                  "mode": "S" if event.mode else "U"}
    return found | {f"arg{i}": hex(getattr(event, f"arg{i}"))
                    for i in range(3)}


def _record(event, phase, when, tid):
    record = {"ph": phase, "ts": when / 1000, "pid": event.hart, "tid": tid,
              "name": _name(event), "cat": event.type}
    if phase == "i":
        record["s"] = "t"
    if phase != "E":
        record["args"] = _arguments(event)
    return record


def _spans(events, tid):
    """Begins and ends of one vcpu on one hart, each inside what is around."""
    open_ones = []
    for event in sorted(events, key=lambda e: (e.when, -e.until)):
        while open_ones and open_ones[-1].until <= event.when:
            last = open_ones.pop()
            yield _record(last, "E", last.until, tid)
        if open_ones and event.until > open_ones[-1].until:
            event = event._replace(until=open_ones[-1].until)
        open_ones.append(event)
        yield _record(event, "B", event.when, tid)
    while open_ones:
        last = open_ones.pop()
        yield _record(last, "E", last.until, tid)


def _named(what, pid, tid, name):
    return {"ph": "M", "name": f"{what}_name", "pid": pid, "tid": tid,
            "args": {"name": name}}


def convert(events):
    """The JSON object of the trace event format."""
    records, tracks = [], collections.defaultdict(list)
    whose = sorted({(event.vm, event.vcpu) for event in events})
    tids = {who: tid for tid, who in enumerate(whose, 1)}
    for event in events:
        who = event.vm, event.vcpu
        if event.type in SPANS:
            tracks[event.hart, who].append(event)
        else:
            records.append(_record(event, "i", event.when, tids[who]))
    for (_, who), track in tracks.items():
        records += _spans(track, tids[who])
    names = []
    for hart in sorted({event.hart for event in events}):
        names.append(_named("process", hart, 0, f"hart {hart}"))
        names += [_named("thread", hart, tid, f"{who[0]}, vcpu {who[1]}")
                  for who, tid in tids.items()]
    return {"displayTimeUnit": "ns", "traceEvents":
            names + sorted(records, key=lambda r: r["ts"])}


def main():
    """From standard input to standard output."""
    try:
        json.dump(convert(read(sys.stdin)), sys.stdout, indent=0)
    except TraceError as error:
        print(f"trace.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
