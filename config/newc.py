#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes newc archives (cpio(5), "New ASCII Format"), the same each time.

As a program: newc.py OUT < LIST, with lines
    dir NAME MODE | node NAME MODE MAJOR MINOR | file NAME MODE PATH
which needs no root for the device nodes.
"""

import os
import shutil
import stat
import sys

HEADER = 110    # bytes: the magic and 13 fields of 8 hex digits
SIZE_MAX = 0xffffffff


def _up(value, unit):
    return -(-value // unit) * unit


class Newc:
    """An archive that is being written to the binary file `out`."""

    def __init__(self, out):
        self.out = out
        self.pos = 0
        self.entries = 0

    def _write(self, data):
        self.out.write(data)
        self.pos += len(data)

    def _pad(self, unit):
        self._write(bytes(_up(self.pos, unit) - self.pos))

    def _header(self, name, mode, size, device=(0, 0), align=4):
        """The entry up to its data, which begins at a multiple of `align`:
        NULs behind the name fill the gap, readers stop at the first."""
        if size > SIZE_MAX:
            raise ValueError("4 GiB or more do not fit the archive")
        raw = os.fsencode(name) + b"\0"
        self._pad(4)
        data = _up(self.pos + HEADER + len(raw), align)
        raw += bytes(data - self.pos - HEADER - len(raw))
        self.entries += 1
        fields = (self.entries, mode, 0, 0, 2 if stat.S_ISDIR(mode) else 1,
                  0, size, 0, 0, *device, len(raw), 0)
        self._write(b"070701" + b"".join(b"%08X" % f for f in fields) + raw)

    def directory(self, name, mode=0o755):
        self._header(name, stat.S_IFDIR | mode, 0)

    def node(self, name, mode, major, minor):
        self._header(name, stat.S_IFCHR | mode, 0, (major, minor))

    def bytes(self, name, data, mode=0o644, align=4):
        self._header(name, stat.S_IFREG | mode, len(data), align=align)
        self._write(data)

    def file(self, name, source, mode=0o644, align=4):
        """The open binary file `source`; it must not change meanwhile."""
        size = os.fstat(source.fileno()).st_size
        self._header(name, stat.S_IFREG | mode, size, align=align)
        shutil.copyfileobj(source, self.out)
        if self.out.tell() != self.pos + size:
            raise ValueError("the file changed while it was read")
        self.pos += size

    def close(self):
        self._header("TRAILER!!!", 0, 0)
        self._pad(512)


def add_line(archive, line):
    kind, name, mode, *rest = line.split()
    if kind == "dir":
        archive.directory(name, int(mode, 8))
    elif kind == "node":
        archive.node(name, int(mode, 8), *map(int, rest))
    elif kind == "file":
        with open(rest[0], "rb") as source:
            archive.file(name, source, int(mode, 8))
    else:
        raise ValueError(f"what is a {kind}?")


def main():
    with open(sys.argv[1], "wb") as out:
        archive = Newc(out)
        for line in sys.stdin:
            add_line(archive, line)
        archive.close()


if __name__ == "__main__":
    main()
