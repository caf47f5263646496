# SPDX-License-Identifier: BSD-2-Clause
"""The checks that call a tool; each gives complaints about its files."""
import re
import shlex

from lib import host

# Opcodes (low seven bits) of instructions that use FP or vector registers:
# LOAD-FP, STORE-FP, FMADD, FMSUB, FNMSUB, FNMADD, OP-FP, OP-V, OP-VE
# (RISC-V Unprivileged, "RV32/64G Instruction Set Listings").
_FP_OPCODES = {0x07, 0x27, 0x43, 0x47, 0x4b, 0x4f, 0x53, 0x57, 0x77}
_SYSTEM = 0x73
# c.fld, c.fsd; c.fldsp, c.fsdsp: (quadrant, funct3) on RV64.
_FP_COMPRESSED = {(0, 1), (0, 5), (2, 1), (2, 5)}
# fflags, frm, fcsr; vstart, vxsat, vxrm, vcsr. vl, vtype and vlenb are only
# ever read.
_FP_CSRS = {1, 2, 3, 8, 9, 10, 15}
_FP_OWNERS = ("fp_", "fpu_", "vec_")

_SYMBOL = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
_INSN = re.compile(r"^\s*([0-9a-f]+):\s+([0-9a-f]{4}|[0-9a-f]{8})\s+(.*)$")


def uses_fp(raw, length):
    """The instruction of `length` bytes touches FP or vector state."""
    if length == 2:
        return (raw & 3, raw >> 13) in _FP_COMPRESSED
    is_csr = raw & 0x7f == _SYSTEM and raw >> 12 & 7 not in (0, 4)
    return raw & 0x7f in _FP_OPCODES or is_csr and raw >> 20 in _FP_CSRS


def fp_instructions(listing):
    """
    FP and vector instructions in what objdump -d printed, outside functions
    that own that state. By encoding: objdump names only what the file's
    attributes promise. Raises ValueError when it finds no code at all.
    """
    owner, seen, found = "?", 0, []
    for line in listing.split("\n"):
        symbol = _SYMBOL.match(line)
        if symbol:
            owner = symbol[1]
        insn = _INSN.match(line)
        if not insn:
            continue
        seen += 1
        if uses_fp(int(insn[2], 16), len(insn[2]) // 2) and \
                not owner.startswith(_FP_OWNERS):
            found.append(f"{owner}: {insn[1]}: {insn[3]}")
    if not seen:
        raise ValueError("no instruction in the listing")
    return found


# The interpreter's ops, which go on to the next one in their last act.
_OPS = re.compile(r"(?:op|load|store|amo[a-z]+|lr|sc)_\w+|code_(?:seek|one)")
_LINK = re.compile(r"\s(jalr?)\s+(?:ra,)?([^,<#]+)[^<]*(?:<([^>+]+)>)?")


def nested_ops(listing):
    """
    Calls of ops by ops in what objdump -d printed, where a jump has to be: each
    would take a stack frame until the slice ends. Raises ValueError when there
    is no op.
    """
    owner, seen, found = "?", 0, []
    for line in listing.split("\n"):
        symbol = _SYMBOL.match(line)
        if symbol:
            owner = symbol[1]
            seen += bool(_OPS.fullmatch(owner))
        link = _LINK.search(line)
        if not link or not _OPS.fullmatch(owner):
            continue
        to = link[3] or ("an op" if link[1] == "jalr" else "?")
        if not link[3] and link[1] == "jalr" or _OPS.fullmatch(to):
            found.append(f"{owner}: calls {to}: {line.strip()}")
    if not seen:
        raise ValueError("no op in the listing")
    return found


def disassembly(program):
    """What objdump says about `program`."""
    done = host.run(["riscv64-linux-gnu-objdump", "-d", program])
    assert done.returncode == 0, done.stdout
    return done.stdout


def vmm_flags():
    """The compiler and the flags that the VMM is built with."""
    return shlex.split(host.make_value("$(CROSS)gcc $(CFLAGS_VMM)"))


def header(path, flags):
    """The header compiles with nothing before it, and twice."""
    done = host.run([*flags, "-fsyntax-only", "-x", "c", "-"],
                    text=f'#include "{path}"\n' * 2)
    return [done.stdout] if done.returncode else []


def formatting(paths):
    """clang-format would leave the files as they are."""
    done = host.run(["clang-format-19", "--dry-run", "-Werror",
                     "--ferror-limit=3", *paths])
    return re.findall(r".* error: .*", done.stdout) or \
        [done.stdout] * (done.returncode != 0)


def analysis(paths, cache, *flags):
    """
    cppcheck finds nothing wrong; what it keeps goes into `cache`. Symbols of
    the linker script are arrays to it, and their distance an error. What
    assembly writes is uninitialized to it: there the compiler knows better.
    That it did not look at every branch is no finding.
    """
    cache.mkdir(parents=True, exist_ok=True)
    done = host.run(["cppcheck", "--quiet", "-j2", "--std=c11",
                     "--enable=warning,portability", "--platform=unix64",
                     "--suppress=missingIncludeSystem", "--error-exitcode=1",
                     "--suppress=comparePointers",
                     "--suppress=uninitvar", "--suppress=ctuuninitvar",
                     "--suppress=normalCheckLevelMaxBranches",
                     "--suppress=*:build/*", f"--cppcheck-build-dir={cache}",
                     "-I.", "-D__riscv=1", "-D__riscv_xlen=64", *flags,
                     *paths], timeout=60)
    return [done.stdout] if done.returncode else []


def missing_packages(names):
    """Those of the Debian packages that apt has never heard of."""
    done = host.run(["apt-cache", "policy", *names])
    known = re.findall(r"^(\S+):\n  Installed: .*\n  Candidate: (?!\(none\))",
                       done.stdout, re.M)
    return [name for name in names if name not in known]


def listed_packages(script):
    """The names in the list packages="..." of a shell script."""
    block = re.search(r'^packages="(.*?)"$', script, re.M | re.S)
    return [line.split()[0] for line in block[1].split("\n") if line.strip()]
