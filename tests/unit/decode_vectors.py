#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write the vectors of test_decode.c as a C header to standard output.

What is expected comes from the text that is given to the assembler, the
encoding from the assembler, and what is no such instruction from the
disassembler; nothing here knows the decoder. The extensions that binutils
2.40 lacks (Zcb, Zabha, Zacas) are encoded by hand, from their chapters in
RISC-V Unprivileged.
"""

import os
import random
import re
import struct
import subprocess
import sys
import tempfile

CROSS = os.environ.get("CROSS", "riscv64-linux-gnu-")
MARCH = "rv64gc_zfh_zicbom_zicboz_zawrs_svinval"

# mnemonic: (kind, width, sign)
BASE = {
    "lb": ("LOAD", 1, 1), "lh": ("LOAD", 2, 1), "lw": ("LOAD", 4, 1),
    "ld": ("LOAD", 8, 1), "lbu": ("LOAD", 1, 0), "lhu": ("LOAD", 2, 0),
    "lwu": ("LOAD", 4, 0),
    "sb": ("STORE", 1, 0), "sh": ("STORE", 2, 0), "sw": ("STORE", 4, 0),
    "sd": ("STORE", 8, 0),
    "flh": ("FLOAD", 2, 0), "flw": ("FLOAD", 4, 0), "fld": ("FLOAD", 8, 0),
    "fsh": ("FSTORE", 2, 0), "fsw": ("FSTORE", 4, 0),
    "fsd": ("FSTORE", 8, 0),
}
SHORT = ("lw", "ld", "sw", "sd", "fld", "fsd")
AMO = ("swap", "add", "xor", "and", "or", "min", "max", "minu", "maxu")
CSRS = (0x000, 0x001, 0x100, 0x180, 0x304, 0x600, 0x7ff, 0x800, 0xc01, 0xfff)
# Bare mnemonics, and those with one or two registers.
PLAIN = {
    "wfi": "WFI", "wrs.nto": "WRS", "wrs.sto": "WRS", "sret": "SRET",
    "mret": "MRET", "sfence.w.inval": "SINVAL",
    "sfence.inval.ir": "SINVAL", "ecall": "ECALL", "ebreak": "EBREAK",
    "c.ebreak": "EBREAK",
}
FENCES = {"sfence.vma": "SFENCE_VMA", "sinval.vma": "SINVAL"}
CBOS = {"cbo.inval": "CBO", "cbo.clean": "CBO", "cbo.flush": "CBO",
        "cbo.zero": "CBO_ZERO"}

FIELDS = ("kind", "len", "width", "sign", "rd", "rs1", "rs2", "uimm", "imm",
          "csr", "op")


def expect(kind, length=4, **fields):
    """What the decoder is to say; a field that is not named is 0."""
    return dict.fromkeys(FIELDS, 0) | {"kind": kind, "len": length} | fields


def access(name, length, reg, base, imm):
    """The expectation for the load or store NAME, with no c. and no sp."""
    kind, width, sign = BASE[name]
    which = "rd" if kind.endswith("LOAD") else "rs2"
    return expect(kind, length, width=width, sign=sign, rs1=base, imm=imm,
                  **{which: reg})


def text_access(prefix, name, reg, base, imm):
    """The same as the assembler wants it."""
    bank = "f" if name.startswith("f") else "x"
    return f"{prefix} {bank}{reg}, {imm}(x{base})"


def long_accesses():
    """Every pair of registers for each; every offset of a list, in turn."""
    imms = sorted({s * (1 << b) + d for b in range(12) for s in (-1, 1)
                   for d in (-1, 0, 1)} & set(range(-2048, 2048)))
    for name in BASE:
        for n in range(1024):
            # 1024 and the length have no common divisor to skip any.
            imm = imms[(n + n // len(imms)) % len(imms)]
            yield (text_access(name, name, n // 32, n % 32, imm),
                   access(name, 4, n // 32, n % 32, imm))


def short_accesses():
    """Every compressed load and store that there is in RV64GC."""
    for name in SHORT:
        step = BASE[name][1]
        for imm in range(0, 32 * step, step):
            for n in range(64):
                reg, base = 8 + n // 8, 8 + n % 8
                yield (text_access("c." + name, name, reg, base, imm),
                       access(name, 2, reg, base, imm))
        for imm in range(0, 64 * step, step):
            # c.lwsp and c.ldsp to x0 are reserved.
            for reg in range(name in ("lw", "ld"), 32):
                yield (text_access(f"c.{name}sp", name, reg, 2, imm),
                       access(name, 2, reg, 2, imm))


def atomics():
    """LR, SC and the AMOs of A, every register and ordering."""
    names = ["lr", "sc"] + ["amo" + op for op in AMO]
    for name in names:
        for n in range(256):
            # Even and odd ones together: amocas.q wants both even.
            rd, rs1, rs2 = n % 32, (n + 7) % 32, (n * 5 + n // 32) % 32
            order = ("", ".aq", ".rl", ".aqrl")[n // 32 % 4]
            full = f"{name}.{'wd'[n // 128]}{order}"
            if name == "lr":
                rs2, text = 0, f"{full} x{rd}, (x{rs1})"
            else:
                text = f"{full} x{rd}, x{rs2}, (x{rs1})"
            yield text, expect("AMO", width=4 << n // 128, rd=rd, rs1=rs1,
                               rs2=rs2)


def csrs():
    """The six forms."""
    for n, csr in enumerate(CSRS * 32):
        rd, src = n % 32, (n // 10 + 5) % 32
        for op, name in enumerate(("csrrw", "csrrs", "csrrc"), 1):
            yield (f"{name} x{rd}, {csr}, x{src}",
                   expect("CSR", rd=rd, rs1=src, csr=csr, op=op))
            yield (f"{name}i x{rd}, {csr}, {src}",
                   expect("CSR", rd=rd, rs1=src, csr=csr, op=op, uimm=1))


def others():
    """The rest."""
    for name, kind in PLAIN.items():
        yield name, expect(kind, 2 if name.startswith("c.") else 4)
    for n in range(32):
        m = (n * 3 + 1) % 32
        for name in FENCES:
            yield (f"{name} x{n}, x{m}",
                   expect(FENCES[name], rs1=n, rs2=m))
        for name in CBOS:
            yield f"{name} (x{n})", expect(CBOS[name], rs1=n)


def run(*argv):
    """One of the binutils; its output as text."""
    return subprocess.run([CROSS + argv[0], *argv[1:]], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def assemble(tests, tmp):
    """Pairs of text and expectation to pairs of encoding and expectation."""
    with open(f"{tmp}/a.s", "w", encoding="ascii") as out:
        for text, want in tests:
            out.write(".option rvc\n" if want["len"] == 2
                      else ".option norvc\n")
            out.write(text + "\n")
    run("as", "-march=" + MARCH, "-o", f"{tmp}/a.o", f"{tmp}/a.s")
    run("objcopy", "-O", "binary", "-j", ".text", f"{tmp}/a.o", f"{tmp}/a")
    with open(f"{tmp}/a", "rb") as inp:
        code = inp.read()
    result, at = [], 0
    for _, want in tests:
        raw = code[at:at + want["len"]]
        result.append((int.from_bytes(raw, "little"), want))
        at += want["len"]
    if at != len(code):
        sys.exit("decode_vectors: the assembler chose other lengths")
    return result


def zcb():
    """Every load and store of Zcb."""
    for n in range(256):
        reg, base, imm = n & 7, n >> 3 & 7, n >> 6
        regs = base << 7 | reg << 2
        for name, top in (("lbu", 0x8000), ("sb", 0x8800)):
            # Bit 6 is uimm[0], bit 5 is uimm[1].
            yield (top | regs | (imm & 1) << 6 | (imm >> 1) << 5,
                   access(name, 2, 8 + reg, 8 + base, imm))
        if imm % 2:
            continue
        for name, top in (("lhu", 0x8400), ("lh", 0x8440), ("sh", 0x8c00)):
            yield (top | regs | (imm >> 1) << 5,
                   access(name, 2, 8 + reg, 8 + base, imm))


def newer_atomics(amos):
    """Zabha and Zacas; AMOS are the assembled ones of words."""
    for raw, want in amos:
        cas = raw & 0x07ffffff | 0x28000000
        for f3 in (0, 1):
            yield raw & ~0x7000 | f3 << 12, want | {"width": 1 << f3}
        for f3 in (0, 1, 2, 3):
            yield cas & ~0x7000 | f3 << 12, want | {"width": 1 << f3}
        if want["rd"] % 2 == 0 and want["rs2"] % 2 == 0:
            yield cas & ~0x7000 | 4 << 12, want | {"width": 16}


def transformed(vectors, tmp):
    """What htinst holds for each: the 32-bit form at (offset), no imm."""
    names = {what: name for name, what in BASE.items()}
    done, tests = set(), []
    for _, want in vectors:
        if not want["kind"].endswith(("LOAD", "STORE")):
            continue
        name = names[want["kind"], want["width"], want["sign"]]
        reg = want["rd"] or want["rs2"]
        if (name, reg, want["len"]) in done:
            continue
        done.add((name, reg, want["len"]))
        for off in range(want["width"]):
            tests.append((text_access(name, name, reg, off, 0),
                          access(name, 4, reg, off, 0), want["len"]))
    for (raw, want), (_, _, length) in zip(
            assemble([t[:2] for t in tests], tmp), tests):
        yield (raw & ~2 if length == 2 else raw), want | {"len": length}
    for raw, want in vectors:
        if want["kind"] in ("AMO", *CBOS.values()):
            yield raw & ~0xf8000, want | {"rs1": 0}


def kind_of(mnemonic):
    """What the disassembler's word means to us."""
    name = re.sub(r"^c\.", "", mnemonic)
    if name != mnemonic and name.endswith("sp"):
        name = name[:-2]
    if name in BASE:
        return BASE[name][0]
    if re.match(r"(lr|sc|amo\w+)\.[bhwdq]", name):
        return "AMO"
    # A csrrw to a read-only CSR that assemblers use as an illegal one.
    if re.fullmatch(r"csrr[wsc]i?", name) or mnemonic == "unimp":
        return "CSR"
    if name in FENCES:
        return FENCES[name]
    return CBOS[name] if name in CBOS else PLAIN.get(mnemonic, "UNKNOWN")


