# SPDX-License-Identifier: BSD-2-Clause
"""What the counts would come to on a core: a model, never a measurement.

    cycles = CPI * instructions + traps * trap cost + misses * references * cost

TCG shows neither what a trap nor what a page walk costs; here both are
parameters, in ranges that published cores span, and the counts are measured.
"""
import collections

Parameter = collections.namedtuple("Parameter", "low typical high text")
PARAMETERS = {
    "cpi": Parameter(0.5, 1.0, 2.0, "cycles per instruction, of guest, VMM and "
                     "firmware alike"),
    "trap": Parameter(20, 80, 300, "cycles that a trap and its return take "
                      "beside their instructions: pipeline, CSR state"),
    "reference": Parameter(3, 15, 80, "cycles of a page walk's reference to "
                           "memory, most of which hit a cache"),
}
# References of one walk of Sv39, (low, typical, high): high without any cache of
# walks. One stage: 3. Two stages, Sv39 on Sv39x4: each of the 3 guest tables and
# the page itself is an address of the guest's that is walked as well; with
# second-stage leaves of 2 MiB that walk has 2 levels: 3 * (2 + 1) + 2. Walk
# caches keep the upper levels: a leaf of each stage remains at best.
_ONE, _TWO = (1, 1.5, 3), (2, 4, 11)
REFERENCES = {"native-direct": _ONE, "hw": _TWO, "hybrid": _ONE, "te": _ONE,
              "te-opensbi": _ONE}
CACHES = ("References per miss: of Sv39, and of Sv39 on Sv39x4 with leaves of 2 "
          "MiB in the second stage. High is without any cache of walks; low, "
          "where only the leaf of each stage is left to read.")
_WHICH = ("low", "typical", "high")

Work = collections.namedtuple("Work", "instructions traps misses")


def work_of(found, column, workload="boot"):
    """What was counted of a workload in a column, or None."""
    where = found.group("where")
    misses = tlb_misses(found, workload)
    if column == "native-direct":
        guest = found.get("boot", "boot_guest_instructions", column)
        return Work(guest, 0, misses) if guest and misses else None
    parts = [where.get(f"{workload}.{name}", {}).get(column)
             for name in ("guest", "vmm", "firmware")]
    kinds = [by_column.get(column, 0) for row, by_column
             in found.group("exits").items()
             if row.startswith(f"{workload}.")]
    if None in parts or not kinds or not misses:
        return None
    traps = sum(kinds)
    if column == "te-opensbi":      # illegal instructions trap twice
        traps += sum(found.get("exits", f"{workload}.{kind}", column) or 0
                     for kind in ("csr", "sret", "fence", "wfi", "illegal"))
    return Work(sum(parts), traps, misses)


def tlb_misses(found, workload="boot"):
    """Of a TLB of 256 entries for loads and as many for stores: what the
    interpreter had to walk for. Fetches are not among them."""
    walks = [found.get("walks", f"{workload}.{kind}", "interp")
             for kind in ("load", "store")]
    return None if None in walks else sum(walks)


def cycles(work, references, cpi, trap, reference):
    """The formula above."""
    return (work.instructions * cpi + work.traps * trap
            + work.misses * references * reference)


def values(which):
    """{parameter: its low, typical or high value}."""
    return {name: getattr(p, which) for name, p in PARAMETERS.items()}


def slowdown(found, column, workload="boot", walk="typical", **parameters):
    """Cycles as a guest / natively, or None where counts are wanting; walk:
    which of the references."""
    mine = work_of(found, column, workload)
    alone = work_of(found, "native-direct", workload)
    if not mine or not alone:
        return None
    which = _WHICH.index(walk)
    return (cycles(mine, REFERENCES[column][which], **parameters)
            / cycles(alone, REFERENCES["native-direct"][which], **parameters))


def slowdown_range(found, column, workload="boot"):
    """(least, typical, most) over all corners of the parameters' ranges."""
    typical = slowdown(found, column, workload, **values("typical"))
    if typical is None:
        return None
    corners = [slowdown(found, column, workload, walk, cpi=cpi, trap=trap,
                        reference=reference)
               for walk in ("low", "high")
               for cpi in PARAMETERS["cpi"][:3:2]
               for trap in PARAMETERS["trap"][:3:2]
               for reference in PARAMETERS["reference"][:3:2]]
    return min(corners), typical, max(corners)


def crossover(found, one, other, parameter, workload="boot"):
    """
    The value of a parameter at which two columns take as many cycles, the
    others being typical. None: at no value above zero, or counts are wanting.
    """
    a, b = work_of(found, one, workload), work_of(found, other, workload)
    if not a or not b:
        return None

    def difference(value):
        given = values("typical") | {parameter: value}
        return (cycles(a, REFERENCES[one][1], **given)
                - cycles(b, REFERENCES[other][1], **given))

    at_zero, slope = difference(0), difference(1) - difference(0)
    if not slope or at_zero / -slope <= 0:
        return None
    return at_zero / -slope
