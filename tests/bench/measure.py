# SPDX-License-Identifier: BSD-2-Clause
"""What is measured, in which order: jobs that give figures.

Counts are exact whatever else the machine does, so their jobs run side by side;
CPU seconds are taken alone.
"""
import concurrent.futures
import os

import results
import runs
import turns
from lib import costs

GROUPS = ("nano", "turns", "modules", "boot", "virtio", "micro", "macro", "ablation",
          "accounting", "cpu")
# Hybrid's devices are hw's; an interpreter's are nobody's question.
VIRTIO = ("hw", "te")
# Rows of a step of the ablation, beside its boot.
STEP_ROWS = ("csrr_sstatus", "csrrw_sscratch", "satp_write_roots", "sfence_all",
             "shadow_fault", "syscall", "page_fault", "ptemod", "set_timer",
             "timer_irq", "first_touch_demand")
# Columns that a build without counters is measured for, too.
UNCOUNTED = ("hw", "hybrid", "te")
# What a Linux program's run takes under interp is minutes.
LINUX_SETS = {"micro": runs.COLUMNS,
              "macro": [c for c in runs.COLUMNS if c.backend != "interp"]}


def _unit(row):
    if row.endswith("_percent"):
        return "percent"
    if row.endswith("_exits"):
        return "exits"
    return "ratio" if row == "weights_100_300" else "instructions"


def _figures(group, column, found):
    return [(group, row, column, value, _unit(row))
            for row, value in found.items()]


# ---- one job each -----------------------------------------------------------

def native_nano(firmware):
    """The nano-benchmarks without a VMM."""
    return _figures("nano", runs.NATIVE[firmware], runs.native_rows(firmware))


def nano(column):
    """The same as a guest."""
    return _figures("nano", column.name, runs.guest_rows(column))


def shared(column):
    """Guests that share a hart."""
    found = runs.turn_rows(column)
    return _figures("turns", column.name, {row: found[row]
                                           for row in turns.ROWS
                                           if row in found})


def modules(column):
    """Instructions that the host lacks, by extension modules."""
    return _figures("modules", column.name, runs.module_rows(column))


def virtio(column):
    """Requests and packets of Linux's own virtio drivers."""
    return _figures("virtio", column.name, runs.io_rows(column))


def _by_kind(column, workload, stats):
    """Exits by kind, CSR, SBI call and device, of a workload."""
    found = []
    for group, prefix, unit in (("exits", "exits.", "exits"),
                                ("csr", "csr.", "exits"),
                                ("sbi", "sbi.", "exits"),
                                ("devices", "mmio.", "exits"),
                                ("shadow", "shadow.", "count"),
                                ("walks", "walks.", "walks")):
        found += [(group, f"{workload}.{name.removeprefix(prefix)}",
                   column.name, value, unit)
                  for name, value in stats.items()
                  if name.startswith(prefix) and value]
    found += [("pages", f"{workload}.{name}", column.name, stats[name],
               "pages") for name in ("tables", "leaves", "pages")
              if stats.get(name)]
    return found


def boot(column, native):
    """A boot of Linux: costs, exits, where the instructions went."""
    figures, stats, modes = runs.boot(column, native)
    found = _figures("boot", column.name, figures)
    found += _by_kind(column, "boot", stats)
    where = {"guest": figures["boot_guest_instructions"],
             "vmm": stats["vmm_instructions"],
             "firmware": figures["boot_firmware_instructions"],
             "zeroing": stats["zeroing_instructions"],
             "load": stats["load_instructions"],
             "vmm_boot": stats["boot_instructions"]}
    found += [("where", f"boot.{name}", column.name, value, "instructions")
              for name, value in where.items()]
    found += [("machine", f"boot.{mode}", column.name, value, "instructions")
              for mode, value in modes.items()]
    return found


def linux_set(name, column):
    """Programs under Linux: as a guest, or (a firmware's name) without us."""
    if isinstance(column, str):
        return _figures(name, runs.NATIVE[column],
                        runs.native_programs(column, name)[0])
    rows, times, stats = runs.guest_programs(column, name)
    found = _figures(name, column.name, rows)
    found += [("timeline", f"boot.{row}", column.name, value, "instructions")
              for row, value in times.items()]
    return found + _by_kind(column, name, stats)


def step(column, native):
    """A step of the ablation."""
    rows = runs.guest_rows(column)
    figures, stats, _ = runs.boot(column, native)
    found = {row: rows[row] for row in STEP_ROWS if row in rows}
    found["boot_exits"] = stats["exits"]
    found["boot_vmm_percent"] = figures["boot_vmm_percent"]
    return _figures("ablation", column.name, found)


def uncounted(column):
    """Nano-benchmarks by a build that counts nothing."""
    quiet = column._replace(name=f"{column.name}-uncounted")
    return _figures("accounting", column.name,
                    runs.guest_rows(quiet, COUNT="0"))


