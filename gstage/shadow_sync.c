/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other way to follow a guest's tables: its stores into them are caught,
 * and what was derived from the old entries goes at once.
 */
#include "gstage/shadow_parts.h"

/* A page of the guest, as an entry of its tables would name it. */
#define PPN_OF(pte) ((pte) >> PTE_PPN_SHIFT & (ATP_PPN))

static u32 map_order(const struct shadow *s)
{
	u64 bytes = s->gmap->size >> PAGE_SHIFT >> 3;
	u32 order = 0;

	while (PAGE_SIZE << order < bytes)
		order++;
	return order;
}

bool shadow_sync(struct shadow *s, bool alone)
{
	u32 order = map_order(s);

	s->pages_max += 1UL << order;
	s->tracked = page_get(s, order);
	s->picky = true;
	s->alone = alone;
	return s->tracked;
}

void shadow_follow(struct shadow *s)
{
	s->tracked = s->gmap->closed;
	s->picky = true;
	s->borrowed = true;
	s->alone = false;
}

void sync_end(struct shadow *s)
{
	if (s->tracked && !s->borrowed)
		page_put(s, s->tracked, map_order(s));
	s->tracked = NULL;
}

/* ---- which pages are tables ---------------------------------------------- */

static u64 bit_of(const struct shadow *s, gpa_t gpa)
{
	return (gpa.raw - s->gmap->base.raw) >> PAGE_SHIFT;
}

bool sync_tracks(const struct shadow *s, gpa_t gpa, u64 size)
{
	u64 bit = bit_of(s, gpa), end = bit + (size >> PAGE_SHIFT);

	for (; bit < end; bit++) {
		if (!(bit & 63) && end - bit >= 64 && !s->tracked[bit / 64])
			bit += 63;
		else if (s->tracked[bit / 64] & 1UL << (bit & 63))
			return true;
	}
	return false;
}

/* ---- no leaf lets the guest write there ---------------------------------- */

static u32 origin_level(const struct shadow_node *n, const struct origin *o)
{
	u32 level = n->level;

	for (o = o->parent; o; o = o->parent)
		level--;
	return level;
}

/* Drop a leaf that reaches the page; the hart may know it. */
static void close_leaf(struct shadow *s, u64 *spte, u32 level, hpa_t page)
{
	if (page.raw - pte_hpa(*spte).raw >= pt_leaf_size(level))
		return;
	*spte = 0;
	s->must_flush = true;
}

static bool writable(const u64 *spte)
{
	return spte && (*spte & (PTE_V | PTE_W)) == (PTE_V | PTE_W);
}

static void close_in_node(struct shadow *s, struct shadow_node *n, hpa_t page)
{
	struct log *l = &n->leaves;

	for (struct chunk *c = l->first; c; c = c->next) {
		struct origin *end = chunk_end(l, c);

		for (struct origin *o = c->begin; o < end; o++) {
			if (writable(o->spte))
				close_leaf(s, o->spte, origin_level(n, o),
					   page);
		}
	}
}

/* Whatever way, and in every view: aliases count. */
static void close_page(struct shadow *s, gpa_t gpa)
{
	u64 entry = gmap_entry(s->gmap, gpa);
	hpa_t page = gmap_entry_hpa(entry, gpa);

	if (!entry)
		return;
	for (u32 i = 0; i < SHADOW_HASH; i++) {
		for (struct shadow_node *n = s->node_hash[i]; n; n = n->next)
			close_in_node(s, n, page);
	}
	for (u32 i = 0; i < SHADOW_ROOTS; i++) {
		struct shadow_root *r = s->roots[i];

		for (u32 k = 0; r && k < r->nlinks; k++) {
			if (!r->links[k].node && writable(r->links[k].o.spte))
				close_leaf(s, r->links[k].o.spte, r->top_level,
					   page);
		}
	}
}

void sync_track(struct shadow *s, gpa_t table)
{
	u64 bit = bit_of(s, table);

	table = GPA(ALIGN_DOWN(table.raw, PAGE_SIZE));
	if (s->tracked[bit / 64] & 1UL << (bit & 63))
		return;
	s->tracked[bit / 64] |= 1UL << (bit & 63);
	s->stat.tables++;
	close_page(s, table);
	/* Of those that the guest has not fenced yet one may lead there. */
	s->must_flush |= s->loose;
	s->loose = false;
}

