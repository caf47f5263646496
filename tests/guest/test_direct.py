# SPDX-License-Identifier: BSD-2-Clause
"""The firmware of our own, boot/direct: below bare kernels, Linux, the VMM."""
import re

import pytest

from lib import host, machine

HELLO = "hello from S-mode, hart 0"
IMAGE = "build/guests/linux/Image"
INITRD = "build/guests/linux/initrd-init.gz"
BOOT = 300      # seconds
THREADS = ("-accel", "tcg,thread=multi")
NO_H = "rv64,h=off"
NO_SSTC = "rv64,h=on,sstc=off"
DETOUR = 300    # instructions at least, if M-mode passes a trap on


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM, the firmware and the kernels."""
    host.must_make("vmm", "guests", "guest-kernels")


def kernel(name):
    """The file of a kernel."""
    return f"build/guest/{name}.elf"


def direct(name, cpu, harts=1, **options):
    """A kernel on our firmware alone; what does not end well has failed."""
    run = machine.native(kernel(name), cpu, harts, firmware="direct",
                         **options)
    run.need_status(0)
    return run


# ---- bare kernels -----------------------------------------------------------

@pytest.mark.parametrize("name, cpu, harts", [
    ("csr", NO_H, 1), ("csr", "rva23s64", 1),
    ("traps", NO_H, 1), ("traps", "rva23s64,h=off", 1),
    ("sbi", NO_H, 1), ("sbi", NO_SSTC, 2),
    ("timer", NO_H, 1), ("timer", NO_SSTC, 1), ("timer", "rva23s64", 1),
    ("mmio_insn", "rv64", 1),
    ("smp", NO_H, 1), ("smp", NO_SSTC, 2), ("smp", "rva23s64", 4),
])
def test_like_opensbi(name, cpu, harts):
    """A kernel prints the same on either firmware."""
    expected = machine.native(kernel(name), cpu, harts)
    expected.need_status(0)
    run = direct(name, cpu, harts)
    run.need("PASS" in run.guest, "PASS expected")
    different = [f"opensbi: {e}\ndirect:  {g}"
                 for e, g in zip(expected.guest, run.guest) if e != g]
    run.need(not different, "\n".join(different))
    run.need(len(run.guest) == len(expected.guest), "as many lines expected")


@pytest.mark.parametrize("cpu", ["rv64,h=on", "rva23s64"])
def test_eight_harts(cpu):
    """Starts, IPIs and fences of eight harts that run at the same time."""
    run = direct("smp", cpu, 8, extra=THREADS)
    run.need("PASS" in run.guest, "PASS expected")


@pytest.mark.parametrize("mode", ["starts", "fences"])
@pytest.mark.parametrize("cpu", [NO_H, "rva23s64"])
def test_races(mode, cpu):
    """Harts that are started by two at once, and fenced while they stop."""
    run = direct("races", cpu, 4, bootargs=mode, extra=THREADS)
    run.need("PASS" in run.guest, "PASS expected")


@pytest.mark.parametrize("cpu, harts, pmp", [
    ("rv64,h=on", 1, True), ("rv64,h=on", 2, True), (NO_H, 4, True),
    (NO_SSTC, 4, True), ("rva23s64", 8, False),     # it has no PMP in QEMU 10
])
def test_own_kernel(cpu, harts, pmp):
    """Our memory is closed and reserved; harts that fence each other at once
    all come through; a hart that sleeps answers."""
    run = direct("direct", cpu, harts, extra=THREADS)
    run.need("PASS" in run.guest, "PASS expected")
    run.need(f"firmware's memory: {'closed' if pmp else 'open'}" in run.guest,
             "that hart has PMP" if pmp else "that hart has no PMP")


def detours(run):
    """{mode and instruction: instructions more than an ebreak costs}."""
    return {what: int(count) for what, count in re.findall(
        r"^([US] \w+): (-?\d+) more than ebreak$", run.output, re.M)}


def test_illegal_instructions():
    """They trap to S-mode as ebreaks do, with no turn through M-mode."""
    counted = ("-icount", "shift=0")
    run = direct("direct", "rv64,h=on", extra=counted)
    found = detours(run)
    run.need(len(found) == 4 and max(found.values()) <= 0,
             f"no instruction of M-mode expected: {found}")


def test_illegal_instructions_by_opensbi():
    """What the one above would see if there was a turn."""
    run = machine.native(kernel("direct"), "rv64,h=on",
                         extra=("-icount", "shift=0"), timeout=10)
    found = detours(run)
    run.need(len(found) == 4 and min(found.values()) >= DETOUR,
             f"OpenSBI passes them on: {found}")


def test_typed():
    """What is typed is read by DBCN and by the legacy call."""
    child = machine.interactive(
        [machine.QEMU, "-M", "virt", "-cpu", "rv64", "-m", "256M",
         "-nographic", "-no-reboot", *machine.FIRMWARE["direct"],
         "-kernel", kernel("echo")])
    for way in ("dbcn", "legacy"):
        machine.expect(child, f"{way}: ready", 30)
        child.send(f"{way} 0123\r")
        machine.expect(child, f"{way}: <{way} 0123>", 30)
    assert machine.end_status(child) == 0


# ---- its own end ------------------------------------------------------------

def test_trap_of_its_own():
    """One line, and the machine is off with a failure."""
    names = host.run(["riscv64-linux-gnu-nm", "build/direct.elf"]).stdout
    place = int(re.search(r"^(\w+) . sbi_hsm$", names, re.M)[1], 16)
    image = bytearray((host.BUILD / "direct.bin").read_bytes())
    image[place - 0x80000000:place - 0x80000000 + 2] = b"\0\0"
    broken = machine.new_file("broken", "bin")
    broken.write_bytes(image)
    run = machine.qemu("-bios", broken, "-cpu", "rv64", "-m", "256M",
                       "-kernel", kernel("sbi"))
    run.need_status(1)
    run.need_log(rf"^direct: unexpected trap, hart 0x0 cause 0x2 mepc "
                 rf"{place:#x} mtval 0x0$")


def test_nothing_to_start():
    """It says so."""
    run = machine.qemu(*machine.FIRMWARE["direct"], "-cpu", "rv64")
    run.need_status(1)
    run.need_log("^direct: what comes next is not in RAM")


# ---- Linux and the VMM ------------------------------------------------------

@pytest.mark.parametrize("cpu, harts", [
    ("rva23s64", 4), (NO_H, 1), (NO_SSTC, 2),
])
def test_linux(cpu, harts):
    """Debian's kernel on it alone."""
    run = machine.native(IMAGE, cpu, harts, "512M", "console=ttyS0", BOOT,
                         "direct", (*THREADS, "-initrd", INITRD))
    run.need_status(0)
    run.need_reached()
    run.need(not re.search("Oops|WARNING|BUG|stall", run.output),
             "a boot without complaints expected")


