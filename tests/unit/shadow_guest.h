/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest of random page tables, and what the architecture lets its hart make
 * of them: what they said at some time after the last fence.
 */
#ifndef TESTS_UNIT_SHADOW_GUEST_H
#define TESTS_UNIT_SHADOW_GUEST_H

#include "gstage/shadow_parts.h"
#include "shadow_bench.h"

#define TABLES  16 /* the first pages of RAM */
#define ROOTS   6
#define SIZE    MiB(16)
#define HISTORY 160 /* writes, then the guest fences everything */

/* A change of the guest's tables, and a fence, by the clock. */
struct write {
	u64 *at, old, time;
};

struct fence_op {
	u64 time, start, size, asid; /* size ~0: all; asid ~0: every */
};

#define RECENT 4

/* A root that a fast path used lately. */
struct recent {
	u64 satp, hardware, stamp;
	struct shadow_root *root;
	u32 mode;
};

static struct guest {
	struct gmap gmap;
	struct shadow shadow;
	struct page_owner owner;
	u64 clock;
	u32 writes, fences;
	struct write write[HISTORY];
	struct fence_op fence[HISTORY];
	u64 satp;     /* the guest's */
	u32 mode;     /* VIEW_* as they are now */
	u64 hardware; /* the satp that the hart has */
	u32 hart;     /* where it ran last */
	/* What a fast path keeps of shadow_use(): of one satp, by view. */
	u64 epoch, cached_satp, cached[VIEW_COUNT];
	struct recent recent[RECENT];
	u64 satps[ROOTS]; /* that the guest switches among */
	u64 lately[16];   /* where it has been */
	bool sync;        /* its shadow is kept in sync */
	bool poor;        /* memory is short: anything may fail */
} guests[2], *g;

static u64 stale; /* uses of what the tables no longer say */

/* ---- the guest's tables ------------------------------------------------- */

static u64 *entry_at(u32 table, u32 index)
{
	struct gpage page;
	gpa_t gpa = GPA(RAM + table * PAGE_SIZE + index * 8);

	BUG_ON(!gmap_get(&g->gmap, gpa, &page));
	return (u64 *)((char *)hpa_ptr(page.hpa) + (gpa.raw - page.gpa.raw));
}

static u32 some_index(void)
{
	static const u32 some[] = {0, 1, 2, 16, 255, 256, OURS_INDEX, 511};

	return some[dice(ARRAY_SIZE(some))];
}

static u64 some_pte(void)
{
	u64 pte = dice(30) ? PTE_V : 0, ppn = RAM >> PAGE_SHIFT;

	if (dice(2))
		return pte | (ppn + dice(TABLES)) << PTE_PPN_SHIFT |
		       (dice(60) ? 0 : dice(256)) | dice(16) % 2 * PTE_G;
	ppn += dice(SIZE >> PAGE_SHIFT);
	ppn &= ~0UL << (dice(3) * 9 * dice(3));
	ppn += dice(30) ? 0 : dice(2) << 30;
	pte |= ppn << PTE_PPN_SHIFT | dice(8) << 2 | (dice(4) ? PTE_R : 0);
	pte |= dice(2) * PTE_U | dice(4) % 2 * PTE_G;
	pte |= (dice(10) ? PTE_A : 0) | (dice(4) ? PTE_D : 0);
	if (!dice(20))
		pte |= dice(4) << 61;
	if (!dice(10))
		pte = (pte & ~(15UL << PTE_PPN_SHIFT)) | 8UL << PTE_PPN_SHIFT |
		      PTE_N;
	if (!dice(50))
		pte |= 1UL << (54 + dice(7));
	return pte;
}

static void guest_fence(u64 start, u64 size, u64 asid);

static u64 caught, opened; /* stores into tables that are watched */

/*
 * A store that the shadow in sync would catch: carried out and told, or left to
 * the hart. What it does not watch the hart stores by itself.
 */
static void guest_store(u64 *at, u64 value)
{
	gpa_t gpa = {0};

	for (u32 t = 0; g->sync && t < TABLES; t++) {
		if (at - entry_at(t, 0) < 512 && at >= entry_at(t, 0))
			gpa = GPA(RAM + t * PAGE_SIZE + (u64)at % PAGE_SIZE);
	}
	if (!gpa.raw || !g->shadow.tracked ||
	    !sync_tracks_page(&g->shadow, gpa)) {
		*at = value;
	} else if (dice(8)) {
		*at = value;
		shadow_wrote(&g->shadow, gpa, dice(8));
		caught++;
	} else {
		shadow_open(&g->shadow, gpa);
		if (g->shadow.tracked)
			assert_false(sync_tracks_page(&g->shadow, gpa));
		*at = value;
		opened++;
	}
}

