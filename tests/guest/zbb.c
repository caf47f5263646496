/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Zbb, Zbs and Zicond in S- and U-mode, by the hart or by a module of the
 * VMM's: results of many operands. Unprivileged, "Bit-manipulation", "Zicond".
 * By words of the manual, not by names: the assembler need not know them.
 */
#include "tests/guest/rt/rt.h"

#define OP   0x33
#define OPW  0x3b
#define IMM  0x13
#define IMMW 0x1b
#define A0   10
#define A1   11
#define RET  0x00008067U

/* rd and rs1: a0; rs2: a1. */
#define REG(opcode, funct3, funct7)                                        \
	((funct7) << 25 | A1 << 20 | A0 << 15 | (funct3) << 12 | A0 << 7 | \
	 (opcode))
#define SHIFT(opcode, funct3, top, by)                                    \
	((top) << 20 | (by) << 20 | A0 << 15 | (funct3) << 12 | A0 << 7 | \
	 (opcode))
#define UNARY(opcode, funct3, imm) SHIFT(opcode, funct3, imm, 0)

static const struct {
	const char *name;
	u32 insn;
} insns[] = {
	{"andn", REG(OP, 7, 0x20)},
	{"orn", REG(OP, 6, 0x20)},
	{"xnor", REG(OP, 4, 0x20)},
	{"clz", UNARY(IMM, 1, 0x600)},
	{"ctz", UNARY(IMM, 1, 0x601)},
	{"cpop", UNARY(IMM, 1, 0x602)},
	{"sext.b", UNARY(IMM, 1, 0x604)},
	{"sext.h", UNARY(IMM, 1, 0x605)},
	{"clzw", UNARY(IMMW, 1, 0x600)},
	{"ctzw", UNARY(IMMW, 1, 0x601)},
	{"cpopw", UNARY(IMMW, 1, 0x602)},
	{"zext.h", UNARY(OPW, 4, 0x080)},
	{"orc.b", UNARY(IMM, 5, 0x287)},
	{"rev8", UNARY(IMM, 5, 0x6b8)},
	{"max", REG(OP, 6, 5)},
	{"maxu", REG(OP, 7, 5)},
	{"min", REG(OP, 4, 5)},
	{"minu", REG(OP, 5, 5)},
	{"rol", REG(OP, 1, 0x30)},
	{"ror", REG(OP, 5, 0x30)},
	{"rolw", REG(OPW, 1, 0x30)},
	{"rorw", REG(OPW, 5, 0x30)},
	{"rori 1", SHIFT(IMM, 5, 0x600, 1)},
	{"rori 63", SHIFT(IMM, 5, 0x600, 63)},
	{"roriw 31", SHIFT(IMMW, 5, 0x600, 31)},
	{"bclr", REG(OP, 1, 0x24)},
	{"bext", REG(OP, 5, 0x24)},
	{"binv", REG(OP, 1, 0x34)},
	{"bset", REG(OP, 1, 0x14)},
	{"bclri 40", SHIFT(IMM, 1, 0x480, 40)},
	{"bexti 40", SHIFT(IMM, 5, 0x480, 40)},
	{"binvi 40", SHIFT(IMM, 1, 0x680, 40)},
	{"bseti 40", SHIFT(IMM, 1, 0x280, 40)},
	{"czero.eqz", REG(OP, 5, 7)},
	{"czero.nez", REG(OP, 7, 7)},
};

#define USER_VA 0x40000000UL

static u32 code[4] __attribute__((aligned(4096)));

static void write_code(u32 insn)
{
	code[0] = insn;
	code[1] = RET;
	code[2] = 0x00000073; /* ecall */
	asm volatile("fence.i" ::: "memory");
}

/* Enough of what is computed, in one number. */
static u64 mix(u64 sum, u64 value)
{
	return (sum ^ value) * 0x9e3779b97f4a7c15 + (sum >> 29);
}

static u64 in_s(u64 a, u64 b)
{
	return ((u64(*)(u64, u64))code)(a, b);
}

static u64 in_u(u64 a, u64 b)
{
	static struct frame f;

	f = (struct frame){.sepc = USER_VA};
	f.x[1] = USER_VA + 8;
	f.x[10] = a;
	f.x[11] = b;
	user_run(&f);
	return f.scause == CAUSE_ECALL_U ? f.x[10] : f.scause << 56;
}

int main(void)
{
	u64 *root = mmu_new(), count = bootargs_number("count", 20);

	begin("zbb");
	mmu_map(root, USER_VA, (u64)code, PTE_USER);
	mmu_on(root, 0);
	for (u32 i = 0; i < ARRAY_SIZE(insns); i++) {
		u64 seed = 12345, s = 0, u = 0;

		write_code(insns[i].insn);
		for (u64 n = 0; n < count; n++) {
			u64 a = random_next(&seed), b = random_next(&seed);

			if (n < 4)
				a = (n & 1) - (n >> 1); /* 0, 1, -1, 0 */
			s = mix(s, in_s(a, b));
			u = mix(u, in_u(a, b));
		}
		print("%s: 0x%lx %s\n", insns[i].name, s,
		      s == u ? "in both" : "WRONG in U");
	}
	finish();
}
