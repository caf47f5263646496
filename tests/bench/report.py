#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Makes the report of results: report.py RESULTS.csv REPORT.html.

One file, which needs nothing else. All its figures come from the results (and
the peers' from anchors.csv); a part that lacks its figures says so.
"""
import html
import pathlib
import random
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
import model                    # noqa: E402
import plots                    # noqa: E402
import results                  # noqa: E402
from lib import costs           # noqa: E402
from report_text import METHOD, SOFTWARE, STEPS, STYLE  # noqa: E402
from table import number        # noqa: E402

COLUMNS = ("hw", "hybrid", "te", "te-opensbi", "interp")
PEERS = ("kvm", "xvisor", "bao", "rvirt", "bound")
RESAMPLES = 10_000


# ---- pieces -----------------------------------------------------------------

def interval(values, resamples=RESAMPLES):
    """(low, high): the bootstrap 95 % interval of the median; always the same
    for the same values."""
    rng = random.Random(20260101)
    medians = sorted(statistics.median(rng.choices(values, k=len(values)))
                     for _ in range(resamples))
    return (medians[int(0.025 * resamples)],
            medians[int(0.975 * resamples) - 1])


def _text(words):
    return f"<p>{words}</p>"


def _missing(what, how):
    return (f'<p class="missing">Not measured in this run: {what}. '
            f"<code>{how}</code> measures it.</p>")


def _section(title, *parts):
    return f"<section><h2>{title}</h2>{''.join(parts)}</section>"


def _table(columns, rows):
    """rows: [(name, [cells], remark)]."""
    head = "".join(f"<th>{html.escape(c)}</th>" for c in columns)
    body = "".join(
        f"<tr><th>{html.escape(name)}</th>"
        + "".join(f"<td>{cell}</td>" for cell in cells)
        + f"<td class=remark>{html.escape(remark)}</td></tr>"
        for name, cells, remark in rows)
    return ('<div class="wide"><table><thead><tr><th></th>' + head
            + f"<th></th></tr></thead><tbody>{body}</tbody></table></div>")


def _ratio(found, column):
    """"1.2 (1.1 to 1.3)", or None."""
    runs = found.runs("cpu", "boot_cpu_ratio", column)
    if not runs:
        return None
    low, high = interval(runs)
    return f"{statistics.median(runs):.2f} ({low:.2f} to {high:.2f})"


def _per_column(found, group, prefix):
    """{column: {rest of the row's name: value}} of rows with that prefix."""
    table = {}
    for row, by_column in found.group(group).items():
        if not row.startswith(prefix):
            continue
        for column, value in by_column.items():
            table.setdefault(column, {})[row.removeprefix(prefix)] = value
    return {c: table[c] for c in COLUMNS if c in table}


# ---- sections ---------------------------------------------------------------

def _shares(found):
    shares = {c: found.get("boot", "boot_vmm_percent", c) for c in COLUMNS}
    return {c: share for c, share in shares.items() if share is not None}


def _biggest_steps(found):
    """Of software's and of hardware's steps of the ablation, the one that takes
    most away from the boot: [(its words, percent before, after)]."""
    by_step = found.group("ablation").get("boot_vmm_percent", {})
    names = [name for name in STEPS if name in by_step]
    steps = [(STEPS[b], by_step[a], by_step[b], b in SOFTWARE)
             for a, b in zip(names, names[1:])]
    return [max((s[:3] for s in steps if s[3] == software),
                key=lambda s: s[1] - s[2], default=None)
            for software in (True, False)]


def _answer(found):
    shares = _shares(found)
    if not {"hw", "te"} <= set(shares):
        return _section("The answer", _missing("a boot under hw and te",
                                               "make bench"))
    exits = {c: found.get("boot", "boot_exits", c) for c in shares}
    words = [
        "<p class=answer>To boot the same unmodified Debian kernel, hardware "
        f"assist (<b>hw</b>) adds <b>{shares['hw']:.2f} %</b> to its "
        f"instructions, in {number(exits['hw'])} exits; trap and emulate "
        f"(<b>te</b>) <b>{shares['te']:.1f} %</b>, in {number(exits['te'])}"
        + (f"; on OpenSBI, which takes each illegal instruction first, "
           f"{shares['te-opensbi']:.1f} %" if "te-opensbi" in shares else "")
        + (f". Hardware CSRs with shadow tables (<b>hybrid</b>), as hardware "
           f"assist was before nested paging: {shares['hybrid']:.1f} %"
           if "hybrid" in shares else "") + ".</p>"]
    for whose, step in zip(("a VMM and its firmware do by themselves",
                            "the hardware adds"), _biggest_steps(found)):
        if step:
            words.append(_text(f"Of what {whose}, <b>{step[0]}</b> saves most: "
                               f"from {step[1]:.3g} % to {step[2]:.3g} %."))
    ratios = {c: _ratio(found, c) for c in shares}
    rows = [(c, [f"{shares[c]:.2f} %", number(exits[c]), ratios[c] or "-",
                 _slower(found, c)], "") for c in shares]
    words.append(_table(["VMM and firmware, of the kernel's own", "exits",
                         "CPU time under QEMU / native", "modelled slowdown"],
                        rows))
    return _section("The answer", *words)


def _slower(found, column):
    modelled = model.slowdown_range(found, column) \
        if column in model.REFERENCES else None
    return f"{modelled[1]:.3f} ({modelled[0]:.3f} to {modelled[2]:.3f})" \
        if modelled else "-"


def _operations(found):
    rows = found.group("nano")
    if not rows:
        return _section("Operations", _missing("operations", "make bench"))
    anchors = {row["row"]: row for row in costs.table("anchors.csv")}
    peers = {name: {p: float(anchors[name][p]) for p in PEERS
                    if anchors.get(name, {}).get(p)} for name in rows}
    columns = [c for c in ("native", "native-direct", *COLUMNS)
               if any(c in by for by in rows.values())]
    table = [(name, [number(by.get(c)) for c in columns]
              + [number(peers[name].get(p)) for p in PEERS],
              anchors.get(name, {}).get("note", ""))
             for name, by in rows.items()]
    shown = {name: by for name, by in rows.items()}
    return _section(
        "What each operation costs",
        _text("Instructions per operation, on a log axis: everything below the "
              "guest included. 1 is a native instruction. Circles are "
              "Trapeze and the bare machine, other marks the peers, a bar the "
              "lower bound where one is known."),
        plots.dots(shown, "instructions per operation", peers),
        _table([*columns, *PEERS], table))


def _exits(found):
    kinds = _per_column(found, "exits", "boot.")
    if not kinds:
        return _section("Exits", _missing("exits", "make bench"))
    parts = [_text("Exits of a boot, by kind, as shares; behind each bar their "
                   "number."),
             plots.stacked(kinds, "% of the exits", shares=True)]
    for group, title in (("csr", "by CSR"), ("sbi", "SBI calls"),
                         ("devices", "accesses by device"),
                         ("shadow", "what the shadow did"),
                         ("pages", "pages of tables, and all")):
        table = _per_column(found, group, "boot.")
        names = dict.fromkeys(n for by in table.values() for n in by)
        if names:
            parts.append(f"<h3>{title}</h3>" + _table(
                list(table), [(name, [number(by.get(name)) for by in
                                      table.values()], "")
                              for name in names]))
    return _section("Why guests exit", *parts)


def _where(found):
    table = _per_column(found, "where", "boot.")
    if not table:
        return _section("Where instructions go",
                        _missing("boots", "make bench"))
    names = ("vmm", "firmware", "zeroing", "load")
    extra = {c: {n: by.get(n, 0) / 1e6 for n in names}
             for c, by in table.items() if c != "interp"}
    rows = [(c, [number(by.get(n)) for n in ("guest", *names, "vmm_boot")],
             "") for c, by in table.items()]
    modes = _per_column(found, "machine", "boot.")
    modes_table = "<h3>by privilege mode, as QEMU counts</h3>" + _table(
        ["M", "S (the VMM)", "U (te's guest)", "VS", "VU", "all"],
        [(c, [number(by.get(m)) for m in ("M", "S", "U", "VS", "VU")]
          + [number(sum(by.values()))], "")
         for c, by in modes.items()]) if modes else ""
    return _section(
        "Where instructions go",
        _text("A boot, without the guest's own instructions: those of the VMM, "
              "of the firmware while the guest runs, and of zeroing memory and "
              "loading files, which are paid once. interp, whose VMM carries "
              "out the guest, is in the table only."),
        plots.stacked(extra, "million instructions"),
        _table(["guest", *names, "the VMM's own boot"], rows), modes_table)


def _programs(found):
    parts = []
    for group, title in (("micro", "small programs"), ("macro", "work")):
        rows = found.group(group)
        ratios = {row: {c: by[c] / by["native-direct"] for c in by
                        if not c.startswith("native")}
                  for row, by in rows.items() if by.get("native-direct")}
        if not ratios:
            parts.append(_missing(title, "make bench"))
            continue
        columns = ["native", "native-direct",
                   *(c for c in COLUMNS
                     if any(c in by for by in rows.values()))]
        parts += [f"<h3>{title}</h3>",
                  plots.dots(ratios, "times the instructions that the same "
                             "takes without a VMM", line=1),
                  _table(columns, [(row, [number(by.get(c))
                                          for c in columns], "")
                                   for row, by in rows.items()])]
    return _section(
        "Linux programs",
        _text("Instructions of the whole machine while Linux runs them, over "
              "those without a VMM."), *parts)


def _virtio(found):
    rows = found.group("virtio")
    if not rows:
        return _section("Disks and networks", _missing(
            "requests and packets", "bench.py --groups virtio"))
    columns = [c for c in COLUMNS if any(c in by for by in rows.values())]
    return _section(
        "Disks and networks",
        _text("Linux's own virtio drivers: reads of 4 KiB, one or 32 at once, "
              "from the host's disk or from memory; round trips of pings and a "
              "stream of TCP between two guests on one hart. Of a request or "
              "of a packet: VMM instructions, and exits."),
        _table(columns, [(row, [number(by.get(c)) for c in columns], "")
                         for row, by in rows.items()]))


def _timeline(found):
    table = _per_column(found, "timeline", "boot.")
    if not table:
        return _section("The boot in time", _missing("stages of the boot",
                                                     "make bench"))
    table = {c: {s: v / 1e6 for s, v in by.items()}
             for c, by in table.items() if c != "interp"}
    return _section("The boot in time",
                    _text("When the kernel says so, in instructions of the "
                          "machine since the guest began."),
                    plots.timeline(table, "million instructions"))


def _ablation(found):
    rows = found.group("ablation")
    steps = [s for s in STEPS if s in rows.get("boot_vmm_percent", {})]
    if not steps:
        return _section("Which assist buys what",
                        _missing("the ablation", "make bench"))
    parts = [_text("From trap and emulate without any help to all that the "
                   "hardware has, one assist at a time. Pale: what the step "
                   "took away; red: what it added.")]
    for row, label in (("boot_vmm_percent", "VMM and firmware, % of a boot's "
                                            "own instructions"),
                       ("boot_exits", "exits of a boot")):
        parts.append(plots.waterfall(
            [(STEPS[s], rows[row][s]) for s in steps], label))
    parts.append(_table(steps, [(row, [number(by.get(s)) for s in steps], "")
                                for row, by in rows.items()]))
    return _section("Which assist buys what", *parts)


def _accounting(found):
    rows = found.group("accounting")
    if not rows:
        return ""
    columns = list(dict.fromkeys(c for by in rows.values() for c in by))
    table = []
    for row, by in rows.items():
        saved = [(found.get("nano", row, c) or 0) - by.get(c, 0)
                 for c in columns]
        if any(saved):
            table.append((row, [number(value) for value in saved], ""))
    return _section("What counting costs",
                    _text("Instructions per operation that a build without "
                          "counters (<code>make COUNT=0</code>) saves. They "
                          "are in all other figures."),
                    _table(columns, table))


def _model(found):
    columns = [c for c in ("hw", "hybrid", "te", "te-opensbi")
               if model.slowdown(found, c, **model.values("typical"))]
    if not columns:
        return _section("Model, not measured",
                        _missing("TLB misses, from a boot under interp",
                                 "make bench"))
    parts = [_text(html.escape(
        "cycles = CPI * instructions + traps * trap cost + TLB misses * "
        "references per miss * cost of a reference. The counts are measured, "
        "of a boot; misses are those of a TLB of 256 entries for loads and as "
        "many for stores, direct-mapped, which the interpreter has: more than "
        "most cores have. The rest is assumed:"))]
    parts.append(_table(["low", "typical", "high"], [
        (name, [p.low, p.typical, p.high], p.text)
        for name, p in model.PARAMETERS.items()] + [
        (f"references per miss, {name}", list(counts), "")
        for name, counts in model.REFERENCES.items()]))
    parts.append(_text(model.CACHES))
    parts.append('<div class="pair">'
                 + _sweep(found, columns, "trap", [1, 10, 100, 1000])
                 + _sweep(found, columns, "reference", [1, 10, 100])
                 + "</div>")
    for one, other, parameter, what in (
            ("hw", "hybrid", "reference", "a page walk's reference"),
            ("hw", "te", "reference", "a page walk's reference"),
            ("hybrid", "te", "trap", "a trap")):
        if not {one, other} <= set(columns):
            continue
        at = model.crossover(found, one, other, parameter)
        parts.append(_text(
            f"{one} and {other} take as many cycles where {what} costs "
            + (f"<b>{at:,.1f}</b> cycles; beyond, {other if at else one} "
               "takes fewer." if at and parameter == "reference" else
               f"<b>{at:,.1f}</b> cycles." if at else
               "no number of cycles above zero: one is ahead throughout.")))
    return ('<div class="model">' + _section("Model, not measured", *parts)
            + "</div>")


def _sweep(found, columns, parameter, decades):
    xs = [d * f for d in decades[:-1] for f in (1, 2, 3, 5, 7)] + decades[-1:]
    curves = {c: [(x, model.slowdown(found, c, **(
        model.values("typical") | {parameter: x}))) for x in xs]
        for c in columns}
    marks = []
    for one, other in (("hw", "hybrid"), ("hw", "te"), ("hybrid", "te")):
        at = model.crossover(found, one, other, parameter) \
            if {one, other} <= set(columns) else None
        if at and at <= xs[-1]:
            marks.append((at, f"{one} = {other}: {at:,.0f}"))
    return plots.lines(curves, f"cycles per {parameter}",
                       "slowdown over native", marks)


def _method(found):
    rows = [(key, [html.escape(str(value))], "")
            for key, value in found.provenance.items()]
    return _section("Method", *map(_text, METHOD), _table([""], rows))


def make(found, path):
    """Write the report of Results to a file."""
    parts = [section(found) for section in (
        _answer, _operations, _exits, _where, _programs, _virtio, _timeline,
        _ablation, _accounting, _model, _method)]
    pathlib.Path(path).write_text(
        "<!doctype html>\n<html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'>"
        f"<title>Trapeze: the comparison</title><style>{STYLE}</style>"
        "<main><h1>Trap and emulate against hardware assist, on RISC-V</h1>"
        + "".join(parts) + "</main></html>\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: report.py RESULTS.csv REPORT.html")
    make(results.read(sys.argv[1]), sys.argv[2])
