/* SPDX-License-Identifier: BSD-2-Clause */
/* The second stage: filled by faults, with the largest leaf that fits. */
#include "gstage/gstage.h"
#include "hyp/csr.h"
#include "hyp/util.h"

/* U: the second stage checks as if from user mode. A, D: never fault. */
#define RAM_FLAGS (PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D)

struct gstage_limits gstage_limits;

bool gstage_init(struct gstage *gs, u64 limit, u32 level_max,
		 struct page_owner *owner)
{
	u32 levels = gstage_limits.levels_min;

	/* The root has two more bits: 41, 50 or 59 bits of GPA. */
	while (levels <= gstage_limits.levels_max &&
	       limit > BIT(PAGE_SHIFT + 9 * levels + 2))
		levels++;
	if (!levels || levels > gstage_limits.levels_max)
		return false;
	*gs = (struct gstage){.level_max = level_max};
	return pt_init(&gs->pt, levels, ORDER_16K, owner);
}

void gstage_destroy(struct gstage *gs)
{
	pt_destroy(&gs->pt);
}

static bool map(struct gstage *gs, const struct gmap *g, gpa_t gpa,
		struct gpage *page)
{
	u64 flags = RAM_FLAGS, off;

	if (unlikely(gs->limit)) {
		s32 limit = gs->limit(gs->owner, gpa);

		if (limit < 0)
			return false;
		page->level = MIN(page->level, (u32)limit);
	}
	if (unlikely(gmap_closed(g, gpa)))
		flags &= ~PTE_W;
	off = ALIGN_DOWN(gpa.raw - page->gpa.raw, pt_leaf_size(page->level));
	return pt_map(&gs->pt, page->gpa.raw + off, HPA(page->hpa.raw + off),
		      page->level, flags);
}

bool gstage_fill(struct gstage *gs, struct gmap *g, gpa_t gpa)
{
	struct gpage page;
	bool ok;

	if (!gmap_get(g, gpa, &page))
		return false;
	page.level = MIN(page.level, gs->level_max);
	lock_acquire(&g->lock);
	ok = map(gs, g, gpa, &page);
	gs->leaves += ok;
	lock_release(&g->lock);
	return ok;
}

bool gstage_fill_backed(struct gstage *gs, struct gmap *g)
{
	gpa_t gpa = g->base;

	while (gmap_next_backed(g, &gpa)) {
		struct gpage page;

		if (unlikely(gs->limit) && gs->limit(gs->owner, gpa) < 0) {
			gpa.raw += PAGE_SIZE;
			continue;
		}
		if (!gstage_fill(gs, g, gpa) || !gmap_get(g, gpa, &page))
			return false;
		gpa.raw += pt_leaf_size(MIN(page.level, gs->level_max));
	}
	return true;
}

void gstage_drop(struct gstage *gs, struct gmap *g)
{
	lock_acquire(&g->lock);
	pt_drop_leaves(&gs->pt);
	lock_release(&g->lock);
}

bool gstage_unmap(struct gstage *gs, struct gmap *g, gpa_t gpa, u64 len)
{
	bool ok = true;

	lock_acquire(&g->lock);
	while (ok && len) {
		u32 level = IS_ALIGNED(gpa.raw, MiB(2)) && len >= MiB(2)
				    ? PT_LEVEL_2M
				    : PT_LEVEL_4K;

		ok = pt_unmap(&gs->pt, gpa.raw, level);
		gpa.raw += pt_leaf_size(level);
		len -= pt_leaf_size(level);
	}
	lock_release(&g->lock);
	return ok;
}

bool gstage_show(struct gstage *gs, struct gmap *g, gpa_t gpa, hpa_t page)
{
	bool ok;

	lock_acquire(&g->lock);
	ok = pt_map(&gs->pt, gpa.raw, page, PT_LEVEL_4K, PTE_R | PTE_U | PTE_A);
	lock_release(&g->lock);
	return ok;
}

u64 gstage_hgatp(const struct gstage *gs)
{
	return gstage_mode(gs->pt.levels) << ATP_MODE_SHIFT |
	       gs->pt.root.raw >> PAGE_SHIFT;
}
