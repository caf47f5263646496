# SPDX-License-Identifier: BSD-2-Clause
"""The repository's files, as the checks see them."""
import os

from lib import host

ROOMS = ("hyp", "gstage", "vdev", "vcpu", "config", "boot")
_NOT_OURS = {"build", ".git", "__pycache__"}


def _walk():
    for top, folders, names in os.walk(host.ROOT):
        folders[:] = [f for f in folders if f not in _NOT_OURS]
        yield from (os.path.relpath(os.path.join(top, n), host.ROOT)
                    for n in names)


def files():
    """
    Paths of all files that are tracked or could be (not ignored), sorted.
    Without git or its data (an unpacked archive), all that are not built.
    """
    done = host.run(["git", "-c", "safe.directory=*", "ls-files", "-z", "-co",
                     "--exclude-standard"])
    names = done.stdout.split("\0") if done.returncode == 0 else _walk()
    return sorted(n for n in set(names) if (host.ROOT / n).is_file())


def in_rooms(names, *endings):
    """Those of `names` that lie in a room of the VMM and end like that."""
    return [n for n in names
            if n.split("/", 1)[0] in ROOMS and n.endswith(endings)]
