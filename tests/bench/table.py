# SPDX-License-Identifier: BSD-2-Clause
"""The comparison as tables on the terminal."""
import statistics

from lib import costs

PEERS = ("kvm", "xvisor", "bao", "rvirt")
_MISSED = "!"   # behind a figure that is above its target
_WIDTH = 11
_TITLES = {
    "nano": "instructions per operation, everything below included",
    "turns": "sharing a hart",
    "modules": "extension modules: instructions per operation",
    "boot": "a boot of Debian's kernel",
    "virtio": "virtio, per read of 4 KiB and per packet: VMM instructions, exits",
    "cpu": "CPU seconds as a guest / without a VMM, median",
    "micro": "Linux programs: instructions per operation",
    "macro": "Linux programs: instructions of the whole",
    "ablation": "from te to hw, one assist at a time",
    "accounting": "what counting costs: a build without counters",
    "exits": "exits by kind",
}


def number(value):
    """A figure as a person reads it."""
    if value in ("", None):
        return "-"
    value = float(value)
    if value >= 1e5:
        return f"{value / 1e6:.2f} M"
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}" \
        if value >= 10 else f"{value:.2f}"


def targets(results, columns):
    """
    {(row, column): (figure, target)} where there are both: targets are for
    the machine with our firmware.
    """
    found = {}
    limits = costs.targets()
    for column in columns:
        if column.firmware != "direct":
            continue
        for row, by_backend in limits.items():
            group = _group_of(results, row)
            figure = _figure(results, group, row, column.name)
            limit = costs.limit(by_backend[column.backend],
                                results.get(group, row, "native-direct"))
            if figure is not None and limit is not None:
                found[row, column.name] = figure, limit
    return found


def missed(results, columns):
    """What is above its target, as lines for a person."""
    return [f"{column}: {row} {number(figure)}, target {number(limit)}"
            for (row, column), (figure, limit)
            in targets(results, columns).items() if figure > limit]


def _group_of(results, row):
    for figure in results.figures:
        if figure.row == row and figure.group in ("nano", "turns", "boot",
                                                  "virtio", "cpu"):
            return figure.group
    return None


def _figure(results, group, row, column):
    runs = results.runs(group, row, column)
    return statistics.median(runs) if runs else None


def _columns_of(results, group):
    names = []
    for figure in results.figures:
        if figure.group == group and figure.column not in names:
            names.append(figure.column)
    return names


def _line(name, cells):
    print(f"{name:27}" + "".join(f"{cell:>{_WIDTH}}" for cell in cells))


def _show_group(results, group, limits, anchors):
    names = _columns_of(results, group)
    rows = results.group(group)
    peers = [peer for peer in PEERS if group not in ("ablation", "accounting")
             and any(anchors.get(row, {}).get(peer) for row in rows)]
    print(f"\n{_TITLES.get(group, group)}")
    _line("", [name.replace("native-", "") for name in names] + peers)
    for row in rows:
        cells = []
        for name in names:
            figure = _figure(results, group, row, name)
            over = (row, name) in limits and figure > limits[row, name][1]
            cells.append(number(figure) + (_MISSED if over else ""))
        _line(row, cells + [number(anchors.get(row, {}).get(peer))
                            for peer in peers])


def show(results, columns):
    """All tables, on the terminal."""
    anchors = {row["row"]: row for row in costs.table("anchors.csv")}
    limits = targets(results, columns)
    for group in _TITLES:
        if any(figure.group == group for figure in results.figures):
            _show_group(results, group, limits, anchors)
    print()
    for line in missed(results, columns):
        print(f"{_MISSED} {line}")
