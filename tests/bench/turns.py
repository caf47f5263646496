# SPDX-License-Identifier: BSD-2-Clause
"""What it costs that guests share a hart, from what tests/guest/turns.c and
share.c count; in instructions, exact under -icount."""
import re

TURNS = "build/guest/turns.elf"
SHARE = "build/guest/share.elf"
TICKS = 100     # a second, of a guest that sleeps in between


def _vm(name, kernel, bootargs="", weight=100, vcpus=1):
    return f"""\t{name} {{
\t\tmemory = "16M";
\t\tkernel = "{kernel}";
\t\tbootargs = "{bootargs}";
\t\tweight = <{weight}>;
\t\tvcpus = <{vcpus}>;
\t\tautostart;
\t}};
"""


_BUSY = _vm("busy", TURNS, "lost")

# The VMs of each run.
SCENARIOS = {
    "weights": _vm("one", SHARE, weight=100) + _vm("three", SHARE, weight=300),
    "switch": _vm("a", TURNS, "gaps") + _vm("b", TURNS, "gaps"),
    "ipi": _vm("a", TURNS, "ipi", vcpus=2),
    "timer": _vm("a", TURNS, "timer"),
    "asleep": _vm("idle", TURNS, "sleep") + _BUSY,
    "ticking": _vm("idle", TURNS, f"sleep ticks={TICKS}") + _BUSY,
}
# Those that take no whole second of a busy hart.
QUICK = ("switch", "ipi", "timer")


def _said(output, vm, pattern):
    """The numbers in the lines of a VM's console that match."""
    return [tuple(int(number) for number in re.findall(r"\d+", line))
            for line in re.findall(rf"^{vm}\| ({pattern})\s*$", output, re.M)]


def _ratio(output):
    stats = dict(re.findall(r"^stat (\w+) guest_instructions (\d+)\s*$",
                            output, re.M))
    return int(stats["three"]) / int(stats["one"])


def _between(left, came):
    """
    Instructions that were neither's, each time that one guest was left for
    the other. A gap is the guest's last look before and its first after.
    """
    return [back - gap[0] for gap in left for before, back in came
            if before < gap[0] < back < gap[1]]


def _switch(output):
    """All that is no guest's between two turns, on the average."""
    a, b = (_said(output, vm, r"gap \d+ \d+") for vm in "ab")
    costs = _between(a, b) + _between(b, a)
    return sum(costs) / len(costs) - _said(output, "a", r"look \d+")[0][0]


def _lost(output):
    return _said(output, "busy", r"lost \d+")[0][0]


def _bench(output, name):
    return float(re.search(rf"\| bench {name} (\d+\.\d)\s*$", output, re.M)[1])


def _weights(output):
    ratio = _ratio(output)
    return {"weights_100_300": ratio,
            "weights_error_percent": abs(ratio / 3 - 1) * 100}


# What each scenario gives: {row: figure}.
_FIGURES = {
    "weights": _weights,
    "switch": lambda output: {"vcpu_switch": _switch(output)},
    "ipi": lambda output: {"vcpu_ipi": _bench(output, "vcpu_ipi")},
    "timer": lambda output: {"timer_wake": _bench(output, "timer_wake")},
    "ticking": lambda output: {"timer_wake_busy": _lost(output) / TICKS},
    "asleep": lambda output: {"idle_guest": _lost(output)},
}
ROWS = ("weights_100_300", "weights_error_percent", "vcpu_switch", "vcpu_ipi",
        "timer_wake", "timer_wake_busy", "idle_guest")


def rows(output):
    """{row: figure} from what each run printed, by scenario."""
    figures = {}
    for scenario, text in output.items():
        figures |= _FIGURES[scenario](text)
    return figures
