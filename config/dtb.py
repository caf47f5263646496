# SPDX-License-Identifier: BSD-2-Clause
"""Reads a compiled device tree that may be malformed.

Debian 12's python3-libfdt crashes on some of those, hence this one. Source:
Devicetree Specification, "Flattened Devicetree (DTB) Format".
"""

import struct

MAGIC = 0xd00dfeed
BEGIN_NODE, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9


class Malformed(Exception):
    """Not a device tree; the text says where."""


class _Reader:
    def __init__(self, blob):
        self.blob = blob
        self.pos = 0

    def words(self, count=1):
        end = self.pos + 4 * count
        if end > len(self.blob):
            raise Malformed(f"cut short at byte {self.pos}")
        values = struct.unpack_from(f">{count}I", self.blob, self.pos)
        self.pos = end
        return values

    def data(self, size):
        start = self.pos
        if start + size > len(self.blob):
            raise Malformed(f"cut short at byte {start}")
        self.pos = start + size + -size % 4
        return self.blob[start:start + size]

    def string(self, at=None):
        """The string at offset `at`, or the one here, which is passed."""
        start = self.pos if at is None else at
        end = self.blob.find(b"\0", start)
        if end < 0:
            raise Malformed(f"no string at byte {start}")
        if at is None:
            self.data(end + 1 - start)
        return self.blob[start:end].decode("utf-8", "surrogateescape")


def properties(blob):
    """Yields (path, name, value): the names of the nodes from below the root
    down as a tuple, the property's name, its bytes."""
    reader = _Reader(blob)
    magic, _, structure, strings = reader.words(4)
    if magic != MAGIC:
        raise Malformed("no device tree")
    reader.pos = structure
    path = []
    while True:
        (token,) = reader.words()
        if token == BEGIN_NODE:
            path.append(reader.string())
        elif token == END_NODE and path:
            path.pop()
        elif token == PROP and path:
            size, name = reader.words(2)
            value = reader.data(size)
            yield tuple(path[1:]), reader.string(strings + name), value
        elif token == END and not path:
            return
        elif token != NOP:
            raise Malformed(f"bad token at byte {reader.pos - 4}")