static void guest_write(u64 *at, u64 value)
{
	if (g->writes == HISTORY || g->fences >= HISTORY - 2)
		guest_fence(0, ~0UL, ~0UL);
	g->write[g->writes++] =
		(struct write){.at = at, .old = *at, .time = ++g->clock};
	guest_store(at, value);
}

static u64 new_va(void)
{
	u32 levels = g->shadow.levels, i;
	u64 va = 0;

	if (g->satp >> ATP_MODE_SHIFT)
		levels = 3 + (g->satp >> ATP_MODE_SHIFT) - ATP_SV39;
	if (!(g->satp >> ATP_MODE_SHIFT))
		return RAM - MiB(1) + dice(SIZE + MiB(2));
	for (i = 0; i < levels; i++)
		va = va << 9 | some_index();
	va = va << PAGE_SHIFT | dice(PAGE_SIZE);
	if (dice(50))
		va = sign_extend(va, PAGE_SHIFT + 9 * levels);
	return va;
}

/* ---- what the architecture allows --------------------------------------- */

static bool read_guest(void *ctx, gpa_t at, u64 *pte)
{
	return gmap_read(ctx, at, pte, sizeof(*pte));
}

/* What the next walk is to find in its first entry; NULL: what is there. */
static const u64 *first_entry;

static bool read_entry(void *ctx, gpa_t at, u64 *pte)
{
	const u64 *first = first_entry;

	first_entry = NULL;
	if (!first)
		return read_guest(ctx, at, pte);
	*pte = *first;
	return true;
}

/* As the hart walks that has the top-level entry `top`; NULL: the guest's. */
static enum walk_result walk_below(const u64 *top, u64 va,
				   enum walk_access access, u32 mode,
				   struct walk *w)
{
	struct walk_view view = {
		.satp = g->satp,
		.user = mode & VIEW_USER,
		.sum = mode & VIEW_SUM,
		.mxr = mode & VIEW_MXR,
		.pbmte = true,
		.napot = true,
		.read = read_entry,
		.ctx = &g->gmap,
	};
	enum walk_result result;

	first_entry = top;
	result = walk_guest(&view, GVA(va), access, w);
	first_entry = NULL;
	return result;
}

static enum walk_result walk(u64 va, enum walk_access access, u32 mode,
			     struct walk *w)
{
	return walk_below(NULL, va, access, mode, w);
}

/* Mostly where the guest has been before, and something is mapped. */
static u64 some_va(void)
{
	u64 *va = &g->lately[dice(ARRAY_SIZE(g->lately))];

	struct walk w;

	if (!dice(10) || walk(*va, WALK_LOAD, g->mode, &w)) {
		*va = new_va();
		for (u32 i = 0; i < 30; i++) {
			if (walk(*va, WALK_LOAD, g->mode, &w) == WALK_OK)
				break;
			*va = new_va();
		}
	}
	return dice(4) ? *va : *va ^ dice(8) * dice(8) << PAGE_SHIFT;
}

/* An entry, mostly on the way to where the guest has been. */
static u64 *some_entry(void)
{
	struct walk w;

	walk(some_va(), WALK_LOAD, g->mode, &w);
	if (!dice(4) || w.pte_at.raw - RAM >= TABLES * PAGE_SIZE)
		return entry_at(dice(TABLES), some_index());
	return entry_at((w.pte_at.raw - RAM) / PAGE_SIZE,
			w.pte_at.raw % PAGE_SIZE / 8);
}

static void change_tables(void)
{
	u64 *at = some_entry();
	u32 index;

	switch (dice(8)) {
	case 0: /* as a kernel does for a new process */
		index = some_index();
		at = entry_at(dice(ROOTS), index);
		return guest_write(at, *entry_at(dice(ROOTS), index));
	case 1:
		return guest_write(at, 0);
	case 2:
	case 3:
		return guest_write(at, *at ^ 1UL << dice(8));
	case 4:
		return guest_write(
			at, *at ^ dice(SIZE) >> PAGE_SHIFT << PTE_PPN_SHIFT);
	default:
		return guest_write(at, some_pte());
	}
}

