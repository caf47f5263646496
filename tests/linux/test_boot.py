# SPDX-License-Identifier: BSD-2-Clause
"""The unmodified Debian kernel boots: on a terminal, in a batch, anywhere."""
import re

import pytest

from lib import host, machine

HW = "config/vms/linux-hw.dts"
TWO = "config/vms/two-hw.dts"
BOOT = 300      # seconds; a boot takes about ten when the machine is idle

# The whole boot of one Linux, and what the best peers need (ANCHORS).
MAX_EXITS = 300
MAX_VMM_INSTRUCTIONS = 300_000


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the guests' files."""
    host.must_make("vmm", "guests")


def kernel_release():
    """The release of the packaged kernel, by the name of its package."""
    version = (host.BUILD / "guests/linux/version").read_text()
    return re.search(r"linux-image-(\S+)", version)[1]


def need_clean(run):
    """Every VM reached its init and shut down."""
    run.need_status(0)
    run.need(run.stats, "no stat line")
    for name in run.stats:
        run.need_reached(name)


# ---- on a terminal ----------------------------------------------------------

def test_make_run_ends_at_a_shell():
    """`make run` alone: two shells that answer; when both are off it ends."""
    child = machine.interactive(["make", "run"], timeout=BOOT)
    machine.expect(child, "guest# ")
    child.sendline("echo $((6*7)); uname -r; head -3 /proc/cpuinfo")
    # A line of its own: no echo of what was typed.
    machine.expect(child, r"\n42\r*\n", 30)
    answer = machine.expect(child, "guest# ", 30)
    assert kernel_release() in answer
    assert re.search(r"processor\s*: 0\r*\n", answer), answer
    assert re.search(r"hart\s*: \d", answer), answer
    child.sendline("poweroff -f")
    machine.expect(child, "alpha powered off", 30)
    child.send("\x01c")
    machine.expect(child, "console of beta.*guest# ", BOOT)
    child.sendline("uname -r; poweroff -f")
    machine.expect(child, re.escape(kernel_release()), 30)
    assert machine.end_status(child) == 0


# ---- in a batch, counted ----------------------------------------------------

@pytest.fixture(name="counted", scope="module")
def counted_fixture():
    """Two runs that must be the same."""
    return [machine.batch(HW, BOOT, ICOUNT=1) for _ in range(2)]


@pytest.fixture(name="stats")
def stats_fixture(counted):
    """The statistics of the one VM."""
    need_clean(counted[0])
    (stats,) = counted[0].stats.values()
    return stats


def need(condition, complaint, stats):
    """Fail with the statistics, a line each."""
    if not condition:
        lines = [f"{k} {v}" for k, v in stats.items() if v]
        pytest.fail("\n".join([complaint, *lines]), pytrace=False)


def test_linux_reaches_init(counted):
    """The line of its init stands behind the VM's name; a clean end."""
    need_clean(counted[0])


def test_exits_of_a_boot(stats):
    """Few exits; as many as their kinds add up to."""
    kinds = {k: v for k, v in stats.items() if k.startswith("exits.")}
    need(sum(kinds.values()) == stats["exits"], "exits are no sum", kinds)
    need(0 < stats["exits"] <= MAX_EXITS,
         f"{stats['exits']} exits, at most {MAX_EXITS}", stats)


def test_instructions_of_a_boot(stats):
    """Few instructions below the guest; zeroing is counted, but apart."""
    ours = stats["vmm_instructions"]
    need(0 < ours <= MAX_VMM_INSTRUCTIONS,
         f"{ours} instructions, at most {MAX_VMM_INSTRUCTIONS}", stats)
    need("zeroing_instructions" in stats, "zeroing is not counted", stats)
    need(stats["guest_instructions"] > 100 * ours, "more overhead than boot",
         stats)


def test_no_exit_for_a_csr(stats):
    """The guest's S CSRs are its own."""
    need(stats.get("exits.csr", 0) == 0, "exits for CSRs", stats)


def test_counts_repeat(counted):
    """The same run has the same counts, to the instruction."""
    need_clean(counted[0])
    (first,), (second,) = (run.stats.values() for run in counted)
    both = {name: f"{first.get(name)} {second.get(name)}"
            for name in {**first, **second}
            if first.get(name) != second.get(name)}
    need(not both, "differences between two runs", both)


def test_two_guests():
    """Two at once, each with its own console, both come to their end."""
    run = machine.batch(TWO, BOOT)
    need_clean(run)
    assert len(run.stats) == 2


# ---- on other hosts ---------------------------------------------------------

@pytest.mark.parametrize("options", [
    {"HARTS": 4},
    {"CPU": "rv64,h=on"},
    {"CPU": "rv64,h=on,sstc=off"},              # the timer by hvip
    {"CPU": "rv64,h=on,sv48=off,sv57=off"},     # Sv39x4 is the largest
    {"CPU": "max"},
], ids=lambda o: " ".join(f"{k}={v}" for k, v in o.items()))
def test_host(options):
    """Linux boots whatever the host's harts have besides H."""
    need_clean(machine.batch(HW, BOOT, **options))


@pytest.mark.parametrize("harts", [1, 2, 4])
def test_four_vcpus(harts):
    """SMP Linux, on fewer harts than it has, and from one 1 GiB leaf."""
    description = machine.describe(machine.vm(
        "smp", vcpus=4, memory="1G", pages="1G",
        kernel="build/guests/linux/Image",
        initrd="build/guests/linux/initrd-init.gz", bootargs="console=ttyS0"))
    run = machine.batch(description, BOOT, HARTS=harts)
    run.need_status(0)
    run.need_reached("smp")
    text = "\n".join(run.console["smp"])
    run.need("Brought up 1 node, 4 CPUs" in text, "4 CPUs expected")
    run.need(not re.search("Oops|WARNING|BUG|stall|lockup", text),
             "a boot without complaints expected")
    run.need(run.stats["smp"]["leaves"] == 1, "one leaf expected")


@pytest.mark.parametrize("address", [0x80200000, 0x83400000, 0x100000000],
                         ids=hex)
def test_relocated(address):
    """The VMM runs wherever it was loaded."""
    host.must_make("guest-kernels")
    description = machine.describe(
        machine.vm("a", kernel="build/guest/hello.elf"))
    run = machine.boot(description, machine.pack(description),
                       machine.relocated(address))
    run.need_status(0)
    run.need_line("a", "hello from S-mode, hart 0")


@pytest.mark.parametrize("hart", [0, 1])
def test_boot_hart(hart):
    """The VMM boots on whichever hart the firmware chose."""
    host.must_make("guest-kernels")
    description = machine.describe(
        machine.vm("a", kernel="build/guest/smp.elf", vcpus=2))
    run = machine.boot(description, machine.pack(description),
                       extra=["-dtb", machine.cold_boot_on(hart)])
    run.need_status(0)
    run.need_log(rf"Boot HART ID\s*: {hart}$")
    run.need(not [x for x in run.other if "does not start" in x],
             "every hart should start")
    run.need_line("a", "PASS")
