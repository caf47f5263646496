# SPDX-License-Identifier: BSD-2-Clause
"""Balloons: a driver of our own finds the same as with QEMU's."""
import pytest

from lib import host, machine

BACKENDS = ("hw", "hybrid", "te", "interp")
KERNEL = "build/guest/balloon.elf"


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guest-kernels")


def guests(bootargs="", **properties):
    """One VM under each backend."""
    return machine.describe(*(
        machine.vm(backend, backend=backend, kernel=KERNEL, balloon=True,
                   bootargs=bootargs, **properties) for backend in BACKENDS))


@pytest.mark.parametrize("properties", [
    {}, {"pages": "4K"}, {"pages": "1G"}, {"shadow": "sync"},
    {"force": ["no-asid", "4k"]}, {"packed": True}])
def test_like_qemu(properties):
    """What is given away, page by page or by reports, and what is not."""
    native = machine.qemu(
        "-machine", "aia=none", "-cpu", machine.CPU, "-m", "256M", "-kernel",
        KERNEL, "-append", "gentle", "-global",
        "virtio-mmio.force-legacy=false", "-device",
        "virtio-balloon-device,free-page-reporting=on")
    native.need_status(0)
    lines = native.lines[native.lines.index("test: balloon"):]
    lines = lines[:lines.index("PASS") + 1]
    run = machine.batch(guests("gentle", **properties), HARTS=2, timeout=120)
    run.need_status(0)
    for backend in BACKENDS:
        run.need(run.console.get(backend) == lines,
                 f"{backend}: {run.console.get(backend)}")
        for what in ("back", "reported"):
            run.need(run.stats[backend][f"balloon.{what}"] > 1000,
                     f"{backend}: {what}")


def test_beside():
    """With another hart at the pages around, and what is no page: the same
    lines under each backend."""
    run = machine.batch(guests(vcpus=2), HARTS=2, timeout=120)
    run.need_status(0)
    for backend in BACKENDS:
        run.need_line(backend, "PASS")
        run.need(run.console[backend] == run.console["hw"],
                 f"{backend}: {run.console[backend]}")
