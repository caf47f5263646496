/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hart for shadow tables: it walks them as hardware does, and keeps what it
 * read in a TLB until it is fenced. It keeps all that the specification lets
 * it: leaves, pointers, and that an entry was invalid.
 */
#ifndef TESTS_UNIT_SHADOW_BENCH_H
#define TESTS_UNIT_SHADOW_BENCH_H

#include <string.h>

#include "fuzz.h"
#include "gstage/fence.h"
#include "gstage/shadow.h"
#include "host.h"
#include "hyp/csr.h"
#include "hyp/hart.h"
#include "hyp/map.h"
#include "hyp/pt.h"
#include "hyp/util.h"

#define RAM         0x80000000UL
#define BENCH_HARTS 2

/* ---- the VMM's part of a foreign root ----------------------------------- */

/* Its one top-level entry: a leaf without U, which no guest may see. */
#define OURS_INDEX  300
#define OURS_PTE                                                            \
	(0xabcUL << PTE_PPN_SHIFT | PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | \
	 PTE_D)

static u64 bench_own[512] = {[OURS_INDEX] = OURS_PTE};
static u32 bench_levels;
struct map_top map_top;

static void bench_set_levels(u32 levels)
{
	bench_levels = levels;
	map_top.root = bench_own;
	map_top.shift = PAGE_SHIFT + 9 * (levels - 1);
}

void map_share(u64 *root)
{
	root[OURS_INDEX] = OURS_PTE;
}

/* ---- the hart ----------------------------------------------------------- */

#define TLB_SIZE 64

struct tlb_entry {
	bool valid, guest; /* of V=1 */
	u64 asid, va;      /* of its first byte */
	u32 level;
	u64 pte; /* 0: known to be invalid; a pointer; a leaf */
};

static struct tlb_entry tlb[BENCH_HARTS][TLB_SIZE];
static u64 bench_seed = 1;
static u64 bench_fences; /* that the hart was asked for */

static u64 dice(u64 n)
{
	return fuzz_random(&bench_seed) % n;
}

static bool pointer_pte(u64 pte)
{
	return pte & PTE_V && !(pte & (PTE_R | PTE_W | PTE_X));
}

static bool covers(const struct tlb_entry *e, u64 va)
{
	return e->valid && va - e->va < pt_leaf_size(e->level);
}

/* Privileged, "Supervisor Memory-Management Fence Instruction". */
void host_fence(bool guest, const u64 *va, const u64 *asid)
{
	bench_fences++;
	for (u32 i = 0; i < TLB_SIZE; i++) {
		struct tlb_entry *e = &tlb[host_hart][i];

		if (e->guest != guest || (asid && e->asid != *asid))
			continue;
		/* By address: leaves, and what was no entry at all. */
		if (va && (!covers(e, *va) || pointer_pte(e->pte)))
			continue;
		e->valid = false;
	}
}

/* What the hart remembers for va on that level, or NULL. */
static struct tlb_entry *tlb_find(bool guest, u64 asid, u64 va, u32 level)
{
	u32 start = dice(TLB_SIZE);

	for (u32 i = 0; i < TLB_SIZE; i++) {
		struct tlb_entry *e = &tlb[host_hart][(start + i) % TLB_SIZE];

		if (covers(e, va) && e->guest == guest && e->asid == asid &&
		    e->level == level)
			return e;
	}
	return NULL;
}

static u64 tlb_read(bool guest, u64 asid, u64 va, u32 level, const u64 *at)
{
	struct tlb_entry *e = tlb_find(guest, asid, va, level);

	if (e && dice(8))
		return e->pte;
	if (dice(4)) {
		e = &tlb[host_hart][dice(TLB_SIZE)];
		*e = (struct tlb_entry){
			.valid = true,
			.guest = guest,
			.asid = asid,
			.va = ALIGN_DOWN(va, pt_leaf_size(level)),
			.level = level,
			.pte = *at & PTE_V ? *at : 0,
		};
	}
	return *at;
}

/*
 * The leaf that the hart uses for va with that satp, 0: none. A leaf that it
 * remembers on any level will do, whatever the table says now.
 */
static u64 hart_leaf(bool guest, u64 satp, u64 va, u32 *level)
{
	u64 asid = (satp & ATP_ASID) >> ATP_ASID_SHIFT, pte;
	u64 *table = hpa_ptr(HPA((satp & ATP_PPN) << PAGE_SHIFT));

	*level = 3 + (satp >> ATP_MODE_SHIFT) - ATP_SV39 - 1;
	if ((u64)sign_extend(va, PAGE_SHIFT + 9 * (*level + 1)) != va)
		return 0;
	for (u32 l = 0; l <= *level; l++) {
		struct tlb_entry *e = tlb_find(guest, asid, va, l);

		if (e && e->pte && !pointer_pte(e->pte) && dice(2)) {
			*level = l;
			return e->pte;
		}
	}
	for (;; --*level) {
		u32 shift = PAGE_SHIFT + 9 * *level;

		pte = tlb_read(guest, asid, va, *level,
			       &table[va >> shift & 511]);
		if (!pointer_pte(pte))
			break;
		BUG_ON(!*level);
		table = hpa_ptr(pte_hpa(pte));
	}
	if (!(pte & PTE_V))
		return 0;
	/* Svade; and no reserved bit is set. */
	BUG_ON(!(pte & PTE_A) || !(pte & PTE_D) || pte & (0x7fUL << 54));
	BUG_ON(!IS_ALIGNED(pte_hpa(pte).raw, pt_leaf_size(*level)) &&
	       pte != OURS_PTE);
	return pte;
}

/* Privileged, "Virtual Address Translation Process", steps 5 to 7. */
static bool leaf_allows(u64 pte, enum walk_access access, u32 view)
{
	if (!(pte & PTE_V))
		return false;
	if (view & VIEW_USER && !(pte & PTE_U))
		return false;
	if (!(view & VIEW_USER) && pte & PTE_U &&
	    (access == WALK_FETCH || !(view & VIEW_SUM)))
		return false;
	if (access == WALK_FETCH)
		return pte & PTE_X;
	if (access == WALK_STORE)
		return pte & PTE_W;
	return pte & PTE_R || (view & VIEW_MXR && pte & PTE_X);
}

#endif
