# SPDX-License-Identifier: BSD-2-Clause
"""What the VMM makes of hosts that have more or less than others."""
import pytest

from lib import host, machine

HELLO = "hello from S-mode, hart 0"


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM, the firmware and the kernels."""
    host.must_make("vmm", "guests", "guest-kernels")


def kernel(name):
    """The file of a kernel."""
    return f"build/guest/{name}.elf"


@pytest.mark.parametrize("cpu, mode", [
    ("rv64,h=on", "Sv57"),
    ("rv64,h=on,sv57=off", "Sv48"),
    ("rv64,h=on,sv57=off,sv48=off", "Sv39"),
])
def test_own_mode(cpu, mode):
    """The VMM itself runs in the largest mode that there is, on all harts."""
    run = machine.batch(machine.describe(
        machine.vm("a", kernel=kernel("hello")),
        machine.vm("b", kernel=kernel("smp"), vcpus=2)), HARTS=2, CPU=cpu)
    run.need_status(0)
    run.need_line("a", HELLO)
    run.need_line("b", "PASS")
    run.need_log(rf"^trapeze: 2 harts, .*\b{mode}\b")


WAYS = ("hw", "hybrid", "te")


def test_backends_share_a_hart():
    """Whoever ran before leaves nothing behind."""
    run = machine.batch(machine.describe(
        *(machine.vm(f"{way}{n}", backend=way, kernel=kernel("smp"), vcpus=n)
          for n in (1, 2) for way in WAYS)), HARTS=1)
    run.need_status(0)
    for way in WAYS:
        for n in (1, 2):
            run.need_line(f"{way}{n}", "PASS")


NO_H = ["rv64,h=off", "rva23s64,h=off"]


@pytest.mark.parametrize("firmware", machine.FIRMWARE)
@pytest.mark.parametrize("cpu", NO_H)
def test_without_h(cpu, firmware):
    """The VMM is in S-mode: te runs, the others are refused, a line each."""
    description = machine.describe(
        machine.vm("one", backend="te", kernel=kernel("smp"), vcpus=2),
        machine.vm("two", backend="hw", kernel=kernel("hello")),
        machine.vm("three", kernel=kernel("hello")),
        machine.vm("four", backend="hybrid", kernel=kernel("hello")))
    run = machine.batch(description, HARTS=2, CPU=cpu, FIRMWARE=firmware)
    run.need_status(1)
    run.need_line("one", "PASS")
    run.need(set(run.console) == {"one"}, "only one of them can run")
    for vm, backend in ("two", "hw"), ("three", "hw"), ("four", "hybrid"):
        lines = run.need_log(rf"error: {description}: {vm}: backend: "
                             rf"{backend}: this machine has no H extension$")
        run.need(len(lines) == 1, "one line expected")


def test_without_h_override():
    """BACKEND= is for every VM, and where it cannot be that is said."""
    description = machine.describe(
        machine.vm("a", backend="hw", kernel=kernel("hello")))
    run = machine.batch(description, CPU=NO_H[0], BACKEND="te")
    run.need_status(0)
    run.need_line("a", HELLO)
    run = machine.batch(description, CPU=NO_H[0], BACKEND="hybrid")
    run.need_status(1)
    run.need_log("a: backend: hybrid: this machine has no H extension$")
    run.need_log("no VM runs$")


def test_unknown_override():
    """BACKEND= with a slip is said back, by the script and by the VMM."""
    description = machine.describe(machine.vm("a", kernel=kernel("hello")))
    run = machine.batch(description, BACKEND="hww")
    run.need_status(2)
    run.need_log("BACKEND=hww: unknown")
    run = machine.batch(description, APPEND="backend=hww")
    run.need_status(1)
    run.need_log(f'error: {description}: a: backend: "hww" of the boot '
                 "arguments is none$")


# ---- illegal instructions, which te lives on --------------------------------

WRONGLY = "this firmware or emulator redirects illegal instructions wrongly: "


def redirected(cpu, firmware, **options):
    """A te guest and, where there is H, one of hw beside it."""
    vms = [machine.vm("soft", backend="te", kernel=kernel("hello"))]
    if "h=off" not in cpu:
        vms.append(machine.vm("hard", kernel=kernel("hello")))
    return machine.batch(machine.describe(*vms), CPU=cpu, FIRMWARE=firmware,
                         **options)


@pytest.mark.parametrize("firmware, way", [
    ("opensbi", r"by way of the firmware, \d{3} instructions"),
    ("direct", "straight to us"),
])
@pytest.mark.parametrize("cpu", ["rva23s64", *NO_H])
def test_redirect(cpu, firmware, way):
    """They come to us as they should; counted, it is said how."""
    run = redirected(cpu, firmware, ICOUNT=1)
    run.need_status(0)
    run.need_log(f"^trapeze: illegal instructions come {way}, stval is ")
    run.need(WRONGLY not in run.output, "no complaint expected")


@pytest.mark.parametrize("firmware", machine.FIRMWARE)
@pytest.mark.parametrize("fault, words", [
    ("cause", "from U-mode, scause is 3$"),
    ("pc", "from U-mode, sepc is 0x[0-9a-f]+, not 0x[0-9a-f]+$"),
])
@pytest.mark.parametrize("cpu", ["rva23s64", NO_H[0]])
def test_redirect_wrong(cpu, fault, words, firmware):
    """If they come wrongly that is said, and te refused; hw runs."""
    run = redirected(cpu, firmware, APPEND=f"redirect={fault}")
    run.need_status(1)
    run.need(len(run.need_log(WRONGLY + words)) == 1, "one line expected")
    run.need_log(r"error: .*: soft: backend: te: illegal instructions are "
                 "redirected wrongly$")
    if "h=off" in cpu:
        run.need_log("no VM runs$")
    else:
        run.need_line("hard", HELLO)


def test_redirect_wrong_in_m_mode():
    """A guest that owns M-mode is refused then, whatever its backend."""
    run = machine.batch(machine.describe(machine.vm(
        "m", boot="machine", kernel="build/guest/mcsr.elf")),
        APPEND="redirect=pc")
    run.need_status(1)
    run.need_log("error: .*: m: boot: machine: M-mode needs interp: illegal "
                 "instructions are redirected wrongly$")


@pytest.mark.parametrize("firmware", machine.FIRMWARE)
def test_redirect_wrong_from_vs(firmware):
    """A trap of VS-mode that arrives in VS-mode is noticed, and survived."""
    run = redirected("rva23s64", firmware, APPEND="redirect=v")
    run.need_status(0)
    run.need_log(WRONGLY + "from VS-mode, the trap handler is entered with "
                 "V = 1$")
    run.need_line("soft", HELLO)
    run.need_line("hard", HELLO)
