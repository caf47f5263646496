# SPDX-License-Identifier: BSD-2-Clause
"""Images of disks for guests: made, and looked into afterwards."""
import subprocess

from lib import host, machine


def _e2fs(*command):
    """A program of e2fsprogs, which are not in everybody's PATH."""
    return subprocess.run(command, check=False, capture_output=True,
                          encoding="utf-8",
                          env={**host.environment(),
                               "PATH": "/usr/sbin:/sbin:/bin"})


def zeros(megabytes):
    """A disk that nobody has written to."""
    path = machine.new_file("zeros", "img")
    with path.open("wb") as file:
        file.truncate(megabytes << 20)
    return path


def copy(image):
    """A disk to write to; holes stay holes."""
    path = machine.new_file("copy", "img")
    subprocess.run(["cp", "--sparse=always", image, path], check=True)
    return path


def file_system(megabytes):
    """A file with an ext4 file system, on which there is one file."""
    root, path = machine.new_file("root", "d"), machine.new_file("disk", "ext4")
    root.mkdir(exist_ok=True)
    (root / "hello").write_text("hello\n")
    done = _e2fs("mke2fs", "-q", "-t", "ext4", "-d", root, path,
                 f"{megabytes}M")
    assert done.returncode == 0, done.stderr
    return path


def check(image):
    """e2fsck finds nothing wrong with its file system; what is in the journal
    is replayed."""
    done = _e2fs("e2fsck", "-p", "-f", image)
    assert done.returncode in (0, 1), done.stdout + done.stderr


def read(image, name):
    """A file of its file system."""
    done = _e2fs("debugfs", "-R", f"cat {name}", image)
    assert done.returncode == 0, done.stderr
    return done.stdout
