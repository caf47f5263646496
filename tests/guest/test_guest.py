# SPDX-License-Identifier: BSD-2-Clause
"""Small kernels as guests: like on the machine itself, hostile, misdescribed.
"""
import os
import re

import pytest

from lib import host, machine

HELLO = "hello from S-mode, hart 0"
# Kernel, what its VM is given besides, options of the run.
KERNELS = [
    ("hello", {}, {}),
    ("csr", {}, {}),
    ("traps", {}, {}),
    ("timer", {}, {}),
    ("timer", {"force": "no-sstc"}, {}),
    ("sbi", {}, {}),
    ("mmio_insn", {}, {}),
    ("mmio_insn", {"force": "no-htinst"}, {}),
    ("mmio_insn", {"force": ["no-htinst", "no-htval"]}, {}),
    ("traps", {"force": ["no-htinst", "no-htval", "4k", "vtw"]}, {}),
    ("fpv", {}, {}),
    ("paging", {}, {}),
    ("smp", {"vcpus": 1}, {}),
    ("smp", {"vcpus": 2}, {}),
    ("smp", {"vcpus": 4}, {}),
    ("smp", {"vcpus": 4}, {"HARTS": 1}),
    ("smp", {"vcpus": 4}, {"HARTS": 4}),
    ("watched", {}, {}),
    ("wake", {"vcpus": 4}, {"HARTS": 1}),
    ("wake", {"vcpus": 4}, {"HARTS": 2}),
    ("wake", {"vcpus": 3}, {"HARTS": 4}),
    ("wake", {"vcpus": 4, "force": "no-sstc"}, {"HARTS": 3}),
    ("wake", {"vcpus": 3, "force": "vtw"}, {"HARTS": 2}),
]


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guests", "guest-kernels")


def kernel(name):
    """The file of a kernel."""
    return f"build/guest/{name}.elf"


def good(**properties):
    """A VM that does well if it is let."""
    return machine.vm("good", kernel=kernel("hello"), **properties)


def _id(row):
    name, *options = row
    words = [f"{k}={v}" for o in options for k, v in o.items()]
    return " ".join([name, *words])


# ---- the same as on the machine itself --------------------------------------

@pytest.fixture(name="native", scope="module")
def native_fixture():
    """native(kernel, VM's properties): its lines on plain QEMU, run once."""
    done = {}

    def native(name, properties):
        cpu = machine.guest_cpu()
        if "no-sstc" in properties.get("force", ()):
            cpu = machine.guest_cpu(flaw="no-sstc")
        key = name, cpu, properties.get("vcpus", 1)
        if key not in done:
            run = machine.native(kernel(name), *key[1:])
            run.need_status(0)
            done[key] = run.guest
        return done[key]

    return native


@pytest.mark.parametrize("row", KERNELS, ids=_id)
def test_like_native(native, row):
    """The kernel prints under the VMM what it prints without."""
    name, properties, options = row
    expected = native(name, properties)
    assert expected
    description = machine.describe(
        machine.vm("g", kernel=kernel(name), **properties))
    run = machine.batch(description, **options)
    got = run.console.get("g", [])
    different = [f"native: {e}\nguest:  {g}"
                 for e, g in zip(expected, got) if e != g]
    run.need(not different, "\n".join(different))
    run.need(len(got) == len(expected),
             f"{len(got)} lines, natively {len(expected)}")
    run.need_status(0)


def test_typed_by_sbi():
    """What is typed reaches a guest without a UART driver; none is lost."""
    child = machine.interactive(
        ["config/run.sh", machine.describe(machine.vm(
            "echo", kernel=kernel("echo")))])
    for way in ("dbcn", "legacy"):
        machine.expect(child, f"{way}: ready", 30)
        text = f"{way} {'0123456789' * 5}"  # more than the UART's FIFO holds
        child.send(f"{text}\r")
        machine.expect(child, f"{way}: <{text}>", 30)
    assert machine.end_status(child) == 0


# ---- hostile guests ---------------------------------------------------------

# The kernel's own list of modes, and those of them that never end.
MODES = re.findall(r'^\t\{"([a-z-]+)", \w+\},$', (
    host.ROOT / "tests/guest/hostile.c").read_text(), re.M)
ENDLESS = ("fault-in-handler", "spin", "bad-satp")


def hostile(mode):
    """A hostile VM, first in line on the only hart, and a good one."""
    return machine.describe(
        machine.vm("bad", kernel=kernel("hostile"), bootargs=mode), good())


