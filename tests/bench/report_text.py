# SPDX-License-Identifier: BSD-2-Clause
"""What the report says in words, and how it looks."""

# The steps of the ablation, in order: what each adds to the one before. Those
# of SOFTWARE are a VMM's or a firmware's work; the others are the hart's.
SOFTWARE = ("direct", "roots", "fast")
STEPS = {
    "none": "te without help, on OpenSBI",
    "direct": "illegal instructions delegated",
    "roots": "shadow roots kept",
    "fast": "fast paths in the VMM",
    "vscsr": "VS copies of the CSRs",
    "nested4k": "two stages, 4 KiB",
    "nested2m": "two stages, 2 MiB",
    "sstc": "Sstc",
}

METHOD = (
    "The guest is the same in all columns: Debian's own kernel, or one bare "
    "kernel. A column is a backend on a firmware: <b>hw</b> (VS-mode, two "
    "stages), <b>hybrid</b> (VS-mode, shadow tables), <b>te</b> (U-mode, trap "
    "and emulate, shadow tables) and <b>interp</b> (software) on Trapeze's own "
    "firmware, which hands illegal instructions to S-mode; <b>te-opensbi</b> "
    "is te on OpenSBI, which takes them first. <b>native</b> is OpenSBI alone, "
    "<b>native-direct</b> our firmware alone.",
    "Instructions are counted under <code>qemu -icount shift=0</code>, one "
    "hart: exact, and the same in every run on any machine. A full run counts "
    "the operations and the boots twice and fails where a figure differs. A "
    "boot's instructions are also counted by QEMU, by privilege mode; a test "
    "holds the sum of guest, VMM and firmware against its total.",
    "CPU time is given as ratios only: medians of interleaved pairs, native "
    "and guest, with bootstrap 95 % intervals of the median. It is time under "
    "an emulator (TCG), not on a core.",
    "What TCG hides, and in whose favour. It does not charge for page walks, "
    "TLB misses or traps as a core would. That two stages need more references "
    "per walk is hidden from the instruction counts, in favour of hw; that "
    "shadow tables need no more than a native walk is not credited to te and "
    "hybrid. That a trap costs a pipeline flush is hidden in favour of te, "
    "which traps most. In CPU time TCG drops its translations when V changes, "
    "which is against whatever exits from VS-mode often, and it walks two "
    "stages in software, which is against hw.",
    "Loops and set-up are subtracted, except in <i>syscall</i>, "
    "<i>breakpoint</i>, <i>illegal</i> and <i>page_fault</i>, where the loop of "
    "two instructions is counted. Zeroing memory and loading files are counted "
    "apart. The peers' figures were taken with one kernel of ours under each, "
    "same QEMU, and are not measured anew.",
)

STYLE = """
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fdfdfc;
  --pale: #f1f1ee; --rule: #d5d5d0; --mark: #b3541e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e4e0;
  --paper: #17191b; --pale: #212427; --rule: #3c4044; --mark: #f0a060; } }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1160px; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.7rem; } h2 { margin-top: 2.5rem; font-size: 1.3rem; }
h3 { margin: 1.6rem 0 .4rem; font-size: 1.05rem; }
p { max-width: 50rem; } p.answer { font-size: 1.15rem; max-width: 60rem; }
p.missing { color: var(--mark); }
svg { display: block; max-width: 100%; height: auto; margin: .8rem 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .84rem;
  font-variant-numeric: tabular-nums; }
th, td { padding: .18rem .6rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--rule); }
tbody th { text-align: left; font-weight: 500; }
td.remark { text-align: left; opacity: .7; white-space: normal;
  min-width: 11rem; font-size: .92em; line-height: 1.25; }
.pair { display: flex; gap: 1rem; } .pair svg { width: 50%; }
.model { margin-top: 2.5rem; padding: 0 1.2rem 1rem;
  border: 2px dashed var(--mark); border-radius: 6px;
  background: var(--pale); }
code { font-size: .92em; }
"""
