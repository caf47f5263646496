# SPDX-License-Identifier: BSD-2-Clause
"""The comparison as a table on the terminal and as a file for programs."""
import csv

from lib import costs

PEERS = ["kvm", "xvisor", "bao", "rvirt"]
_MISSED = "!"   # behind a figure that is above its target


def results(names, columns, native, ours):
    """
    Rows for the table and the file, a dict each: those of names, in the order
    of the peers' file. native: {firmware: {row: figure}}; ours: {column's
    name: {row: figure}}. Targets are for the machine with our firmware.
    """
    targets = costs.targets()
    rows = []
    for anchor in costs.table("anchors.csv"):
        name = anchor.pop("row")
        if name not in names:
            continue
        row = {"row": name, "native": native["opensbi"].get(name, ""),
               "native-direct": native["direct"].get(name, "")}
        for column in columns:
            figure = ours[column.name].get(name, "")
            limit = None
            if column.firmware == "direct" and name in targets:
                limit = costs.limit(targets[name][column.backend],
                                    native["direct"].get(name))
            row[column.name] = figure
            row[f"target {column.name}"] = "" if limit is None else limit
            row[f"verdict {column.name}"] = _verdict(figure, limit)
        rows.append(row | anchor)
    return rows


def _verdict(figure, limit):
    if figure == "" or limit is None:
        return ""
    return "met" if figure <= limit else "missed"


def _number(value):
    """A figure as a person reads it."""
    if value in ("", None):
        return "-"
    value = float(value)
    if value >= 1e5:
        return f"{value / 1e6:.2f} M"
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}" \
        if value >= 10 else f"{value:.2f}"


def _cell(row, column):
    missed = row.get(f"verdict {column}") == "missed"
    return _number(row[column]) + (_MISSED if missed else "")


def missed(rows):
    """What is above its target, as lines for a person."""
    return [f"{key.removeprefix('verdict ')}: {row['row']} "
            f"{_number(row[key.removeprefix('verdict ')])}, target "
            f"{_number(row[key.replace('verdict', 'target', 1)])}"
            for row in rows for key in row
            if key.startswith("verdict ") and row[key] == "missed"]


def show(rows, columns):
    """The table, on the terminal."""
    names = ["native", "native-direct", *(c.name for c in columns), *PEERS]
    heads = [name.replace("native-", "") for name in names]
    print(f"{'':27}" + "".join(f"{head:>11}" for head in heads))
    for row in rows:
        print(f"{row['row']:27}"
              + "".join(f"{_cell(row, name):>11}" for name in names))
    for row in rows:
        if row["note"]:
            print(f"{row['row']}: {row['note']}")
    for line in missed(rows):
        print(f"{_MISSED} {line}")


def write(path, rows):
    """The same, for programs."""
    with open(path, "w", encoding="ascii", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
