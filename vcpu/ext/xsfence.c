/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * xsfence, a proposal: `sfence.range rs1, rs2` in S-mode fences the rs2 pages
 * from address rs1 on, of every ASID, as that many sfence.vma would. Where each
 * of those is a trap, one instruction for all of them is what it saves.
 */
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/ext/ext.h"

/* custom-1, rd = x0, funct3 and funct7 0. */
#define RANGE_MATCH 0x0000002bU
#define RANGE_MASK  0xfe007fffU

static bool exec(struct vcpu *v, u64 *state, u32 raw, enum priv priv)
{
	const u64 *gpr = v->state.gpr;
	struct fence f = {
		.kinds = FENCE_VMA,
		.start = ALIGN_DOWN(gpr[raw >> 15 & 31], PAGE_SIZE),
	};
	u64 pages = gpr[raw >> 20 & 31];

	if ((raw & RANGE_MASK) != RANGE_MATCH || priv == PRIV_U)
		return false;
	if (!pages)
		return true;
	f.size = pages > FENCE_PAGES_MAX ? ~0UL : pages * PAGE_SIZE;
	if (f.size == ~0UL)
		f.start = 0;
	v->backend->fence(v, &f);
	return true;
}

const struct ext ext_xsfence = {"xsfence", exec, NULL};
