# SPDX-License-Identifier: BSD-2-Clause
"""The runs that the comparison is made of: kernels and Linux, alone and as
guests of one backend and firmware."""
import collections
import os
import pathlib
import re
import subprocess

import guest_io
import turns
from lib import costs, watch

ROOT = pathlib.Path(__file__).resolve().parents[2]
OUT = ROOT / "build/bench"
CPU = os.environ.get("CPU") or "rva23s64"
KERNEL = "build/guest/bench.elf"
FIRMWARE = {"opensbi": [], "direct": ["-bios", "build/direct.bin"]}
# The columns of machines without a VMM.
NATIVE = {"opensbi": "native", "direct": "native-direct"}
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

MODULES_ISA = "rv64imafdc_zicsr_zifencei_sstc_zbb_zbs_zicond_xdemo_xsfence"

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


def _step(name, backend, *off, firmware="direct"):
    force = f' force = {", ".join(f"{word!r}" for word in off)};' \
        if off else ""
    return Column(name, backend, firmware, (), 3, force.replace("'", '"'))


# From trap and emulate without any help to all that hardware has: each step
# is the one before with one more assist, which names it.
STEPS = [
    _step("none", "te", "no-roots", "no-fast", "no-sstc",
          firmware="opensbi"),
    _step("direct", "te", "no-roots", "no-fast", "no-sstc"),
    _step("roots", "te", "no-fast", "no-sstc"),
    _step("fast", "te", "no-sstc"),
    _step("vscsr", "hybrid", "no-sstc"),
    _step("nested4k", "hw", "no-sstc", "4k"),
    _step("nested2m", "hw", "no-sstc"),
    _step("sstc", "hw"),
]


class BenchError(Exception):
    """A run did not do what it is measured for."""


def run(what, command, **environment):
    """What a command printed; it has to end by itself, and well."""
    env = {k: v for k, v in os.environ.items()
           if k not in ("BACKEND", "HARTS", "MEM", "FIRMWARE", "ICOUNT",
                        "BATCH", "TIMEOUT", "APPEND", "DEBUG", "COUNT", "SCRIPT",
                        "EXEC", "ALSO", "QUICK", "COMPARE", "DISKS", "NET")}
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
    return run(what, ["config/run.sh", os.path.relpath(file, ROOT)], BATCH="1",
               BACKEND=column.backend, FIRMWARE=column.firmware,
               TIMEOUT=str(TIMEOUT - 10), **environment)


def linux(what, column, **environment):
    """A batch run of one Linux, which has to get to its init."""
    output = guests(what, column, LINUX_VMS.read_text(encoding="ascii"),
                    **environment)
    return need_reached(what, output)


def described(what, column, vms, **environment):
    """What these VMs print, with exact counts."""
    return guests(what, column, '/dts-v1/;\n/ {\n\tcompatible = '
                  f'"trapeze,vms";\n{vms}}};\n', ICOUNT="1", **environment)


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


def guest_rows(column, **environment):
    """The same, as a guest."""
    what = f"rows-{column.name}"
    return _rows(what, described(what, column, VM, **environment))


def module_rows(column):
    """What extension modules cost, on a host without those extensions."""
    what = f"modules-{column.name}"
    return _rows(what, described(what, column, VM.replace(
        KERNEL, "build/guest/modules.elf").replace(
            "autostart;", f'isa = "{MODULES_ISA}";\n\t\tautostart;'),
        CPU="rv64,h=on,zbb=off,zbs=off,zicond=off"))


def turn_rows(column):
    """What sharing a hart costs; guests of ours, two at once."""
    output = {name: described(f"turns-{column.name}-{name}", column,
                              turns.SCENARIOS[name]) for name in column.turns}
    try:
        return turns.rows(output)
    except (KeyError, IndexError, TypeError, ZeroDivisionError) as error:
        raise BenchError(f"turns-{column.name}-*: not what was expected: "
                         f"{error!r}") from error


