# SPDX-License-Identifier: BSD-2-Clause
"""The environment in which a QEMU is watched, and what it used."""
import json
import os
import pathlib
import shutil

_PROGRAM = pathlib.Path(__file__).resolve().parent / "watch_qemu.py"
QEMU = "qemu-system-riscv64"


class Watch:
    """Runs in self.environment leave what they used; folder is theirs."""

    def __init__(self, folder, modes=False):
        links = folder / "bin"
        links.mkdir(parents=True, exist_ok=True)
        link = links / QEMU
        link.unlink(missing_ok=True)
        link.symlink_to(_PROGRAM)
        self._file = folder / "watched.json"
        self._file.unlink(missing_ok=True)
        self.environment = {
            "WATCH_QEMU": shutil.which(QEMU),
            "WATCH_FILE": str(self._file),
            "WATCH_MODES": "1" if modes else "",
            "PATH": f"{links}:{os.environ['PATH']}",
        }

    def used(self):
        """{"seconds": ..., "modes": ...} of the last run."""
        return json.loads(self._file.read_text(encoding="ascii"))
