/* SPDX-License-Identifier: BSD-2-Clause */
/* The translation process of the specification, step by step. */
#include "gstage/walk.h"
#include "hyp/csr.h"
#include "hyp/page.h"
#include "hyp/util.h"

#define PTE_RESERVED (0x7fUL << 54)
#define PTE_RWX      (PTE_R | PTE_W | PTE_X)
#define NAPOT_64K    8UL /* ppn[3:0] of the one Svnapot size there is */

/* All bits above the top one of the virtual address equal it. */
static bool canonical(u64 va, u32 levels)
{
	u32 bits = PAGE_SHIFT + 9 * levels;

	return (u64)sign_extend(va, bits) == va;
}

static bool permitted(const struct walk_view *v, u64 pte,
		      enum walk_access access)
{
	if (v->user && !(pte & PTE_U))
		return false;
	if (!v->user && (pte & PTE_U) && (access == WALK_FETCH || !v->sum))
		return false;
	switch (access) {
	case WALK_FETCH:
		return pte & PTE_X;
	case WALK_STORE:
		return pte & PTE_W;
	default:
		return pte & PTE_R || (v->mxr && pte & PTE_X);
	}
}

/* Not a pointer to the next table that this hart accepts. */
static bool malformed(const struct walk_view *v, u64 pte)
{
	u64 pbmt = BITS(pte, 62, 61);

	return !(pte & PTE_V) || (!(pte & PTE_R) && pte & PTE_W) ||
	       pte & PTE_RESERVED || (pbmt && !v->pbmte) || pbmt == 3;
}

static enum walk_result leaf(const struct walk_view *v, gva_t gva,
			     enum walk_access access, struct walk *out)
{
	u64 size = PAGE_SIZE << (9 * out->level);
	u64 base = (out->pte & PTE_PPN) << 2;

	if (!permitted(v, out->pte, access))
		return WALK_PAGE_FAULT;
	if (out->pte & PTE_N) {
		if (!v->napot || out->level ||
		    (base >> PAGE_SHIFT & 15) != NAPOT_64K)
			return WALK_PAGE_FAULT;
		size = KiB(64);
		base = ALIGN_DOWN(base, size);
	}
	if (!IS_ALIGNED(base, size))
		return WALK_PAGE_FAULT;
	out->gpa = GPA(base | (gva.raw & (size - 1)));
	if (!(out->pte & PTE_A) ||
	    (access == WALK_STORE && !(out->pte & PTE_D)))
		return WALK_NEEDS_AD;
	return WALK_OK;
}

enum walk_result walk_guest(const struct walk_view *v, gva_t gva,
			    enum walk_access access, struct walk *out)
{
	u64 mode = v->satp >> ATP_MODE_SHIFT;
	u32 levels = 3 + (mode - ATP_SV39);
	gpa_t table = GPA((v->satp & ATP_PPN) << PAGE_SHIFT);

	*out = (struct walk){0};
	if (mode == ATP_BARE) {
		out->gpa = GPA(gva.raw);
		return WALK_OK;
	}
	BUG_ON(mode < ATP_SV39 || mode > ATP_SV57);
	if (!canonical(gva.raw, levels))
		return WALK_PAGE_FAULT;
	for (u32 level = levels; level-- > 0;) {
		u32 shift = PAGE_SHIFT + 9 * level;

		out->level = level;
		out->pte_at = GPA(table.raw + (gva.raw >> shift & 511) * 8);
		if (!v->read(v->ctx, out->pte_at, &out->pte))
			return WALK_ACCESS_FAULT;
		if (malformed(v, out->pte))
			return WALK_PAGE_FAULT;
		if (out->pte & PTE_RWX)
			return leaf(v, gva, access, out);
		/* A, D, U, N and PBMT are reserved in a pointer. */
		if (out->pte & (PTE_A | PTE_D | PTE_U | PTE_N | PTE_PBMT))
			return WALK_PAGE_FAULT;
		table = GPA((out->pte & PTE_PPN) << 2);
	}
	return WALK_PAGE_FAULT;
}
