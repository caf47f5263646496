/* SPDX-License-Identifier: BSD-2-Clause */
/* The VMM's own address space: the direct window and the stacks. */
#ifndef HYP_MAP_H
#define HYP_MAP_H

#include "hyp/types.h"

#define STACK_PAGES 4

/*
 * Build it: the image with W^X in 4 KiB pages, all other memory read-write in
 * the largest leaves, a guarded stack and panic stack for each hart. Returns
 * the satp value; the caller switches. image is its physical address.
 */
u64 map_init(u64 image);

/* Bytes of the image in memory, its bss included (boot/link.ld). */
u64 image_size(void);

/* Levels of the VMM's own table: 3 to 5, as many as the host's modes allow. */
u32 map_levels(void);

/* Bits of satp.ASID that stick: 0 to 16. The VMM's own is 0. */
u32 map_asid_bits(void);

/*
 * Map the window under another root of as many levels, by its top entries: a
 * trap under that root finds the VMM in its place.
 */
void map_share(u64 *root);

/* The VMM's own root, and what bits of an address select its entries. */
extern struct map_top {
	const u64 *root;
	u32 shift;
} map_top;

/* va, without sign extension, is under one of those entries. */
static inline bool map_is_ours(u64 va)
{
	return map_top.root[va >> map_top.shift & 511];
}

/*
 * This hart's scratch page, at h->scratch_va under every root that shares the
 * window: U-mode may execute from it while it is open, and nothing else.
 */
void map_scratch(bool open);

#endif
