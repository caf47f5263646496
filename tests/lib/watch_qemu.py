#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Stands before QEMU in PATH and notes what the machine used.

config/run.sh starts "qemu-system-riscv64"; packing and shells are not to be
counted, so lib/watch.py puts a link to this file first in PATH. WATCH_QEMU is
the real program, WATCH_FILE gets the result as JSON: "seconds", the CPU time.
With WATCH_MODES=1, for a machine under -icount, also "modes": the instructions
that its first hart retired, by privilege mode. It then gets the CPU property
smcntrpmf, without which modes are not told apart; nobody has to use it.
"""
import json
import os
import signal
import socket
import sys
import tempfile

import qemu_end


def _spawn(words):
    """QEMU with these arguments; who ends us ends it."""
    qemu = os.environ["WATCH_QEMU"]
    child = os.posix_spawn(qemu, [qemu, *words], os.environ)
    for number in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
        signal.signal(number, lambda n, _: os.kill(child, n))
    return child


def _reap(child):
    """Its exit status and CPU seconds."""
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return (code if code >= 0 else 128 - code,
            usage.ru_utime + usage.ru_stime)


def _by_mode(words):
    """Run it so that it can be asked when the machine has powered off."""
    words = list(words)
    words[words.index("-cpu") + 1] += ",smcntrpmf=on"
    ours, its = socket.socketpair()
    its.set_inheritable(True)
    with tempfile.TemporaryDirectory() as folder:
        gdb = f"{folder}/gdb"
        child = _spawn([*words, "-no-shutdown",
                        *qemu_end.arguments(its.fileno(), gdb)])
        its.close()
        end = qemu_end.await_end(ours.makefile("rwb"), gdb)
        code, seconds = _reap(child)
    return (code or int(not end or end["failed"]),
            {"seconds": seconds, "modes": end and end["modes"]})


def main():
    """Run QEMU with our arguments; its exit status is ours."""
    if os.environ.get("WATCH_MODES"):
        code, result = _by_mode(sys.argv[1:])
    else:
        code, seconds = _reap(_spawn(sys.argv[1:]))
        result = {"seconds": seconds}
    with open(os.environ["WATCH_FILE"], "w", encoding="ascii") as out:
        json.dump(result, out)
    return code


if __name__ == "__main__":
    sys.exit(main())
