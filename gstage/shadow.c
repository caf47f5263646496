/* SPDX-License-Identifier: BSD-2-Clause */
/* Shadow page tables: roots, and which of them is in use. */
#include <string.h>

#include "gstage/shadow_parts.h"
#include "hyp/hart.h"
#include "hyp/map.h"

/* Of a vcpu's shadow: for a small guest, and more the larger it is. */
#define PAGES_MIN   1024
#define PAGES_SHARE 64 /* of the guest's own pages */

/* No guest's satp: its mode is reserved. */
#define SATP_NONE   ~0UL

_Static_assert(sizeof(struct shadow_memo) * MEMOS == PAGE_SIZE << MEMO_ORDER,
	       "no room lost");

bool shadow_init(struct shadow *s, enum shadow_kind kind, u32 levels,
		 struct gmap *g, struct page_owner *owner)
{
	*s = (struct shadow){
		.kind = kind,
		.levels = levels,
		.gmap = g,
		.owner = owner,
		.ids = kind == SHADOW_U ? &ids_asid : &ids_vasid,
		.pages_max = PAGES_MIN + (g->size >> PAGE_SHIFT) / PAGES_SHARE,
	};
	s->memo = page_get(s, MEMO_ORDER);
	return s->memo;
}

void shadow_limit(struct shadow *s, s32 (*limit)(void *limiter, gpa_t gpa),
		  void *limiter)
{
	s->limit = limit;
	s->limiter = limiter;
	s->picky = true;
}

void memo_clear(struct shadow *s)
{
	for (u32 i = 0; i < MEMOS; i++)
		s->memo[i].tag = 0;
}

/* ---- links ------------------------------------------------------------- */

void link_drop(struct shadow *s, struct shadow_root *r, struct link *l)
{
	struct link *last = &r->links[--r->nlinks];

	*l->o.spte = 0;
	*origin_of(l->o.spte) = NULL;
	memo_clear(s);
	if (l->node)
		node_put(s, l->node);
	if (l == last)
		return;
	*l = *last;
	*origin_of(l->o.spte) = &l->o;
}

void root_empty(struct shadow *s, struct shadow_root *r)
{
	while (r->nlinks)
		link_drop(s, r, &r->links[r->nlinks - 1]);
	memo_clear(s);
	s->must_flush = true;
}

/* ---- making and giving up ---------------------------------------------- */

/* The tables of a root that is empty; the last made are the lowest. */
static void drop_uppers(struct shadow *s, struct shadow_root *r)
{
	while (r->nuppers) {
		r->nuppers--;
		*r->uppers[r->nuppers].spte = 0;
		table_put(s, r->uppers[r->nuppers].table);
	}
}

static void leave_same(struct shadow *s, const struct shadow_root *r)
{
	for (u32 i = s->nsame; i-- > 0;) {
		if (s->same[i] == r)
			s->same[i] = s->same[--s->nsame];
	}
}

/*
 * Nobody's any more. Its top table stays: the hart may be on it while it is in
 * the VMM, which is mapped there.
 */
static void root_give_up(struct shadow *s, struct shadow_root *r)
{
	root_empty(s, r);
	drop_uppers(s, r);
	r->satp = SATP_NONE;
	leave_same(s, r);
	/* Another tag the next time, rather than a fence of this one. */
	r->id.generation = 0;
	s->epoch++;
}

static struct shadow_root *oldest(const struct shadow *s)
{
	struct shadow_root *old = NULL;

	for (u32 i = 0; i < SHADOW_ROOTS; i++) {
		struct shadow_root *r = s->roots[i];

		if (r && r != s->current && r->satp != SATP_NONE &&
		    (!old || r->used < old->used))
			old = r;
	}
	return old;
}

bool root_reclaim(struct shadow *s)
{
	struct shadow_root *r = oldest(s);

	if (!r)
		return false;
	root_give_up(s, r);
	s->stat.drops++;
	return true;
}

static struct shadow_root *root_alloc(struct shadow *s, u32 number)
{
	struct shadow_root *r = page_get(s, ORDER_4K);

	if (!r)
		return NULL;
	r->number = number;
	r->memo_tag = (u64)number << 43;
	r->memo_place = number * 5;
	r->top = table_get(s);
	if (!r->top) {
		page_put(s, r, ORDER_4K);
		return NULL;
	}
	if (s->kind == SHADOW_U)
		map_share(r->top->pte);
	r->atp = (u64)(ATP_SV39 + s->levels - 3) << ATP_MODE_SHIFT |
		 ptr_hpa(r->top).raw >> PAGE_SHIFT;
	return s->roots[number - 1] = r;
}

static struct shadow_root *root_search(struct shadow *s, u64 satp, u32 view)
{
	for (u32 i = 0; i < SHADOW_ROOTS; i++) {
		struct shadow_root *r = s->roots[i];

		if (r && r->satp == satp &&
		    (r->view == view || satp == SATP_NONE))
			return r;
	}
	return NULL;
}

/* One that is nobody's: given up before, new, or what was another's. */
static struct shadow_root *root_take(struct shadow *s)
{
	struct shadow_root *r = root_search(s, SATP_NONE, 0);

