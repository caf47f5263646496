# SPDX-License-Identifier: BSD-2-Clause
"""The bare kernels under every backend, at once in one machine: each prints what
it prints natively."""
import os

import pytest

from lib import host, machine

CPU = machine.guest_cpu()
NO_H = "rv64,h=off"
SVADE = ",svade=on,svadu=off"    # guests do not have A and D set for them
BACKENDS = ("hw", "hybrid", "te", "interp")
WITHOUT_H = ("te", "interp")
SHADOWS = ("te", "hybrid")
# (kernel, vcpus): what a CPU has to do right.
KERNELS = [
    ("chain", 1), ("cross", 1), ("csr", 1), ("fpv", 1), ("irq", 1),
    ("mmio_insn", 1), ("paging", 1), ("sbi", 1), ("smc", 1), ("smp", 2),
    ("timer", 1), ("traps", 1), ("wake", 2), ("zicsr", 1),
]
# Cases of generated instructions and page tables, and where they start from.
CASES = int(os.environ.get("RANDOM_CASES") or 100_000)
SEED = int(os.environ.get("RANDOM_SEED") or 20260101)
RANDOM = 1500   # seconds


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guest-kernels")


def expected(name, vcpus, cpu=CPU, **options):
    """The kernel's lines on plain QEMU."""
    run = machine.native(f"build/guest/{name}.elf", cpu, vcpus, **options)
    run.need_status(0)
    run.need(len(run.guest) > 1 and run.guest[-1] == "PASS", "PASS expected")
    return run.guest


def compare(run, backend, lines):
    """The guest of that backend has printed the same."""
    got = run.console.get(backend, [])
    different = [f"{backend}: native: {line}\n{backend}: guest:  {mine}"
                 for line, mine in zip(lines, got) if line != mine]
    run.need(not different, "\n".join(different[:5]))
    run.need(len(got) == len(lines),
             f"{backend}: {len(got)} lines, natively {len(lines)}")


def everywhere(name, vcpus, backends, lines, timeout=300,
               **options):
    """One VM of each backend, all with that kernel, in one machine."""
    properties = {"kernel": f"build/guest/{name}.elf", "vcpus": vcpus}
    for key in ("bootargs", "shadow", "force"):
        if key in options:
            properties[key] = options.pop(key)
    run = machine.batch(machine.describe(*(
        machine.vm(backend, backend=backend, **properties)
        for backend in backends)), timeout, **options)
    for backend in backends:
        compare(run, backend, lines)
    run.need_status(0)
    return run


@pytest.mark.parametrize("firmware", machine.FIRMWARE)
@pytest.mark.parametrize("name, vcpus", KERNELS)
def test_same(name, vcpus, firmware):
    """On two harts that they share."""
    everywhere(name, vcpus, BACKENDS, expected(name, vcpus), HARTS=2,
               FIRMWARE=firmware)


@pytest.mark.parametrize("name, vcpus", KERNELS)
def test_same_without_h(name, vcpus):
    """On a machine that has no H-extension, nor much else."""
    everywhere(name, vcpus, WITHOUT_H, expected(
        name, vcpus, machine.guest_cpu("rv64") + SVADE),
               CPU=NO_H, FIRMWARE="direct")


@pytest.mark.parametrize("name, vcpus, words", [
    ("chain", 1, ""), ("cross", 1, ""), ("paging", 1, ""), ("smc", 1, ""),
    ("smp", 2, ""), ("traps", 1, ""), ("random", 1, "count=3000"),
])
def test_same_in_sync(name, vcpus, words):
    """With shadow tables that follow the guest's stores, not its fences."""
    lines = expected(name, vcpus, bootargs=words)
    run = everywhere(name, vcpus, SHADOWS, lines, bootargs=words, HARTS=2,
                     FIRMWARE="direct", shadow="sync")
    if name in ("paging", "random"):
        for backend in SHADOWS:
            run.need(run.stats[backend]["exits.table"] > 50,
                     f"{backend}: hardly a store was caught")


@pytest.mark.parametrize("name, vcpus", [
    ("chain", 1), ("irq", 1), ("paging", 1), ("smp", 2), ("traps", 1),
])
def test_same_without_asids(name, vcpus):
    """As on a hart that has none: every switch of roots is fenced."""
    everywhere(name, vcpus, SHADOWS, expected(name, vcpus), HARTS=2,
               FIRMWARE="direct", force="no-asid")


def test_random():
    """100 000 generated cases; RANDOM_SEED and RANDOM_CASES ask for others."""
    words = f"seed={SEED} count={CASES}"
    print(f"random: {words}")
    lines = expected("random", 1, bootargs=words, timeout=RANDOM)
    everywhere("random", 1, BACKENDS, lines, RANDOM, bootargs=words, HARTS=4,
               FIRMWARE="direct")
