# SPDX-License-Identifier: BSD-2-Clause
"""Linux's own drivers, as Debian builds them, on our virtio devices."""
import hashlib
import os
import random
import re
import socket
import threading
import time
import urllib.request

import pytest

from lib import disks, host, machine


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


def test_disk():
    """All blocks written and read, and a file system in a file, which stays as
    it is."""
    tries = ["blocks", "files", "direct"]
    disk = disks.file_system(24)
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


def test_host_disk():
    """Disks of the host's: what hw and te write is there afterwards."""
    images = [disks.zeros(8), disks.zeros(8), disks.file_system(24)]
    run = machine.batch(machine.describe(
        guest("hw", backend="hw", tries="blocks,direct,files,verify", disk0="host:0",
              disk1="host:2"),
        guest("te", backend="te", tries="blocks,direct,verify", disk0="host:1")),
        HARTS=2, timeout=120, DISKS=" ".join(map(str, images)))
    for name, what in (("hw", "blocks"), ("hw", "direct"), ("hw", "files"),
                       ("hw", "verify"), ("te", "blocks"), ("te", "direct"),
                       ("te", "verify")):
        run.need_line(name, f"virtio: {what} ok")
    run.need_status(0)
    for disk in images[:2]:      # random bytes: of each 4 KiB some are not 0
        data = disk.read_bytes()
        assert all(any(data[at:at + 4096])
                   for at in range(0, len(data), 4096))
    disks.check(images[2])


def test_random():
    """Linux's own source of random bytes, whatever else has a slot; no VM gets
    what another one got."""
    run = machine.batch(machine.describe(
        guest("plain", tries="random", rng=True),
        guest("full", backend="te", tries="random", rng=True, net0="lan",
              **{f"disk{n}": "ram:1M" for n in range(6)})), timeout=120)
    run.need_status(0)
    first = set()
    for name in ("plain", "full"):
        run.need_line(name, "virtio: random ok")
        first |= {line for line in run.console[name]
                  if line.startswith("first ")}
    run.need(len(first) == 2, "the same bytes twice")


@pytest.mark.parametrize("backend", ["hw", "te"])
def test_console(backend):
    """Linux's hvc0: its lines on the terminal, and a line that is typed."""
    child = machine.interactive(["config/run.sh", machine.describe(
        guest("one", backend=backend, tries="console", console=True,
              packed=backend == "te"))])
    machine.expect(child, "guest: init reached")
    child.send("\x01m")
    machine.expect(child, "> ")
    child.send("attach one.hvc0\r")
    machine.expect(child, "what is your name[?]")
    child.send("Alice\r")
    machine.expect(child, "\n1999\r*\n2000\r*\ngood bye, Alice")
    child.send("\x011")
    machine.expect(child, "virtio: console ok")
    child.send("\x01mstat one\r")
    machine.expect(child, r"mmio[.]console +[1-9]")
    child.send("quit\r")
    assert machine.end_status(child) == 0


@pytest.mark.parametrize("backend", ["hw", "te"])
def test_ports(backend):
    """Named ports of the virtio console, by the monitor's hand."""
    script = machine.new_file("script", "txt")
    script.write_text("".join(
        f'wait one.{port} says "{port} is here"\ntype one.{port} "hello {port}"\n'
        f'wait one.{port} says "{port}: hello {port}"\n'
        for port in ("log", "agent")) + "wait one stopped\nquit\n")
    run = machine.batch(machine.describe(
        guest("one", tries="ports", ports=["log", "agent"], backend=backend, packed=backend == "te")),
        SCRIPT=script)
    run.need_line("one", "virtio: ports ok")
    run.need_status(0)
    for port in ("log", "agent"):
        lines = run.console[f"one.{port}"]
        run.need(lines.count(port) == 1000, f"{port}: {lines.count(port)}")
        run.need(lines[-1] == f"{port}: end", f"{lines[-3:]}")


