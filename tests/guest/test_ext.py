# SPDX-License-Identifier: BSD-2-Clause
"""Extension modules: what the host lacks is carried out for those who ask."""
import re

import pytest

from lib import host, machine

KERNEL = "build/guest/zbb.elf"
LACKING = "rv64,h=on,v=off,zbb=off,zbs=off,zicond=off"
ISA = "rv64imafdc_zicsr_zifencei_sstc"
NAMES = ("zbb", "zbs", "zicond")
BACKENDS = ("hw", "hybrid", "te", "interp")


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guest-kernels")


@pytest.mark.parametrize("firmware", ["opensbi", "direct"])
def test_zbb(firmware):
    """The same results as those of a hart that has them; all are counted."""
    native = machine.native(KERNEL, "rv64,h=off,zbb=on,zbs=on,zicond=on")
    native.need_status(0)
    lines = native.guest[native.guest.index("test: zbb"):]
    run = machine.batch(machine.describe(*(
        machine.vm(backend, backend=backend, kernel=KERNEL,
                   isa="_".join((ISA, *NAMES))) for backend in BACKENDS)),
        CPU=LACKING, FIRMWARE=firmware)
    run.need_status(0)
    for backend in BACKENDS:
        run.need(run.console.get(backend) == lines,
                 f"{backend}: {run.console.get(backend)}")
        counts = [run.stats[backend][f"ext.{name}"] for name in NAMES]
        run.need(counts == [25 * 40, 8 * 40, 2 * 40], f"{counts}")


def test_only_who_asks():
    """Others find an illegal instruction, and a host that has them is not
    helped."""
    run = machine.batch(machine.describe(
        machine.vm("plain", kernel=KERNEL),
        machine.vm("some", kernel=KERNEL, isa=f"{ISA}_zbs_zicond")),
        CPU=LACKING)
    run.need(run.status != 0, "a failure expected")
    for name in ("plain", "some"):
        run.need_line(name, "unexpected trap: WRONG")
        run.need("trap: cause 0x2 " in "\n".join(run.console[name]),
                 "an illegal instruction")
    run = machine.batch(machine.describe(machine.vm(
        "has", kernel=KERNEL, isa="_".join((ISA, *NAMES)))))
    run.need_line("has", "PASS")
    run.need("ext.zbb" not in run.stats["has"], "nothing to be counted")


DEMO = {"kernel": "build/guest/xdemo.elf", "isa": f"{ISA}_xdemo_xsfence"}


@pytest.mark.parametrize("options", [
    {}, {"FIRMWARE": "direct"}, {"CPU": "rv64,h=on", "HARTS": 2},
])
def test_own_extensions(options):
    """Instructions and CSRs that no hart has, with state of their own."""
    run = machine.batch(machine.describe(*(
        machine.vm(backend, backend=backend, **DEMO)
        for backend in BACKENDS)), **options)
    run.need_status(0)
    for backend in BACKENDS:
        run.need_line(backend, "PASS")
        stats = run.stats[backend]
        counts = [stats["ext.xdemo"], stats["ext.xsfence"]]
        run.need(counts == [16 + 100, 3], f"{backend}: {counts}")
        run.need(stats["ext.instructions"] > 116 * 10, "it took some")


def test_stepped():
    """All of them where the interpreter carries out each instruction: what is
    fenced there holds for what runs the rest."""
    names = host.run(["riscv64-linux-gnu-nm", DEMO["kernel"]]).stdout
    code = re.search(r"^(\w+) \w code$", names, re.M)[1]
    run = machine.batch(machine.describe(*(
        machine.vm(backend, backend=backend, trap=[f"page:0x{int(code, 16):x}"],
                   **DEMO) for backend in BACKENDS)))
    run.need_status(0)
    for backend in BACKENDS:
        run.need_line(backend, "PASS")
        counts = [run.stats[backend][f"ext.{name}"]
                  for name in ("xdemo", "xsfence")]
        run.need(counts == [16 + 100, 3], f"{backend}: {counts}")


def test_tutorial():
    """It is short, and its listing is the module."""
    folder = host.ROOT / "vcpu/ext"
    text = (folder / "TUTORIAL.md").read_text("utf-8")
    assert len(text.splitlines()) < 100
    listing = re.search(r"```c\n(.*?)```", text, re.S)[1]
    assert listing == (folder / "xdemo.c").read_text("utf-8")


def test_state_goes_along():
    """A module's state is the vcpu's: it stays when the backend changes, and is
    0 again in another life."""
    path = machine.new_file("commands", "txt")
    path.write_text("".join(f"backend vm {BACKENDS[i % 4]}\n"
                            for i in range(200)) + "wait vm stopped\n"
                    "start vm\n")
    run = machine.batch(machine.describe(
        machine.vm("vm", bootargs="rounds=100000", **DEMO)), SCRIPT=path,
        timeout=120)
    run.need_status(0)
    run.need(run.console["vm"].count("PASS") == 2, "two lives")
    run.need(run.stats["vm"]["switches"] > 100, "while it ran")


@pytest.mark.parametrize("backend", ["hw", "te"])
def test_program(backend):
    """A program that was compiled with Zbb checks itself under Linux, which
    uses it in its own strlen and so on as well."""
    host.must_make("guests")
    run = machine.batch(machine.describe(machine.vm(
        "linux", backend=backend, kernel="build/guests/linux/Image",
        initrd="build/guests/linux/initrd-zbb.gz", isa=f"{ISA}_zbb",
        bootargs="console=ttyS0 quiet")), CPU=LACKING, timeout=120)
    run.need_reached("linux")
    run.need_line("linux", "zbb ok")
    run.need_status(0)
    run.need(run.stats["linux"]["ext.zbb"] > 2000 * 4, "through the module")
