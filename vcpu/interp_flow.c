/* SPDX-License-Identifier: BSD-2-Clause */
/* The ops that jump: to a slot of the same line, or by address. */
#include "vcpu/interp_ops.h"

/* A jump is where a slice may end. */
static inline enum interp_stop go_near(OP_ARGS)
{
	e = (const struct slot *)((const char *)e + e->imm);
	left--;
	if (unlikely(left <= 0))
		return stop_at(v, slot_pc(c, e), left, c, INTERP_AGAIN);
	return e->run(v, e, left, c);
}

static inline enum interp_stop go_far(OP_ARGS)
{
	return jump(v, slot_pc(c, e) + (s64)e->imm, left - 1, c);
}

#define OP_B(name, match, mask, condition)                \
	enum interp_stop op_##name##_near(OP_ARGS)        \
	{                                                 \
		u64 a = *reg_at(v, e->rs1);               \
		u64 b = *reg_at(v, e->rs2);               \
                                                          \
		return condition ? go_near(v, e, left, c) \
				 : next(v, e, left, c);   \
	}                                                 \
                                                          \
	enum interp_stop op_##name##_far(OP_ARGS)         \
	{                                                 \
		u64 a = *reg_at(v, e->rs1);               \
		u64 b = *reg_at(v, e->rs2);               \
                                                          \
		return condition ? go_far(v, e, left, c)  \
				 : next(v, e, left, c);   \
	}
#include "vcpu/interp.def"

static inline u64 behind(const struct interp *c, const struct slot *e)
{
	return slot_pc(c, e) + (e->size >> SLOT_SHIFT);
}

enum interp_stop op_j_near(OP_ARGS)
{
	return go_near(v, e, left, c);
}

enum interp_stop op_j_far(OP_ARGS)
{
	return go_far(v, e, left, c);
}

enum interp_stop op_jal_near(OP_ARGS)
{
	*reg_at(v, e->rd) = behind(c, e);
	return go_near(v, e, left, c);
}

enum interp_stop op_jal_far(OP_ARGS)
{
	*reg_at(v, e->rd) = behind(c, e);
	return go_far(v, e, left, c);
}

enum interp_stop op_jr(OP_ARGS)
{
	u64 to = *reg_at(v, e->rs1) + (s64)e->imm;

	return jump(v, to & ~1UL, left - 1, c);
}

enum interp_stop op_jalr(OP_ARGS)
{
	u64 to = *reg_at(v, e->rs1) + (s64)e->imm;

	*reg_at(v, e->rd) = behind(c, e);
	return jump(v, to & ~1UL, left - 1, c);
}
