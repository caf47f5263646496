# SPDX-License-Identifier: BSD-2-Clause
"""make bench: what is measured, compared and reported."""
import csv
import pathlib
import re
import sys
import xml.etree.ElementTree

import pytest

from lib import host, machine

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

# pylint: disable=wrong-import-position
import measure          # noqa: E402
import model            # noqa: E402
import report           # noqa: E402
import report_text      # noqa: E402
import results          # noqa: E402
import runs             # noqa: E402
import table            # noqa: E402

BENCH = HERE / "bench.py"
COLUMNS = ("native", "native-direct", "hw", "hybrid", "te", "te-opensbi",
           "interp")


def sample():
    """Results with something in each group."""
    found = results.Results(provenance={"commit": "0123 <&>", "quick": "no"})
    for n, column in enumerate(COLUMNS, 1):
        for row in ("null_sbi", "syscall", "rfence_self"):
            found.add("nano", row, column, 7 ** n)
        found.add("micro", "lat_syscall", column, 400 + n)
        found.add("boot", "boot_guest_instructions", column, 9e8)
        if column.startswith("native"):
            continue
        for row, value in (("boot_vmm_percent", 0.01 * 6 ** n),
                           ("boot_exits", 10 ** n)):
            found.add("boot", row, column, value)
        for kind in ("csr", "mmio", "sret"):
            found.add("exits", f"boot.{kind}", column, 100 ** n, "exits")
        for part in ("guest", "vmm", "firmware", "zeroing", "load"):
            found.add("where", f"boot.{part}", column, 1e6 * n)
        found.add("csr", "boot.satp", column, n)
        found.add("timeline", "boot.kernel", column, 1e8)
        found.add("timeline", "boot.init", column, 8e8 + n)
        found.add("accounting", "syscall", column, 3)
        found.add("virtio", "disk_host_32_exits", column, n / 8, "exits")
        for number in range(1, 6):
            found.add("cpu", "boot_cpu_ratio", column, n + number / 10,
                      "ratio", number)
    for kind in ("load", "store"):
        found.add("walks", f"boot.{kind}", "interp", 4e6, "walks")
    for n, step in enumerate(report_text.STEPS, 1):
        found.add("ablation", "boot_vmm_percent", step, 100 / n, "percent")
        found.add("ablation", "boot_exits", step, 1e6 / n, "exits")
    return found


def page(found, tmp_path):
    """The report's text; each plot in it is XML."""
    out = tmp_path / "report.html"
    report.make(found, out)
    text = out.read_text(encoding="utf-8")
    for plot in re.findall(r"<svg.*?</svg>", text, re.S):
        xml.etree.ElementTree.fromstring(plot)
    return text


# ---- results ----------------------------------------------------------------

def test_results_come_back(tmp_path):
    """What is written is read again."""
    found = sample()
    found.write(tmp_path / "r.csv")
    again = results.read(tmp_path / "r.csv")
    assert again.figures == found.figures
    assert again.provenance == found.provenance
    assert not results.changes(found, again)


def test_results_of_another_kind(tmp_path):
    """Some other table is refused."""
    (tmp_path / "r.csv").write_text("row,hw\nsyscall,8\n")
    with pytest.raises(ValueError, match="no results"):
        results.read(tmp_path / "r.csv")


def test_changes(capsys):
    """A figure that changed, one that is new, one that is gone; pairs are not
    compared."""
    old, new = results.Results(), results.Results()
    for found, value in (old, 8), (new, 10):
        found.add("nano", "syscall", "te", value)
        found.add("nano", "same", "te", 1)
        found.add("cpu", "boot_cpu_ratio", "te", value, "ratio", 1)
        found.add("boot", "boot_guest_instructions", "native", value)
    old.add("nano", "gone", "te", 1)
    new.add("nano", "new", "te", 1)
    assert results.show_changes(old, new) == 3
    said = capsys.readouterr().out
    assert "nano syscall te: 8 -> 10 (+25.00 %)" in said
    assert "nano gone te: gone" in said and "nano new te: new" in said
    assert "cpu" not in said


def test_targets():
    """A figure above its target is named; on OpenSBI there are none."""
    found = results.Results()
    found.add("nano", "csrrw_sscratch", "te", 61)
    found.add("nano", "csrrw_sscratch", "te-opensbi", 500)
    found.add("nano", "csrrw_sscratch", "native-direct", 1)
    found.add("nano", "csrrw_sscratch", "hw", 1)
    assert table.missed(found, runs.COLUMNS) == \
        ["te: csrrw_sscratch 61, target 60"]


# ---- model ------------------------------------------------------------------

