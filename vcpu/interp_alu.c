/* SPDX-License-Identifier: BSD-2-Clause */
/* The ops that compute, made from their rows in interp.def. */
#include "vcpu/alu.h"
#include "vcpu/interp_ops.h"

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