@pytest.mark.parametrize("backend", ["hw", "te"])
def test_memory(backend):
    """Linux reports what it does not use; it fills a balloon when it is asked,
    and gets all back. In between it reads a disk of the host's, without end."""
    script = machine.new_file("script", "txt")
    script.write_text("""wait one says "some was used"
stat one
sleep 10000
stat one
balloon one 128M
sleep 4000
stat one
balloon one 256M
sleep 1000
type one x
wait one says again
type one x
wait one stopped
quit
""")
    run = machine.batch(machine.describe(
        guest("one", tries="memory", balloon=True, disk0="host:0",
              backend=backend)),
        timeout=150, SCRIPT=script, DISKS=str(disks.zeros(8)))
    run.need_line("one", "virtio: memory ok")
    run.need_status(0)
    text = "\n".join(run.console["monitor"])
    full, reported, asked = (int(pages) for pages in re.findall(
        r"^ *pages_now +(\d+)", text, re.M))
    run.need(full - reported > 40 << 8, f"reported: {full} {reported}")
    run.need(asked < 140 << 8, f"the balloon: {asked}")
    stats = run.stats["one"]
    run.need(stats["balloon.reported"] > 40 << 8, "hardly a report")
    run.need(stats["balloon.back"] > 90 << 8, "hardly a page")


def test_packed():
    """The same with packed rings: a disk of the host's, memory, cards."""
    script = machine.new_file("script", "txt")
    script.write_text("wait one stopped\ntype two done\nwait two stopped\n"
                      "quit\n")
    one = ["packed", "verify", "blocks", "link", "stream"]
    two = ["packed", "random", "blocks", "link", "share"]
    run = machine.batch(machine.describe(
        guest("one", tries=",".join(one) + " me=1", packed=True,
              disk0="host:0", net0="lan"),
        guest("two", tries=",".join(two) + " me=2 packets=4096", backend="te",
              packed=True, rng=True, disk0="ram:4M", net0="lan")),
        HARTS=2, timeout=150, SCRIPT=script, DISKS=str(disks.zeros(8)))
    for name, tries in (("one", one), ("two", two)):
        for what in tries:
            run.need_line(name, f"virtio: {what} ok")
    run.need_status(0)


@pytest.mark.parametrize("backend", ["hw", "te"])
def test_power_cut(backend):
    """A VM is destroyed amidst writes, and created anew, some times: what it
    said is on the disk is there, and the file system is whole. CUTS says how
    often, SEED when."""
    cuts = int(os.environ.get("CUTS", "3"))
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    print(f"SEED={seed} CUTS={cuts}")
    chance = random.Random(seed)
    disk = disks.file_system(16)
    vms = machine.describe(guest("one", backend=backend, tries="journal",
                                 disk0="host:0"))
    script = machine.new_file("script", "txt")
    lines = []
    for cut in range(cuts):
        if cut:
            lines.append(f"create {vms}")
        lines += ["wait one says acknowledged",
                  f"sleep {chance.randrange(1000)}", "destroy one"]
    script.write_text("\n".join([*lines, "quit"]) + "\n")
    run = machine.batch(vms, timeout=30 + 15 * cuts, SCRIPT=script, HARTS=1,
                        DISKS=str(disk))
    run.need_status(0)
    said = [int(line.split()[1]) for line in run.console["one"]
            if re.fullmatch(r"acknowledged \d+", line)]
    run.need(len(said) >= cuts, "hardly a record")
    disks.check(disk)
    records = disks.read(disk, "/journal").splitlines()
    run.need(records[:max(said)] == [f"record {n + 1}"
                                     for n in range(max(said))],
             f"{max(said)} acknowledged, {len(records)} there")


def free_port():
    """A TCP port of this machine's loopback that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("backend", ["hw", "te"])
def test_web_server(backend):
    """From this machine's loopback through QEMU's user network and the host's
    card to a guest's web server: what it sends is whole."""
    port = free_port()
    files = {}

    def browse():
        base = f"http://127.0.0.1:{port}/"
        end = time.monotonic() + 60 * machine.PATIENCE
        while "bye" not in files and time.monotonic() < end:
            try:
                for name in ("sum", "file", "cgi-bin/bye"):
                    with urllib.request.urlopen(base + name, timeout=10) as got:
                        files[name.split("/")[-1]] = got.read()
            except OSError:
                time.sleep(0.5)

    browser = threading.Thread(target=browse)
    browser.start()
    run = machine.batch(machine.describe(
        guest("web", backend=backend, tries="serve", net0="host")),
        timeout=80, NET=f"user,hostfwd=tcp:127.0.0.1:{port}-10.0.2.15:80")
    browser.join()
    run.need_line("web", "virtio: serve ok")
    run.need_status(0)
    run.need(len(files.get("file", "")) == 4 << 20, "no file came")
    run.need(hashlib.sha256(files["file"]).hexdigest()
             == files["sum"].decode().strip(), "not the file that was sent")
