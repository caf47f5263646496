# SPDX-License-Identifier: BSD-2-Clause
"""The build with more checks: what it finds, and that guests run under it."""
import pytest

from lib import host, machine

PANIC_STATUS = 3
SURVIVED_STATUS = 4
RESETS = 10

# selftest=NAME, and what the last words must say, both locks and both places.
MISTAKES = [
    ("lock-order", r"VM taken at take_outer\+0x\w+, "
                   r"inside PAGE taken at lock_order\+0x"),
    ("lock-release-order", r"VM released at lock_release_order\+0x\w+, "
                           r"before PAGE taken at lock_release_order\+0x"),
    ("lock-class", r"l->class == LOCK_NONE"),
    ("lock-kept", r"VM still held at sched_loop\+0x\w+, "
                  r"after VM taken at lock_kept\+0x"),
]


@pytest.fixture(scope="module", autouse=True)
def built():
    """Both builds, and the kernels."""
    host.must_make("vmm", "guests", "guest-kernels")
    host.must_make("vmm", "DEBUG=1")


def guest(name, kernel, **properties):
    """A VM with one of our kernels."""
    return machine.vm(name, kernel=f"build/guest/{kernel}.elf", **properties)


def run(*vms, **options):
    """Those VMs under the debug build."""
    return machine.batch(machine.describe(*vms), DEBUG=1, **options)


@pytest.mark.parametrize("name, words", MISTAKES,
                         ids=[m[0] for m in MISTAKES])
def test_mistake(name, words):
    """The debug build stops, and says which locks and where."""
    r = run(guest("hello", "hello"), APPEND=f"selftest={name}")
    r.need_status(PANIC_STATUS)
    r.need_log(r"BUG on hart \d+: hyp/lock_check.c:\d+: " + words)


def test_usual_build_does_not_check():
    """What it would find costs nothing elsewhere."""
    r = machine.batch(machine.describe(guest("hello", "hello")),
                      APPEND="selftest=lock-order")
    r.need_status(SURVIVED_STATUS)


# ---- guests under it --------------------------------------------------------

SYSTEMS = [
    ({"kernel": "smp", "vcpus": 4}, {"HARTS": 2}),
    ({"kernel": "smp", "vcpus": 8}, {"HARTS": 8}),
    ({"kernel": "races", "vcpus": 4, "bootargs": "starts"}, {"HARTS": 4}),
    ({"kernel": "races", "vcpus": 4, "bootargs": "fences"}, {"HARTS": 4}),
    ({"kernel": "wake", "vcpus": 4}, {"HARTS": 3}),
    ({"kernel": "hostile", "bootargs": "sbi-wild"}, {"HARTS": 2}),
    ({"kernel": "hostile", "bootargs": "console-flood"}, {"HARTS": 2}),
    ({"kernel": "timer"}, {"HARTS": 1}),
    ({"kernel": "mmio_insn"}, {"HARTS": 1}),
]


def _id(row):
    return " ".join([*map(str, row[0].values()), str(row[1]["HARTS"])])


@pytest.mark.parametrize("row", SYSTEMS, ids=_id)
def test_guest(row):
    """It does what it does, no lock is out of order, no free page written."""
    properties, options = row
    r = run(guest("g", **properties), guest("beside", "hello"), **options)
    r.need_line("g", "PASS")
    r.need_status(0)


@pytest.mark.parametrize("harts", [1, 4])
def test_resets(harts):
    """Memory changes hands, beside harts that start each other."""
    r = run(guest("g", "races", vcpus=4, bootargs="resets"),
            until="g reboots", times=RESETS, HARTS=harts)
    r.need(len([line for line in r.other if line.endswith("g reboots")])
           >= RESETS, f"{RESETS} reboots expected")


def test_linux():
    """Four vcpus on two harts, from the first instruction to power-off."""
    r = run(machine.vm("linux", kernel="build/guests/linux/Image", vcpus=4,
                       initrd="build/guests/linux/initrd-init.gz",
                       bootargs="console=ttyS0"), HARTS=2, timeout=300)
    r.need_reached("linux")
    r.need_status(0)
