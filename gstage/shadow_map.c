/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts a leaf in its place: links, nodes, tables, and a memo of the way. */
#include "gstage/shadow_parts.h"

/* What a bare root's leaves were derived from: nothing. */
static const u64 nothing;

/* What an entry on that level comes from: of the guest's leaf, if below. */
static void derive(struct origin *o, const struct shadow_root *r,
		   const struct leaf *f, u32 level)
{
	u32 i = r->levels - 1 - MAX(level, f->guest_level);

	o->gpte = r->levels ? f->way.step[i].at : &nothing;
	o->gval = r->levels ? f->way.step[i].value : 0;
}

static bool same_origin(const struct origin *a, const struct origin *b)
{
	return a->gpte == b->gpte && a->gval == b->gval;
}

/* The table of links for gva, made if it is not there. */
static struct table *link_table(struct shadow *s, struct shadow_root *r,
				u64 gva)
{
	struct table *t = r->top, *below;

	for (u32 level = s->levels - 1; level > r->top_level; level--) {
		u64 *pte = &t->pte[va_index(gva, level)];

		if (!*pte) {
			BUG_ON(r->nuppers == ROOT_UPPERS);
			below = table_get(s);
			if (!below)
				return NULL;
			r->uppers[r->nuppers].spte = pte;
			r->uppers[r->nuppers++].table = below;
			*pte = table_pte(below);
		}
		t = pte_table(*pte);
	}
	return t;
}

/* The link at spte, for what the guest has there now. */
static struct link *link_get(struct shadow *s, struct shadow_root *r,
			     const struct leaf *f, u64 *spte)
{
	struct link *l = container_of(*origin_of(spte), struct link, o);
	bool leaf = f->level == r->top_level;
	struct origin now;

	derive(&now, r, f, r->top_level);
	if (*origin_of(spte)) {
		if (same_origin(&l->o, &now) && leaf == !l->node)
			return l;
		link_drop(s, r, l);
		s->must_flush = true;
	}
	if (r->nlinks == ROOT_LINKS)
		root_empty(s, r);
	l = &r->links[r->nlinks++];
	l->o = (struct origin){
		.spte = spte, .gpte = now.gpte, .gval = now.gval};
	l->node = NULL;
	*origin_of(spte) = &l->o;
	return l;
}

static struct origin *pointer_origin(struct shadow *s, struct shadow_node *n)
{
	struct origin *o = n->unused;

	if (!o)
		return log_add(s, &n->pointers, false);
	n->unused = o->parent;
	return o;
}

/* A new table below an entry of a node, in place of a leaf perhaps. */
static struct table *pointer(struct shadow *s, struct shadow_node *n,
			     const struct origin *from, u64 *spte)
{
	struct table *below = table_get(s);
	struct origin *o;

	if (!below)
		return NULL;
	o = pointer_origin(s, n);
	if (!o) {
		table_put(s, below);
		return NULL;
	}
	if (*origin_of(spte))
		(*origin_of(spte))->spte = NULL;
	s->must_flush |= *spte;
	*o = *from;
	*origin_of(spte) = o;
	*spte = table_pte(below);
	return below;
}

/*
 * From a table of a node to the one below. AGAIN: what was there came from
 * something else; it is gone, and perhaps more.
 */
static enum step step_down(struct shadow *s, struct shadow_node *n,
			   struct origin *from, u64 *spte, struct table **t)
{
	struct origin *o = *origin_of(spte);

	from->spte = spte;
	if (!is_table(*spte)) {
		*t = pointer(s, n, from, spte);
		return *t ? STEP_DOWN : STEP_NO_MEMORY;
	}
	if (!same_origin(o, from)) {
		node_cut(n, o);
		node_check(s, n);
		return STEP_AGAIN;
	}
	*t = pte_table(*spte);
	return STEP_DOWN;
}

/* Leaves below are parts of one of the guest: see PTE_BROKEN. */
static bool broken_at(const struct leaf *f, u32 level)
{
	return f->level < f->guest_level ? level == f->guest_level
					 : f->napot && level == 1;
}

/* The next fault nearby takes the quick way. */
static void remember(struct shadow *s, const struct shadow_root *r,
		     const struct leaf *f, struct shadow_node *n,
		     struct table *t, struct origin *parent)
{
	u64 tag;
	struct shadow_memo *m = memo_for(s, r, f->gva, &tag);
	u32 last = f->way.n - 1;

	*m = (struct shadow_memo){
		.tag = tag,
		.table = t,
		.node = n,
		.parent = parent,
		.guest = f->way.step[last].at - va_index(f->gva, 0),
		.end = m->way + last,
	};
	for (u32 i = 0; i < last; i++) {
		m->way[i].at = f->way.step[i].at;
		m->way[i].value = f->way.step[i].value;
	}
}

/* A memo must not take the quick way past PTE_BROKEN. */
static void forget(struct shadow *s, const struct shadow_root *r, u64 gva)
{
	u64 tag;
	struct shadow_memo *m = memo_for(s, r, gva, &tag);

	if (m->tag == tag)
		m->tag = 0;
}

static enum step node_map(struct shadow *s, struct shadow_root *r,
			  struct link *l, const struct leaf *f, u64 value)
{
	struct shadow_node *n = l->node;
	struct origin from = {0}, *o;
	struct table *t = n->top;
	bool broken = broken_at(f, r->top_level);
	u64 *spte;

	for (u32 level = n->level; level > f->level; level--) {
		enum step step;

		spte = &t->pte[va_index(f->gva, level)];
		derive(&from, r, f, level);
		step = step_down(s, n, &from, spte, &t);
		if (step != STEP_DOWN)
			return step;
		if (broken_at(f, level))
			*spte |= PTE_BROKEN;
		broken |= level == 1 && *spte & PTE_BROKEN;
		from.parent = *origin_of(spte);
	}
	spte = &t->pte[va_index(f->gva, f->level)];
	if (is_table(*spte)) { /* of another guest entry */
		node_cut(n, *origin_of(spte));
		node_check(s, n);
		return STEP_AGAIN;
	}
	o = leaf_origin(s, n, spte, from.parent);
	derive(o, r, f, f->level);
	if (!put_leaf(n, o, spte, value))
		hart_fence_page(s, f->gva);
	if (f->level || f->guest_level || !r->levels)
		return STEP_DOWN;
	if (broken)
		forget(s, r, f->gva);
	else
		remember(s, r, f, n, t, from.parent);
	return STEP_DOWN;
}

enum step leaf_map(struct shadow *s, struct shadow_root *r,
		   const struct leaf *f, u64 value)
{
	struct table *t = link_table(s, r, f->gva);
	struct link *l;
	u64 *spte;

	if (!t)
		return STEP_NO_MEMORY;
	spte = &t->pte[va_index(f->gva, r->top_level)];
	l = link_get(s, r, f, spte);
	if (f->level == r->top_level) {
		if (*spte == value)
			hart_fence_page(s, f->gva);
		*spte = value;
		return STEP_DOWN;
	}
	if (!l->node) {
		l->node = node_get(s, r, f->gva, l->o.gval);
		if (!l->node) {
			link_drop(s, r, l);
			return STEP_NO_MEMORY;
		}
		*spte = table_pte(l->node->top);
	}
	if (broken_at(f, r->top_level))
		*spte |= PTE_BROKEN;
	return node_map(s, r, l, f, value);
}
