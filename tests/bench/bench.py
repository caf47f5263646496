#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The comparison: what operations and a Linux boot cost, beside the peers.

Prints a table and writes build/bench/results.csv. A column is a backend on a
firmware. Instructions come from -icount and are the same in every run; CPU
seconds are not, so they are given as the median ratio of alternating pairs of
runs, one without the VMM, one with it.
"""
import argparse
import fnmatch
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
import runs                     # noqa: E402
import table                    # noqa: E402
import turns                    # noqa: E402
from lib import costs           # noqa: E402

RESULTS = runs.OUT / "results.csv"
# The groups of rows that are measured together; all else is "ops".
GROUPS = ("ops", "turns", "boot", "cpu")


def group(row):
    """The group that a row belongs to."""
    if row == "boot_cpu_ratio":
        return "cpu"
    if row in turns.ROWS:
        return "turns"
    return "boot" if row.startswith("boot_") else "ops"


def chosen(words):
    """The names of the rows that these words mean: groups or patterns."""
    names = [anchor["row"] for anchor in costs.table("anchors.csv")]
    wrong = [word for word in words if word not in GROUPS
             and not fnmatch.filter(names, word)]
    if wrong:
        raise runs.BenchError(f"--rows {wrong[0]}: no such row or group")
    return [name for name in names if group(name) in words
            or any(fnmatch.fnmatch(name, word) for word in words)]


def measure_native(wanted):
    """({firmware: {row: figure}}, {firmware: instructions of a boot})."""
    rows, boots = {}, {}
    for firmware in runs.FIRMWARE:
        rows[firmware], boots[firmware] = {}, None
        if "ops" in wanted:
            rows[firmware] = runs.native_rows(firmware)
        if "boot" in wanted:
            boots[firmware] = modes = runs.native_boot(firmware)
            rows[firmware]["boot_guest_instructions"] = costs.native_own(modes)
            rows[firmware]["boot_firmware_instructions"] = float(modes["M"])
    return rows, boots


def measure(column, wanted, pairs, boots):
    """{row: figure} of a column, as far as it can be had; True if it all
    could."""
    ways = {
        "ops": lambda: runs.guest_rows(column),
        "turns": lambda: runs.turn_rows(column),
        "boot": lambda: runs.boot_rows(column, boots[column.firmware]),
        "cpu": lambda: runs.cpu_ratio(column, pairs),
    }
    figures, well = {}, True
    for name in GROUPS:
        if name not in wanted:
            continue
        try:
            figures |= ways[name]()
        except runs.BenchError as error:
            print(f"bench.py: {error}", file=sys.stderr)
            well = False
    return figures, well


def arguments():
    """The command line."""
    names = [column.name for column in runs.COLUMNS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="COLUMN,...", default=",".join(names),
                        help=f"these of {' '.join(names)}")
    parser.add_argument("--rows", metavar="ROW,...", default=",".join(GROUPS),
                        help=f"groups ({' '.join(GROUPS)}) or patterns of "
                             "rows; what they need is measured")
    parser.add_argument("--pairs", type=int, default=5, metavar="N",
                        help="pairs of Linux boots for the CPU ratio; 0: none")
    parser.add_argument("--check", action="store_true",
                        help="exit status 1 if a target is missed")
    options = parser.parse_args()
    options.only = options.only.split(",")
    unknown = set(options.only) - set(names)
    if unknown:
        parser.error(f"--only: no column {min(unknown)}")
    return options


def main():
    """Measure, print, write; exit status 2 where something could not be
    measured."""
    options = arguments()
    columns = [c for c in runs.COLUMNS if c.name in options.only]
    runs.OUT.mkdir(parents=True, exist_ok=True)
    try:
        names = chosen(options.rows.split(","))
        wanted = {group(name) for name in names}
        native, boots = measure_native(wanted)
    except runs.BenchError as error:
        print(f"bench.py: {error}", file=sys.stderr)
        return 2
    ours, well = {}, True
    for column in columns:
        ours[column.name], good = measure(column, wanted, options.pairs, boots)
        well = well and good
    rows = table.results(names, columns, native, ours)
    table.show(rows, columns)
    table.write(RESULTS, rows)
    print(f"written: {RESULTS.relative_to(runs.ROOT)}")
    if not well:
        return 2
    return 1 if options.check and table.missed(rows) else 0


if __name__ == "__main__":
    sys.exit(main())
