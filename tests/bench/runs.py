# SPDX-License-Identifier: BSD-2-Clause
"""The runs that the comparison is made of: kernels and Linux, alone and as
guests of one backend and firmware."""
import collections
import os
import pathlib
import re
import statistics
import subprocess

import turns
from lib import costs, watch

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "build/bench"
CPU = os.environ.get("CPU") or "rva23s64"
KERNEL = "build/guest/bench.elf"
FIRMWARE = {"opensbi": [], "direct": ["-bios", "build/direct.bin"]}
LINUX_VMS = ROOT / "config/vms/linux-hw.dts"
LINUX = ["-kernel", "build/guests/linux/Image", "-initrd",
         "build/guests/linux/initrd-init.gz", "-append", "console=ttyS0 quiet"]
# As config/run.sh counts: two runs are the same, instruction by instruction.
COUNTED = ["-icount", "shift=0,sleep=off", "-seed", "1",
           "-rtc", "base=2026-01-01,clock=vm"]
REACHED = "guest: init reached"
TIMEOUT = 1500  # seconds
VM = f"""\tbench {{
\t\tboot = "sbi";
\t\tvcpus = <1>;
\t\tmemory = "256M";
\t\tkernel = "{KERNEL}";
\t\tautostart;
\t}};
"""

# A column of the table. turns: which runs of guests that share a hart;
# most_pairs: no more runs than that for CPU seconds; properties: more of the
# VMs' descriptions.
Column = collections.namedtuple(
    "Column", "name backend firmware turns most_pairs properties",
    defaults=(turns.QUICK, 100, ""))
COLUMNS = [
    Column("hw", "hw", "direct", tuple(turns.SCENARIOS)),
    Column("hybrid", "hybrid", "direct"),
    Column("te", "te", "direct"),
    Column("te-opensbi", "te", "opensbi"),
    # A look at instret takes it as long as a turn takes others; a boot minutes.
    Column("interp", "interp", "direct", (), 1),
]


class BenchError(Exception):
    """A run did not do what it is measured for."""


def run(what, command, **environment):
    """What a command printed; it has to end by itself, and well."""
    env = {k: v for k, v in os.environ.items()
           if k not in ("BACKEND", "HARTS", "MEM", "FIRMWARE", "ICOUNT",
                        "BATCH", "TIMEOUT", "APPEND", "DEBUG", "SCRIPT",
                        "EXEC", "ALSO")}
    env.update(environment)
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=env, timeout=TIMEOUT, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{what}: not over after {TIMEOUT} s") from error
    (OUT / f"{what}.log").write_text(done.stdout, encoding="utf-8")
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-10:])
        raise BenchError(f"{what}: exit status {done.returncode}\n{tail}")
    return done.stdout


def alone(what, firmware, words, **environment):
    """A native machine like the guest's, on that firmware and nothing else."""
    return run(what, [
        "timeout", "-k", "5", str(TIMEOUT - 10), watch.QEMU, "-M",
        "virt,aia=none", "-cpu", CPU, "-smp", "1", "-m", "256M", "-display",
        "none", "-monitor", "none", "-serial", "stdio", "-no-reboot",
        *FIRMWARE[firmware], *words], **environment)


def linux_alone(what, firmware, *words, **environment):
    """Linux on such a machine, which has to get to its init."""
    return need_reached(what, alone(what, firmware, [*words, *LINUX],
                                    **environment))


def guests(what, column, description, **environment):
    """A batch run of the VMs of a description, all of them as the column
    says."""
    file = OUT / f"{what}.dts"
    text = description.replace("autostart;", f"autostart;{column.properties}")
    file.write_text(text, encoding="ascii")
    return run(what, ["config/run.sh", str(file.relative_to(ROOT))], BATCH="1",
               BACKEND=column.backend, FIRMWARE=column.firmware,
               TIMEOUT=str(TIMEOUT - 10), **environment)


def linux(what, column, **environment):
    """A batch run of one Linux, which has to get to its init."""
    output = guests(what, column, LINUX_VMS.read_text(encoding="ascii"),
                    **environment)
    return need_reached(what, output)


def described(what, column, vms):
    """What these VMs print, with exact counts."""
    return guests(what, column, '/dts-v1/;\n/ {\n\tcompatible = '
                  f'"trapeze,vms";\n{vms}}};\n', ICOUNT="1")


def need_reached(what, output):
    """The output, if the guest got as far as its init."""
    if REACHED not in output:
        raise BenchError(f'{what}: no line "{REACHED}"')
    return output


# ---- instructions -----------------------------------------------------------

def _rows(what, output):
    found = costs.rows(output)
    if not found or not re.search(r"\bPASS\s*$", output, re.M):
        raise BenchError(f"{what}: the kernel did not pass")
    return found


def native_rows(firmware):
    """{row: instructions} of the microbenchmarks without a VMM."""
    what = f"rows-native-{firmware}"
    return _rows(what, alone(what, firmware, [*COUNTED, "-kernel", KERNEL]))


def guest_rows(column):
    """The same, as a guest."""
    what = f"rows-{column.name}"
    return _rows(what, described(what, column, VM))


def turn_rows(column):
    """What sharing a hart costs; guests of ours, two at once."""
    output = {name: described(f"turns-{column.name}-{name}", column,
                              turns.SCENARIOS[name]) for name in column.turns}
    try:
        return turns.rows(output)
    except (KeyError, IndexError, TypeError, ZeroDivisionError) as error:
        raise BenchError(f"turns-{column.name}-*: not what was expected: "
                         f"{error!r}") from error


def native_boot(firmware):
    """{mode: instructions} of a Linux boot without a VMM."""
    what = f"boot-native-{firmware}"
    seen = watch.Watch(OUT, modes=True)
    linux_alone(what, firmware, *COUNTED, **seen.environment)
    return seen.used()["modes"]


def boot_rows(column, native):
    """What a Linux boot costs, in instructions and exits; native: what
    native_boot() gave."""
    what = f"boot-{column.name}"
    seen = watch.Watch(OUT, modes=True)
    output = linux(what, column, ICOUNT="1", **seen.environment)
    stats = {name: int(value) for name, value in
             re.findall(r"^stat linux (\S+) (\d+)\s*$", output, re.M)}
    try:
        return costs.boot(column.backend, stats, seen.used()["modes"], native)
    except KeyError as error:
        raise BenchError(f"{what}: no figure for {error}") from error


# ---- CPU seconds ------------------------------------------------------------

def _seconds(what, runner, whose):
    seen = watch.Watch(OUT)
    runner(what, whose, **seen.environment)
    return seen.used()["seconds"]


def cpu_ratio(column, pairs):
    """The median of guest / native over alternating pairs of Linux boots."""
    ratios = []
    for number in range(min(pairs, column.most_pairs)):
        before = _seconds("cpu-native", linux_alone, column.firmware)
        after = _seconds(f"cpu-{column.name}", linux, column)
        ratios.append(after / before)
        print(f"{column.name}, pair {number + 1}: {before:.2f} s native, "
              f"{after:.2f} s as guest, ratio {ratios[-1]:.2f}", flush=True)
    return {"boot_cpu_ratio": statistics.median(ratios)} if ratios else {}
