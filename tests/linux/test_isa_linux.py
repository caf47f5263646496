# SPDX-License-Identifier: BSD-2-Clause
"""Linux makes do with what `isa` leaves it."""
import pytest

from lib import host, machine

# No V, no cache blocks, no timer of its own, plain pages.
ISA = "rv64imafdc_zicsr_zifencei_zicntr"
BASE = "riscv: base ISA extensions acdfim"


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the guests' files."""
    host.must_make("vmm", "guests")


@pytest.mark.parametrize("firmware", machine.FIRMWARE)
def test_less(firmware):
    """To init, at once under three backends."""
    backends = ("hw", "hybrid", "te")
    run = machine.batch(machine.describe(*(
        machine.vm(backend, backend=backend, isa=ISA, memory="512M",
                   kernel="build/guests/linux/Image",
                   initrd="build/guests/linux/initrd-init.gz",
                   bootargs="console=ttyS0") for backend in backends)),
        timeout=300, HARTS=2, FIRMWARE=firmware)
    run.need_status(0)
    for backend in backends:
        run.need_reached(backend)
        log = "\n".join(run.console[backend])
        run.need(BASE in log, f"{backend}: {BASE}")
        # Its timer is the SBI's, some dozen calls at least.
        run.need(run.stats[backend]["sbi.time"] > 20, f"{backend}: sbi.time")
