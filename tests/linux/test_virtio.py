# SPDX-License-Identifier: BSD-2-Clause
"""Linux's own drivers, as Debian builds them, on our virtio devices."""
import subprocess

import pytest

from lib import host, machine


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the initrds."""
    host.must_make("vmm", "guests")


def guest(name, **properties):
    """A Linux guest that tries its virtio devices."""
    tries = properties.pop("tries")
    return machine.vm(name, kernel="build/guests/linux/Image",
                      initrd="build/guests/linux/initrd-virtio.gz",
                      bootargs=f"console=ttyS0 quiet try={tries}",
                      **properties)


def file_system(megabytes):
    """A file with an ext4 file system, on which there is one file."""
    root, path = machine.new_file("root", "d"), machine.new_file("disk", "ext4")
    root.mkdir(exist_ok=True)
    (root / "hello").write_text("hello\n")
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", root, path,
                    f"{megabytes}M"], check=True,
                   env={**host.environment(), "PATH": "/usr/sbin:/sbin:/bin"})
    return path


def test_disk():
    """All blocks written and read, and a file system in a file, which stays as
    it is."""
    tries = ["blocks", "files", "direct"]
    disk = file_system(24)
    before = disk.read_bytes()
    run = machine.batch(machine.describe(*(
        guest(backend, backend=backend, tries=",".join(tries),
              disk0="ram:8M", disk1=str(disk))
        for backend in ("hw", "te"))), HARTS=2, timeout=120)
    assert disk.read_bytes() == before
    for name in ("hw", "te"):
        for what in tries:
            run.need_line(name, f"virtio: {what} ok")
    run.need_status(0)


def test_switch():
    """Two guests on one switch, hw and te: pings and streams of bytes both ways;
    a third one on another switch sees nothing of it."""
    tries = ["link", "meet", "pings", "transfer"]
    run = machine.batch(machine.describe(
        guest("one", backend="hw", net0="lan", tries=",".join(tries) + " me=1"),
        guest("two", backend="te", net0="lan", tries=",".join(tries) + " me=2"),
        guest("third", backend="hw", net0="other",
              tries="link,silence me=1")), HARTS=2, timeout=180)
    for name in ("one", "two"):
        for what in tries:
            run.need_line(name, f"virtio: {what} ok")
    run.need_line("third", "virtio: silence ok")
    run.need(run.stats["third"]["net0.received"] == 0, "a frame too many")
    run.need(run.stats["one"]["net0.sent"] > 10000, "hardly a frame")
    run.need_status(0)
