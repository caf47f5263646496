# SPDX-License-Identifier: BSD-2-Clause
"""Kernels that begin in M-mode: as guests they print what they print on QEMU
without firmware."""
import pytest

from lib import host, machine

TIMERS = ["clint"] if machine.FLAW == "no-sstc" else ["clint", "stimecmp"]
BACKENDS = ("hw", "hybrid", "te", "interp")


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guest-kernels")


@pytest.mark.parametrize("properties", [{}, {"pages": "4K"}, {"pages": "1G"}])
@pytest.mark.parametrize("kernel", ["mad", "mcsr", "mirq", "mpmp"])
def test_same(kernel, properties):
    """CSRs, delegation, interrupts, PMP, MPRV. On our firmware, as OpenSBI gives
    anybody the time who asks for it, whatever scounteren says."""
    elf = f"build/guest/{kernel}.elf"
    native = machine.qemu("-machine", "aia=none", "-cpu", machine.guest_cpu("rv64"), "-m",
                          "256M", "-bios", "none", "-kernel", elf)
    native.need_status(0)
    lines = native.lines[:native.lines.index("PASS") + 1]
    run = machine.batch(machine.describe(*(
        machine.vm(backend, backend=backend, boot="machine", kernel=elf,
                   **properties) for backend in BACKENDS)), HARTS=2,
        FIRMWARE="direct")
    run.need_status(0)
    for backend in BACKENDS:
        run.need(run.console.get(backend) == lines,
                 f"{backend}: {run.console.get(backend)}")


def test_firmware():
    """An ELF file in the firmware's place: QEMU's -bios."""
    elf = "build/guest/mcsr.elf"
    native = machine.qemu("-machine", "aia=none", "-cpu",
                          machine.guest_cpu("rv64"), "-m", "256M", "-bios", elf)
    native.need_status(0)
    lines = native.lines[:native.lines.index("PASS") + 1]
    run = machine.batch(machine.describe(machine.vm(
        "a", boot="machine", firmware=elf, kernel="build/guest/hello.elf")))
    run.need_status(0)
    run.need(run.console["a"] == lines, f"{run.console['a']}")


@pytest.mark.parametrize("harts", [1, 2, 3])
@pytest.mark.parametrize("timer", TIMERS)
def test_teaching_kernel(timer, harts):
    """M-mode's ticks or S-mode's own, processes, a disk that interrupts."""
    image = machine.new_file("teach", "img")
    image.write_bytes(bytes(1 << 20))
    words = f"{timer} harts={harts}"
    native = machine.qemu(
        "-machine", "aia=none", "-cpu", machine.guest_cpu("rv64"), "-m", "256M", "-smp",
        str(harts), "-bios", "none", "-kernel", "build/guest/teach.elf",
        "-append", words, "-global", "virtio-mmio.force-legacy=false",
        "-drive", f"if=none,id=d,format=raw,file={image}",
        "-device", "virtio-blk-device,drive=d")
    native.need_status(0)
    lines = native.lines[native.lines.index("test: teach"):]
    lines = lines[:lines.index("PASS") + 1]
    run = machine.batch(machine.describe(*(
        machine.vm(backend, backend=backend, boot="machine", vcpus=harts,
                   kernel="build/guest/teach.elf", bootargs=words,
                   disk0="ram:1M") for backend in BACKENDS)), HARTS=2,
        timeout=120)
    run.need_status(0)
    for backend in BACKENDS:
        run.need(run.console.get(backend) == lines,
                 f"{backend}: {run.console.get(backend)}")