@pytest.mark.parametrize("mode", [m for m in MODES if m not in ENDLESS])
def test_hostile(mode):
    """The architecture's answer for the one, no harm to the other."""
    run = machine.batch(hostile(mode), HARTS=1)
    need_good(run)
    wrong = [line for line in run.console["bad"] if "WRONG" in line]
    run.need(not wrong, "\n".join(wrong))
    run.need_line("bad", f"mode: {mode}")
    run.need_line("bad", "PASS")
    run.need_status(0)


@pytest.mark.parametrize("mode", ENDLESS)
def test_endless(mode):
    """It may go on for ever, but not at the cost of the other."""
    assert mode in MODES
    run = machine.batch(hostile(mode), until="good powered off", HARTS=1)
    run.need_line("bad", f"mode: {mode}")
    need_good(run)


# ---- descriptions with a mistake --------------------------------------------

# What is wrong; the property that is to be named; what makes it so.
MISTAKES = [
    ("no kernel file", "kernel", {"kernel": "build/guest/nowhere.elf"}),
    ("no kernel", "kernel", {"kernel": None}),
    ("kernel of another machine", "kernel", {"kernel": "/bin/true"}),
    ("firmware of another machine", "firmware",
     {"boot": "machine", "firmware": "/bin/true"}),
    ("firmware that begins elsewhere", "firmware",
     {"boot": "machine", "firmware": "build/guest/hello.elf"}),
    ("kernel too large", "kernel|memory",
     {"kernel": "build/guests/linux/Image", "memory": "16M"}),
    ("kernel outside of memory", "kernel|memory", {"memory": "1M"}),
    ("no initrd file", "initrd", {"initrd": "build/guest/nowhere.gz"}),
    ("initrd too large", "initrd|memory",
     {"initrd": "build/guests/linux/Image", "memory": "8M"}),
    ("memory beyond the host's", "memory", {"memory": "64G"}),
    ("memory that is no size", "memory", {"memory": "much"}),
    ("memory of no page size", "memory", {"memory": "262145K"}),
    ("unknown property", "colour", {"colour": "green"}),
    ("unknown backend", "backend", {"backend": "magic"}),
    ("unknown boot", "boot", {"boot": "floppy"}),
    ("no vcpus", "vcpus", {"vcpus": 0}),
    ("too many vcpus", "vcpus", {"vcpus": 17}),
    ("vcpus in words", "vcpus", {"vcpus": "two"}),
    ("no such hart", "harts", {"harts": [0, 63]}),
    ("isa of another width", "isa", {"isa": "rv32imac"}),
    ("weight of nothing", "weight", {"weight": 0}),
    ("shadow of no kind", "shadow", {"shadow": "eager"}),
    ("lockstep with whom", "lockstep", {"lockstep": "te"}),
    ("lockstep of two", "lockstep", {"lockstep": "interp", "vcpus": 2}),
    ("lockstep in sync", "lockstep", {"lockstep": "interp", "shadow": "sync",
                                      "backend": "te"}),
    ("trap of nothing", "trap", {"trap": "csr:fflags"}),
    ("trap beyond its RAM", "trap", {"trap": "page:0x90000000"}),
    ("trap that hw does not see", "trap", {"trap": ["ecall", "csr:sepc"]}),
    ("trap in lockstep", "trap", {"trap": "ecall", "lockstep": "interp"}),
    ("lockstep with itself", "lockstep", {"lockstep": "interp",
                                          "backend": "interp"}),
]


def need_complaint(run, description, rest):
    """One line names the file and what `rest` says, and why; it failed."""
    run.need(run.status not in (0, None), "a failure expected")
    return run.need_log(re.escape(f"{description}: ") + rest)


def need_good(run, name="good"):
    """The other VM has done its work."""
    run.need_line(name, HELLO)


