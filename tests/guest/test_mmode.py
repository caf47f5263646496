# SPDX-License-Identifier: BSD-2-Clause
"""Kernels that begin in M-mode: as guests they print what they print on QEMU
without firmware."""
import functools
import struct

import pytest

from lib import host, machine

TIMERS = ["clint"] if machine.FLAW == "no-sstc" else ["clint", "stimecmp"]
BACKENDS = ("hw", "hybrid", "te", "interp")


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guest-kernels")


def lines_of(elf, way="-kernel"):
    """What it prints on plain QEMU."""
    firmware = ["-bios", "none"] if way == "-kernel" else []
    run = machine.qemu("-machine", "aia=none", "-cpu", machine.guest_cpu("rv64"),
                       "-m", "256M", *firmware, way, elf)
    run.need_status(0)
    return run.lines[:run.lines.index("PASS") + 1]


@pytest.mark.parametrize("properties", [{}, {"pages": "4K"}, {"pages": "1G"}])
@pytest.mark.parametrize("kernel", ["mad", "mcsr", "mirq", "mpmp", "mplain",
                                    "mrtos"])
def test_same(kernel, properties):
    """CSRs, delegation, interrupts, PMP, MPRV. On our firmware, as OpenSBI gives
    anybody the time who asks for it, whatever scounteren says."""
    elf = f"build/guest/{kernel}.elf"
    lines = lines_of(elf)
    run = machine.batch(machine.describe(*(
        machine.vm(backend, backend=backend, boot="machine", kernel=elf,
                   **properties) for backend in BACKENDS)), HARTS=2,
        FIRMWARE="direct")
    run.need_status(0)
    for backend in BACKENDS:
        run.need(run.console.get(backend) == lines,
                 f"{backend}: {run.console.get(backend)}")


def test_odd_elf():
    """No entry, and room in a flash: QEMU minds neither."""
    elf = bytearray((host.ROOT / "build/guest/mirq.elf").read_bytes())
    native = lines_of("build/guest/mirq.elf")
    assert struct.unpack_from("<Q", elf, 32)[0] == 64
    assert elf[56:58] == b"\1\0", "one segment, and room behind its header"
    elf[56] = 2
    struct.pack_into("<Q", elf, 24, 0)
    struct.pack_into("<IIQQQQQQ", elf, 64 + 56, 1, 6, 0, 0x20000000,
                     0x20000000, 0, 4096, 4096)
    path = machine.new_file("odd", "elf")
    path.write_bytes(elf)
    assert lines_of(path) == native
    run = machine.batch(machine.describe(machine.vm(
        "a", boot="machine", kernel=path)))
    run.need_status(0)
    run.need(run.console["a"] == native, f"{run.console['a']}")
    struct.pack_into("<QQ", elf, 64 + 56 + 16, 0x90000000, 0x90000000)
    path.write_bytes(elf)
    run = machine.batch(machine.describe(machine.vm(
        "a", boot="machine", kernel=path)))
    run.need_log(r"kernel: segment 0x90000000\+0x1000 is outside the memory")


def test_firmware():
    """An ELF file in the firmware's place: QEMU's -bios."""
    elf = "build/guest/mcsr.elf"
    lines = lines_of(elf, "-bios")
    run = machine.batch(machine.describe(machine.vm(
        "a", boot="machine", firmware=elf, kernel="build/guest/hello.elf")))
    run.need_status(0)
    run.need(run.console["a"] == lines, f"{run.console['a']}")


@pytest.mark.parametrize("backend", BACKENDS)
def test_race(backend):
    """Another hart's interrupts come to M-mode, never to its handler in the
    place of S-mode: 1 to 4 of 1000 did under te."""
    run = machine.batch(machine.describe(machine.vm(
        "a", backend=backend, boot="machine", vcpus=2,
        kernel="build/guest/mrace.elf")), HARTS=2, FIRMWARE="direct")
    run.need_status(0)
    run.need("PASS" in run.console["a"], f"{run.console['a']}")


@pytest.mark.parametrize("backend", BACKENDS[:3])
def test_plain(backend):
    """M-mode runs on the hart: less of the VMM's than of its own. Exact."""
    describe = functools.partial(
        machine.vm, backend=backend, boot="machine",
        kernel="build/guest/mplain.elf")
    run = machine.batch(machine.describe(
        describe("plain"), describe("not", force="no-fast")),
        ICOUNT=1, FIRMWARE="direct")
    run.need_status(0)
    of = {name: stats["vmm_instructions"] / stats["guest_instructions"]
          for name, stats in run.stats.items() if name != "*"}
    run.need(of["plain"] < 1 and of["not"] > 10, f"{of}")


def test_aside():
    """Who is in a page that PMP splits all the time is interpreted."""
    backends = BACKENDS[:3]
    run = machine.batch(machine.describe(*(
        machine.vm(backend, backend=backend, boot="machine",
                   kernel="build/guest/mrtos.elf", force="no-fast")
        for backend in backends)))
    run.need_status(0)
    for backend in backends:
        steps = sum(run.stats[backend][f"exits.{kind}"]
                    for kind in ("ram", "step"))
        run.need(256 < steps < 1500, f"{backend}: {steps} by hand")


def test_aside_and_changes():
    """Another backend, again and again, wherever it is."""
    elf = "build/guest/mrtos.elf"
    script = machine.new_file("script", "txt")
    script.write_text("start a\n" + "".join(
        f"backend a {way}\nsleep 3\n"
        for way in ["te", "hybrid", "interp", "hw"] * 15) + "wait a stopped\nquit\n")
    run = machine.batch(machine.describe(machine.vm(
        "a", boot="machine", kernel=elf, autostart=False)), SCRIPT=script)
    run.need_status(0)
    run.need(run.console["a"] == lines_of(elf), f"{run.console['a']}")
    run.need(run.stats["a"]["switches"] > 30, "hardly a change")


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
