/* SPDX-License-Identifier: BSD-2-Clause */
/* Random loads, stores, atomics and floating-point instructions. */
#include "tests/guest/random.h"

/* Reaches over the page's start as often as not, aligned or not. */
static u32 offset(struct stream *s, u32 size)
{
	u32 imm = pick(s, 64) - 32;

	return chance(s, 3) ? imm : imm & ~(size - 1);
}

void gen_load(struct stream *s)
{
	u32 f3 = pick(s, 7);

	emit32(s, OPCODE(0x03, f3, 0) | RD(reg_free(s)) | RS1(reg_base(s)) |
			  IMM_I(offset(s, 1U << (f3 & 3))));
}

void gen_store(struct stream *s)
{
	u32 f3 = pick(s, 4);

	emit32(s, OPCODE(0x23, f3, 0) | RS1(reg_base(s)) | RS2(reg_any(s)) |
			  IMM_S(offset(s, 1U << f3)));
}

/* Zcb: c.lbu c.lhu c.lh c.sb c.sh, with an offset of 0 to 3. */
static void memory_zcb(struct stream *s, u32 rc, u32 base)
{
	static const u16 forms[] = {0x8000, 0x8400, 0x8440, 0x8800, 0x8c00};

	emit16(s, forms[pick(s, 5)] | base << 7 | rc << 2 | pick(s, 2) << 5);
}

void gen_memory_c(struct stream *s)
{
	u32 base = pick(s, 3), rc = reg_free_c(s) - 8, rd = reg_free_nz(s);
	u32 small = pick(s, 4), any = reg_any(s);
	const u16 forms[] = {
		0x4000 | base << 7 | rc << 2 | pick(s, 2) << 6, /* c.lw */
		0x6000 | base << 7 | rc << 2 | small << 10,     /* c.ld */
		0xc000 | base << 7 | rc << 2 | pick(s, 2) << 6, /* c.sw */
		0xe000 | base << 7 | rc << 2 | small << 10,     /* c.sd */
		0x4002 | rd << 7 | pick(s, 8) << 4,             /* c.lwsp */
		0x6002 | rd << 7 | small << 5,                  /* c.ldsp */
		0xc002 | any << 2 | pick(s, 8) << 9,            /* c.swsp */
		0xe002 | any << 2 | small << 10,                /* c.sdsp */
	};

	if (isa.zcb && chance(s, 4))
		memory_zcb(s, rc, base);
	else
		emit16(s, forms[pick(s, ARRAY_SIZE(forms))]);
}

/*
 * Atomics are aligned: what a misaligned one raises, and whether it reads
 * before it fails, is the machine's choice. QEMU with one thread does read, so
 * that on a read-only page without memory its fault is not the page's.
 */
void gen_amo(struct stream *s)
{
	static const u8 f5[] = {0, 1, 4, 8, 12, 16, 20, 24, 28};

	s->no_hole = true;
	emit32(s,
	       OPCODE(0x2f, 2 + pick(s, 2), f5[pick(s, 9)] << 2 | pick(s, 4)) |
		       RD(reg_free(s)) | RS1(reg_base(s)) | RS2(reg_any(s)));
}

/*
 * A constrained loop ("Eventual Success of Store-Conditional Instructions"),
 * or a load that is left alone. A store-conditional without its load may
 * fault or just fail, so there is none.
 */
void gen_lr_sc(struct stream *s)
{
	u32 base = reg_base(s), f3 = 2 + pick(s, 2), order = pick(s, 4);
	u32 rd = reg_free_nz(s), rs = reg_any(s);

	emit32(s, OPCODE(0x2f, f3, 2 << 2 | order) | RD(rd) | RS1(base));
	if (chance(s, 4) || rs == rd)
		return;
	emit32(s,
	       OPCODE(0x2f, f3, 3 << 2 | order) | RD(rd) | RS1(base) | RS2(rs));
	/* bnez rd, back to the load: 8 bytes */
	emit32(s, OPCODE(0x63, 1, 0x7f) | RS1(rd) | RD(0x19));
}

/*
 * cbo.zero, cbo.clean, cbo.flush; cbo.inval may drop data or not. Those that
 * write nothing may fault or not where there is no memory.
 */
void gen_cbo(struct stream *s)
{
	static const u8 forms[] = {4, 1, 2};

	s->no_hole = true;
	if (isa.zicboz)
		emit32(s, OPCODE(0x0f, 2, 0) | RS1(reg_base(s)) |
				  IMM_I(forms[pick(s, 3)]));
}

