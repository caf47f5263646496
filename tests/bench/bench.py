#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The comparison: what operations and a Linux boot cost, beside the peers.

Prints a table and writes build/bench/results.csv. Instructions come from
-icount and are the same in every run; CPU seconds are not, so they are given
as the median ratio of alternating pairs of runs.
"""
import argparse
import csv
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

import turns

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/bench"
OUT = ROOT / "build/bench"
QEMU = "qemu-system-riscv64"
CPU = os.environ.get("CPU") or "rva23s64"
KERNEL = "build/guest/bench.elf"
FIRMWARE = "build/direct.bin"
LINUX_VMS = "config/vms/linux-hw.dts"
LINUX = "build/guests/linux"
REACHED = "guest: init reached"
PEERS = ["kvm", "xvisor", "bao", "rvirt"]
BOOT_STATS = ["exits", "vmm_instructions", "zeroing_instructions",
              "load_instructions"]
VM = f"""\tbench {{
\t\tbackend = "hw";
\t\tboot = "sbi";
\t\tvcpus = <1>;
\t\tmemory = "256M";
\t\tkernel = "{KERNEL}";
\t\tautostart;
\t}};
"""


class BenchError(Exception):
    """A run did not do what it is measured for."""


def run(what, command, timeout, **environment):
    """What a command printed; it has to end by itself, and well."""
    env = {k: v for k, v in os.environ.items()
           if k not in ("BACKEND", "HARTS", "MEM", "FIRMWARE", "ICOUNT",
                        "BATCH", "TIMEOUT", "APPEND")}
    env.update(environment)
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=env, timeout=timeout, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{what}: not over after {timeout} s") from error
    (OUT / f"{what}.log").write_text(done.stdout, encoding="utf-8")
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-10:])
        raise BenchError(f"{what}: exit status {done.returncode}\n{tail}")
    return done.stdout


def qemu(*arguments):
    """A native machine like the guest's, on plain QEMU and OpenSBI."""
    return ["timeout", "-k", "5", "300", QEMU, "-M", "virt,aia=none",
            "-cpu", CPU, "-smp", "1", "-m", "256M", "-display", "none",
            "-monitor", "none", "-serial", "stdio", "-no-reboot", *arguments]


def run_vms(what, description, **environment):
    """A batch run of VMs under Trapeze."""
    return run(what, ["config/run.sh", str(description)], 300, BATCH="1",
               TIMEOUT="290", **environment)


def run_described(what, vms):
    """What these VMs print, with exact counts."""
    file = OUT / f"{what}.dts"
    file.write_text('/dts-v1/;\n/ {\n\tcompatible = "trapeze,vms";\n'
                    f"{vms}}};\n", encoding="ascii")
    return run_vms(what, file.relative_to(ROOT), ICOUNT="1")


# ---- instructions -----------------------------------------------------------

def bench_rows(what, output):
    """{row: instructions} from the kernel's lines, whatever is before them."""
    rows = {name: float(value) for name, value in
            re.findall(r"\bbench (\w+) (\d+\.\d)\s*$", output, re.M)}
    if not rows or not re.search(r"\bPASS\s*$", output, re.M):
        raise BenchError(f"{what}: the kernel did not pass")
    return rows


def measure_rows():
    """The microbenchmarks: natively on OpenSBI and on our firmware, and as a
    guest."""
    counted = qemu("-icount", "shift=0", "-kernel", KERNEL)
    native = run("rows-native", counted, 300)
    direct = run("rows-direct", [*counted, "-bios", FIRMWARE], 300)
    guest = run_described("rows-guest", VM)
    return (bench_rows("rows-native", native),
            bench_rows("rows-direct", direct), bench_rows("rows-guest", guest))


def measure_turns():
    """What sharing a hart costs; guests of ours, two at once."""
    output = {name: run_described(f"turns-{name}", vms)
              for name, vms in turns.SCENARIOS.items()}
    try:
        return turns.rows(output)
    except (KeyError, IndexError, TypeError, ZeroDivisionError) as error:
        raise BenchError(f"turns-*: not what was expected: {error!r}") \
            from error


def measure_boot():
    """The statistics of one Linux boot, in instructions and exits."""
    output = run_vms("boot-icount", LINUX_VMS, ICOUNT="1")
    need_reached("boot-icount", output)
    stats = dict(re.findall(r"^stat linux (\S+) (\d+)\s*$", output, re.M))
    missing = [name for name in BOOT_STATS[:2] if name not in stats]
    if missing:
        raise BenchError(f"boot-icount: no stat linux {missing[0]}")
    return {f"boot_{name}": float(stats[name])
            for name in BOOT_STATS if name in stats}


