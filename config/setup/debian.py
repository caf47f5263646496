#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""debian.py DIRECTORY PACKAGE.deb...: a Debian system that is unpacked and not
configured, in the directory, as debootstrap's first stage leaves it.

Nothing of the packages runs: dpkg's database is written to say that each is
"install ok unpacked", and dpkg --configure -a in a guest does the rest."""
import hashlib
import pathlib
import subprocess
import sys
import tempfile

INFO = "var/lib/dpkg/info"


def fields(control):
    """A control file as a dictionary: a field's first line by its name."""
    lines = [line.split(":", 1) for line in control.splitlines()
             if line and not line[0].isspace()]
    return {name: value.strip() for name, value in lines}


def unpack(package, root):
    """Its files to the root, and what dpkg's list of them says. A directory
    does not replace a link of base-files (/bin) to one."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package],
                          stdout=subprocess.PIPE) as tar:
        names = subprocess.run(
            ["tar", "-xvp", "--keep-directory-symlink", "--numeric-owner",
             "-C", root], stdin=tar.stdout, stdout=subprocess.PIPE, check=True,
            encoding="utf-8").stdout.splitlines()
    assert tar.returncode == 0, package
    return "".join(name[1:].rstrip("/") + "\n" if name != "./" else "/.\n"
                   for name in names)


def conffiles(info, root):
    """The status' field for them: as the package has them, each with its sum."""
    path = info / "conffiles"
    if not path.exists():
        return ""
    rows = []
    for name in path.read_text("utf-8").split("\n"):
        # A line with a flag before the name is one to be removed.
        if name.startswith("/"):
            content = (root / name[1:]).read_bytes()
            rows.append(f" {name} {hashlib.md5(content).hexdigest()}\n")
    return "Conffiles:\n" + "".join(rows) if rows else ""


def add(package, root):
    """One package to the root; its part of dpkg's status."""
    listed = unpack(package, root)
    with tempfile.TemporaryDirectory() as name:
        info = pathlib.Path(name)
        subprocess.run(["dpkg-deb", "-e", package, info], check=True)
        control = (info / "control").read_text("utf-8")
        of = fields(control)
        base = of["Package"]
        if of.get("Multi-Arch") == "same":
            base += ":" + of["Architecture"]
        for path in info.iterdir():
            if path.name != "control":
                to = root / INFO / f"{base}.{path.name}"
                to.write_bytes(path.read_bytes())
                to.chmod(path.stat().st_mode & 0o777)
        (root / INFO / f"{base}.list").write_text(listed, "utf-8")
        return (control.rstrip("\n") + "\nStatus: install ok unpacked\n"
                + conffiles(info, root) + "\n")


def main():
    """base-files comes first: the links of /bin and so on are in it."""
    root, packages = pathlib.Path(sys.argv[1]), sys.argv[2:]
    packages.sort(key=lambda path: not pathlib.Path(path).name
                  .startswith("base-files_"))
    (root / INFO).mkdir(parents=True)
    (root / INFO / "format").write_text("1\n", "utf-8")
    status = "".join(add(package, root) for package in packages)
    (root / "var/lib/dpkg/status").write_text(status, "utf-8")
    (root / "var/lib/dpkg/available").write_text("", "utf-8")


main()
