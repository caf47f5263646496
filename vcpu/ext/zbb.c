/* SPDX-License-Identifier: BSD-2-Clause */
/* Zbb, Zbs and Zicond, by the rows of interp.def (Unprivileged,
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

/* Of the rows that belong to that extension. */
static bool exec(struct vcpu *v, u32 raw, const char *name)
{
	u64 *gpr = v->state.gpr;
	bool ours = false;

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];

		if (r->form == EXTENSION)
			ours = !strcmp(r->name, name);
		if (!ours || r->form == EXTENSION ||
		    (raw & r->mask) != r->match)
			continue;
		gpr[raw >> 7 & 31] =
			r->result(gpr[raw >> 15 & 31], second(r, gpr, raw));
		return true;
	}
	return false;
}

#define EXT(extension)                                                        \
	static bool exec_##extension(struct vcpu *v, u32 raw, enum priv priv) \
	{                                                                     \
		return exec(v, raw, #extension);                              \
	}                                                                     \
	const struct ext ext_##extension = {#extension, exec_##extension, 0,  \
					    NULL};

EXT(zbb)
EXT(zbs)
EXT(zicond)
