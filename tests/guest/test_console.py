# SPDX-License-Identifier: BSD-2-Clause
"""Guests that share a terminal: focus, scroll-back, breaks, slow readers."""
import functools
import re
import subprocess
import time

import pexpect
import pytest

from lib import host, machine

END = "ended from the terminal"


@pytest.fixture(scope="module", autouse=True)
def built():
    """The VMM and the kernels."""
    host.must_make("vmm", "guest-kernels")


def guest(name, words, **properties):
    """A VM that talks; these are its bootargs."""
    return machine.vm(name, kernel="build/guest/talk.elf", bootargs=words,
                      **properties)


@pytest.fixture(name="terminal", params=["uart", "virtio"])
def terminal_fixture(request):
    """Starts VMs on a terminal: the host's UART, or its virtio console."""
    return functools.partial(start_terminal, CONSOLE=request.param)


def start_terminal(*nodes, **options):
    """Those VMs on a terminal."""
    return machine.interactive(["config/run.sh", machine.describe(*nodes)],
                               **options)


def end(child):
    """Ctrl-A x, and the status that the run has then."""
    child.send("\x01x")
    machine.expect(child, END, 30)
    assert machine.end_status(child) == 0


def test_focus(terminal):
    """Keys reach the focus alone, and what others print waits for theirs."""
    child = terminal(guest("alpha", "prompt"), guest("beta", "prompt"))
    machine.expect(child, r"\n> ", 30)
    child.send("one\r")
    machine.expect(child, r"read <one>\r*\n> ", 30)
    child.send("\x01c")
    # Beta's own prompt, which it printed while nobody looked.
    machine.expect(child, r"\ntrapeze: console of beta\r*\n> ", 30)
    child.send("two\r")
    machine.expect(child, r"read <two>\r*\n> ", 30)
    child.send("half\x01" "1")
    seen = machine.expect(child, r"\ntrapeze: console of alpha\r*\n", 30)
    assert "one" not in seen
    seen = machine.expect(child, r"read <one>\r*\n> ", 30)
    assert "two" not in seen
    child.send("\x01" "2")
    machine.expect(child, r"console of beta\r*\n> two\r*\n", 30)
    machine.expect(child, r"read <two>\r*\n> half", 30)
    child.send("\x01\x01\r")
    machine.expect(child, "read <half\x01>", 30)
    end(child)


def test_scroll_back():
    """
    More than a ring holds: the replay starts with a whole line. On the UART:
    it is 15 KB at once, and see test_slow_reader.
    """
    child = start_terminal(guest("alpha", "prompt"),
                           guest("beta", "lines prompt"))
    machine.expect(child, r"\n> ", 30)
    child.send("\x01" "2")
    machine.expect(child, r"line 400 of [a-z ]*\r*\n> ", 60)
    child.send("\x01" "1\x01" "2")
    machine.expect(child, r"console of beta\r*\n", 30)
    text = machine.expect(child, r"\n> ", 30)
    numbers = [int(re.fullmatch(r"line (\d+) of a text that is much too long "
                                r"to be kept\r*", line)[1])
               for line in text.rstrip("\r").split("\n")]
    assert 1 < numbers[0] < 200
    assert numbers == list(range(numbers[0], 401))
    end(child)


def test_break(terminal):
    """A break reaches the guest between the bytes around it."""
    child = terminal(guest("alpha", "prompt"))
    machine.expect(child, r"\n> ", 30)
    child.send("a\x01" "bc\r")
    machine.expect(child, r"a\(a break, 0\)c", 30)
    machine.expect(child, r"read <ac>", 30)
    end(child)


def test_list_and_help(terminal):
    """The list has a mark at the focus; help names each key."""
    child = terminal(guest("alpha", "prompt"), guest("beta", "prompt"))
    machine.expect(child, r"\n> ", 30)
    child.send("\x01l")
    machine.expect(child, r"\*  1 alpha\r*\ntrapeze:    2 beta\r*\n", 30)
    child.send("\x01h")
    machine.expect(child, "x: end the run", 30)
    child.send("\x01c\x01l")
    machine.expect(child, r" {3}1 alpha\r*\ntrapeze: \*  2 beta\r*\n", 30)
    end(child)


def test_log_line_between(terminal):
    """A line of the VMM's stands alone; the guest's goes on behind it."""
    child = terminal(guest("alpha", "prompt"),
                     machine.vm("beta", kernel="build/guest/hello.elf"))
    machine.expect(child, r"\ntrapeze: beta powered off\r*\n", 30)
    child.send("x\r")
    machine.expect(child, "read <x>", 30)
    end(child)


# ---- a terminal that nobody reads -------------------------------------------

@pytest.mark.parametrize("harts", [1, 2])
def test_end_unread(terminal, harts):
    """Ctrl-A is obeyed though the terminal has been full for long."""
    child = terminal(guest("alpha", "flood"), HARTS=harts)
    machine.expect(child, "flood 100\r", 30)
    time.sleep(2)               # nobody reads: it runs full
    child.send("\x01x")
    patience = time.monotonic() + 30 * machine.PATIENCE
    while child.isalive() and time.monotonic() < patience:
        time.sleep(0.1)         # and nobody reads now
    assert not child.isalive()


def read_until(pipe, text):
    """The lines up to the one that ends with `text`."""
    lines = []
    while not lines or not lines[-1].endswith(text):
        line = pipe.readline()
        assert line, f"the end, without {text}: {lines[-20:]}"
        lines.append(line.rstrip("\r\n"))
    return lines


@pytest.mark.parametrize("harts", [1, 2])
@pytest.mark.parametrize("mode", ["flood", "flood-sbi"])
def test_slow_reader(mode, harts):
    """
    Nobody reads a batch's output for a while: who floods it stands still, who
    does not goes on, and nothing is lost. On the UART: what QEMU's virtio
    console cannot write it drops, as a comment in its source says.
    """
    description = machine.describe(guest("flood", mode), guest("good", "tick"))
    child = subprocess.Popen(
        ["config/run.sh", description], cwd=host.ROOT,
        env=host.environment(BATCH=1, HARTS=harts), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True, pipesize=4096)
    host.track(child.pid)
    try:
        read_until(child.stdout, "good| tick 1")
        began = time.monotonic()
        before = read_until(child.stdout, "good| tick 5")
        # Alone it is faster than beside the flood.
        time.sleep(20 * (time.monotonic() - began))
        read_until(child.stdout, "good| tick 20")
        after = read_until(child.stdout, "good| tick 40")
    finally:
        host.kill_group(child.pid)
        child.wait()
        child.stdout.close()
    floods = sum(line.startswith("flood| ") for line in after)
    # It did its work meanwhile, most of it on a busy machine: what it printed
    # then comes in turn with the flood, line by line.
    assert floods <= 20 * 20, f"{floods} lines of the flood for 20 ticks"
    numbers = [int(line.split()[-1]) for line in before + after
               if line.startswith("flood| flood")]
    assert mode != "flood" or len(set(numbers)) == len(numbers)
