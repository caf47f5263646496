/* SPDX-License-Identifier: BSD-2-Clause */
/* Nodes: what one value of a guest's top-level entry leads to. */
#include "gstage/shadow_parts.h"

/* Leaves that a check compares; more than these are dropped instead. */
#define CHECK_MAX 512

static struct shadow_node **bucket(struct shadow *s, u64 gval, u64 slot)
{
	u64 h = (gval >> PTE_PPN_SHIFT) ^ slot;

	return &s->node_hash[(h ^ h >> 6) % SHADOW_HASH];
}

static struct shadow_node *node_new(struct shadow *s)
{
	struct shadow_node *n = page_get(s, ORDER_4K);

	while (!n && root_reclaim(s))
		n = page_get(s, ORDER_4K);
	if (!n)
		return NULL;
	n->top = table_get(s);
	if (!n->top) {
		page_put(s, n, ORDER_4K);
		return NULL;
	}
	log_init(&n->pointers, &n->first_pointers, n->origins, NODE_POINTERS);
	log_init(&n->leaves, &n->first_leaves, n->origins + NODE_POINTERS,
		 NODE_LEAVES);
	return n;
}

static struct shadow_node *
node_find(struct shadow *s, const struct shadow_root *r, u64 slot, u64 gval)
{
	struct shadow_node *n = *bucket(s, gval, slot);

	while (n && (n->gval != gval || n->slot != slot || n->view != r->view ||
		     n->levels != r->levels))
		n = n->next;
	return n;
}

struct shadow_node *node_get(struct shadow *s, const struct shadow_root *r,
			     u64 gva, u64 gval)
{
	u64 slot = gva >> (PAGE_SHIFT + 9 * r->top_level);
	struct shadow_node *n = node_find(s, r, slot, gval);

	if (n) {
		/* What other roots may have kept is not r's to have. */
		n->refs++;
		node_check(s, n);
		return n;
	}
	n = node_new(s);
	if (!n)
		return NULL;
	n->gval = gval;
	n->slot = slot;
	n->view = r->view;
	n->levels = r->levels;
	n->level = r->top_level - 1;
	n->refs = 1;
	n->checked = s->seq;
	n->next = *bucket(s, gval, slot);
	*bucket(s, gval, slot) = n;
	return n;
}

static void leaf_drop(struct origin *o)
{
	*o->spte = 0;
	*origin_of(o->spte) = NULL;
	o->spte = NULL;
}

static void leaf_move(struct origin *o, struct origin *to)
{
	if (o == to)
		return;
	*to = *o;
	*origin_of(to->spte) = to;
}

void node_cut(struct shadow_node *n, struct origin *p)
{
	struct table *below = pte_table(*p->spte);

	*p->spte = 0;
	*origin_of(p->spte) = NULL;
	p->spte = NULL;
	p->gpte = below->pte;
	p->parent = n->dead;
	n->dead = p;
}

/* In a table that was taken out. Parents are in the log, dead or alive. */
static bool orphan(const struct origin *o)
{
	return o->parent && !o->parent->spte;
}

/* One look at all pointers; true: some went. */
static bool cut_pointers(struct shadow_node *n)
{
	struct log *l = &n->pointers;
	bool cut = false;

	for (struct chunk *c = l->first; c; c = c->next) {
		struct origin *end = chunk_end(l, c);

		for (struct origin *p = c->begin; p < end; p++) {
			if (!p->spte ||
			    (!orphan(p) && guest_load(p->gpte) == p->gval))
				continue;
			node_cut(n, p);
			cut = true;
		}
	}
	return cut;
}

static u64 log_count(const struct log *l)
{
	u64 count = 0;

	for (struct chunk *c = l->first; c; c = c->next)
		count += chunk_end(l, c) - c->begin;
	return count;
}

static bool leaf_holds(const struct origin *o, bool any_dead)
{
	if (any_dead && orphan(o))
		return false;
	return guest_load(o->gpte) == o->gval && *o->spte;
}

/* Keep what is true, close together at the log's beginning. */
static void check_leaves(struct shadow *s, struct shadow_node *n)
{
	struct log *l = &n->leaves;
	struct chunk *into = l->first;
	struct origin *to = into->begin;
	u64 count = log_count(l);
	u64 skip = count > CHECK_MAX ? count - CHECK_MAX : 0;
	bool any_dead = n->dead;

	for (struct chunk *c = l->first; c; c = c->next) {
		struct origin *end = chunk_end(l, c);

		for (struct origin *o = c->begin; o < end; o++) {
			if (!o->spte)
				continue;
			if (skip || !leaf_holds(o, any_dead)) {
				skip -= !!skip;
				leaf_drop(o);
				continue;
			}
			if (to == into->end) {
				into = into->next;
				to = into->begin;
			}
			leaf_move(o, to++);
		}
	}
	log_cut(s, l, into, to);
}

/* Their leaves are dropped: tables that were taken out are empty. */
static void bury(struct shadow *s, struct shadow_node *n)
{
	if (!n->dead)
		return;
	while (n->dead) {
		struct origin *p = n->dead;

		n->dead = p->parent;
		table_put(s, (struct table *)p->gpte);
		p->parent = n->unused;
		n->unused = p;
	}
	memo_clear(s);
}

void node_check(struct shadow *s, struct shadow_node *n)
{
	s->stat.checks++;
	/* Those below may stand before those above. */
	while (cut_pointers(n) && n->level)
		;
	check_leaves(s, n);
	bury(s, n);
	n->checked = s->seq;
	if (n->leaves.next == n->first_leaves.begin)
		n->local = false;
}

static void drop_leaves(struct log *l)
{
	for (struct chunk *c = l->first; c; c = c->next) {
		struct origin *end = chunk_end(l, c);

		for (struct origin *o = c->begin; o < end; o++) {
			if (o->spte)
				leaf_drop(o);
		}
	}
}

static void drop_pointers(struct shadow *s, struct shadow_node *n)
{
	struct log *l = &n->pointers;

	for (struct chunk *c = l->first; c; c = c->next) {
		struct origin *end = chunk_end(l, c);

		for (struct origin *p = c->begin; p < end; p++) {
			if (p->spte)
				node_cut(n, p);
		}
	}
	bury(s, n);
}

void node_put(struct shadow *s, struct shadow_node *n)
{
	struct shadow_node **at = bucket(s, n->gval, n->slot);

	if (--n->refs)
		return;
	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	drop_leaves(&n->leaves);
	drop_pointers(s, n);
	log_cut(s, &n->leaves, &n->first_leaves, n->first_leaves.begin);
	log_cut(s, &n->pointers, &n->first_pointers, n->first_pointers.begin);
	table_put(s, n->top);
	memo_clear(s);
	page_put(s, n, ORDER_4K);
}