static void untrack(struct shadow *s, gpa_t table)
{
	u64 bit = bit_of(s, table);

	s->tracked[bit / 64] &= ~(1UL << (bit & 63));
	s->stat.tables--;
}

/* ---- a store was caught -------------------------------------------------- */

void shadow_shun(struct shadow *s, gpa_t gpa)
{
	s->shunned = GPA(ALIGN_DOWN(gpa.raw, PAGE_SIZE));
	shadow_drop(s);
}

/* The entry was derived from a guest's that is no longer so; true: it went. */
static bool stale(const u64 *spte)
{
	const struct origin *o = *origin_of((u64 *)spte);

	return o && guest_load(o->gpte) != o->gval;
}

/*
 * Below one table of a node: false if the node's logs are not what they were.
 */
static bool refresh_entry(struct shadow *s, struct shadow_node *n, u64 *spte)
{
	if (!stale(spte))
		return true;
	if (!is_table(*spte)) {
		/* The guest will fence; but see sync_track(). */
		*spte = 0;
		s->loose = true;
		return true;
	}
	node_cut(n, *origin_of(spte));
	node_check(s, n);
	return false;
}

/* Below hangs what the guest's table at that page says, not a leaf in parts. */
static bool leads_to(const struct origin *p, u64 ppn)
{
	return p->spte && is_table(p->gval) && PPN_OF(p->gval) == ppn;
}

/* True: something is derived from that table. */
static bool refresh_node(struct shadow *s, struct shadow_node *n, u64 ppn,
			 u32 index)
{
	struct log *l = &n->pointers;
	bool found = n->levels && PPN_OF(n->gval) == ppn;

	if (found && !refresh_entry(s, n, &n->top->pte[index]))
		return true;
	for (struct chunk *c = l->first; c; c = c->next) {
		struct origin *end = chunk_end(l, c);

		for (struct origin *p = c->begin; p < end; p++) {
			if (!leads_to(p, ppn))
				continue;
			found = true;
			if (!refresh_entry(s, n,
					   &pte_table(*p->spte)->pte[index]))
				return true;
		}
	}
	return found;
}

static bool refresh_root(struct shadow *s, struct shadow_root *r, u64 ppn)
{
	if (!r->levels || (r->satp & ATP_PPN) != ppn || r->satp == ~0UL)
		return false;
	for (u32 i = r->nlinks; i-- > 0;) {
		struct link *l = &r->links[i];

		if (guest_load(l->o.gpte) == l->o.gval)
			continue;
		link_drop(s, r, l);
		s->must_flush = true;
	}
	return true;
}

/* In a row, of one page. */
#define OPENS_MAX 64

void shadow_open(struct shadow *s, gpa_t gpa)
{
	gpa = GPA(ALIGN_DOWN(gpa.raw, PAGE_SIZE));
	s->stat.writes++;
	s->opens = gpa.raw == s->opened.raw ? s->opens + 1 : 0;
	s->opened = gpa;
	shadow_drop(s);
	if (s->opens == OPENS_MAX)
		sync_end(s);
	else if (sync_tracks(s, gpa, PAGE_SIZE))
		untrack(s, gpa);
}

void shadow_wrote(struct shadow *s, gpa_t gpa, bool one_entry)
{
	u64 ppn = gpa.raw >> PAGE_SHIFT;
	bool found = false;

	s->stat.writes++;
	s->shunned = s->opened = GPA(0);
	if (!one_entry) {
		__atomic_fetch_add(&s->gmap->foreign, 1, __ATOMIC_RELEASE);
		return;
	}
	for (u32 i = 0; i < SHADOW_ROOTS; i++) {
		if (s->roots[i])
			found |= refresh_root(s, s->roots[i], ppn);
	}
	for (u32 i = 0; i < SHADOW_HASH; i++) {
		for (struct shadow_node *n = s->node_hash[i]; n; n = n->next)
			found |= refresh_node(s, n, ppn, gpa.raw >> 3 & 511);
	}
	if (!found && sync_tracks(s, gpa, PAGE_SIZE))
		untrack(s, gpa);
}
