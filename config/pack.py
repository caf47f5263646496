#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Packs a VM description and the files that it names into one archive.

    pack.py FILE.dts OUT.cpio [ALSO...]

What comes also is another description (.dts, .dtb), for the monitor's create,
or a file of its commands.

The compiled description goes under FILE.dts as it was given, each file under
the very string that its property has: an absolute path, or one relative to the
root of the repository. Exit status: 0; 1 where a file is missing (the archive
is written without it); 2 where there is no archive.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import dtb
from newc import SIZE_MAX, Newc

ROOT = Path(__file__).resolve().parent.parent
ALIGN = 4096    # so that the VMM can map file data in place


class Fatal(Exception):
    """No archive can be made; the text is for the user."""


def compile_description(path):
    if path.endswith(".dtb"):
        try:
            return Path(path).read_bytes()
        except OSError as e:
            raise Fatal(f"{path}: {why(e)}") from e
    done = subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", path],
                          stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise Fatal(f"{path}: no valid device tree source")
    return done.stdout


def read(path, description):
    """A description compiled; any other file as it is."""
    if description or path.endswith((".dts", ".dtb")):
        return compile_description(path)
    try:
        return Path(path).read_bytes()
    except OSError as e:
        raise Fatal(f"{path}: {why(e)}") from e


def why(error):
    if isinstance(error, FileNotFoundError):
        return "no such file"
    return (error.strerror or str(error)).lower()


def is_file_name(prop, value):
    if prop in ("kernel", "initrd", "firmware"):
        return True
    return (re.fullmatch(r"disk[0-9]+", prop) and
            not value.startswith(("host:", "ram:")))


def named_files(blob):
    """(VM, property, path) of each property of a VM that names a file; nothing
    where the description is malformed: that is the VMM's to report."""
    files = []
    try:
        for path, prop, data in dtb.properties(blob):
            value = os.fsdecode(data[:-1])
            if prop.startswith("disk"):     # what comes behind is no file
                value = value.split("\0")[0]
            if (len(path) == 1 and data[-1:] == b"\0" and value and
                    "\0" not in value and is_file_name(prop, value)):
                files.append((path[0], prop, value))
    except dtb.Malformed:
        return []
    return files


def look_up(description, blob):
    """Splits the named files: {path: what it was when we looked}, messages."""
    found, messages = {}, []
    for vm, prop, path in named_files(blob):
        where = f"{description}: {vm}: {prop}: {path}"
        try:
            with open(ROOT / path, "rb") as file:
                info = os.fstat(file.fileno())
        except OSError as e:
            messages.append(f"{where}: {why(e)}")
            continue
        if info.st_size > SIZE_MAX:
            messages.append(f"{where}: 4 GiB or more")
            continue
        found[path] = (info.st_dev, info.st_ino, info.st_size,
                       info.st_mtime_ns)
    return found, messages


def write_archive(out, blobs, paths):
    with open(out, "wb") as target:
        archive = Newc(target)
        for name, blob in blobs.items():
            archive.bytes(name, blob, align=ALIGN)
        for path in paths:
            with open(ROOT / path, "rb") as source:
                archive.file(path, source, align=ALIGN)
        archive.close()


def update(out, blobs, found):
    """Writes the archive unless it was made of the same."""
    made_of = "\n".join([*(f"{hashlib.sha256(b).hexdigest()} {name}"
                           for name, b in blobs.items()),
                         *(f"{p} {i}" for p, i in found.items()), ""])
    note = out.with_name(out.name + ".inputs")
    raw = os.fsencode(made_of)
    if out.exists() and note.exists() and note.read_bytes() == raw:
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    new = out.with_name(f"{out.name}.{os.getpid()}")
    try:
        write_archive(new, blobs, found)
        note.unlink(missing_ok=True)
        new.rename(out)
        note.write_bytes(raw)
    finally:
        new.unlink(missing_ok=True)


def main():
    parser = argparse.ArgumentParser(description="packs a VM description")
    parser.add_argument("description", metavar="FILE.dts")
    parser.add_argument("out", metavar="OUT.cpio", type=Path)
    parser.add_argument("also", metavar="ALSO", nargs="*")
    args = parser.parse_args()
    blobs, found, messages = {}, {}, []
    try:
        for path in [args.description, *args.also]:
            blobs[path] = read(path, path is args.description)
            more, complaints = look_up(path, blobs[path])
            found.update(more)
            messages += complaints
        update(args.out, blobs, found)
    except (Fatal, OSError, ValueError) as e:
        print(e, file=sys.stderr)
        return 2
    for message in messages:
        print(message, file=sys.stderr)
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main())
