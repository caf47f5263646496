# SPDX-License-Identifier: BSD-2-Clause
"""Runs VMs under Trapeze, and kernels on plain QEMU, and reads the output."""
import itertools
import os
import re

import pexpect
import pytest

from lib import host

QEMU = "qemu-system-riscv64"
RUN = host.ROOT / "config/run.sh"
CPU = "rva23s64"        # what config/run.sh takes unless it is told
FIRMWARE = {"opensbi": (), "direct": ("-bios", "build/direct.bin")}
# What ours waits for when the host is busy with other things as well.
PATIENCE = int(os.environ.get("TEST_PATIENCE", "1"))
# The flaw of the host that each VM gets (vcpu/README.md), or None.
FLAW = os.environ.get("PERSONALITY") or None
# What our Linux guests' init says.
REACHED = "guest: init reached"

_numbers = itertools.count(1)
_CONSOLE = re.compile(r"^([\w,.+-]+)\| ?(.*)$")
_STAT = re.compile(r"^stat (\S+) (\S+) (\d+)$")
# OpenSBI 1.6 says so, without a newline, of what it passes on to S-mode.
_FIRMWARE = re.compile("system_opcode_insn: Invalid opcode for CSR "
                       "read/write instruction")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\0]")


class Run:
    """What a machine printed, and how it ended."""

    def __init__(self, status, output, what):
        self.status = status        # None: the time was up
        self.what = what
        self.output = _FIRMWARE.sub("", _ESCAPES.sub("", output))
        self.lines = self.output.split("\n")
        self.console = {}           # VM: its lines, in a batch
        self.stats = {}             # VM: {name: number}
        self.whole = {}             # {name: number}, of no VM alone
        self.other = []             # lines of nobody's: the VMM's log
        for line in self.lines:
            self._sort(line)

    def _sort(self, line):
        stat, console = _STAT.match(line), _CONSOLE.match(line)
        if stat:
            stats = self.whole if stat[1] == "*" \
                else self.stats.setdefault(stat[1], {})
            stats[stat[2]] = int(stat[3])
        elif console:
            self.console.setdefault(console[1], []).append(console[2])
        elif line:
            self.other.append(line)

    def tail(self, count=60):
        """The end of what was printed, for a person."""
        how = "time was up" if self.status is None else f"status {self.status}"
        return "\n".join([f"{self.what}: {how}", *self.lines[-count:]])

    def need(self, condition, complaint):
        """Fail with the end of the output unless `condition` holds."""
        if not condition:
            pytest.fail(f"{complaint}\n{self.tail()}", pytrace=False)

    def need_status(self, status=0):
        """The run ended by itself, and like that."""
        self.need(self.status == status, f"exit status {status} expected")

    def need_line(self, vm, text):
        """The VM's console has this line."""
        self.need(text in self.console.get(vm, []),
                  f'no line "{text}" from {vm}')

    def need_reached(self, vm=None):
        """
        Linux got as far as its init, in that VM, or on the machine itself.
        Its end of line may wait in the tty while the kernel, which does not,
        puts a message of its own on the console.
        """
        lines = self.console.get(vm, []) if vm else self.lines
        self.need(any(line.startswith(REACHED) for line in lines),
                  f'no line "{REACHED}" from {vm or "the guest"}')

    def need_log(self, pattern):
        """The VMM's log has a line that matches; returns those that do."""
        found = [line for line in self.other if re.search(pattern, line)]
        self.need(found, f"no line like {pattern!r} from the VMM")
        return found


def vm(name, **properties):
    """
    The node of one VM. A number is a cell, True a bare property, a list more
    than one cell, all else a string. Each VM has the FLAW.
    """
    lines = []
    for key, value in {"memory": "256M", "autostart": True,
                       "personality": FLAW,
                       **properties}.items():
        if value is True:
            lines.append(f"\t\t{key};")
        elif isinstance(value, list) and isinstance(value[0], str):
            strings = ", ".join(f'"{s}"' for s in value)
            lines.append(f"\t\t{key} = {strings};")
        elif isinstance(value, (int, list)) and value is not False:
            cells = value if isinstance(value, list) else [value]
            lines.append(f"\t\t{key} = <{' '.join(map(str, cells))}>;")
        elif value not in (None, False):
            lines.append(f'\t\t{key} = "{value}";')
    return f"\t{name} {{\n" + "\n".join(lines) + "\n\t};\n"


def new_file(what, ending):
    """A file name that nobody has had in this run, relative to the root."""
    host.OUT.mkdir(parents=True, exist_ok=True)
    name = f"{next(_numbers):03}-{what}.{ending}"
    return (host.OUT / name).relative_to(host.ROOT)


def guest_cpu(cpu=CPU, flaw=FLAW):
    """What a guest sees of that CPU: the one to compare it with. Of the flaws,
    a guest sees that there is no Sstc."""
    return f"{cpu},h=off" + (",sstc=off" if flaw == "no-sstc" else "")


def describe(*nodes):
    """A description of those VMs, as source, in a file of its own."""
    path = new_file("vms", "dts")
    path.write_text('/dts-v1/;\n/ {\n\tcompatible = "trapeze,vms";\n'
                    + "".join(nodes) + "};\n")
    return path