/* ---- floating point --------------------------------------------------------
 */

void gen_fp_memory(struct stream *s)
{
	u32 base = pick(s, 3) << 7, fc = pick(s, 8) << 2, f = pick(s, 32);
	u32 f3 = 2 + pick(s, 2), imm = offset(s, 1U << f3);
	u32 small = pick(s, 4) << 10;

	if (!s->fp)
		return;
	switch (pick(s, 6)) {
	case 0:
		emit32(s, OPCODE(0x07, f3, 0) | RD(f) | RS1(reg_base(s)) |
				  IMM_I(imm));
		return;
	case 1:
		emit32(s, OPCODE(0x27, f3, 0) | RS2(f) | RS1(reg_base(s)) |
				  IMM_S(imm));
		return;
	case 2:
		emit16(s, 0x2000 | base | fc | small); /* c.fld */
		return;
	case 3:
		emit16(s, 0xa000 | base | fc | small); /* c.fsd */
		return;
	case 4:
		emit16(s, 0x2002 | f << 7 | pick(s, 4) << 5); /* c.fldsp */
		return;
	default:
		emit16(s, 0xa002 | f << 2 | small); /* c.fsdsp */
		return;
	}
}

/* funct7 in single precision; double is the same plus one. Bit 8: funct3 is
 * part of the encoding. Bits 16 up: what rs2 must be. */
#define NO_RM BIT(8)
#define UNARY BIT(9)

static const struct {
	u8 f7;
	u16 how;
	u8 choices; /* of funct3, or of rs2 */
} forms_fp[] = {
	{0x00, 0, 0},     {0x04, 0, 0},     {0x08, 0, 0},     {0x0c, 0, 0},
	{0x2c, UNARY, 1}, {0x10, NO_RM, 3}, {0x14, NO_RM, 2},
};

/* To and from integer registers: funct7, and how many rs2 there are. */
static void fp_integer(struct stream *s, u32 rm)
{
	u32 d = pick(s, 2) << 25, f = pick(s, 32);

	switch (pick(s, 5)) {
	case 0: /* fcvt.{w,wu,l,lu}.fmt */
		emit32(s, OPCODE(0x53, rm, 0x60) | d | RD(reg_free(s)) |
				  RS1(f) | RS2(pick(s, 4)));
		return;
	case 1: /* fcvt.fmt.{w,wu,l,lu} */
		emit32(s, OPCODE(0x53, rm, 0x68) | d | RD(f) | RS1(reg_any(s)) |
				  RS2(pick(s, 4)));
		return;
	case 2: /* feq flt fle */
		emit32(s, OPCODE(0x53, pick(s, 3), 0x50) | d | RD(reg_free(s)) |
				  RS1(f) | RS2(pick(s, 32)));
		return;
	case 3: /* fmv.x.fmt, fclass */
		emit32(s, OPCODE(0x53, pick(s, 2), 0x70) | d | RD(reg_free(s)) |
				  RS1(f));
		return;
	default: /* fmv.fmt.x */
		emit32(s, OPCODE(0x53, 0, 0x78) | d | RD(f) | RS1(reg_any(s)));
		return;
	}
}

void gen_fp(struct stream *s)
{
	u32 rm = chance(s, 2) ? 7 : pick(s, 5), n = pick(s, 12);
	u32 regs = RD(pick(s, 32)) | RS1(pick(s, 32)), d = pick(s, 2);
	u32 rs2 = RS2(pick(s, 32));

	if (!s->fp)
		return;
	if (n < ARRAY_SIZE(forms_fp)) {
		if (forms_fp[n].how & NO_RM)
			rm = pick(s, forms_fp[n].choices);
		if (forms_fp[n].how & UNARY)
			rs2 = 0;
		emit32(s, OPCODE(0x53, rm, forms_fp[n].f7 | d) | regs | rs2);
	} else if (n == 7) { /* fmadd fmsub fnmsub fnmadd */
		emit32(s, OPCODE(0x43 | pick(s, 4) << 2, rm, d) | regs | rs2 |
				  pick(s, 32) << 27);
	} else if (n == 8) { /* fcvt.s.d, fcvt.d.s */
		emit32(s, OPCODE(0x53, rm, 0x20 | d) | regs | RS2(!d));
	} else {
		fp_integer(s, rm);
	}
}
