#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write the vectors of test_interp_insn.c as a C header to standard output.

What an instruction does is told by interp_model.py; its encoding comes from
the assembler. What compressed
instructions stand for, and what is no instruction, comes from the
disassembler. Zicond and Zcb, which binutils 2.40 lacks, are encoded by hand.
"""

import os
import random
import re
import struct
import subprocess
import sys
import tempfile

from interp_model import (AMOS, BRANCHES, M, R1, RI, RR, SHIFTS, ZICOND, s,
                          u)

CROSS = os.environ.get("CROSS", "riscv64-linux-gnu-")
MARCH = "rv64gc_zba_zbb_zbs"
SEED = 3
EDGES = [0, 1, 2, 3, 31, 32, 33, 63, 64, 127, 128, 255, 256, 0x7fff, 0x8000,
         0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
         0x7fffffffffffffff, 0x8000000000000000, 0xffffffff80000000,
         0xffffffff7fffffff, M, M - 1, 0x0100800000ff0001]
IMMS = [0, 1, -1, 2047, -2048, 31, -32, 1365]


def registers(rng):
    """rd, rs1, rs2: any, often equal, rarely x0."""
    few = rng.sample(range(32), 2)
    return tuple(rng.choice(few) if rng.random() < .2 else rng.randrange(32)
                 for _ in range(3))


def values(rng):
    """Pairs of operands."""
    for a in EDGES:
        for b in rng.sample(EDGES, 6):
            yield a, b
    for _ in range(40):
        width = rng.choice((8, 32, 64))
        yield rng.getrandbits(64), rng.getrandbits(width)


def vector(rng, result, text, raw=None):
    """One test of an instruction that computes: see struct vector."""
    rd, rs1, rs2 = registers(rng)
    a, b = text[1]
    if rs1 == 0:
        a = 0
    if rs2 == 0 or rs2 == rs1:
        b = 0 if rs2 == 0 else a
    want = result(a, b) & M if rd else 0
    line = text[0].format(rd=f"x{rd}", rs1=f"x{rs1}", rs2=f"x{rs2}")
    if raw is not None:
        line = f".word {raw | rd << 7 | rs1 << 15 | rs2 << 20:#x}"
    return line, (rd, rs1, rs2, a, b, want)


def computed(rng):
    """Every instruction that computes, with edges and random values."""
    for name, result in RR.items():
        for pair in values(rng):
            yield vector(rng, result, (name + " {rd}, {rs1}, {rs2}", pair))
    for name, (funct3, result) in ZICOND.items():
        for pair in values(rng):
            yield vector(rng, result, ("", pair),
                         7 << 25 | funct3 << 12 | 0x33)
    for name, result in R1.items():
        for pair in values(rng):
            yield vector(rng, lambda a, b, f=result: f(a),
                         (name + " {rd}, {rs1}", pair))
    for name, result in RI.items():
        for pair in values(rng):
            imm = rng.choice(IMMS + [rng.randrange(-2048, 2048)])
            yield vector(rng, lambda a, b, f=result, i=imm: f(a, i),
                         (f"{name} {{rd}}, {{rs1}}, {imm}", pair))
    for name, (amounts, result) in SHIFTS.items():
        for n, pair in enumerate(values(rng)):
            yield vector(rng, lambda a, b, f=result, i=n % amounts: f(a, i),
                         (f"{name} {{rd}}, {{rs1}}, {n % amounts}", pair))
    for imm in [0, 1, 0x7ffff, 0x80000, 0xfffff, 0x12345]:
        for _ in range(4):
            yield vector(rng, lambda a, b, i=imm: s(i << 12, 32),
                         (f"lui {{rd}}, {imm:#x}", (0, 0)))


def branches(rng):
    """(line, (rs1, rs2, a, b, offset or 4)): all six, taken and not."""
    for name, taken in BRANCHES.items():
        for a, b in [*values(rng), *((x, x) for x in EDGES)]:
            _, rs1, rs2 = registers(rng)
            a = 0 if rs1 == 0 else a
            b = 0 if rs2 == 0 else a if rs2 == rs1 else b
            off = rng.choice((-4096, 4094, 2, -2, 16, -256, 510,
                              2 * rng.randrange(-2048, 2048)))
            yield (f"{name} x{rs1}, x{rs2}, .{off:+}",
                   (rs1, rs2, a, b, off if taken(a, b) else 4))


def atomics(rng):
    """(line, (width, rd, rs2, b, memory, rd's result, memory's))."""
    for name, result in AMOS.items():
        for n, letter in ((32, "w"), (64, "d")):
            for a, b in values(rng):
                # x1 has the address.
                rd, rs2 = (rng.choice([0, *range(2, 32)]) for _ in range(2))
                b = 0 if rs2 == 0 else b
                order = rng.choice(("", ".aq", ".rl", ".aqrl"))
                kept = a >> n << n
                yield (f"amo{name}.{letter}{order} x{rd}, x{rs2}, (x1)",
                       (n // 8, rd, rs2, b, a,
                        s(a, n) & M if rd else 0,
                        kept | u(result(u(a, n), u(b, n), n), n)))


# ---- compressed instructions ----------------------------------------------

def expand(name, ops):
    """The 32-bit instruction that a compressed one stands for, or None."""
    o = ops.split(",") if ops else []
    if name in ("c.addi16sp", "c.lui", "c.addi4spn") and int(o[-1], 0) == 0:
        return None  # reserved; the disassembler takes them
    same = {"c.addi": "addi", "c.addiw": "addiw", "c.slli": "slli",
            "c.srli": "srli", "c.srai": "srai", "c.andi": "andi",
            "c.sub": "sub", "c.xor": "xor", "c.or": "or", "c.and": "and",
            "c.subw": "subw", "c.addw": "addw", "c.add": "add"}
    if name in same:
        return f"{same[name]} {o[0]},{o[0]},{o[1]}"
    if re.fullmatch(r"c\.(slli|srli|srai)64", name):
        return f"{name[2:6]} {o[0]},{o[0]},0"
    if name == "c.addi4spn":
        return f"addi {o[0]},sp,{o[2]}"
    if name == "c.addi16sp":
        return f"addi sp,sp,{o[1]}"
    if name == "c.nop":
        return "nop" if not o else f"addi zero,zero,{o[0]}"
    if name == "c.li":
        return f"addi {o[0]},zero,{o[1]}"
    if name == "c.mv":
        return f"addi {o[0]},{o[1]},0"
    if name == "c.lui":
        return f"lui {o[0]},{o[1]}"
    if name == "c.jr":
        return f"jalr zero,0({o[0]})"
    if name == "c.jalr":
        return f"jalr ra,0({o[0]})"
    if name == "c.j":
        return f"jal zero,.{ops}"
    if name in ("c.beqz", "c.bnez"):
        return f"{name[2:5]} {o[0]},zero,.{o[1]}"
    if name == "c.ebreak":
        return "ebreak"
    plain = re.fullmatch(r"c\.(f?[ls][wd])(sp)?", name)
    return f"{plain[1]} {ops}" if plain else None


def zcb():
    """Those of Zcb that compute: what they stand for, by their encoding."""
    forms = {0x9c41: "mul {0},{0},{1}", 0x9c61: "andi {0},{0},255",
             0x9c65: "sext.b {0},{0}", 0x9c69: "zext.h {0},{0}",
             0x9c6d: "sext.h {0},{0}", 0x9c71: "add.uw {0},{0},zero",
             0x9c75: "xori {0},{0},-1"}
    memory = {0x8000: "lbu", 0x8400: "lhu", 0x8440: "lh", 0x8800: "sb",
              0x8c00: "sh"}
    for raw, text in forms.items():
        for n in range(64 if raw == 0x9c41 else 8):
            outer, inner = n % 8, n // 8
            yield (raw | outer << 7 | inner << 2,
                   text.format(f"x{8 + outer}", f"x{8 + inner}"))
    for raw, name in memory.items():
        for n in range(256):
            base, reg, imm = n % 8, n // 8 % 8, n // 64
            if name.endswith("b") or name == "lbu":
                where = (imm & 1) << 6 | (imm >> 1) << 5
            else:
                where, imm = (imm >> 1) << 5, imm & 2
            yield (raw | base << 7 | reg << 2 | where,
                   f"{name} x{8 + reg},{imm}(x{8 + base})")


# ---- binutils --------------------------------------------------------------

def run(*argv):
    """One of the binutils; its output as text."""
    return subprocess.run([CROSS + argv[0], *argv[1:]], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def assemble(lines, tmp):
    """The encodings of those lines, each of 32 bits."""
    with open(f"{tmp}/a.s", "w", encoding="ascii") as out:
        out.write(".option norvc\n.option norelax\n")
        out.write("".join(line + "\n" for line in lines))
    run("as", "-march=" + MARCH, "-o", f"{tmp}/a.o", f"{tmp}/a.s")
    run("objcopy", "-O", "binary", "-j", ".text", f"{tmp}/a.o", f"{tmp}/a")
    with open(f"{tmp}/a", "rb") as inp:
        code = inp.read()
    if len(code) != 4 * len(lines):
        sys.exit("interp_vectors: the assembler chose other lengths")
    return struct.unpack(f"<{len(lines)}I", code)


def disassemble(code, tmp):
    """(name, operands) of each instruction in CODE (bytes)."""
    with open(f"{tmp}/d.bin", "wb") as out:
        out.write(code)
    with open(f"{tmp}/d.s", "w", encoding="ascii") as out:
        out.write(f'.text\n.incbin "{tmp}/d.bin"\n')
    run("as", "-march=" + MARCH, "-o", f"{tmp}/d.o", f"{tmp}/d.s")
    run("objcopy", "--strip-all", f"{tmp}/d.o")
    text = run("objdump", "-D", "-z", "-j", ".text", "-M", "no-aliases",
               f"{tmp}/d.o")
    for line in text.splitlines():
        part = line.split("\t")
        if len(part) < 3:
            continue
        ops = part[3].split(" <")[0] if len(part) > 3 else ""
        yield int(part[0].strip(" :"), 16), part[2].strip(), ops


def relative(at, name, ops):
    """Targets as offsets from the instruction."""
    if name in ("c.j", "c.beqz", "c.bnez"):
        head, _, target = ops.rpartition(",")
        off = f"{int(target, 16) - at:+}"
        return f"{head},{off}" if head else off
    return ops


def shorts(tmp):
    """What each of the 16-bit patterns stands for; '' is nothing."""
    raws = [n for n in range(1 << 16) if n & 3 != 3]
    lines = [""] * (1 << 16)
    code = struct.pack(f"<{len(raws)}H", *raws)
    for raw, (at, name, ops) in zip(raws, disassemble(code, tmp),
                                    strict=True):
        lines[raw] = expand(name, relative(at, name, ops)) or ""
    for raw, line in zcb():
        lines[raw] = line
    some = [n for n in range(1 << 16) if lines[n]]
    words = [0] * (1 << 16)
    for n, word in zip(some, assemble([lines[n] for n in some], tmp)):
        words[n] = word
    return words


# Opcodes of which this file knows every instruction: LUI, AUIPC, OP-IMM,
# OP-IMM-32, OP, OP-32, BRANCH, JALR.
OPCODES = (0x37, 0x17, 0x13, 0x1b, 0x33, 0x3b, 0x63, 0x67)


def samples(rng, tmp):
    """(pattern, it is an instruction): funct3, funct7 and rs2 all over."""
    raws = []
    for opcode in OPCODES:
        for n in range(1 << 10):
            for rs2 in (0, 1, 2, 4, 5, 7, 24, 31, rng.randrange(32)):
                raws.append(n >> 3 << 25 | (n & 7) << 12 | opcode | rs2 << 20
                            | rng.randrange(1, 32) << 7
                            | rng.randrange(32) << 15)
    code = struct.pack(f"<{len(raws)}I", *raws)
    zicond = [(raw >> 25, raw >> 12 & 7, raw & 0x7f) for raw in raws]
    known = [(7, 5, 0x33), (7, 7, 0x33)]
    for raw, z, (_, name, _) in zip(raws, zicond, disassemble(code, tmp),
                                    strict=True):
        yield raw, z in known or re.match(r"[a-z]", name) is not None


def table(kind, name, raws, fields):
    """A C array of structs whose first field is the encoding."""
    print(f"static const struct {kind} {name}[] = {{")
    for raw, more in zip(raws, fields, strict=True):
        print(f"{{{raw:#x}, " + ", ".join(
            f"{x:#x}" if x >= 0 else str(x) for x in more) + "},")
    print("};")


def main():
    """Everything to standard output."""
    rng = random.Random(SEED)
    with tempfile.TemporaryDirectory() as tmp:
        print("/* Generated by interp_vectors.py. */")
        for kind, name, tests in (
                ("vector", "vectors", [*computed(rng)]),
                ("branch", "branches", [*branches(rng)]),
                ("atomic", "atomics", [*atomics(rng)])):
            raws = assemble([line for line, _ in tests], tmp)
            table(kind, name, raws, [f for _, f in tests])
        print("static const u32 shorts[65536] = {")
        print("".join(f"{word:#x},\n" for word in shorts(tmp)) + "};")
        some = [*samples(rng, tmp)]
        table("sample", "samples", [r for r, _ in some],
              [(int(known),) for _, known in some])


main()
