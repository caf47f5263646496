#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The comparison: the same guests and the same work under every backend.

Prints tables, writes build/bench/results.csv and build/bench/report.html. A
column is a backend on a firmware. Instructions come from -icount and are the
same in every run; CPU seconds are not, so they are given as ratios of
alternating pairs of runs, one without the VMM, one with it.
"""
import argparse
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
import measure                  # noqa: E402
import report                   # noqa: E402
import results                  # noqa: E402
import runs                     # noqa: E402
import table                    # noqa: E402

QUICK_GROUPS = ("nano", "boot", "ablation", "accounting")
QUICK_COLUMNS = ("hw", "hybrid", "te", "te-opensbi")


def _listed(parser, option, given, known):
    """The words of a list, or None if it was not given."""
    words = given.split(",") if given else None
    for word in words or ():
        if word not in known:
            parser.error(f"{option}: no {word}; there are: {' '.join(known)}")
    return words


def arguments():
    """The command line; QUICK and COMPARE come from make."""
    columns = [column.name for column in runs.COLUMNS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="COLUMN,...",
                        help=f"these of {' '.join(columns)}")
    parser.add_argument("--groups", metavar="GROUP,...",
                        help=f"these of {' '.join(measure.GROUPS)}")
    parser.add_argument("--pairs", type=int, metavar="N",
                        help="pairs of Linux boots for the CPU ratio: 5")
    parser.add_argument("--once", action="store_true",
                        help="do not measure again what is to be the same")
    parser.add_argument("--quick", action="store_true",
                        default=os.environ.get("QUICK", "0") not in ("", "0"),
                        help="minutes, not tens of them: part of it, once")
    parser.add_argument("--compare", metavar="OLD.csv",
                        default=os.environ.get("COMPARE"),
                        help="print what is not as it was in those results")
    parser.add_argument("--out", metavar="DIRECTORY", type=pathlib.Path,
                        default=pathlib.Path("build/bench"),
                        help="for what is written: build/bench")
    parser.add_argument("--check", action="store_true",
                        help="exit status 1 if a target is missed")
    options = parser.parse_args()
    options.only = _listed(parser, "--only", options.only, columns) or (
        QUICK_COLUMNS if options.quick else columns)
    options.groups = _listed(parser, "--groups", options.groups,
                             measure.GROUPS) or (
        QUICK_GROUPS if options.quick else measure.GROUPS)
    if options.pairs is None:
        options.pairs = 5
    options.once = options.once or options.quick
    return options


def show(found, options):
    """Tables, files, and what changed; the exit status."""
    columns = [c for c in runs.COLUMNS if c.name in options.only]
    table.show(found, columns)
    found.write(options.out / "results.csv")
    report.make(found, options.out / "report.html")
    for name in "results.csv", "report.html":
        print(f"written: {options.out / name}")
    if options.compare:
        results.show_changes(results.read(options.compare), found)
    return 1 if options.check and table.missed(found, columns) else 0


def main():
    """Measure, print, write; exit status 2 where something could not be
    measured or was not the same twice."""
    options = arguments()
    old = pathlib.Path(options.compare) if options.compare else None
    if old and not old.is_file():
        print(f"bench.py: {old}: no such file", file=sys.stderr)
        return 2
    if old and old.resolve() == (options.out / "results.csv").resolve():
        print(f"bench.py: {old}: will be written anew; copy it first",
              file=sys.stderr)
        return 2
    runs.OUT = options.out.resolve()
    runs.OUT.mkdir(parents=True, exist_ok=True)
    bench = measure.Bench(options)
    found = bench.run()
    for line in bench.troubles:
        print(f"bench.py: {line}", file=sys.stderr)
    status = show(found, options)
    return 2 if bench.troubles else status


if __name__ == "__main__":
    sys.exit(main())
