# SPDX-License-Identifier: BSD-2-Clause
"""What virtio costs: exits and VMM instructions per request and per packet.

Two runs of different length each; the difference is what the work costs, without
the boot. Linux's own drivers: reads of 4 KiB past the page cache by AIO, so many
at once; round trips of pings; a stream of TCP between two guests that share the
hart. QEMU reads its files when it likes, so these figures differ a little from
run to run."""
import re

from lib import host

DISK_MB = 16
FEW, MANY = 1024, 3072          # reads
DISKS = {"host": "host:0", "ram": f"ram:{DISK_MB}M"}
DEPTHS = (1, 32)
PINGS = (50, 150)
STREAM = (2048, 6144)           # KiB


class Missing(Exception):
    """A run without the figures that it is for."""


def _vm(name, tries, *properties):
    return f"""\t{name} {{
\t\tmemory = "128M";
\t\tkernel = "build/guests/linux/Image";
\t\tinitrd = "build/guests/linux/initrd-virtio.gz";
\t\tbootargs = "console=ttyS0 quiet try={tries}";
\t\tautostart;
\t\t{" ".join(properties)}
\t}};
"""


def _stats(output, name):
    """{name: number}, of all VMs together."""
    found = {}
    for key, value in re.findall(r"^stat \w+ (\S+) (\d+)\s*$", output, re.M):
        found[key] = found.get(key, 0) + int(value)
    if f"virtio: {name} ok" not in output or "exits" not in found:
        raise Missing(f"{name}: not done")
    return found


def _per(row, before, after, count):
    return {f"{row}_exits": (after["exits"] - before["exits"]) / count,
            row: (after["vmm_instructions"]
                  - before["vmm_instructions"]) / count}


def _disk(row, disk, depth, run, path):
    stats = [_stats(run(f"{row}-{count}", _vm(
        "linux", f"many disk=read,{depth},{count}", f'disk0 = "{disk}";'),
        DISKS=str(path)), "many") for count in (FEW, MANY)]
    return _per(row, *stats, MANY - FEW)


def _packets(row, tries, counts, run, script):
    stats = []
    for count in counts:
        name, answer = tries
        stats.append(_stats(run(
            f"{row}-{count}",
            _vm("one", f"link,{name} me=1 packets={count}", 'net0 = "lan";')
            + _vm("two", f"link,{answer} me=2 packets={count}", 'net0 = "lan";'),
            SCRIPT=str(script)), name))
    return _per(row, *stats, stats[1]["net0.sent"] - stats[0]["net0.sent"])


def rows(run, out, name):
    """{row: figure}; run(what, VMs, **environment) gives what they print, and
    out is a directory for files of that name."""
    path, script = out / f"{name}.img", out / f"{name}.txt"
    with open(path, "wb") as file:
        file.truncate(DISK_MB << 20)
    script.write_text("wait one stopped\ntype two done\nwait two stopped\nquit\n",
                      encoding="ascii")
    path, script = (p.relative_to(host.ROOT) for p in (path, script))
    found = {}
    for kind, disk in DISKS.items():
        for depth in DEPTHS:
            found |= _disk(f"disk_{kind}_{depth}", disk, depth, run, path)
    found |= _packets("packet_ping", ("pings", "linger"), PINGS, run, script)
    found |= _packets("packet_stream", ("stream", "share"), STREAM, run, script)
    return found