def io_rows(column):
    """What virtio costs: guest_io.py."""
    try:
        return guest_io.rows(
            lambda what, vms, **environment: described(
                f"{what}-{column.name}", column, vms, **environment), OUT,
            f"virtio-{column.name}")
    except guest_io.Missing as error:
        raise BenchError(f"virtio-{column.name}: {error}") from error


# The initrd of each set of Linux programs (config/setup/init.bench), and the
# memory it takes.
PROGRAMS = {"micro": ("initrd-micro.gz", "256M"),
            "macro": ("initrd-macro.cpio", "512M")}


def _programs(what, output):
    """({row: instructions}, {stage of the boot: instructions}); the guest's
    clock is in nanoseconds, which are instructions."""
    failed = re.findall(r"bench-failed (.*\S)", output)
    found = costs.rows(output)
    if failed or not found or "guest: bench done" not in output:
        raise BenchError(f"{what}: failed: {', '.join(failed) or 'all'}")
    times = {name: float(seconds) * 1e9 for name, seconds in
             re.findall(r"\bboot (\w+) +(\d+\.\d+)\s*$", output, re.M)}
    return found, times


def native_programs(firmware, name):
    """What a set of Linux programs takes without a VMM: see _programs()."""
    what = f"{name}-native-{firmware}"
    initrd, memory = PROGRAMS[name]
    return _programs(what, alone(
        what, firmware, [*COUNTED, "-m", memory, "-kernel", LINUX[1],
                         "-initrd", f"build/guests/linux/{initrd}",
                         "-append", f"console=ttyS0 quiet bench={name}"]))


def guest_programs(column, name):
    """The same as a guest, and what the VMM counted."""
    what = f"{name}-{column.name}"
    initrd, memory = PROGRAMS[name]
    output = described(what, column, f"""\tlinux {{
\t\tmemory = "{memory}";
\t\tkernel = "{LINUX[1]}";
\t\tinitrd = "build/guests/linux/{initrd}";
\t\tbootargs = "console=ttyS0 quiet bench={name}";
\t\tautostart;
\t}};
""")
    return (*_programs(what, output), vm_stats(output))


def vm_stats(output):
    """{name: number} of the only VM, and of the whole."""
    return {name: int(value) for name, value in
            re.findall(r"^stat (?:linux|\*) (\S+) (\d+)\s*$", output, re.M)}


def native_boot(firmware):
    """{mode: instructions} of a Linux boot without a VMM."""
    what = f"boot-native-{firmware}"
    seen = watch.Watch(OUT / what, modes=True)
    linux_alone(what, firmware, *COUNTED, **seen.environment)
    return seen.used()["modes"]


def boot(column, native):
    """
    Of a Linux boot: what it costs ({row: figure}), in instructions and exits,
    what the VMM counted ({name: number}), and what the machine did, by mode.
    native: what native_boot() gave.
    """
    what = f"boot-{column.name}"
    seen = watch.Watch(OUT / what, modes=True)
    output = linux(what, column, ICOUNT="1", **seen.environment)
    stats, modes = vm_stats(output), seen.used()["modes"]
    try:
        return costs.boot(column.backend, stats, modes, native), stats, modes
    except KeyError as error:
        raise BenchError(f"{what}: no figure for {error}") from error


# ---- CPU seconds ------------------------------------------------------------

def _seconds(what, runner, whose):
    seen = watch.Watch(OUT / what)
    runner(what, whose, **seen.environment)
    return seen.used()["seconds"]


def cpu_ratios(column, pairs):
    """Guest / native of alternating pairs of Linux boots."""
    ratios = []
    for number in range(min(pairs, column.most_pairs)):
        before = _seconds(f"cpu-native-{column.firmware}", linux_alone,
                          column.firmware)
        after = _seconds(f"cpu-{column.name}", linux, column)
        ratios.append(after / before)
        print(f"{column.name}, pair {number + 1}: {before:.2f} s native, "
              f"{after:.2f} s as guest, ratio {ratios[-1]:.2f}", flush=True)
    return ratios