def disassemble(code, tmp):
    """The kinds of the instructions in CODE (bytes)."""
    with open(f"{tmp}/d.bin", "wb") as out:
        out.write(code)
    with open(f"{tmp}/d.s", "w", encoding="ascii") as out:
        out.write(f'.text\n.incbin "{tmp}/d.bin"\n')
    run("as", "-march=" + MARCH, "-o", f"{tmp}/d.o", f"{tmp}/d.s")
    # Without the symbol that says these are data.
    run("objcopy", "--strip-all", f"{tmp}/d.o")
    text = run("objdump", "-D", "-z", "-j", ".text", "-M", "no-aliases",
               f"{tmp}/d.o")
    return [kind_of(line.split("\t")[2].strip())
            for line in text.splitlines() if line.count("\t") >= 2]


def short_kinds(hand, tmp):
    """The kind of each of the 16-bit patterns; UNKNOWN of a long one's."""
    shorts = [n for n in range(1 << 16) if n & 3 != 3]
    names = disassemble(struct.pack(f"<{len(shorts)}H", *shorts), tmp)
    kinds = ["UNKNOWN"] * (1 << 16)
    for raw, name in zip(shorts, names, strict=True):
        kinds[raw] = name
    for raw, want in hand:
        if want["len"] == 2:
            kinds[raw] = want["kind"]
    return kinds


