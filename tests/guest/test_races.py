# SPDX-License-Identifier: BSD-2-Clause
"""Guests whose harts get in each other's way; VMs that share one host."""
import pytest

from lib import host, machine

REBOOTS = 30


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guests", "guest-kernels")


def guest(name, kernel, **properties):
    """A VM with one of our kernels."""
    return machine.vm(name, kernel=f"build/guest/{kernel}.elf", **properties)


@pytest.mark.parametrize("harts", [1, 2, 4])
@pytest.mark.parametrize("mode", ["starts", "fences"])
def test_race(mode, harts):
    """HSM starts and remote fences at the same time as others'."""
    run = machine.batch(machine.describe(
        guest("racer", "races", vcpus=4, bootargs=mode)), HARTS=harts)
    run.need_line("racer", "PASS")
    run.need_status(0)


def test_eight_harts():
    """IPIs, fences, starts and stops of eight vcpus on as many harts."""
    run = machine.batch(machine.describe(guest("many", "smp", vcpus=8)),
                        HARTS=8)
    run.need_line("many", "PASS")
    run.need_status(0)


@pytest.mark.parametrize("harts", [1, 4])
def test_reset_race(harts):
    """The machine is reset while its harts start each other."""
    run = machine.batch(machine.describe(
        guest("racer", "races", vcpus=4, bootargs="resets")),
        until="racer reboots", times=REBOOTS, HARTS=harts)
    reboots = [line for line in run.other if line.endswith("racer reboots")]
    run.need(len(reboots) >= REBOOTS, f"{REBOOTS} reboots expected")


def test_reboot_beside_another():
    """A VM that reboots all the time does not keep another from its end."""
    run = machine.batch(machine.describe(
        guest("racer", "races", vcpus=4, bootargs="resets"),
        guest("good", "hello")), until="good powered off", HARTS=2)
    run.need_line("good", "hello from S-mode, hart 0")


def test_overcommit():
    """VMs may be lent more memory than there is, with a warning."""
    description = machine.describe(
        guest("first", "hello", memory="400M"),
        guest("second", "hello", memory="400M"))
    run = machine.batch(description, MEM="600M")
    run.need_log(rf"{description}: second: memory: with it, VMs may use 806 "
                 r"MiB, the host has \d+ MiB to give")
    run.need_line("first", "hello from S-mode, hart 0")
    run.need_line("second", "hello from S-mode, hart 0")
    run.need_status(0)


def test_memory_comes_back():
    """A VM whose kernel does not fit leaves nothing behind."""
    description = machine.describe(
        machine.vm("bad", kernel="build/guests/linux/Image", memory="16M"),
        guest("good", "hello", memory="560M"))
    run = machine.batch(description, MEM="600M")
    run.need_log(rf"{description}: bad: kernel: does not fit")
    assert int(run.need_log(r"\d+ harts, (\d+) MiB")[0].split()[3]) < 576
    run.need_line("good", "hello from S-mode, hart 0")


def test_harts_all_stopped():
    """Nobody can start a machine whose last hart stopped: its end, not ours."""
    run = machine.batch(machine.describe(
        guest("gone", "races", bootargs="stop"),
        guest("good", "hello")))
    run.need_log("gone: stopped: all its harts have stopped themselves")
    run.need_line("good", "hello from S-mode, hart 0")


def test_escape_beside_a_stuck_guest():
    """Ctrl-A works, whatever was typed at a guest that does not read."""
    child = machine.interactive(["config/run.sh", machine.describe(
        guest("stuck", "hostile", bootargs="spin"))])
    machine.expect(child, "mode: spin", 30)
    child.send("x" * 100)
    child.send("\x01x")
    machine.expect(child, "ended from the terminal", 30)
    assert machine.end_status(child) == 0


def test_weights():
    """Shares of a busy hart are as the weights, 1 to 3, exact within 5 %."""
    run = machine.batch(machine.describe(
        guest("one", "share", weight=100),
        guest("three", "share", weight=300)), ICOUNT=1, timeout=200)
    run.need_status(0)
    one, three = (run.stats[vm]["guest_instructions"]
                  for vm in ("one", "three"))
    run.need(abs(three / one - 3) < 0.15, f"1 to {three / one:.3f}")
