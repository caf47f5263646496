# SPDX-License-Identifier: BSD-2-Clause
"""What things cost in instructions, and what they may: tests/bench/."""
import csv
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parents[1] / "bench"
NATIVE = "native"   # as a target: what the machine takes without a VMM
# Of a Linux boot, as the VMM itself counts.
BOOT_STATS = ("exits", "vmm_instructions", "zeroing_instructions",
              "load_instructions")


def table(name):
    """A file of tests/bench, a dict a row."""
    with open(HERE / name, encoding="ascii") as file:
        return list(csv.DictReader(line for line in file
                                   if not line.startswith("#")))


def targets():
    """{row: {backend: a number, NATIVE or ""}}."""
    return {row.pop("row"): row for row in table("targets.csv")}


def limit(target, native):
    """What a row may cost at most, as a number, or None."""
    if target == NATIVE:
        return native
    return float(target) if target else None


def rows(output):
    """{row: instructions} from a kernel's lines, whatever is before them."""
    return {name: float(value) for name, value in
            re.findall(r"\bbench (\w+) (\d+\.\d)\s*$", output, re.M)}


def own(modes):
    """
    Instructions that were the kernel's and its processes': under the VMM, its
    guests'. They are in S-mode and U-mode natively, in VS and VU under hw and
    hybrid, in U-mode under te, and S-mode is then the VMM's.
    """
    return modes["U"] + modes["VS"] + modes["VU"]


def native_own(modes):
    """The same of a machine without a VMM: all but its firmware's."""
    return float(modes["S"] + modes["U"])


def boot(backend, stats, modes, native):
    """
    {row: figure} of a boot of Linux, from the VMM's statistics, from what the
    machine counted by mode, and that of the same kernel alone. The share is
    of what the kernel takes natively, as a guest that is slowed down does
    more: its loops that wait, its ticks. The firmware's is what it does more
    than natively: it starts the machine in either case. Only interp itself
    knows what it has interpreted.
    """
    figures = {f"boot_{name}": float(stats[name]) for name in BOOT_STATS}
    vmm = stats["vmm_instructions"]
    firmware = max(0, modes["M"] - native["M"])
    guest = stats["guest_instructions"] if backend == "interp" else own(modes)
    figures |= {
        "boot_guest_instructions": float(guest),
        "boot_firmware_instructions": float(firmware),
        # As exact as the native count is: see tests/bench/results.py.
        "boot_vmm_percent": float(
            f"{(vmm + firmware) / native_own(native) * 100:.4g}"),
    }
    return figures
