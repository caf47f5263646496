# SPDX-License-Identifier: BSD-2-Clause
"""Asks a QEMU whose machine has powered off how many instructions it ran.

By QMP we hear of the end, and by the GDB remote protocol we read minstret,
filtered by mode ("Smcntrpmf" Cycle and Instret Privilege Mode Filtering). QEMU
under -icount keeps count for each mode at all times, so one run gives all of
them, and neither firmware nor kernel notices.
"""
import json
import re
import socket

# minstretcfg: the bits that keep a mode from being counted.
MODES = {"M": 1 << 62, "S": 1 << 61, "U": 1 << 60, "VS": 1 << 59,
         "VU": 1 << 58}
_NONE = sum(MODES.values())


def arguments(qmp, gdb):
    """What QEMU has to be told: a socket that it inherits, by its number, and
    the path of one that it is to make."""
    return ["-chardev", f"socket,id=qmp,fd={qmp}",
            "-mon", "chardev=qmp,mode=control",
            "-gdb", f"unix:{gdb},server=on,wait=off"]


class _Gdb:
    """The other end of QEMU's GDB stub (GDB, "Remote Protocol")."""

    def __init__(self, stream):
        self._stream = stream
        self._number = {}
        self._ask("qSupported")
        for name in re.findall(r'href="([^"]+)"', self._features("target.xml")):
            for reg in re.findall(r"<reg [^>]*>", self._features(name)):
                words = dict(re.findall(r'(\w+)="([^"]*)"', reg))
                if "regnum" in words:
                    self._number[words["name"]] = int(words["regnum"])

    def _byte(self):
        byte = self._stream.read(1)
        if not byte:
            raise EOFError("QEMU is gone")
        return byte

    def _ask(self, text):
        """Send a packet; the answer to it."""
        total = sum(text.encode()) % 256
        self._stream.write(f"${text}#{total:02x}".encode())
        self._stream.flush()
        while self._byte() != b"$":
            pass
        answer = bytearray()
        while not answer.endswith(b"#"):
            answer += self._byte()
        self._stream.read(2)
        self._stream.write(b"+")
        return answer[:-1].decode("latin-1")

    def _features(self, name):
        text = ""
        while True:
            answer = self._ask(f"qXfer:features:read:{name}:{len(text):x},800")
            text += answer[1:]
            if not answer.startswith("m"):
                return text

    def read(self, register):
        """The value of a register of 64 bits."""
        answer = self._ask(f"p{self._number[register]:x}")
        return int.from_bytes(bytes.fromhex(answer), "little")

    def write(self, register, value):
        """Set it."""
        self._ask(f"P{self._number[register]:x}="
                  f"{value.to_bytes(8, 'little').hex()}")


def _by_mode(gdb):
    """{mode: instructions}; somebody may have stopped the counter, or written
    it: what it shows when it counts no mode is not ours."""
    gdb.write("mcountinhibit", 0)
    gdb.write("minstretcfg", _NONE)
    other = gdb.read("minstret")
    counts = {}
    for mode, bit in MODES.items():
        gdb.write("minstretcfg", _NONE & ~bit)
        counts[mode] = (gdb.read("minstret") - other) % (1 << 64)
    return counts


def _await_shutdown(qmp):
    """The reason that QMP gives when the machine is off and stands still, or
    None: QEMU is gone."""
    reason = None
    try:
        qmp.write(b'{"execute": "qmp_capabilities"}\n')
        qmp.flush()
        for line in qmp:
            message = json.loads(line)
            if message.get("event") == "SHUTDOWN":
                reason = message["data"]["reason"]
            elif message.get("event") == "STOP" and reason:
                return reason
    except OSError:
        pass
    return None


def await_end(qmp, gdb):
    """
    Wait until the machine is off, and end QEMU: {"failed": the guest said so,
    "modes": {mode: instructions}}. None: QEMU ended by itself. qmp: our end of
    its socket; gdb: the path of the other one.
    """
    reason = _await_shutdown(qmp)
    if not reason:
        return None
    with socket.socket(socket.AF_UNIX) as stub:
        stub.connect(gdb)
        modes = _by_mode(_Gdb(stub.makefile("rwb")))
    qmp.write(b'{"execute": "quit"}\n')
    qmp.flush()
    return {"failed": reason == "guest-panic", "modes": modes}