def test_model():
    """The formula, by hand; and where two lines cross."""
    work = model.Work(1000, 10, 5)
    assert model.cycles(work, 3, cpi=2, trap=50, reference=4) == \
        2000 + 500 + 60
    found = results.Results()
    found.add("boot", "boot_guest_instructions", "native-direct", 1e6)
    for column, vmm, exits in ("hw", 0, 0), ("te", 1000, 50):
        found.add("where", "boot.guest", column, 1e6)
        found.add("where", "boot.vmm", column, vmm)
        found.add("where", "boot.firmware", column, 0)
        found.add("exits", "boot.csr", column, exits)
    assert model.slowdown(found, "hw", **model.values("typical")) is None
    for kind in ("load", "store"):
        found.add("walks", f"boot.{kind}", "interp", 50, "walks")
    # 1000 + 50 * 80 cycles against 100 misses of 2.5 references more.
    assert model.crossover(found, "hw", "te", "reference") == \
        pytest.approx(5000 / 250)
    low, typical, high = model.slowdown_range(found, "te")
    assert 1 < low < typical < high
    assert model.crossover(found, "hw", "hw", "trap") is None


def test_interval():
    """The same values give the same interval, which holds the median."""
    values = [1.1, 1.2, 1.15, 1.4, 1.05]
    assert report.interval(values, 500) == report.interval(values, 500)
    low, high = report.interval(values, 500)
    assert 1.05 <= low <= 1.15 <= high <= 1.4
    assert report.interval([2.0], 10) == (2.0, 2.0)


# ---- report -----------------------------------------------------------------

def test_report(tmp_path):
    """All parts, nothing from elsewhere, and figures from the results."""
    text = page(sample(), tmp_path)
    assert text.count("<h2>") == 11 and text.count("<svg") == 9
    for part in ("The answer", "What each operation costs", "Why guests exit",
                 "Where instructions go", "Linux programs", "Disks and networks",
                 "The boot in time",
                 "Which assist buys what", "What counting costs",
                 "Model, not measured", "Method"):
        assert f"<h2>{part}</h2>" in text
    assert "2.16 %" in text and "0123 &lt;&amp;&gt;" in text
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r"(src|href)=[\"']?(?!#)[^\"'> ]|@import|<script",
                         re.sub(r"xlink:href=\"#[^\"]*\"", "", text))


@pytest.mark.parametrize("group", sorted({f.group for f in sample().figures}))
def test_report_without(group, tmp_path):
    """Any part of the figures may be wanting."""
    full = sample()
    found = results.Results([f for f in full.figures if f.group != group],
                            full.provenance)
    assert "</html>" in page(found, tmp_path)


def test_report_of_nothing(tmp_path):
    """It says so, in each part."""
    text = page(results.Results(), tmp_path)
    assert text.count("Not measured in this run") >= 8


# ---- a run ------------------------------------------------------------------

@pytest.fixture(name="built", scope="module")
def built_fixture():
    """The VMM, whole and slowed down, and the kernels."""
    host.must_make("vmm", "guest-kernels")
    host.must_make("vmm", "BREAK=slow")


def bench(out, *options, **environment):
    """A run of the bench with figures of hw's operations; what it printed."""
    done = host.run([BENCH, "--out", out, "--only", "hw", "--groups", "nano",
                     "--once", *options], timeout=300 * machine.PATIENCE,
                    env=host.environment(**environment))
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_slower_handler_is_found(built, tmp_path):
    """100 instructions more in one exit: that row, and no other."""
    bench(tmp_path / "old")
    said = bench(tmp_path / "new", "--compare", tmp_path / "old/results.csv",
                 BREAK="slow")
    assert re.findall(r"^\w+ \w+ \S+: .*->.*$", said, re.M) == \
        re.findall(r"^nano rfence_self hw: .*$", said, re.M)
    row = re.search(r"^nano rfence_self hw: (\S+) -> (\S+) ", said, re.M)
    assert float(row[2]) - float(row[1]) == 100
    with open(tmp_path / "new/results.csv", encoding="utf-8") as file:
        lines = [line for line in file if not line.startswith("#")]
    assert len(list(csv.DictReader(lines))) > 60
    assert "<svg" in (tmp_path / "new/report.html").read_text("utf-8")


@pytest.mark.parametrize("options, answer", [
    (["--only", "kvm"], "no kvm; there are: hw"),
    (["--groups", "ops"], "no ops; there are: nano"),
    (["--compare", "nowhere.csv"], "nowhere.csv: no such file"),
])
def test_mistakes(options, answer):
    """Wrong words are told what is right."""
    done = host.run([BENCH, *options])
    assert done.returncode == 2 and answer in done.stdout


def test_steps():
    """Each step of the ablation has its words, and the reverse."""
    assert [step.name for step in runs.STEPS] == list(report_text.STEPS)
    assert set(measure.GROUPS) >= {"nano", "ablation", "cpu"}
