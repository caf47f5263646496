#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Stands before QEMU in PATH and notes the CPU seconds that it took.

config/run.sh starts "qemu-system-riscv64"; packing and shells are not to be
counted, so bench.py puts a link to this file first in PATH. BENCH_QEMU is the
real program, BENCH_SECONDS the file that gets the number.
"""
import os
import signal
import sys


def main():
    """Run QEMU with our arguments; its exit status is ours."""
    qemu = os.environ["BENCH_QEMU"]
    child = os.posix_spawn(qemu, [qemu, *sys.argv[1:]], os.environ)
    for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
        signal.signal(number, lambda n, _: os.kill(child, n))
    _, status, usage = os.wait4(child, 0)
    with open(os.environ["BENCH_SECONDS"], "w", encoding="ascii") as out:
        out.write(f"{usage.ru_utime + usage.ru_stime:.3f}\n")
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