@pytest.mark.parametrize("options", [
    {"HARTS": 1}, {"HARTS": 2}, {"HARTS": 4}, {"HARTS": 1, "ICOUNT": 1},
    {"HARTS": 4, "CPU": "rv64,h=on"}, {"HARTS": 2, "CPU": NO_SSTC},
], ids=lambda o: " ".join(f"{k}={v}" for k, v in o.items()))
def test_vmm(options):
    """The VMM and its guests."""
    run = machine.batch(machine.describe(
        machine.vm("many", kernel=kernel("smp"), vcpus=4),
        machine.vm("one", kernel=kernel("traps")),
        machine.vm("hello", kernel=kernel("hello"))),
        FIRMWARE="direct", **options)
    run.need_status(0)
    run.need_log("^direct: harts ")
    run.need_line("many", "PASS")
    run.need_line("one", "PASS")
    run.need_line("hello", HELLO)


@pytest.mark.parametrize("cpu", ["rva23s64", "rv64,h=on", "max"])
def test_linux_under_the_vmm(cpu):
    """Debian's kernel as a guest."""
    run = machine.batch("config/vms/linux-hw.dts", BOOT, FIRMWARE="direct",
                        HARTS=4, CPU=cpu)
    run.need_status(0)
    run.need_reached("linux")


def test_unknown_firmware():
    """A name with a slip is said back."""
    run = machine.batch("config/vms/linux-hw.dts", FIRMWARE="dirct")
    run.need_status(2)
    run.need_log("FIRMWARE=dirct: unknown")
