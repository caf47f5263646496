/* SPDX-License-Identifier: BSD-2-Clause */
/* Second-stage translation: the table that hgatp points to. */
#ifndef GSTAGE_GSTAGE_H
#define GSTAGE_GSTAGE_H

#include "gstage/gmap.h"
#include "hyp/pt.h"

/* What the host's hgatp can do; probed once (hardware.c). */
struct gstage_limits {
	u8 levels_min, levels_max; /* 3: Sv39x4, 4: Sv48x4, 5: Sv57x4 */
	u32 vmid_bits;             /* 0..14 */
};

extern struct gstage_limits gstage_limits;

struct gstage {
	struct pt pt;  /* gmap lock */
	u32 level_max; /* the largest leaf to use, PT_LEVEL_*; constant */
	u64 leaves;    /* statistics: leaves mapped; gmap lock */
	/*
	 * The largest leaf that may be around gpa, -1: none; asked with the
	 * gmap's lock. NULL: any. Constant.
	 */
	s32 (*limit)(void *owner, gpa_t gpa);
	void *owner;
};

/*
 * An empty table that can map GPAs below limit, with as few levels as that
 * takes (Privileged, "Hypervisor Guest Address Translation and Protection
 * Register"). False: out of memory, or limit is beyond the host's modes.
 */
bool gstage_init(struct gstage *gs, u64 limit, u32 level_max,
		 struct page_owner *owner);

void gstage_destroy(struct gstage *gs);

/*
 * Map gpa to what backs it in g, backing it if need be, with the largest
 * leaf that both allow. False: not RAM, out of memory, or beyond the limit. The
 * caller fences.
 */
bool gstage_fill(struct gstage *gs, struct gmap *g, gpa_t gpa);

/* Map all that is backed already, sparing the guest the faults. */
bool gstage_fill_backed(struct gstage *gs, struct gmap *g);

/*
 * Nothing is mapped any more; the tables stay where they are, as harts may be
 * in them. The caller sees to what harts keep.
 */
void gstage_drop(struct gstage *gs, struct gmap *g);

/*
 * Nothing is mapped in [gpa, gpa + len), whole pages of 4 KiB, any more. False:
 * no memory to split a larger leaf; some of it is still there. The caller
 * fences.
 */
bool gstage_unmap(struct gstage *gs, struct gmap *g, gpa_t gpa, u64 len);

/*
 * Let the guest read the page at gpa, which is not RAM, from page: loads no
 * longer fault, all else still does. False: out of memory.
 */
bool gstage_show(struct gstage *gs, struct gmap *g, gpa_t gpa, hpa_t page);

/* The value of hgatp for this table, without the VMID. */
u64 gstage_hgatp(const struct gstage *gs);

/* hgatp.MODE for a number of levels. */
static inline u64 gstage_mode(u32 levels)
{
	return 8 + (levels - 3);
}

#endif
