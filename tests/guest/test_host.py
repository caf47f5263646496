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