def is_newer_atomic(raw):
    """Zabha or Zacas, which the disassembler may not know."""
    f5, f3 = raw >> 27, raw >> 12 & 7
    if raw & 0x7f != 0x2f:
        return False
    if f3 == 4:
        return f5 == 5 and not raw & 0x100080
    plain = f5 % 4 == 0 or f5 == 1
    return f5 == 5 and f3 < 4 or plain and f3 < 2


def patterns(vectors):
    """32-bit patterns: each opcode, funct3 and funct7, and near misses."""
    rng = random.Random(2)
    for n in range(1 << 15):
        yield (n >> 8 << 25 | (n >> 5 & 7) << 12 | (n & 31) << 2 | 3
               | rng.getrandbits(32) & 0x01ff8f80)
    for n in range(1 << 12):
        yield n << 20 | 0x73
        yield n << 20 | 0x200f
        yield rng.getrandbits(32) & ~0x7f | 0x2f
    for n, (raw, want) in enumerate(vectors):
        rare = not want["kind"].endswith(("LOAD", "STORE", "AMO", "CSR"))
        if want["len"] == 4 and (rare or n % 64 == 0):
            for bit in range(2, 32):
                yield raw ^ 1 << bit


def samples(vectors, tmp):
    """Each pattern with its kind."""
    # Those with 111 in bits 4:2 are longer than 32 bits.
    raws = [raw for raw in patterns(vectors) if raw & 0x1c != 0x1c]
    kinds = disassemble(struct.pack(f"<{len(raws)}I", *raws), tmp)
    for raw, kind in zip(raws, kinds, strict=True):
        yield raw, "AMO" if is_newer_atomic(raw) else kind


def rows(name, vectors):
    """A C array of struct vector."""
    print(f"static const struct vector {name}[] = {{")
    for raw, want in vectors:
        fields = ", ".join(str(want[f]) for f in FIELDS)
        print(f"{{0x{raw:x}, INSN_{fields}}},")
    print("};")


def main():
    """Everything to standard output."""
    with tempfile.TemporaryDirectory() as tmp:
        tests = [*long_accesses(), *short_accesses(), *atomics(), *csrs(),
                 *others()]
        vectors = assemble(tests, tmp)
        words = [(raw, want) for (text, _), (raw, want) in zip(tests, vectors)
                 if text.startswith("amo") and want["width"] == 4]
        hand = [*zcb(), *newer_atomics(words)]
        print("/* Generated by decode_vectors.py. */")
        rows("vectors", vectors + hand)
        rows("htinst_vectors", transformed(vectors + hand, tmp))
        print("static const u8 short_kinds[65536] = {")
        for kind in short_kinds(hand, tmp):
            print(f"INSN_{kind},")
        print("};\nstatic const struct sample samples[] = {")
        for raw, kind in samples(vectors + hand, tmp):
            print(f"{{0x{raw:x}, INSN_{kind}}},")
        print("};")


main()