static u32 hardware_mode(u32 mode)
{
	return g->shadow.kind == SHADOW_U ? VIEW_USER : mode;
}

/*
 * Of all that the leaf allows, the guest's tables allow each now, or not. top:
 * as for walk_below().
 */
static bool tables_say(const u64 *top, u64 va, u64 pte, u32 level,
		       struct walk *w)
{
	u64 hpa = pte_hpa(pte).raw + (va & (pt_leaf_size(level) - 1));
	bool vs = g->shadow.kind == SHADOW_VS, bare = !g->satp;
	struct gpage page;

	for (u32 i = 0; i < (vs ? VIEW_COUNT : 1) * 3; i++) {
		u32 mode = vs ? i / 3 : g->mode;

		if (bare && (mode ^ g->mode) & VIEW_USER)
			continue;
		if (!leaf_allows(pte, i % 3, hardware_mode(mode)))
			continue;
		if (walk_below(top, va, i % 3, mode, w) != WALK_OK)
			return false;
		if (!gmap_peek(&g->gmap, w->gpa, &page) ||
		    page.hpa.raw + (w->gpa.raw - page.gpa.raw) != hpa)
			return false;
		if ((pte ^ w->pte) & PTE_PBMT)
			return false;
	}
	return true;
}

/* Nothing since then made the hart forget a leaf of va's with that origin. */
static bool survives(u64 va, const struct walk *w, u64 time)
{
	u64 size = w->pte & PTE_N ? KiB(64) : pt_leaf_size(w->level);
	u64 first = ALIGN_DOWN(va, size);

	for (u32 i = 0; i < g->fences; i++) {
		struct fence_op *f = &g->fence[i];

		if (f->time < time)
			continue;
		if (f->asid != ~0UL &&
		    (f->asid != (g->satp & ATP_ASID) >> ATP_ASID_SHIFT ||
		     w->pte & PTE_G))
			continue;
		if (f->size == ~0UL || f->start - first < size ||
		    first - f->start < f->size)
			return false;
	}
	return true;
}

static void undo(u32 i)
{
	u64 now = *g->write[i].at;

	*g->write[i].at = g->write[i].old;
	g->write[i].old = now;
}

/* A fence of all has come since then: no pointer of that time is known. */
static bool forgotten(u64 time)
{
	for (u32 i = 0; i < g->fences; i++) {
		struct fence_op *f = &g->fence[i];

		if (f->time >= time && f->size == ~0UL &&
		    (f->asid == ~0UL ||
		     f->asid == (g->satp & ATP_ASID) >> ATP_ASID_SHIFT))
			return true;
	}
	return false;
}

/*
 * The same, with the guest's top-level entry as the hart may still know it,
 * from before the first n writes or from between them.
 */
static bool tables_say_below(u32 n, u64 va, u64 pte, u32 level, struct walk *w)
{
	u32 levels = 3 + (g->satp >> ATP_MODE_SHIFT) - ATP_SV39;
	u32 index = va >> (PAGE_SHIFT + 9 * (levels - 1)) & 511;
	const u64 *top;
	bool fine = false;

	if (!g->satp)
		return false;
	top = entry_at((g->satp & ATP_PPN) - (RAM >> PAGE_SHIFT), index);
	for (u32 i = 0; i < n && !fine; i++) {
		const struct write *write = &g->write[i];

		if (write->at == top && !forgotten(write->time))
			fine = tables_say(&write->old, va, pte, level, w);
	}
	return fine;
}

/* The hart may use that leaf: now, or as something it has not forgotten. */
static bool lawful(u64 va, u64 pte, u32 level)
{
	struct walk w = {0};
	bool fine = tables_say(NULL, va, pte, level, &w) ||
		    tables_say_below(g->writes, va, pte, level, &w);
	u32 i = g->writes;

	while (!fine && i) {
		undo(--i);
		fine = (tables_say(NULL, va, pte, level, &w) ||
			tables_say_below(i, va, pte, level, &w)) &&
		       survives(va, &w, g->write[i].time);
		stale += fine;
	}
	for (; i < g->writes; i++)
		undo(i);
	return fine;
}

#endif