@pytest.fixture(name="crowd", scope="module")
def crowd_fixture():
    """
    (description, its run): a VM for each mistake, and good ones before,
    between and after them.
    """
    nodes = [machine.vm(f"bad{n}", **{"kernel": kernel("hello"), **properties})
             for n, (_, _, properties) in enumerate(MISTAKES)]
    for place, name in ((len(nodes), "last"), (len(nodes) // 2, "middle"),
                        (0, "first")):
        nodes.insert(place, machine.vm(name, kernel=kernel("hello")))
    description = machine.describe(*nodes)
    return description, machine.batch(description)


@pytest.mark.parametrize("number", range(len(MISTAKES)),
                         ids=[m[0].replace(" ", "-") for m in MISTAKES])
def test_mistake(crowd, number):
    """FILE: VM: PROPERTY: what is wrong; and that VM does not run."""
    description, run = crowd
    what, prop, _ = MISTAKES[number]
    name = f"bad{number}"
    need_complaint(run, description, rf"{name}: ({prop}): \S+")
    run.need(not run.console.get(name), f"{what}, and the VM runs")


@pytest.mark.parametrize("name", ["first", "middle", "last"])
def test_beside_mistakes(crowd, name):
    """Other VMs of the same description start."""
    need_good(crowd[1], name)


def test_too_much_memory():
    """Who asks for too much hears how much there is."""
    description = machine.describe(
        machine.vm("bad", kernel=kernel("hello"), memory="700M"), good())
    run = machine.batch(description, MEM="600M")
    line = need_complaint(run, description, "bad: memory: ")[0]
    run.need(len(re.findall(r"\d+", line.split("memory:")[1])) >= 2,
             "how much was asked for, and how much there is, expected")
    need_good(run)


def test_two_mistakes():
    """Each has its line."""
    description = machine.describe(
        machine.vm("bad", kernel=kernel("hello"), vcpus=0, colour="green"),
        good())
    run = machine.batch(description)
    need_complaint(run, description, "bad: vcpus: ")
    need_complaint(run, description, "bad: colour: ")
    need_good(run)


def test_no_such_description():
    """A name with a slip is said back."""
    run = machine.batch("config/vms/nowhere.dts")
    run.need(run.status not in (0, None), "a failure expected")
    run.need_log("config/vms/nowhere.dts: ")


# ---- damaged files ----------------------------------------------------------

def compiled():
    """A description's file and its device tree."""
    description = machine.describe(good())
    dtb = description.with_suffix(".dtb")
    done = host.run(["dtc", "-I", "dts", "-O", "dtb", "-o", dtb, description])
    assert done.returncode == 0, done.stdout
    return dtb, bytearray(dtb.read_bytes())


@pytest.mark.parametrize("damage", [
    lambda data: b"",
    lambda data: b"\0" * len(data),
    lambda data: data[:len(data) // 2],
    lambda data: data[:4] + b"\x7f\xff\xff\xff" + data[8:],    # totalsize
    lambda data: data[:8] + b"\xff\xff\xff\xf0" + data[12:],   # off_dt_struct
    lambda data: data[:56] + b"\xff" * (len(data) - 56),
], ids=["empty", "zeros", "cut", "size", "offset", "ones"])
def test_malformed_dtb(damage):
    """One line says that the file is no device tree; nothing runs."""
    dtb, data = compiled()
    dtb.write_bytes(damage(data))
    run = machine.batch(dtb)
    need_complaint(run, dtb, r"\S+")
    run.need(not run.console, "no guest expected")


def archive_of_two():
    """A description of two VMs, the bytes of its archive (`bad`'s kernel is
    last), and a file for a damaged one: packing again keeps a newer file."""
    description = machine.describe(
        good(), machine.vm("bad", kernel="build/guest/hello.bin"))
    archive = machine.pack(description)
    return description, archive.with_suffix(".cut"), archive.read_bytes()


def test_whole_archive():
    """What the next tests cut is good as it is."""
    description, archive, data = archive_of_two()
    archive.write_bytes(data)
    run = machine.boot(description, archive)
    run.need_status(0)
    need_good(run)


def test_truncated_archive():
    """Cut in the last file: its VM is left out, the other one starts."""
    description, archive, data = archive_of_two()
    # The trailer's header of 110 bytes comes behind the last file's data.
    trailer = data.rindex(b"TRAILER!!!") - 110
    archive.write_bytes(data[:trailer - 1000])
    run = machine.boot(description, archive)
    need_complaint(run, description, r"bad: kernel: \S+")
    need_good(run)


@pytest.mark.parametrize("damage", [
    lambda data: data[:50],                     # in the first header
    lambda data: data[:4096 + 60],              # in the description
    lambda data: b"\0" * len(data),
    lambda data: b"07070100" + b"F" * 4096,     # sizes beyond the end
    lambda data: os.urandom(65536),
], ids=["header", "description", "zeros", "sizes", "noise"])
def test_useless_archive(damage):
    """One line, and the machine goes off with a failure."""
    description, archive, data = archive_of_two()
    archive.write_bytes(damage(data))
    run = machine.boot(description, archive)
    need_complaint(run, description, r"\S+")
    run.need(not run.console, "no guest expected")
