# SPDX-License-Identifier: BSD-2-Clause
"""A whole Debian system from a disk: systemd to a login, its software, fio with
verification, and the network between two of them, one hw and one te."""
import pytest

from lib import disks, host, machine

IMAGE = host.ROOT / "build/guests/debian/disk.img"
TRIALS = ("software", "whole", "verified", "link", "meet", "flood", "streams",
          "transfer")


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM, the initrds and the image."""
    host.must_make("image")


def debian(name, number, **properties):
    """Debian on the host's disk of that number, the next is for fio."""
    return machine.vm(name, kernel="build/guests/linux/Image",
                      initrd="build/guests/linux/initrd-root.gz",
                      bootargs="console=ttyS0 quiet root=/dev/vda "
                               "systemd.default_device_timeout_sec=900",
                      memory="512M", disk0=f"host:{number}",
                      disk1=f"host:{number + 1}",
                      disk2="tests/linux/debian.sh", **properties)


def log_in(name, number):
    """For the monitor: to a shell, and what is to be done there."""
    return [f'wait {name} says "login: "', f"type {name} root",
            f'wait {name} says "~# "', f'type {name} "bash /dev/vdc {number}"']


def test_debian():
    """To the login, and from there all of it; e2fsck has nothing to say about
    what they leave; a third guest on another switch sees nothing."""
    images = [disks.copy(IMAGE), disks.zeros(8),
              disks.copy(IMAGE), disks.zeros(8)]
    script = machine.new_file("script", "txt")
    script.write_text("\n".join([
        *log_in("one", 1), *log_in("two", 2), "wait one stopped",
        "wait two stopped", "type third done", "wait third stopped",
        "quit"]) + "\n")
    third = machine.vm("third", kernel="build/guests/linux/Image",
                       initrd="build/guests/linux/initrd-virtio.gz",
                       bootargs="console=ttyS0 quiet try=link,silence",
                       net0="other")
    run = machine.batch(machine.describe(
        debian("one", 0, backend="hw", net0="lan"),
        debian("two", 2, backend="te", net0="lan"), third),
        timeout=600, FIRMWARE="direct", SCRIPT=script, HARTS=2,
        DISKS=" ".join(map(str, images)))
    for name in ("one", "two"):
        for what in TRIALS:
            run.need_line(name, f"debian: {what} ok")
    run.need_line("third", "virtio: silence ok")
    run.need(run.stats["third"]["net0.received"] == 0, "a frame too many")
    run.need_status(0)
    for image in images[::2]:
        disks.check(image)
    for image in images:
        image.unlink()
