/* SPDX-License-Identifier: BSD-2-Clause */
/* Radix page tables of every kind: the VMM's own, second-stage, shadow. */
#ifndef HYP_PT_H
#define HYP_PT_H

#include "hyp/page.h"
#include "hyp/types.h"

#define PT_LEVEL_4K 0
#define PT_LEVEL_2M 1
#define PT_LEVEL_1G 2
#define PT_LEVELS   5

/*
 * A tree of 512-entry tables of 64-bit entries (Privileged, "Sv39", "Sv48",
 * "Sv57"); the root may have four times as many ("Sv39x4" and so on). Not
 * locked: the owner does that.
 */
struct pt {
	hpa_t root;
	u8 levels;     /* 3, 4 or 5 */
	u8 root_order; /* ORDER_4K, or ORDER_16K for the x4 formats */
	struct page_owner *owner; /* of the table pages */
	u64 tables;               /* pages in tables now */
};

/* Bytes that a leaf of a level covers. */
static inline u64 pt_leaf_size(u32 level)
{
	return PAGE_SIZE << (9 * level);
}

/* An empty tree; false: out of memory. */
bool pt_init(struct pt *pt, u32 levels, u32 root_order,
	     struct page_owner *owner);

/* Give all table pages back; what they map is not touched. */
void pt_destroy(struct pt *pt);

/* Addresses below this can be mapped (as unsigned numbers of that width). */
u64 pt_limit(const struct pt *pt);

/*
 * Map one leaf of a level at addr, both aligned to it; flags are the PTE bits
 * besides V and PPN. Replaces what was there: a table below is freed, a larger
 * leaf above is split. False: out of memory, nothing changed.
 */
bool pt_map(struct pt *pt, u64 addr, hpa_t to, u32 level, u64 flags);

/* Nothing is mapped; no table moves, as somebody may be in one. */
void pt_drop_leaves(struct pt *pt);

/*
 * The entry that decides addr: its leaf, or the invalid one where the walk
 * ends. *level is the level it stands on.
 */
u64 *pt_find(const struct pt *pt, u64 addr, u32 *level);

/*
 * Remove the mapping of the leaf-aligned range [addr, addr + leaf size of
 * level); a larger leaf is split first. False: out of memory for the split.
 */
bool pt_unmap(struct pt *pt, u64 addr, u32 level);

static inline hpa_t pte_hpa(u64 pte)
{
	return HPA((pte & (((1UL << 44) - 1) << 10)) << 2);
}

#endif