# ---- all of them ------------------------------------------------------------

class Bench:
    """A run of the comparison; troubles: what went wrong, as lines."""

    def __init__(self, options):
        self.options = options
        self.columns = [c for c in runs.COLUMNS if c.name in options.only]
        self.troubles = []
        self.boots = {}     # by firmware: instructions by mode

    def wants(self, group):
        """That group is asked for."""
        return group in self.options.groups

    def run(self):
        """Results."""
        found = results.Results(provenance=results.provenance(
            cpu=runs.CPU, quick="yes" if self.options.quick else "no"))
        self._native_boots()
        for figures in self._all_of(self._native_jobs() + self._jobs()):
            for figure in figures:
                found.add(*figure)
        if not self.options.once:
            self._again(found)
        if self.wants("virtio"):
            self._virtio(found)
        if self.wants("cpu"):
            self._pairs(found)
        return found

    def _all_of(self, jobs):
        """What each job gives, in their order, as far as it can be had."""
        workers = min(4, os.cpu_count() or 1)
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            pending = [pool.submit(*job) for job in jobs]
            for job, future in zip(jobs, pending):
                try:
                    yield future.result()
                    print(f"measured: {_name(job)}", flush=True)
                except runs.BenchError as error:
                    self.troubles.append(str(error))

    def _native_boots(self):
        if not (self.wants("boot") or self.wants("ablation")):
            return
        jobs = [(runs.native_boot, firmware) for firmware in runs.FIRMWARE]
        for firmware, modes in zip(runs.FIRMWARE, self._all_of(jobs)):
            self.boots[firmware] = modes

    def _native_jobs(self):
        jobs = []
        for firmware in runs.FIRMWARE:
            if self.wants("nano"):
                jobs.append((native_nano, firmware))
            if firmware in self.boots and self.wants("boot"):
                jobs.append((_native_boot_figures, firmware,
                             self.boots[firmware]))
            jobs += [(linux_set, name, firmware) for name in LINUX_SETS
                     if self.wants(name)]
        return jobs

    def _repeated(self):
        """Jobs whose figures are measured twice."""
        jobs = []
        for column in self.columns:
            if self.wants("nano"):
                jobs.append((nano, column))
            if self.wants("boot") and column.firmware in self.boots:
                jobs.append((boot, column, self.boots[column.firmware]))
        return jobs

    def _jobs(self):
        jobs = self._repeated()
        if self.wants("turns"):
            jobs += [(shared, c) for c in self.columns if c.turns]
        if self.wants("modules"):
            jobs += [(modules, c) for c in self.columns]
        for name, columns in LINUX_SETS.items():
            if self.wants(name):
                jobs += [(linux_set, name, c) for c in self.columns
                         if c in columns]
        if self.wants("ablation"):
            jobs += [(step, c, self.boots[c.firmware]) for c in runs.STEPS
                     if c.firmware in self.boots]
        if self.wants("accounting"):
            jobs += [(uncounted, c) for c in self.columns
                     if c.name in UNCOUNTED]
        return jobs

    def _again(self, found):
        """Exact is what is the same twice."""
        second = results.Results()
        for figures in self._all_of([
                job for job in self._repeated()
                if job[1].backend != "interp"]):
            for figure in figures:
                second.add(*figure)
        mine = {figure[:3] for figure in second.figures}
        first = results.Results([f for f in found.figures if f[:3] in mine])
        for group, row, column, before, after in results.changes(first,
                                                                 second):
            self.troubles.append(f"{column}: {group} {row}: {before} the first "
                                 f"time, {after} the second")
        found.provenance["measured twice"] = \
            f"{len(second.figures)} figures, all the same" \
            if not self.troubles else "not all the same"

    def _virtio(self, found):
        """Each alone: files are read while the guest runs."""
        for column in self.columns:
            if column.name in VIRTIO:
                for figures in self._all_of([(virtio, column)]):
                    for figure in figures:
                        found.add(*figure)

    def _pairs(self, found):
        for column in self.columns:
            try:
                ratios = runs.cpu_ratios(column, self.options.pairs)
            except runs.BenchError as error:
                self.troubles.append(str(error))
                continue
            for number, ratio in enumerate(ratios, 1):
                found.add("cpu", "boot_cpu_ratio", column.name, ratio,
                          "ratio", number)


def _native_boot_figures(firmware, modes):
    return _figures("boot", runs.NATIVE[firmware], {
        "boot_guest_instructions": costs.native_own(modes),
        "boot_firmware_instructions": float(modes["M"])})


def _name(job):
    function, *rest = job
    return " ".join([function.__name__.strip("_"),
                     *(part if isinstance(part, str) else part.name
                       for part in rest if isinstance(part, (str, runs.Column))
                       )])
