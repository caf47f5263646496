# SPDX-License-Identifier: BSD-2-Clause
"""The report's plots, as SVG that takes its ink from the page around it."""
import io
import re

import matplotlib

matplotlib.use("svg")
# pylint: disable=wrong-import-position
import matplotlib.pyplot as plt     # noqa: E402

_INK = "#010203"        # becomes the page's colour
_GRID = "#88888855"
COLOURS = {
    "native": "#7a7a7a", "native-direct": "#a0a0a0", "hw": "#2e9e63",
    "hybrid": "#3d85c6", "te": "#e08a2c", "te-opensbi": "#c04a3a",
    "interp": "#8e69c9", "kvm": "#d45fa0", "xvisor": "#4fb3bf",
    "bao": "#9a9a2e", "rvirt": "#7b5a3c", "bound": "#7a7a7a",
}
_PEERS = {"kvm": "s", "xvisor": "D", "bao": "^", "rvirt": "v", "bound": "|"}
_SERIES = ("#3d85c6", "#e08a2c", "#2e9e63", "#c04a3a", "#8e69c9", "#4fb3bf",
           "#9a9a2e", "#d45fa0", "#7b5a3c", "#7a7a7a", "#b0c94f", "#5b6bbf",
           "#d9b23c", "#3f7f6f", "#a05050", "#5f9ea0", "#888888", "#bbbbbb")

plt.rcParams.update({
    "svg.fonttype": "none", "svg.hashsalt": "trapeze", "font.size": 10,
    "font.family": "sans-serif", "text.color": _INK, "axes.edgecolor": _INK,
    "axes.labelcolor": _INK, "xtick.color": _INK, "ytick.color": _INK,
    "axes.spines.top": False, "axes.spines.right": False,
    "legend.frameon": False,
})


def _svg(figure):
    out = io.StringIO()
    figure.savefig(out, format="svg", transparent=True, bbox_inches="tight",
                   metadata={"Date": None, "Creator": None})
    plt.close(figure)
    text = out.getvalue()
    text = text[text.index("<svg"):].replace(_INK, "currentColor")
    # Ids are the figure's own, on a page with others.
    number = format(abs(hash(text)) % 0xffffff, "x")
    text = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>f{number}-", text)
    return re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', 'width="100%"', text,
                  count=1)


def _axes(rows, height=0.3, width=11.0):
    figure, axes = plt.subplots(figsize=(width, 1.1 + height * rows))
    axes.grid(True, axis="x", color="#888888", alpha=0.3, linewidth=0.7)
    axes.set_axisbelow(True)
    return figure, axes


def _legend(axes, columns=6):
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncol=columns,
                borderaxespad=0.2, handletextpad=0.4, columnspacing=1.2)


def _rows(axes, names):
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)


def dots(table, label, peers=None, line=None):
    """{row: {column: value}} on a log axis; peers: the same of others."""
    figure, axes = _axes(len(table))
    names = list(table)
    columns = sorted({c for by in table.values() for c in by},
                     key=lambda c: list(COLOURS).index(c))
    for column in columns:
        points = [(by[column], i) for i, by in enumerate(table.values())
                  if by.get(column, 0) > 0]
        axes.scatter(*zip(*points), s=44, color=COLOURS[column], label=column,
                     alpha=0.9, linewidths=0)
    for peer, marker in _PEERS.items():
        points = [(by[peer], i) for i, by in
                  enumerate((peers or {}).get(name, {}) for name in names)
                  if by.get(peer)]
        if points:
            axes.plot(*zip(*points), marker, markersize=6, label=peer,
                      fillstyle="none", color=COLOURS[peer])
    if line:
        axes.axvline(line, color=_INK, linewidth=0.8)
    axes.set_xscale("log")
    axes.set_xlabel(label)
    _rows(axes, names)
    _legend(axes, 9)
    return _svg(figure)


def stacked(table, label, shares=False):
    """{bar: {part: value}}, a bar each; shares: each of 100 %, with its sum
    behind it."""
    figure, axes = _axes(len(table), 0.42)
    parts = [p for p in dict.fromkeys(p for by in table.values() for p in by)]
    sums = [sum(by.values()) for by in table.values()]
    left = [0.0] * len(table)
    for number, part in enumerate(parts):
        widths = [by.get(part, 0) * (100 / total if shares and total else 1)
                  for by, total in zip(table.values(), sums)]
        axes.barh(range(len(table)), widths, left=left, height=0.62,
                  color=_SERIES[number % len(_SERIES)], label=part)
        left = [a + b for a, b in zip(left, widths)]
    for i, (end, total) in enumerate(zip(left, sums)):
        axes.text(end, i, f"  {total:,.0f}" if shares else f"  {end:,.1f}",
                  va="center")
    axes.set_xlim(0, max(left, default=1) * 1.12)
    axes.set_xlabel(label)
    _rows(axes, list(table))
    _legend(axes, 9)
    return _svg(figure)


def timeline(table, label):
    """{column: {stage: value}}: stages along a line each."""
    figure, axes = _axes(len(table), 0.42)
    stages = list(dict.fromkeys(s for by in table.values() for s in by))
    for number, stage in enumerate(stages):
        points = [(by[stage], i) for i, by in enumerate(table.values())
                  if stage in by]
        axes.scatter(*zip(*points), s=60, marker="|", linewidths=2.4,
                     color=_SERIES[number % len(_SERIES)], label=stage)
    for i, by in enumerate(table.values()):
        axes.hlines(i, 0, max(by.values()), color=_GRID, zorder=0)
    axes.set_xlabel(label)
    _rows(axes, list(table))
    _legend(axes, 9)
    return _svg(figure)


def waterfall(steps, label):
    """[(name, value)]: what each step leaves, on a log axis; the part that it
    took away is pale."""
    figure, axes = _axes(len(steps), 0.4)
    least = min(value for _, value in steps if value > 0)
    for i, (_, value) in enumerate(steps):
        before = steps[i - 1][1] if i else value
        axes.barh(i, max(before, value), height=0.6, color="#c04a3a44"
                  if value <= before else "#c04a3a")
        axes.barh(i, value, height=0.6, color="#3d85c6")
        axes.text(max(before, value) * 1.06, i, f"{value:,.0f}"
                  if value >= 1000 else f"{value:.3g}", va="center")
    axes.set_xscale("log")
    axes.set_xlim(least / 3, max(value for _, value in steps) * 4)
    axes.set_xlabel(label)
    _rows(axes, [name for name, _ in steps])
    return _svg(figure)


def lines(curves, label, ylabel, marks=()):
    """{column: [(x, y)]}; marks: [(x, text)] where two of them cross."""
    figure, axes = plt.subplots(figsize=(5.6, 3.6))
    axes.grid(True, color="#888888", alpha=0.3, linewidth=0.7)
    for column, points in curves.items():
        axes.plot(*zip(*points), color=COLOURS[column], label=column,
                  linewidth=1.8)
    for number, (x, text) in enumerate(marks):
        axes.axvline(x, color=_INK, linewidth=0.7, linestyle=":")
        axes.annotate(text, (x, 0.97 - 0.09 * number), xytext=(4, 0),
                      xycoords=("data", "axes fraction"),
                      textcoords="offset points", va="top", fontsize=9)
    axes.set_xscale("log")
    axes.set_xlabel(label)
    axes.set_ylabel(ylabel)
    _legend(axes, 3)
    return _svg(figure)
