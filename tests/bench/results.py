# SPDX-License-Identifier: BSD-2-Clause
"""Figures of the comparison: kept as rows, written, read and compared.

A file begins with "# KEY: VALUE" lines that say where its figures are from;
then a figure a line, as FIELDS says. run is empty where a figure is the same
in every run; else it counts from 1.
"""
import collections
import csv
import datetime
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIELDS = ("group", "row", "column", "run", "value", "unit")
# Groups whose figures differ from run to run. Of the machine's own counts, and
# of a boot without a VMM, these are a few thousand instructions: it takes QEMU a
# moment to stop a machine that has powered off, and as long to read a file.
NOISY = ("cpu", "machine", "virtio")

Figure = collections.namedtuple("Figure", FIELDS)


class Results:
    """Figures in the order in which they were added."""

    def __init__(self, figures=(), provenance=None):
        self.figures = list(figures)
        self.provenance = dict(provenance or {})

    def add(self, group, row, column, value, unit="instructions", run=""):
        """One more figure."""
        self.figures.append(Figure(group, row, column, str(run), float(value),
                                   unit))

    def get(self, group, row, column):
        """A figure, or None; of several runs the first."""
        for figure in self.figures:
            if figure[:3] == (group, row, column):
                return figure.value
        return None

    def group(self, group):
        """{row: {column: value}} of a group, of several runs the first."""
        found = {}
        for figure in self.figures:
            if figure.group == group:
                found.setdefault(figure.row, {}).setdefault(figure.column,
                                                            figure.value)
        return found

    def runs(self, group, row, column):
        """The values of all runs."""
        return [figure.value for figure in self.figures
                if figure[:3] == (group, row, column)]

    def write(self, path):
        """To a file, for programs."""
        with open(path, "w", encoding="utf-8", newline="") as file:
            for key, value in self.provenance.items():
                file.write(f"# {key}: {value}\n")
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(FIELDS)
            for figure in self.figures:
                writer.writerow(figure._replace(value=repr(figure.value)))


def read(path):
    """What Results.write() wrote."""
    provenance, lines = {}, []
    with open(path, encoding="utf-8") as file:
        for line in file:
            match = re.match(r"# ([^:]+): (.*)", line)
            if match:
                provenance[match[1]] = match[2]
            else:
                lines.append(line)
    reader = csv.reader(lines)
    if tuple(next(reader, ())) != FIELDS:
        raise ValueError(f"{path}: no results of this bench")
    return Results([Figure(*row[:4], float(row[4]), row[5])
                    for row in reader], provenance)


# ---- where from -------------------------------------------------------------

def _said(*command):
    done = subprocess.run(command, cwd=ROOT, check=False, encoding="utf-8",
                          errors="replace", capture_output=True)
    return (done.stdout.strip().splitlines() or ["?"])[0]


def _machine():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        names = re.findall(r"^model name\s*: (.*)$", file.read(), re.M)
    return names[0] if names else os.uname().machine


def _package(name):
    return _said("dpkg-query", "-W", "-f", "${Version}", name)


def provenance(**more):
    """What one has to know to get the same figures."""
    version = ROOT / "build/guests/linux/version"
    kernel = " ".join(re.findall(r": (.*)", version.read_text("utf-8"))) \
        if version.exists() else "?"
    changed = _said("git", "status", "--porcelain", "-uno") != "?"
    return {
        "date": datetime.date.today().isoformat(),
        "commit": _said("git", "rev-parse", "HEAD")
        + (" and changes" if changed else ""),
        "machine": f"{_machine()}, {os.cpu_count()} cores",
        "qemu": _said("qemu-system-riscv64", "--version"),
        "firmware": f"direct; opensbi {_package('opensbi')}",
        "compiler": _said("riscv64-linux-gnu-gcc", "--version"),
        "kernel": kernel,
        **more,
    }


# ---- comparing --------------------------------------------------------------

def _noisy(figure):
    return figure.group in NOISY or (figure.group == "boot" and
                                     figure.column.startswith("native"))


def _by_key(results):
    return {figure[:4]: figure for figure in results.figures
            if not _noisy(figure)}


def changes(old, new):
    """
    What became other, as (group, row, column, before, after); before or after
    is None where a figure is new or gone. Of noisy groups nothing: they have
    intervals.
    """
    before, after = _by_key(old), _by_key(new)
    found = []
    for key in {**before, **after}:
        a, b = before.get(key), after.get(key)
        if a is None or b is None or a.value != b.value:
            found.append((*key[:3], a and a.value, b and b.value))
    return found


def show_changes(old, new):
    """The same for a person; how many there are."""
    found = changes(old, new)
    for group, row, column, before, after in found:
        if before is None or after is None:
            print(f"{group} {row} {column}: "
                  + ("new" if before is None else "gone"))
            continue
        part = f" ({(after / before - 1) * 100:+.2f} %)" if before else ""
        print(f"{group} {row} {column}: {before:.10g} -> {after:.10g}{part}")
    print(f"{len(found)} figures differ, of {len(_by_key(new))}")
    return len(found)
