# SPDX-License-Identifier: BSD-2-Clause
"""What operations and a boot of Linux cost, in instructions: they are the same
in every run. The targets are those of tests/bench/targets.csv."""
import pytest

from lib import costs, host, machine, watch

KERNEL = "build/guest/bench.elf"
LINUX = "config/vms/linux-hw.dts"
COUNTED = ("-icount", "shift=0,sleep=off", "-seed", "1",
           "-rtc", "base=2026-01-01,clock=vm")
BACKENDS = ("hw", "hybrid", "te", "interp")
BOOT = 600      # seconds
# Those of the kernel KERNEL, and those of Linux; the scheduler has tests of
# its own, and CPU seconds are not the same in every run.
OPS = [(backend, row) for row, by_backend in costs.targets().items()
       for backend in BACKENDS if by_backend[backend]
       and not row.startswith(("boot_", "vcpu_", "timer_", "weights_",
                               "disk_"))]
BOOTS = [(backend, row) for row, by_backend in costs.targets().items()
         for backend in BACKENDS if by_backend[backend]
         and row.startswith("boot_") and row != "boot_cpu_ratio"]


def _ids(cases):
    return [" ".join(case) for case in cases]


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guests", "guest-kernels")


def need_target(run, backend, row, found, native):
    """The figure is there, and not above its target."""
    run.need(row in found, f"no figure {row}")
    most = costs.limit(costs.targets()[row][backend], native)
    run.need(found[row] <= most,
             f"{backend}: {row}: {found[row]:g}, at most {most:g}")


@pytest.fixture(name="once", scope="module")
def once_fixture():
    """once(key, function): what it gave the first time; if it failed, it fails
    each time."""
    results = {}

    def once(key, function):
        if key not in results:
            try:
                results[key] = function(), None
            except BaseException as failure:
                results[key] = None, failure
                raise
        result, failure = results[key]
        if failure:
            raise failure
        return result

    return once


def native_ops():
    """{row: instructions} of the kernel on our firmware alone."""
    run = machine.native(KERNEL, machine.CPU, firmware="direct", extra=COUNTED)
    run.need_status(0)
    run.need("PASS" in run.guest, "PASS expected")
    return costs.rows(run.output)


def guest_ops(backend):
    """(the run, {row: instructions}) as a guest."""
    run = machine.batch(machine.describe(
        machine.vm("bench", kernel=KERNEL, backend=backend)), 300,
        ICOUNT=1, FIRMWARE="direct")
    run.need_status(0)
    run.need_line("bench", "PASS")
    return run, costs.rows(run.output)


@pytest.mark.parametrize("backend, row", OPS, ids=_ids(OPS))
def test_operation(once, backend, row):
    """An operation costs no more than it may."""
    native = once("native", native_ops)
    run, found = once(backend, lambda: guest_ops(backend))
    need_target(run, backend, row, found, native.get(row))


def native_boot():
    """{mode: instructions} of Linux on our firmware alone."""
    seen = watch.Watch(host.OUT / "watch", modes=True)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in seen.environment.items():
            patch.setenv(name, value)
        run = machine.native(
            "build/guests/linux/Image", machine.CPU, firmware="direct",
            bootargs="console=ttyS0 quiet", timeout=BOOT,
            extra=(*COUNTED, "-initrd", "build/guests/linux/initrd-init.gz"))
    run.need_status(0)
    run.need_reached()
    return seen.used()["modes"]


def guest_boot(backend):
    """(the run, {mode: instructions}) of Linux as a guest."""
    seen = watch.Watch(host.OUT / "watch", modes=True)
    run = machine.batch(LINUX, BOOT, ICOUNT=1, FIRMWARE="direct",
                        BACKEND=backend, **seen.environment)
    run.need_status(0)
    run.need_reached("linux")
    return run, seen.used()["modes"]


@pytest.mark.parametrize("backend, row", BOOTS, ids=_ids(BOOTS))
def test_boot(once, backend, row):
    """A boot of Linux costs no more than it may."""
    native = once("native boot", native_boot)
    run, modes = once(f"{backend} boot", lambda: guest_boot(backend))
    found = costs.boot(backend, run.stats["linux"], modes, native)
    need_target(run, backend, row, found, None)


@pytest.mark.parametrize("backend", ["hw", "hybrid", "te"])
def test_accounting(once, backend):
    """What the VMM says that its guest ran is what the machine counted in the
    guest's modes, to the instruction; three are the VMM's test of the firmware.
    """
    run, modes = once(f"{backend} boot", lambda: guest_boot(backend))
    off = costs.own(modes) - 3 - run.stats["linux"]["guest_instructions"]
    run.need(off == 0, f"{backend}: {off} instructions of the guest's are "
             "counted as the VMM's")


@pytest.mark.parametrize("backend", ["hw", "hybrid", "te"])
def test_exits_add_up(once, backend):
    """Every exit is of a kind; those for a CSR or an SBI call say for which."""
    run, _ = once(f"{backend} boot", lambda: guest_boot(backend))
    stats = run.stats["linux"]
    kinds = {name: stats[name] for name in stats
             if name.startswith("exits.")}
    run.need(sum(kinds.values()) == stats["exits"], f"{kinds}")
    for kind in ("csr", "sbi"):
        rows = {name: stats[name] for name in stats
                if name.startswith(f"{kind}.")}
        run.need(sum(rows.values()) == kinds[f"exits.{kind}"], f"{rows}")
    run.need(stats["sbi.base"] > 0, "no call of BASE")
    if backend == "te":
        run.need(stats["csr.sstatus"] > 1000, "hardly any sstatus")


@pytest.mark.parametrize("backend", ["hw", "hybrid", "te"])
def test_all_adds_up(once, backend):
    """The guest's instructions, the VMM's for it, those of zeroing, loading
    and the machine's start are what the machine retired, within 0.1 %."""
    run, modes = once(f"{backend} boot", lambda: guest_boot(backend))
    stats = run.stats["linux"]
    found = run.whole["boot_instructions"] + sum(
        stats[f"{part}_instructions"]
        for part in ("guest", "vmm", "zeroing", "load"))
    total = sum(modes.values())
    run.need(abs(found - total) < total / 1000,
             f"{found} counted, {total} retired")