def need_reached(what, output):
    """The guest got as far as its init."""
    if REACHED not in output:
        raise BenchError(f'{what}: no line "{REACHED}"')


# ---- CPU seconds ------------------------------------------------------------

def timed(what, command, **environment):
    """CPU seconds of the QEMU that a command runs."""
    wrappers = OUT / "bin"
    seconds = OUT / "seconds"
    wrappers.mkdir(exist_ok=True)
    link = wrappers / QEMU
    link.unlink(missing_ok=True)
    link.symlink_to(HERE / "timed_qemu.py")
    seconds.unlink(missing_ok=True)
    output = run(what, command, 300, BENCH_QEMU=shutil.which(QEMU),
                 BENCH_SECONDS=str(seconds),
                 PATH=f"{wrappers}:{os.environ['PATH']}", **environment)
    need_reached(what, output)
    return float(seconds.read_text(encoding="ascii"))


def measure_ratio(pairs):
    """The median of guest / native over alternating pairs of Linux boots."""
    native = qemu("-kernel", f"{LINUX}/Image", "-initrd",
                  f"{LINUX}/initrd-init.gz", "-append", "console=ttyS0 quiet")
    ratios = []
    for number in range(pairs):
        alone = timed("boot-native", native)
        guest = timed("boot-guest", ["config/run.sh", LINUX_VMS], BATCH="1",
                      TIMEOUT="290")
        ratios.append(guest / alone)
        print(f"pair {number + 1}: {alone:.2f} s native, {guest:.2f} s as "
              f"guest, ratio {ratios[-1]:.2f}", flush=True)
    return statistics.median(ratios)


# ---- the table --------------------------------------------------------------

def anchors():
    """The peers' figures and our targets, a dict a row."""
    with open(HERE / "anchors.csv", encoding="ascii") as file:
        return list(csv.DictReader(line for line in file
                                   if not line.startswith("#")))


def judge(row, native, ours):
    """(The target, "met" or "missed"); both empty where there is none."""
    target = native if row["target"] == "native" else row["target"]
    if target in ("", None) or ours is None:
        return "", ""
    return float(target), "met" if ours <= float(target) else "missed"


def results(native, direct, guest):
    """Rows for the table and the file."""
    rows = []
    for anchor in anchors():
        name = anchor["row"]
        ours = guest.get(name)
        target, verdict = judge(anchor, native.get(name), ours)
        rows.append({"row": name, "native": native.get(name, ""),
                     "direct": direct.get(name, ""),
                     "trapeze": "" if ours is None else ours,
                     "target": target, "verdict": verdict,
                     **{key: anchor[key] for key in anchor
                        if key not in ("row", "target")}})
    return rows


def number(value):
    """A figure as a person reads it."""
    if value in ("", None):
        return "-"
    value = float(value)
    if value >= 1e5:
        return f"{value / 1e6:.2f} M"
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}" \
        if value >= 10 else f"{value:.2f}"


def show(rows):
    """The table, on the terminal."""
    columns = ["native", "direct", "trapeze", "target", "verdict", *PEERS]
    print(f"{'':25}" + "".join(f"{c:>9}" for c in columns))
    for row in rows:
        cells = [row[c] if c == "verdict" else number(row[c])
                 for c in columns]
        print(f"{row['row']:25}" + "".join(f"{c:>9}" for c in cells))
    for row in rows:
        if row["note"]:
            print(f"{row['row']}: {row['note']}")


def write(rows):
    """The same, for programs."""
    with open(OUT / "results.csv", "w", encoding="ascii", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=5, metavar="N",
                        help="pairs of Linux boots for the CPU ratio; 0: none")
    parser.add_argument("--check", action="store_true",
                        help="exit status 1 if a target is missed")
    return parser.parse_args()


def main():
    """Measure, print, write; exit status 2 where nothing could be measured."""
    options = arguments()
    OUT.mkdir(parents=True, exist_ok=True)
    try:
        native, direct, guest = measure_rows()
        guest.update(measure_turns())
        guest.update(measure_boot())
        if options.pairs:
            guest["boot_cpu_ratio"] = measure_ratio(options.pairs)
            native["boot_cpu_ratio"] = 1.0
    except BenchError as error:
        print(f"bench.py: {error}", file=sys.stderr)
        return 2
    rows = results(native, direct, guest)
    show(rows)
    write(rows)
    print(f"written: {(OUT / 'results.csv').relative_to(ROOT)}")
    missed = any(row["verdict"] == "missed" for row in rows)
    return 1 if missed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
