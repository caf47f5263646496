# SPDX-License-Identifier: BSD-2-Clause
"""Virtio disks: a driver of our own finds the same as on QEMU's device."""
import subprocess

import pytest

from lib import host, machine

BACKENDS = ("hw", "hybrid", "te", "interp")
SIZE = 1 << 20
KERNEL = "build/guest/blk.elf"


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guest-kernels")


def image(name, byte=0):
    """A file for a disk."""
    path = machine.new_file(name, "img")
    path.write_bytes(bytes([byte]) * SIZE)
    return path


@pytest.fixture(name="native", scope="module")
def native_fixture():
    """The kernel's lines with QEMU's own device; what QEMU says of wrong rings,
    in the midst of them, is left out."""
    done = subprocess.run([
        "timeout", "-k", "5", str(60 * machine.PATIENCE), machine.QEMU, "-M",
        "virt,aia=none", "-cpu", machine.CPU, "-m", "256M", "-display", "none",
        "-monitor", "none", "-serial", "stdio", "-kernel", KERNEL,
        "-global", "virtio-mmio.force-legacy=false",
        "-drive", f"if=none,id=d,format=raw,file={image('native')}",
        "-device", "virtio-blk-device,drive=d"], encoding="utf-8",
        errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, check=True)
    lines = done.stdout.replace("\r", "").splitlines()
    lines = lines[lines.index("test: blk"):]
    assert lines[-1] == "PASS", done.stdout
    return lines


@pytest.mark.parametrize("disk", ["disk0", "disk7"])
@pytest.mark.parametrize("of", ["ram", "file"])
def test_like_qemu(native, of, disk):
    """Under each backend, whatever the disk is of, in the first or last slot."""
    what = "ram:1M" if of == "ram" else str(image("disk"))
    run = machine.batch(machine.describe(*(
        machine.vm(backend, backend=backend, kernel=KERNEL, **{disk: what})
        for backend in BACKENDS)), HARTS=2)
    run.need_status(0)
    for backend in BACKENDS:
        run.need(run.console.get(backend) == native,
                 f"{backend}: {run.console.get(backend)}")
        run.need(run.stats[backend]["mmio.blk"] > 100, "hardly an access")


def test_host_like_qemu(native):
    """Each backend on a disk of the host's, all at the same time; the last one
    on a slice in the midst, around which nothing changes."""
    disks = [image(f"host{n}") for n in range(3)]
    disks.append(image("slice", byte=0x77))
    with disks[3].open("ab") as file:
        file.write(bytes([0x77]) * 2 * SIZE)
    wish = ["host:0", "host:1", "host:2", "host:3@1M+1M"]
    run = machine.batch(machine.describe(*(
        machine.vm(backend, backend=backend, kernel=KERNEL, disk0=disk)
        for backend, disk in zip(BACKENDS, wish))), HARTS=2,
        DISKS=" ".join(str(disk) for disk in disks))
    run.need_status(0)
    for backend in BACKENDS:
        run.need(run.console.get(backend) == native,
                 f"{backend}: {run.console.get(backend)}")
    whole = disks[0].read_bytes()
    assert any(whole)
    for disk in disks[1:3]:
        assert disk.read_bytes() == whole
    rest = disks[3].read_bytes()
    assert set(rest[:SIZE] + rest[2 * SIZE:]) == {0x77}
    assert any(byte != 0x77 for byte in rest[SIZE:2 * SIZE])


@pytest.mark.parametrize("backend, requests", [
    ("hw", 20000), ("hybrid", 20000), ("te", 20000), ("interp", 1000)])
def test_rings(backend, requests):
    rings(backend, requests, "ram:1M")


@pytest.mark.parametrize("backend", BACKENDS)
def test_rings_of_host(backend):
    rings(backend, 1000, "host:0")  # each waits for QEMU's threads


def rings(backend, requests, disk):
    """The device's index as another hart sees it; rings where no memory is;
    resets while requests are on their way; a VM beside it goes on."""
    run = machine.batch(machine.describe(
        machine.vm("rings", backend=backend, vcpus=2, disk0=disk,
                   kernel="build/guest/rings.elf",
                   bootargs=f"requests={requests}"),
        machine.vm("beside", kernel="build/guest/hello.elf")),
        HARTS=2, DISKS=str(image("rings")))
    run.need_line("rings", "PASS")
    run.need_status(0)


@pytest.mark.parametrize("disk, complaint", [
    ("host:1", "the host has 1 virtio disks"),
    ("host:0@", 'a slice is like "host:0@1M+64M"'),
    ("host:0@1M", 'a slice is like "host:0@1M+64M"'),
    ("host:0@1M+1", "no whole sectors: 512 bytes each"),
    ("host:0@512K+1M", "that is not on the host's disk 0: it has 1024 KiB"),
    ("host:0@2M+512", "that is not on the host's disk 0: it has 1024 KiB"),
])
def test_host_mistakes(disk, complaint):
    """One line that says what is wrong; the VM beside it runs."""
    run = machine.batch(machine.describe(
        machine.vm("bad", kernel=KERNEL, disk0=disk),
        machine.vm("good", kernel="build/guest/hello.elf")),
        DISKS=str(image("host")))
    run.need(run.status != 0, "a failure expected")
    found = run.need_log(r"bad: disk0: ")
    run.need(complaint in found[0], f"{found}")
    run.need("powered off" in run.output, "the other VM runs")


