/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest's fences take out of its shadow, and the hart's own fences. */
#include "gstage/fence.h"
#include "gstage/shadow_parts.h"

#define ALL       ~0UL
#define EVERY     ~0UL /* ASID */
#define PAGES_MAX 64   /* more are fenced as a whole */

/* ---- the hart ---------------------------------------------------------- */

void hart_fence_all(const struct shadow *s)
{
	if (s->kind == SHADOW_U)
		sfence_vma_all();
	else
		hfence_vvma_all();
}

void hart_fence_page(const struct shadow *s, u64 gva)
{
	if (s->kind == SHADOW_U)
		sfence_vma(GVA(gva));
	else
		hfence_vvma(GVA(gva));
}

void hart_fence_root(const struct shadow *s, const struct shadow_root *r)
{
	if (s->kind == SHADOW_U)
		sfence_vma_asid(r->id.id);
	else
		hfence_vvma_asid(r->id.id);
}

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
	u64 tag, *pte;
	const struct shadow_memo *m = memo_for(s, r, gva, &tag);
	u32 level = s->levels - 1;

	if (m->tag == tag) {
		m->table->pte[va_index(gva, 0)] = 0;
		return;
	}
	for (;; level--) {
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

/* The window is not the guest's to drop. */
static void drop_range(struct shadow *s, struct shadow_root *r, u64 start,
		       u64 size)
{
	for (u64 gva = start; gva != start + size; gva += PAGE_SIZE) {
		if (!gva_is_ours(s, gva))
			drop_page(s, r, gva);
	}
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
			drop_range(s, r, f->start, f->size);
			continue;
		}
		since = r->seq;
		local &= f->asid != EVERY;
	}
	if (since)
		root_check(s, r, since, local);
}

/* ---- the guest's ------------------------------------------------------- */

void shadow_fence_range(struct shadow *s, u64 start, u64 size, const u64 *asid)
{
	struct shadow_fence *f = &s->fences[++s->seq % SHADOW_FENCES];
	u64 end = ALIGN_UP(start + size, PAGE_SIZE);

	start = ALIGN_DOWN(start, PAGE_SIZE);
	if (size > PAGES_MAX * PAGE_SIZE)
		size = ALL;
	else
		size = end - start;
	*f = (struct shadow_fence){
		.start = start, .size = size, .asid = asid ? *asid : EVERY};
	s->epoch++;
	if (s->current)
		root_catch_up(s, s->current);
	if (size == ALL && !s->current)
		hart_fence_all(s);
	for (u64 gva = start; size != ALL && gva != end; gva += PAGE_SIZE)
		hart_fence_page(s, gva);
	hart_fence_due(s);
}
