/* SPDX-License-Identifier: BSD-2-Clause */
/* What the results of interp.def are made of. */
#ifndef VCPU_ALU_H
#define VCPU_ALU_H

#include "hyp/types.h"
#include "hyp/util.h"

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

#endif