def test_host_clashes():
    """Who is given what another one has is told so, unless nobody writes."""
    run = machine.batch(machine.describe(*(
        machine.vm(name, kernel="build/guest/hello.elf", **disks)
        for name, disks in (
            ("one", {"disk0": "host:0@0+64K", "disk1": "host:0@64K+64K",
                     "disk2": ["host:0@512K+1K", "ro"]}),
            ("two", {"disk3": "host:0@100K+4K"}),
            ("three", {"disk0": ["host:0@512K+1K", "ro"],
                       "disk1": "host:0@600K+2K", "disk2": "host:0@601K+2K"})
        ))), DISKS=str(image("host")))
    run.need_status(0)
    found = run.need_log("part of it is")
    run.need(len(found) == 2, f"{found}")
    run.need("two: disk3: part of it is one's disk1" in found[0], found[0])
    run.need("three: disk1: part of it is three's disk2" in found[1], found[1])


def test_file_stays_as_it_is():
    """What is written is the VM's own: another one with the same file, and the
    file itself, do not have it."""
    path = image("shared")
    run = machine.batch(machine.describe(*(
        machine.vm(name, backend="te", kernel=KERNEL, disk0=str(path))
        for name in ("one", "two"))))
    run.need_status(0)
    assert path.read_bytes() == bytes(SIZE)


def test_pages_come_back():
    """A stopped VM keeps its disk's pages, a destroyed one none."""
    run = machine.batch(machine.describe(machine.vm(
        "one", backend="hw", kernel=KERNEL, disk0="ram:1M")),
        EXEC="wait one stopped; mem; destroy one; mem; quit")
    run.need_status(0)
    lines = run.console["monitor"]
    run.need(sum("its devices" in line for line in lines) == 1,
             "one line of a disk's pages expected")
    free = [int(line.split()[1]) for line in lines if line.startswith("free ")]
    run.need(free[1] > free[0], f"{free}")
    run.need(all(line.split()[1] == "0" for line in lines
                 if line.startswith("unaccounted")), "pages of nobody")


@pytest.mark.parametrize("disk, complaint", [
    ("ram:", r'"ram:" is no size; write it like "ram:64M"'),
    ("ram:1000", "1000 is no multiple of 512 bytes"),
    ("ram:1T", "1T is more than 256 GiB"),
    ("host:0", "the host has 0 virtio disks"),
    ("host:x", 'write it like "host:0" or "host:0@1M+64M"'),
    ("build/no-such-disk", "no such file"),
    (["ram:1M", "rw"], 'behind the first string comes "ro" or nothing'),
])
def test_mistakes(disk, complaint):
    """One line that says what is wrong; the VM beside it runs."""
    run = machine.batch(machine.describe(
        machine.vm("bad", kernel=KERNEL, disk0=disk),
        machine.vm("good", kernel="build/guest/hello.elf")))
    run.need(run.status != 0, "a failure expected")
    found = run.need_log(r"bad: disk0: ")
    run.need(complaint in found[0], f"{found}")
    run.need("powered off" in run.output, "the other VM runs")


@pytest.mark.parametrize("net, complaint", [
    ({"net0": ""}, "net0: a switch's name has 1 to 31 bytes"),
    ({"net0": "x" * 32}, "net0: a switch's name has 1 to 31 bytes"),
    ({"net0": "host"}, "net0: the host has no virtio network card"),
    ({"net4": "lan"}, "net4: there are net0 to net3"),
    ({"net1": ["lan", "open"]},
     'net1: behind the first string comes "locked" or nothing'),
    ({"net0": "lan", "disk7": "ram:1M"},
     "net0 and disk7 would share a slot"),
])
def test_net_mistakes(net, complaint):
    """One line that says what is wrong; the VM beside it runs."""
    run = machine.batch(machine.describe(
        machine.vm("bad", kernel=KERNEL, **net),
        machine.vm("good", kernel="build/guest/hello.elf")))
    run.need(run.status != 0, "a failure expected")
    found = run.need_log(r"bad: ")
    run.need(complaint in found[0], f"{found}")
    run.need("powered off" in run.output, "the other VM runs")


def test_seventeenth_switch():
    """There are sixteen; who wants one more is refused, others are not."""
    run = machine.batch(machine.describe(*(
        machine.vm(f"v{n}", kernel="build/guest/hello.elf", memory="16M",
                   net0=f"switch{n}") for n in range(17))))
    found = run.need_log(r"there are 16 switches, no more")
    run.need("v16: net0" in found[0], f"{found}")
    run.need(run.output.count("powered off") == 16, "the others run")


def test_ninth():
    """There are eight."""
    run = machine.batch(machine.describe(
        machine.vm("bad", kernel=KERNEL, disk8="ram:1M")))
    run.need_log("bad: disk8: there are disk0 to disk7")
