# SPDX-License-Identifier: BSD-2-Clause
"""Paths, environment and child processes of the machine the tests run on."""
import fcntl
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
# Each worker of a run with several has a folder of its own.
OUT = BUILD / "tests" / os.environ.get("PYTEST_XDIST_WORKER", "")

# What `make test` hands down must not reach the runs that tests start.
_DROP = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "VM", "BACKEND",
         "HARTS", "MEM", "CPU", "ICOUNT", "BATCH", "DEBUG", "COUNT", "BREAK", "FIRMWARE",
         "TIMEOUT", "APPEND", "SCRIPT", "EXEC", "ALSO")

_groups = set()     # process groups that tests started and nobody reaped


def environment(**extra):
    """The environment for a child: ours, no option of a run but `extra`."""
    env = {k: v for k, v in os.environ.items() if k not in _DROP}
    env.update({k: str(v) for k, v in extra.items()})
    return env


def run(args, timeout=120, env=None, text=""):
    """
    Run a short tool that reads `text`; the CompletedProcess has what it said
    in both its streams in stdout.
    """
    return subprocess.run([str(a) for a in args], cwd=ROOT, text=True,
                          errors="replace", env=env or environment(),
                          input=text, timeout=timeout, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def make(*targets, timeout=600):
    """Run make on the repository's Makefile."""
    return run(["make", "--no-print-directory", *targets], timeout=timeout)


def must_make(*targets):
    """Build what a test needs, or fail with what the compiler said; one at a
    time, whoever else runs tests."""
    with open(BUILD / "tests.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = make("-s", "-j2", *targets)
    if done.returncode:
        pytest.fail(f"make {' '.join(targets)}:\n{done.stdout}",
                    pytrace=False)


def make_value(expression):
    """What make expands `expression` to, by the repository's Makefile."""
    rule = f"include Makefile\ntests-value:\n\t@echo {expression}\n"
    done = run(["make", "-s", "-f", "-", "tests-value"], text=rule)
    assert done.returncode == 0, done.stdout
    return done.stdout.strip()


def track(pid):
    """Remember a process group (its leader's pid) for kill_all()."""
    _groups.add(pid)


def kill_group(pid):
    """End a tracked process group; it may be gone already."""
    _groups.discard(pid)
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def kill_all():
    """End whatever a test started and left behind."""
    for pid in list(_groups):
        kill_group(pid)


def _wait(child, log, timeout, until, times):
    """The child's status; None when time was up, or `until` was printed so
    many times."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        try:
            return child.wait(0.2 if until else timeout)
        except subprocess.TimeoutExpired:
            if until and log.read_bytes().count(until.encode()) >= times:
                break
    return None


def run_logged(args, log, timeout, env=None, until=None, times=1):
    """
    Run a long program in a process group of its own with its output in the
    file `log`. Returns (exit status, output); the status is None when the time
    was up, or when it had printed `until` (so many times) and was ended for
    that.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as out:
        child = subprocess.Popen([str(a) for a in args], cwd=ROOT,
                                 env=env or environment(), stdout=out,
                                 stderr=subprocess.STDOUT,
                                 stdin=subprocess.DEVNULL,
                                 start_new_session=True)
        track(child.pid)
        try:
            status = _wait(child, log, timeout, until, times)
        finally:
            kill_group(child.pid)
            child.wait()
    return status, log.read_bytes().decode(errors="replace")
