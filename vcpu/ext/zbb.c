/* SPDX-License-Identifier: BSD-2-Clause */
/* Zba, Zbb, Zbs and Zicond, by the rows of interp.def (Unprivileged,
 * "Bit-manipulation", "Zicond"). */
#include <string.h>

#include "hyp/util.h"
#include "vcpu/alu.h"
#include "vcpu/ext/ext.h"

/* What b is; or that the rows behind belong to another extension. */
enum form { R, I, SH, ONE, EXTENSION };

struct row {
	enum form form;
	u32 match, mask;
	u64 (*result)(u64 a, u64 b);
	const char *name; /* of an extension */
};

#define OP_R(name, match, mask, result)    \
	static u64 do_##name(u64 a, u64 b) \
	{                                  \
		return (u64)(result);      \
	}
#define OP_I  OP_R
#define OP_SH OP_R
#define OP_1  OP_R
#include "vcpu/interp.def"

static const struct row rows[] = {
#define OP_R(name, match, mask, result)  {R, match, mask, do_##name, NULL},
#define OP_I(name, match, mask, result)  {I, match, mask, do_##name, NULL},
#define OP_SH(name, match, mask, result) {SH, match, mask, do_##name, NULL},
#define OP_1(name, match, mask, result)  {ONE, match, mask, do_##name, NULL},
#define OP_EXT(name)                     {EXTENSION, 0, 0, NULL, name},
#include "vcpu/interp.def"
};

static u64 second(const struct row *r, const u64 *gpr, u32 raw)
{
	switch (r->form) {
	case R:
		return gpr[raw >> 20 & 31];
	case I:
		return (s64)((s32)raw >> 20);
	default:
		return raw >> 20 & 63;
	}
}

/* The rows of an extension, once they have been looked up. */
struct part {
	u32 from, to;
	u32 opcodes; /* that they have, as bits */
};

static u32 opcode_bit(u32 raw)
{
	return (raw & 3) == 3 ? 1U << (raw >> 2 & 31) : 0;
}

/* Harts that do this at once come to the same; `to` tells that it is done. */
static void locate(struct part *p, const char *name)
{
	u32 i = 0, from;

	while (rows[i].form != EXTENSION || strcmp(rows[i].name, name) != 0)
		i++;
	from = ++i;
	while (i < ARRAY_SIZE(rows) && rows[i].form != EXTENSION)
		p->opcodes |= opcode_bit(rows[i++].match);
	p->from = from;
	__atomic_store_n(&p->to, i, __ATOMIC_RELEASE);
}

static bool exec(struct vcpu *v, u32 raw, struct part *p, const char *name)
{
	u64 *gpr = v->state.gpr;

	if (!__atomic_load_n(&p->to, __ATOMIC_ACQUIRE))
		locate(p, name);
	if (!(p->opcodes & opcode_bit(raw)))
		return false;
	for (u32 i = p->from; i < p->to; i++) {
		const struct row *r = &rows[i];

		if ((raw & r->mask) != r->match)
			continue;
		gpr[raw >> 7 & 31] =
			r->result(gpr[raw >> 15 & 31], second(r, gpr, raw));
		return true;
	}
	return false;
}

#define EXT(extension)                                                    \
	static bool exec_##extension(struct vcpu *v, u64 *state, u32 raw, \
				     enum priv priv)                      \
	{                                                                 \
		static struct part part;                                  \
                                                                          \
		return exec(v, raw, &part, #extension);                   \
	}                                                                 \
	const struct ext ext_##extension = {#extension, exec_##extension, NULL};

EXT(zba)
EXT(zbb)
EXT(zbs)
EXT(zicond)
