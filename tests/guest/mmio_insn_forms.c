/* SPDX-License-Identifier: BSD-2-Clause */
/* Every load and store of RV64GC and Zcb: its encoding, from the manual. */
#include "tests/guest/mmio_insn.h"

/* Unprivileged specification: "RV32/64G Instruction Set Listings", "RVC
 * Instruction Set Listings", "Zcb". */
#define LOAD(name, op, funct3, size, sign, fp) \
	{name, op | funct3 << 12, FMT_I, size, false, sign, fp, false}
#define STORE(name, op, funct3, size, fp) \
	{name, op | funct3 << 12, FMT_S, size, true, false, fp, false}
#define COMP(name, op, funct3, fmt, size, store, fp) \
	{name, op | funct3 << 13, fmt, size, store, !(store), fp, false}
#define ZCB(name, funct6, bit6, fmt, size, store, sign) \
	{name, funct6 << 10 | bit6 << 6, fmt, size, store, sign, false, true}

const struct form forms[] = {
	LOAD("lb", 0x03, 0, 1, true, false),
	LOAD("lh", 0x03, 1, 2, true, false),
	LOAD("lw", 0x03, 2, 4, true, false),
	LOAD("ld", 0x03, 3, 8, false, false),
	LOAD("lbu", 0x03, 4, 1, false, false),
	LOAD("lhu", 0x03, 5, 2, false, false),
	LOAD("lwu", 0x03, 6, 4, false, false),
	LOAD("flw", 0x07, 2, 4, false, true),
	LOAD("fld", 0x07, 3, 8, false, true),
	STORE("sb", 0x23, 0, 1, false),
	STORE("sh", 0x23, 1, 2, false),
	STORE("sw", 0x23, 2, 4, false),
	STORE("sd", 0x23, 3, 8, false),
	STORE("fsw", 0x27, 2, 4, true),
	STORE("fsd", 0x27, 3, 8, true),
	COMP("c.fld", 0, 1, FMT_CL_D, 8, false, true),
	COMP("c.lw", 0, 2, FMT_CL_W, 4, false, false),
	COMP("c.ld", 0, 3, FMT_CL_D, 8, false, false),
	COMP("c.fsd", 0, 5, FMT_CL_D, 8, true, true),
	COMP("c.sw", 0, 6, FMT_CL_W, 4, true, false),
	COMP("c.sd", 0, 7, FMT_CL_D, 8, true, false),
	COMP("c.fldsp", 2, 1, FMT_CI_D, 8, false, true),
	COMP("c.lwsp", 2, 2, FMT_CI_W, 4, false, false),
	COMP("c.ldsp", 2, 3, FMT_CI_D, 8, false, false),
	COMP("c.fsdsp", 2, 5, FMT_CSS_D, 8, true, true),
	COMP("c.swsp", 2, 6, FMT_CSS_W, 4, true, false),
	COMP("c.sdsp", 2, 7, FMT_CSS_D, 8, true, false),
	ZCB("c.lbu", 0x20, 0, FMT_CL_B, 1, false, false),
	ZCB("c.lhu", 0x21, 0, FMT_CL_H, 2, false, false),
	ZCB("c.lh", 0x21, 1, FMT_CL_H, 2, false, true),
	ZCB("c.sb", 0x22, 0, FMT_CL_B, 1, true, false),
	ZCB("c.sh", 0x23, 0, FMT_CL_H, 2, true, false),
};

const u32 forms_n = ARRAY_SIZE(forms);

/* With ones and zeros in each part of the scattered immediates. */
s64 form_offset(const struct form *f)
{
	static const s64 offset[] = {
		[FMT_I] = -0x5a8,   [FMT_S] = -0x5a8,   [FMT_CL_B] = 2,
		[FMT_CL_H] = 2,     [FMT_CL_W] = 0x54,  [FMT_CL_D] = 0xa8,
		[FMT_CI_W] = 0xa4,  [FMT_CI_D] = 0x1a8, [FMT_CSS_W] = 0xa4,
		[FMT_CSS_D] = 0x1a8};

	return offset[f->format];
}

static bool is_prime(enum format f)
{
	return f >= FMT_CL_B && f <= FMT_CL_D;
}

static bool is_sp(enum format f)
{
	return f >= FMT_CI_W;
}

bool form_takes_data(const struct form *f, u32 r)
{
	if (is_prime(f->format))
		return r >= 8 && r < 16;
	/* c.lwsp and c.ldsp with rd = x0 are reserved. */
	return !is_sp(f->format) || f->store || f->fp || r != 0;
}

bool form_takes_base(const struct form *f, u32 r)
{
	if (is_prime(f->format))
		return r >= 8 && r < 16;
	return is_sp(f->format) ? r == 2 : r != 0;
}

/* Bits hi..lo of v, put at bit `to`. */
static u32 field(s64 v, u32 hi, u32 lo, u32 to)
{
	return (u32)(((u64)v >> lo) & ((2UL << (hi - lo)) - 1)) << to;
}

static u32 immediate(enum format f, s64 v)
{
	switch (f) {
	case FMT_I:
		return field(v, 11, 0, 20);
	case FMT_S:
		return field(v, 11, 5, 25) | field(v, 4, 0, 7);
	case FMT_CL_B:
		return field(v, 0, 0, 6) | field(v, 1, 1, 5);
	case FMT_CL_H:
		return field(v, 1, 1, 5);
	case FMT_CL_W:
		return field(v, 5, 3, 10) | field(v, 2, 2, 6) |
		       field(v, 6, 6, 5);
	case FMT_CL_D:
		return field(v, 5, 3, 10) | field(v, 7, 6, 5);
	case FMT_CI_W:
		return field(v, 5, 5, 12) | field(v, 4, 2, 4) |
		       field(v, 7, 6, 2);
	case FMT_CI_D:
		return field(v, 5, 5, 12) | field(v, 4, 3, 5) |
		       field(v, 8, 6, 2);
	case FMT_CSS_W:
		return field(v, 5, 2, 9) | field(v, 7, 6, 7);
	case FMT_CSS_D:
		return field(v, 5, 3, 10) | field(v, 8, 6, 7);
	}
	return 0;
}

static u32 registers(enum format f, u32 data, u32 base)
{
	if (f == FMT_I)
		return data << 7 | base << 15;
	if (f == FMT_S)
		return data << 20 | base << 15;
	if (is_prime(f))
		return (data - 8) << 2 | (base - 8) << 7;
	return f == FMT_CI_W || f == FMT_CI_D ? data << 7 : data << 2;
}

u32 form_encode(const struct form *f, u32 data, u32 base)
{
	return f->bits | immediate(f->format, form_offset(f)) |
	       registers(f->format, data, base);
}
