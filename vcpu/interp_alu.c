/* SPDX-License-Identifier: BSD-2-Clause */
/* The ops that compute, made from their rows in interp.def. */
#include "vcpu/interp_ops.h"

static inline u64 word(u64 x)
{
	return (u64)(s64)(s32)x;
}

/* Unprivileged, "Division Operations": no traps, all results defined. */
static inline u64 div_s(u64 a, u64 b)
{
	if (!b)
		return ~0UL;
	return b == ~0UL ? -a : (u64)((s64)a / (s64)b);
}

static inline u64 rem_s(u64 a, u64 b)
{
	if (!b)
		return a;
	return b == ~0UL ? 0 : (u64)((s64)a % (s64)b);
}

static inline u64 mul_high_uu(u64 a, u64 b)
{
	return (unsigned __int128)a * b >> 64;
}

static inline u64 mul_high_ss(u64 a, u64 b)
{
	return (__int128)(s64)a * (s64)b >> 64;
}

static inline u64 mul_high_su(u64 a, u64 b)
{
	return mul_high_uu(a, b) - ((s64)a < 0 ? b : 0);
}

static inline u64 rotate_right(u64 a, u64 by)
{
	return a >> (by & 63) | a << (-by & 63);
}

static inline u64 rotate_right_word(u64 a, u64 by)
{
	return word((u32)a >> (by & 31) | (u32)a << (-by & 31));
}

/* Each byte with a bit set becomes 0xff: carries stay in their byte. */
static inline u64 or_combine(u64 a)
{
	const u64 low = 0x7f7f7f7f7f7f7f7f;
	u64 top = (((a & low) + low) | a) & ~low;

	return (top >> 7) * 0xff;
}

#define OP_R(name, match, mask, result)            \
	enum interp_stop op_##name(OP_ARGS)        \
	{                                          \
		u64 a = *reg_at(v, e->rs1);        \
		u64 b = *reg_at(v, e->rs2);        \
                                                   \
		*reg_at(v, e->rd) = (u64)(result); \
		return next(v, e, left, c);        \
	}

#define OP_I(name, match, mask, result)                      \
	enum interp_stop op_##name(OP_ARGS)                  \
	{                                                    \
		u64 a = *reg_at(v, e->rs1), b = (s64)e->imm; \
                                                             \
		*reg_at(v, e->rd) = (u64)(result);           \
		return next(v, e, left, c);                  \
	}

#define OP_SH OP_I

#define OP_1(name, match, mask, result)            \
	enum interp_stop op_##name(OP_ARGS)        \
	{                                          \
		u64 a = *reg_at(v, e->rs1);        \
                                                   \
		*reg_at(v, e->rd) = (u64)(result); \
		return next(v, e, left, c);        \
	}

/* Where the result is b alone, pc is not worked out. */
#define OP_U(name, match, mask, result)                         \
	enum interp_stop op_##name(OP_ARGS)                     \
	{                                                       \
		u64 pc __attribute__((unused)) = slot_pc(c, e); \
		u64 b = (s64)e->imm;                            \
                                                                \
		*reg_at(v, e->rd) = (u64)(result);              \
		return next(v, e, left, c);                     \
	}

#include "vcpu/interp.def"

enum interp_stop op_nop(OP_ARGS)
{
	return next(v, e, left, c);
}