def batch(description, timeout=60, until=None, times=1, **options):
    """
    config/run.sh with BATCH=1 on a description (a path). Options are those
    of `make run`: ICOUNT=1, HARTS=4, CPU="...". With `until` it is ended as
    soon as that has been printed so many times.
    """
    env = host.environment(BATCH=1, **options)
    status, output = host.run_logged([RUN, description], new_file("batch", "log"),
                                     timeout * PATIENCE, env, until,
                                     times)
    options = " ".join(f"{k}={v}" for k, v in options.items())
    return Run(status, output, f"{options} config/run.sh {description}")


def qemu(*args, timeout=60):
    """Plain QEMU on its virt machine, without terminal; output and status."""
    args = [QEMU, "-machine", "virt", "-display", "none", "-monitor", "none",
            "-serial", "stdio", "-no-reboot", *args]
    status, output = host.run_logged(args, new_file("qemu", "log"),
                                     timeout * PATIENCE)
    return Run(status, output, " ".join(str(a) for a in args))


def pack(description):
    """The archive of a description, as config/run.sh would hand it over."""
    archive = description.with_suffix(".cpio")
    done = host.run([host.ROOT / "config/pack.py", description, archive])
    assert done.returncode == 0, done.stdout
    return archive


def boot(description, archive, image="build/trapeze.bin", timeout=60,
         extra=()):
    """The VMM, in whatever image, with whatever archive; a batch."""
    return qemu("-cpu", CPU, "-smp", "2", "-m", "4G", "-kernel", image,
                "-initrd", archive, "-append", f"vms={description} batch",
                *extra, timeout=timeout)


def cold_boot_on(hart):
    """QEMU's device tree for boot(), but OpenSBI has to start on that hart
    (OpenSBI, "Device Tree Bindings for OpenSBI Configuration")."""
    tree = host.OUT / f"cold-boot-{hart}.dtb"
    qemu("-machine", f"dumpdtb={tree}", "-cpu", CPU, "-smp", "2", "-m", "4G")
    done = host.run(["dtc", "-q", "-I", "dtb", "-O", "dts", tree])
    cpu = re.search(rf"cpu@{hart} {{.*?\bphandle = (<\w+>)", done.stdout, re.S)
    source = re.sub(
        r"(\n\tchosen {.*?)(\n\t};)",
        r'\1 opensbi-config { compatible = "opensbi,config"; '
        rf"cold-boot-harts = {cpu[1]}; }};\2", done.stdout, count=1, flags=re.S)
    tree.with_suffix(".dts").write_text(source)
    done = host.run(["dtc", "-q", "-o", tree, tree.with_suffix(".dts")])
    assert done.returncode == 0, done.stdout
    return tree


def relocated(address):
    """The VMM's flat image in an ELF file that QEMU loads at `address`."""
    image = host.OUT / f"trapeze-{address:#x}.elf"
    done = host.run(["riscv64-linux-gnu-ld", "-N", "-m", "elf64lriscv",
                     "-b", "binary", f"--section-start=.data={address:#x}",
                     "-e", f"{address:#x}", "-o", image, "build/trapeze.bin"])
    assert done.returncode == 0, done.stdout
    return image


def after_firmware(lines):
    """The lines after the firmware's own: OpenSBI's banner ends with those on
    its hart, our firmware says one line."""
    ends = [n for n, line in enumerate(lines)
            if line.startswith(("Boot HART ", "direct: harts "))]
    rest = lines[ends[-1] + 1:] if ends else lines
    while rest and not rest[0]:
        rest = rest[1:]
    while rest and not rest[-1]:
        rest = rest[:-1]
    return rest


def native(kernel, cpu, harts=1, memory="256M", bootargs="", timeout=60,
           firmware="opensbi", extra=("-accel", "tcg,thread=single")):
    """
    The kernel on QEMU and the firmware without us. One thread for all harts:
    hart 0 wins OpenSBI's lottery, so two runs print the same.
    """
    run = qemu(*extra, *FIRMWARE[firmware], "-cpu", cpu, "-smp", str(harts),
               "-m", memory, "-kernel", kernel, "-append", bootargs,
               timeout=timeout)
    run.guest = after_firmware(run.lines)
    return run


def interactive(args, timeout=60, **options):
    """
    A pexpect child on a terminal, in the repository's root; it is ended with
    its process group after the test at the latest.
    """
    child = pexpect.spawn(str(args[0]), [str(a) for a in args[1:]],
                          cwd=str(host.ROOT), env=host.environment(**options),
                          timeout=timeout * PATIENCE, encoding="utf-8",
                          codec_errors="replace", dimensions=(50, 200))
    child.logfile_read = open(new_file("terminal", "log"), "w", newline="",
                              encoding="utf-8")
    host.track(child.pid)
    return child


def expect(child, pattern, timeout=-1):
    """
    child.expect(), but a failure shows what was on the terminal. Returns the
    text before the match.
    """
    if timeout > 0:
        timeout *= PATIENCE
    ends = [pattern] + [e for e in (pexpect.TIMEOUT, pexpect.EOF)
                        if e is not pattern]
    found = child.expect(ends, timeout=timeout)
    if found:
        child.logfile_read.flush()
        with open(child.logfile_read.name, newline="",
                  encoding="utf-8") as log:
            seen = _ESCAPES.sub("", log.read())[-3000:]
        pytest.fail(f"{ends[found].__name__} while waiting for {pattern!r}; "
                    f"the terminal:\n{seen}", pytrace=False)
    return _ESCAPES.sub("", child.before)


def end_status(child, timeout=60):
    """Wait for the child's end; its exit status, or minus the signal."""
    expect(child, pexpect.EOF, timeout)
    child.close()
    return child.exitstatus if child.signalstatus is None \
        else -child.signalstatus
