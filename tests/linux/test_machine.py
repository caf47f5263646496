# SPDX-License-Identifier: BSD-2-Clause
"""Machine guests: OpenSBI as Debian has it owns M-mode, and boots what comes
behind it."""
import re

import pytest

from lib import host, machine

COMPLAINT = "Oops|WARNING|BUG|stall|lockup|segfault"


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the guests' files."""
    host.must_make("vmm", "guests")


def guest(name, firmware="fw_dynamic", **properties):
    """A VM that OpenSBI starts in."""
    return machine.vm(name, boot="machine",
                      firmware=f"build/guests/firmware/{firmware}.bin",
                      **properties)


@pytest.mark.parametrize("backend, vcpus, firmware", [
    ("hw", 1, "fw_dynamic"), ("hw", 2, "fw_dynamic"), ("te", 1, "fw_dynamic"),
    ("te", 2, "fw_dynamic"), ("hybrid", 2, "fw_dynamic"),
    ("interp", 1, "fw_dynamic"), ("hw", 2, "fw_jump"), ("te", 2, "fw_jump")])
def test_linux(backend, vcpus, firmware):
    """The Debian kernel, to its init and off. On a busy machine the interpreter
    is too slow for its watchdog."""
    slow = " nowatchdog" if backend == "interp" else ""
    run = machine.batch(machine.describe(guest(
        "linux", firmware, backend=backend, vcpus=vcpus,
        kernel="build/guests/linux/Image",
        initrd="build/guests/linux/initrd-init.gz",
        bootargs="console=ttyS0" + slow)), timeout=300)
    run.need_status(0)
    run.need_reached("linux")
    lines = "\n".join(run.console["linux"])
    run.need("SBI implementation ID=0x1 " in lines, "OpenSBI expected")
    run.need(not re.search(COMPLAINT, lines), "no complaints expected")
    if vcpus > 1:
        run.need(f"1 node, {vcpus} CPUs" in lines, "all of its harts")
    run.need(run.stats["linux"]["machine"] > 0, "never in M-mode")


@pytest.mark.parametrize("backend, most", [
    ("hw", 0.1), ("hybrid", 0.15), ("te", 0.2)])
def test_costs(backend, most):
    """The VMM's instructions for one of the guest's, firmware's and all.
    Exact: the hart carries out M-mode, and S-mode has its shortcuts."""
    run = machine.batch(machine.describe(guest(
        "linux", backend=backend, kernel="build/guests/linux/Image",
        initrd="build/guests/linux/initrd-init.gz",
        bootargs="console=ttyS0")), timeout=300, ICOUNT=1, FIRMWARE="direct")
    run.need_status(0)
    run.need_reached("linux")
    stats = run.stats["linux"]
    of = stats["vmm_instructions"] / stats["guest_instructions"]
    run.need(of < most, f"{of}")


def test_switch():
    """Another backend, again and again, in M-mode or wherever it is."""
    ways = ["te", "hybrid", "hw"] * 12
    script = machine.new_file("script", "txt")
    script.write_text("".join(f"backend linux {way}\nsleep 60\n"
                              for way in ways) + "wait linux stopped\nquit\n")
    run = machine.batch(machine.describe(guest(
        "linux", vcpus=2, kernel="build/guests/linux/Image",
        initrd="build/guests/linux/initrd-init.gz",
        bootargs="console=ttyS0")), timeout=120, SCRIPT=script)
    run.need_reached("linux")
    run.need(run.stats["linux"]["switches"] > 20, "hardly a change")


def guest_alone(name, **properties):
    """U-Boot's own build for M-mode, with nothing below it."""
    return machine.vm(name, boot="machine",
                      kernel="build/guests/u-boot-m.bin", **properties)


def guest_behind(name, **properties):
    """The one for S-mode, which OpenSBI starts."""
    return guest(name, kernel="build/guests/firmware/u-boot.bin", **properties)


@pytest.mark.parametrize("backend, vcpus", [
    ("hw", 1), ("hw", 2), ("te", 1), ("te", 2)])
@pytest.mark.parametrize("form", [guest_behind, guest_alone])
def test_u_boot(form, backend, vcpus):
    """U-Boot, to its prompt, and what is typed there."""
    script = machine.new_file("script", "txt")
    script.write_text('wait boot says "=> "\ntype boot "echo 6*7=${fdtaddr}."\n'
                      'wait boot says "6*7="\ntype boot poweroff\n'
                      "wait boot stopped\nquit\n")
    run = machine.batch(machine.describe(form(
        "boot", backend=backend, vcpus=vcpus)), timeout=120, SCRIPT=script)
    run.need_status(0)
    lines = "\n".join(run.console["boot"])
    run.need("U-Boot 20" in lines, "its banner")
