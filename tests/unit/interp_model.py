# SPDX-License-Identifier: BSD-2-Clause
"""What instructions do, once more, from the manual, in unbounded integers.

Source: RISC-V Unprivileged, the chapters of RV64I, M, A, B and Zicond. Results
are cut to 64 bits by whoever uses them.
"""

M = (1 << 64) - 1


def s(x, bits=64):
    """X as a signed number of that many bits."""
    x &= (1 << bits) - 1
    return x - (1 << bits) if x >> (bits - 1) else x


def w(x):
    """The low word, sign-extended."""
    return s(x, 32)


def u(x, bits=32):
    """X as an unsigned number of that many bits."""
    return x & ((1 << bits) - 1)


def div(a, b, bits):
    """The quotient, rounded towards zero; of -2^n and -1 it overflows."""
    a, b = s(a, bits), s(b, bits)
    if b == 0:
        return -1
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


def rem(a, b, bits):
    """The remainder has the sign of the dividend."""
    a, b = s(a, bits), s(b, bits)
    if b == 0:
        return a
    r = abs(a) % abs(b)
    return -r if a < 0 else r


def ror(a, n, bits):
    """Rotated to the right."""
    text = format(u(a, bits), f"0{bits}b")
    n %= bits
    return int(text[bits - n:] + text[:bits - n], 2)


def zeros(text):
    """How many there are before the first one."""
    return (text + "1").index("1")


def bits_of(a, bits):
    """As a string, the highest first."""
    return format(u(a, bits), f"0{bits}b")


def orc(a):
    """Bytes with any bit set become ones."""
    return int.from_bytes((255 if x else 0 for x in a.to_bytes(8, "little")),
                          "little")


# name: result of a = rs1, b = rs2
RR = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b,
    "sll": lambda a, b: a << b % 64, "slt": lambda a, b: s(a) < s(b),
    "sltu": lambda a, b: a < b, "xor": lambda a, b: a ^ b,
    "srl": lambda a, b: a >> b % 64, "sra": lambda a, b: s(a) >> b % 64,
    "or": lambda a, b: a | b, "and": lambda a, b: a & b,
    "addw": lambda a, b: w(a + b), "subw": lambda a, b: w(a - b),
    "sllw": lambda a, b: w(a << b % 32),
    "srlw": lambda a, b: w(u(a) >> b % 32),
    "sraw": lambda a, b: w(a) >> b % 32,
    "mul": lambda a, b: a * b, "mulh": lambda a, b: s(a) * s(b) >> 64,
    "mulhsu": lambda a, b: s(a) * b >> 64, "mulhu": lambda a, b: a * b >> 64,
    "div": lambda a, b: div(a, b, 64), "rem": lambda a, b: rem(a, b, 64),
    "divu": lambda a, b: a // b if b else M,
    "remu": lambda a, b: a % b if b else a,
    "mulw": lambda a, b: w(a * b), "divw": lambda a, b: w(div(a, b, 32)),
    "remw": lambda a, b: w(rem(a, b, 32)),
    "divuw": lambda a, b: w(u(a) // u(b) if u(b) else M),
    "remuw": lambda a, b: w(u(a) % u(b) if u(b) else a),
    "add.uw": lambda a, b: u(a) + b,
    "sh1add": lambda a, b: 2 * a + b, "sh2add": lambda a, b: 4 * a + b,
    "sh3add": lambda a, b: 8 * a + b,
    "sh1add.uw": lambda a, b: 2 * u(a) + b,
    "sh2add.uw": lambda a, b: 4 * u(a) + b,
    "sh3add.uw": lambda a, b: 8 * u(a) + b,
    "andn": lambda a, b: a & ~b, "orn": lambda a, b: a | ~b,
    "xnor": lambda a, b: ~(a ^ b),
    "max": lambda a, b: max(s(a), s(b)), "min": lambda a, b: min(s(a), s(b)),
    "maxu": max, "minu": min,
    "ror": lambda a, b: ror(a, b, 64), "rol": lambda a, b: ror(a, -b, 64),
    "rorw": lambda a, b: w(ror(a, b, 32)),
    "rolw": lambda a, b: w(ror(a, -b, 32)),
    "bclr": lambda a, b: a & ~(1 << b % 64),
    "bext": lambda a, b: a >> b % 64 & 1,
    "binv": lambda a, b: a ^ 1 << b % 64,
    "bset": lambda a, b: a | 1 << b % 64,
}
# Zicond: (funct3, result)
ZICOND = {
    "czero.eqz": (5, lambda a, b: a if b else 0),
    "czero.nez": (7, lambda a, b: 0 if b else a),
}
# name: result of a = rs1, i = the immediate
RI = {
    "addi": lambda a, i: a + i, "slti": lambda a, i: s(a) < i,
    "sltiu": lambda a, i: a < i & M, "xori": lambda a, i: a ^ i,
    "ori": lambda a, i: a | i, "andi": lambda a, i: a & i,
    "addiw": lambda a, i: w(a + i),
}
# name: (how many amounts, result)
SHIFTS = {
    "slli": (64, lambda a, i: a << i), "srli": (64, lambda a, i: a >> i),
    "srai": (64, lambda a, i: s(a) >> i),
    "slliw": (32, lambda a, i: w(a << i)),
    "srliw": (32, lambda a, i: w(u(a) >> i)),
    "sraiw": (32, lambda a, i: w(a) >> i),
    "slli.uw": (64, lambda a, i: u(a) << i),
    "rori": (64, lambda a, i: ror(a, i, 64)),
    "roriw": (32, lambda a, i: w(ror(a, i, 32))),
    "bclri": (64, lambda a, i: a & ~(1 << i)),
    "bexti": (64, lambda a, i: a >> i & 1),
    "binvi": (64, lambda a, i: a ^ 1 << i),
    "bseti": (64, lambda a, i: a | 1 << i),
}
R1 = {
    "clz": lambda a: zeros(bits_of(a, 64)),
    "ctz": lambda a: zeros(bits_of(a, 64)[::-1]),
    "cpop": lambda a: bits_of(a, 64).count("1"),
    "clzw": lambda a: zeros(bits_of(a, 32)),
    "ctzw": lambda a: zeros(bits_of(a, 32)[::-1]),
    "cpopw": lambda a: bits_of(a, 32).count("1"),
    "sext.b": lambda a: s(a, 8), "sext.h": lambda a: s(a, 16),
    "zext.h": lambda a: u(a, 16), "orc.b": orc,
    "rev8": lambda a: int.from_bytes(a.to_bytes(8, "little"), "big"),
}
BRANCHES = {
    "beq": lambda a, b: a == b, "bne": lambda a, b: a != b,
    "blt": lambda a, b: s(a) < s(b), "bge": lambda a, b: s(a) >= s(b),
    "bltu": lambda a, b: a < b, "bgeu": lambda a, b: a >= b,
}
# name: what is stored, of the old value and b, in that width
AMOS = {
    "swap": lambda a, b, n: b, "add": lambda a, b, n: a + b,
    "xor": lambda a, b, n: a ^ b, "and": lambda a, b, n: a & b,
    "or": lambda a, b, n: a | b,
    "min": lambda a, b, n: min(s(a, n), s(b, n)),
    "max": lambda a, b, n: max(s(a, n), s(b, n)),
    "minu": lambda a, b, n: min(u(a, n), u(b, n)),
    "maxu": lambda a, b, n: max(u(a, n), u(b, n)),
}