	for (u32 i = 0; i < SHADOW_ROOTS && !r; i++) {
		if (!s->roots[i])
			r = root_alloc(s, i + 1);
	}
	if (!r && (r = oldest(s)))
		root_give_up(s, r);
	return r;
}

static struct shadow_root *root_make(struct shadow *s, u64 satp, u32 view)
{
	u64 mode = satp >> ATP_MODE_SHIFT;
	u32 levels = mode == ATP_BARE ? 0 : 3 + (mode - ATP_SV39);
	struct shadow_root *r = root_take(s);

	if (!r)
		return NULL;
	r->satp = satp;
	r->view = view;
	r->levels = levels;
	r->leaf_set = PTE_V | PTE_A | PTE_D | (s->kind == SHADOW_U ? PTE_U : 0);
	r->leaf_no_x = s->kind == SHADOW_U && !(view & VIEW_USER) ? PTE_X : 0;
	/* A limit is not asked there. */
	r->refresh = s->limit               ? VIEW_COUNT
		     : s->kind == SHADOW_VS ? VIEW_SUM
					    : view;
	r->top_level = (levels ? levels : s->levels) - 1;
	r->seq = s->seq;
	r->foreign = s->gmap->foreign;
	s->stat.roots++;
	return r;
}

/* ---- finding ----------------------------------------------------------- */

/* What counts of a view: bare, and under hardware's own checks, not all. */
static u32 view_key(const struct shadow *s, u64 satp, u32 view)
{
	bool bare = satp >> ATP_MODE_SHIFT == ATP_BARE;

	if (s->kind == SHADOW_VS)
		return bare ? view & VIEW_USER : 0;
	return bare ? 0 : view;
}

static struct shadow_root *root_find(struct shadow *s, u64 satp, u32 view)
{
	u64 h = (satp ^ satp >> ATP_ASID_SHIFT) * 4 + view * 9;
	struct shadow_root **at = &s->root_hash[h % SHADOW_HASH];
	struct shadow_root *r = *at;

	if (likely(r && r->satp == satp && r->view == view))
		return r;
	r = root_search(s, satp, view);
	if (r)
		*at = r;
	return r;
}

static u64 hardware(const struct shadow_root *r)
{
	return r->atp | (u64)r->id.id << ATP_ASID_SHIFT;
}

static void make_current(struct shadow *s, struct shadow_root *r)
{
	u32 i = 0;

	r->used = ++s->clock;
	if (s->nsame && s->same[0]->satp != r->satp)
		s->nsame = 0;
	while (i < s->nsame && s->same[i] != r)
		i++;
	if (i == s->nsame)
		s->same[s->nsame++] = r;
	s->current = r;
	s->hardware = hardware(r);
	s->view = r->view;
}

void shadow_went(struct shadow *s, struct shadow_root *r)
{
	s->nsame = 0;
	make_current(s, r);
}

void shadow_at(struct shadow *s, u64 guest_satp, u32 view)
{
	struct shadow_root *r =
		root_find(s, guest_satp, view_key(s, guest_satp, view));

	if (r && r != s->current)
		make_current(s, r);
}

/* Without a cache of roots, another satp begins with nothing. */
static __attribute__((noinline)) void forget(struct shadow *s)
{
	shadow_drop(s);
	s->epoch++;
}

u64 shadow_use(struct shadow *s, u64 guest_satp, u32 view, bool *flush)
{
	struct shadow_root *r = s->current;

	view = view_key(s, guest_satp, view);
	if (!r || r->satp != guest_satp || r->view != view) {
		if (unlikely(s->forgetful) && r && r->satp != guest_satp)
			forget(s);
		r = root_find(s, guest_satp, view);
		if (!r)
			r = root_make(s, guest_satp, view);
		if (!r)
			return 0;
		make_current(s, r);
	}
	if (unlikely(id_use(s->ids, &r->id, this_hart()->index)))
		*flush = true;
	/* The other roots' ids may be somebody else's by now. */
	if (unlikely(r->id.generation != s->generation)) {
		s->generation = r->id.generation;
		s->epoch++;
	}
	if (r->seq != s->seq)
		root_catch_up(s, r);
	hart_fence_due(s);
	return s->hardware = hardware(r);
}

/* ---- the end ----------------------------------------------------------- */

void shadow_drop(struct shadow *s)
{
	for (u32 i = 0; i < SHADOW_ROOTS; i++) {
		if (s->roots[i])
			root_empty(s, s->roots[i]);
	}
	s->must_flush = false;
	hart_fence_all(s);
}

static void root_free(struct shadow *s, struct shadow_root *r)
{
	root_give_up(s, r);
	s->roots[r->number - 1] = NULL;
	page_put(s, r->top, TABLE_ORDER);
	page_put(s, r, ORDER_4K);
}

void shadow_destroy(struct shadow *s)
{
	s->current = NULL;
	for (u32 i = 0; i < SHADOW_ROOTS; i++) {
		if (s->roots[i])
			root_free(s, s->roots[i]);
	}
	s->must_flush = false; /* its ASIDs are nobody's any more */
	spares_free(s);
	sync_end(s);
	if (s->memo)
		page_put(s, s->memo, MEMO_ORDER);
	s->memo = NULL;
	BUG_ON(s->pages);
}
