/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest's fences take out of its shadow, and the hart's own fences. */
#include "gstage/shadow_parts.h"

#define ALL       ~0UL
#define EVERY     ~0UL /* ASID */
#define PAGES_MAX 64   /* more are fenced as a whole */

/* ---- one page ---------------------------------------------------------- */

/* All leaves below, and what they are parts of. */
static void drop_below(struct table *t)
{
	for (u32 i = 0; i < 512; i++) {
		if (is_table(t->pte[i]))
			drop_below(pte_table(t->pte[i]));
		else
			t->pte[i] = 0;
	}
}

/*
 * The leaf stays in its log, empty: mostly it is filled again soon. A leaf of
 * the guest that the shadow has in parts goes as a whole.
 */
static void drop_page(struct shadow *s, struct shadow_root *r, u64 gva)
{
	struct table *t = r->top;
	u64 *pte;

	if (gva_is_ours(s, gva))
		return;
	for (u32 level = s->levels - 1;; level--) {
		pte = &t->pte[va_index(gva, level)];
		if (!is_table(*pte))
			break;
		t = pte_table(*pte);
		if (*pte & PTE_BROKEN) {
			/* The hart knows the parts, not the whole. */
			s->must_flush = true;
			return drop_below(t);
		}
	}
	*pte = 0;
}

static inline void fence_page(struct shadow *s, struct shadow_root *r, u64 gva)
{
	u64 tag;
	struct shadow_memo *m = memo_for(s, r, gva, &tag);

	if (m->tag == tag)
		leaf_refresh(s, r, m, gva);
	else
		drop_page(s, r, gva);
}

/* ---- all --------------------------------------------------------------- */

/*
 * As if all leaves were dropped and filled again. since: the fence that asks
 * for it; local: global leaves need not be looked at.
 */
static void root_check(struct shadow *s, struct shadow_root *r, u64 since,
		       bool local)
{
	for (u32 i = r->nlinks; i-- > 0;) {
		struct link *l = &r->links[i];

		if (guest_load(l->o.gpte) != l->o.gval)
			link_drop(s, r, l);
		else if (l->node && (l->node->local || !local) &&
			 l->node->checked < since)
			node_check(s, l->node);
	}
	hart_fence_root(s, r);
}

/* Without tables there is nothing that could be other than it was. */
static bool concerns(const struct shadow_fence *f, const struct shadow_root *r)
{
	return r->levels &&
	       (f->asid == EVERY ||
		((r->satp ^ f->asid << ATP_ASID_SHIFT) & ATP_ASID) == 0);
}

/*
 * In sync: there is nothing to compare, unless somebody has written unseen.
 * Then all is, as no fence can tell what that concerns.
 */
static void sync_check(struct shadow *s, struct shadow_root *r)
{
	u64 foreign = __atomic_load_n(&s->gmap->foreign, __ATOMIC_ACQUIRE);

	if (s->alone && r->foreign == foreign)
		return hart_fence_root(s, r);
	r->foreign = foreign;
	root_check(s, r, ALL, false);
}

void root_catch_up(struct shadow *s, struct shadow_root *r)
{
	u64 since = 0;
	bool local = true;

	if (s->seq - r->seq > SHADOW_FENCES) {
		since = s->seq;
		local = false;
		r->seq = s->seq;
	}
	while (r->seq != s->seq) {
		const struct shadow_fence *f =
			&s->fences[++r->seq % SHADOW_FENCES];

		if (!concerns(f, r))
			continue;
		if (f->size != ALL) {
			for (u64 i = 0; i < f->size; i += PAGE_SIZE)
				fence_page(s, r, f->start + i);
			continue;
		}
		since = r->seq;
		local &= f->asid != EVERY;
	}
	if (since && unlikely(s->tracked))
		sync_check(s, r);
	else if (since)
		root_check(s, r, since, local);
}

/* ---- the guest's ------------------------------------------------------- */

static void note(struct shadow *s, u64 start, u64 size, u64 asid)
{
	s->fences[++s->seq % SHADOW_FENCES] = (struct shadow_fence){
		.start = start, .size = size, .asid = asid};
}

/* Roots of other satps make up for it when they are used again. */
static void fence_same(struct shadow *s)
{
	for (u32 i = 0; i < s->nsame; i++)
		root_catch_up(s, s->same[i]);
}

void shadow_fence_page(struct shadow *s, gva_t gva)
{
	note(s, gva.raw, PAGE_SIZE, EVERY);
	for (u32 i = 0; i < s->nsame; i++) {
		struct shadow_root *r = s->same[i];

		if (likely(r->seq == s->seq - 1 && r->levels)) {
			r->seq = s->seq;
			fence_page(s, r, gva.raw);
		} else {
			root_catch_up(s, r);
		}
	}
	hart_fence_page(s, gva.raw);
	hart_fence_due(s);
}

static void fence_all(struct shadow *s, u64 asid)
{
	note(s, 0, ALL, asid);
	s->epoch++;
	s->nsame = 0;
	if (!s->current)
		return hart_fence_all(s);
	s->same[s->nsame++] = s->current;
	root_catch_up(s, s->current);
}

void shadow_fence_range(struct shadow *s, u64 start, u64 size, const u64 *asid)
{
	u64 end = ALIGN_UP(start + size, PAGE_SIZE);

	if (size > PAGES_MAX * PAGE_SIZE) {
		fence_all(s, asid ? *asid : EVERY);
	} else {
		start = ALIGN_DOWN(start, PAGE_SIZE);
		note(s, start, end - start, asid ? *asid : EVERY);
		fence_same(s);
		for (u64 gva = start; gva != end; gva += PAGE_SIZE)
			hart_fence_page(s, gva);
	}
	hart_fence_due(s);
}
