/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks through a shadow: each entry has its origin, what is spare is empty. */
#ifndef TESTS_UNIT_SHADOW_AUDIT_H
#define TESTS_UNIT_SHADOW_AUDIT_H

#include <string.h>

#include "gstage/shadow_parts.h"

/* Leaves and pointers of a table, and of those below. */
static u32 audit_table(struct table *t)
{
	u32 entries = 0;

	for (u32 i = 0; i < 512; i++) {
		struct origin *o = t->origin[i];

		BUG_ON(o && o->spte != &t->pte[i]);
		if (!t->pte[i])
			continue;
		BUG_ON(!o);
		entries++;
		if (is_table(t->pte[i]))
			entries += audit_table(pte_table(t->pte[i]));
	}
	return entries;
}

static u32 audit_log(const struct log *l)
{
	u32 entries = 0;

	for (struct chunk *c = l->first; c; c = c->next) {
		for (struct origin *o = c->begin; o < chunk_end(l, c); o++) {
			BUG_ON(o->spte && *origin_of(o->spte) != o);
			entries += o->spte && *o->spte;
		}
	}
	return entries;
}

/* In sync: leaves leave tables alone, and nothing is other than it was. */
static void audit_sync_leaf(const struct shadow *s, u64 pte, u32 level)
{
	for (u64 off = 0; off < s->gmap->size; off += PAGE_SIZE) {
		gpa_t gpa = GPA(s->gmap->base.raw + off);
		u64 entry = gmap_entry(s->gmap, gpa);

		if (!entry || !sync_tracks_page(s, gpa))
			continue;
		BUG_ON(gmap_entry_hpa(entry, gpa).raw - pte_hpa(pte).raw <
		       pt_leaf_size(level));
	}
}

static void audit_sync_table(const struct shadow *s, struct table *t, u32 level,
			     bool settled)
{
	for (u32 i = 0; i < 512; i++) {
		const struct origin *o = t->origin[i];

		if (!t->pte[i])
			continue;
		BUG_ON(settled && guest_load(o->gpte) != o->gval);
		if (is_table(t->pte[i]))
			audit_sync_table(s, pte_table(t->pte[i]), level - 1,
					 settled);
		else if (t->pte[i] & PTE_W)
			audit_sync_leaf(s, t->pte[i], level);
	}
}

static void audit_node(const struct shadow_node *n)
{
	BUG_ON(n->dead || !n->refs);
	BUG_ON(audit_table(n->top) !=
	       audit_log(&n->pointers) + audit_log(&n->leaves));
}

static void audit_root(const struct shadow *s, const struct shadow_root *r)
{
	BUG_ON(r->satp == ~0UL && (r->nlinks || r->nuppers));
	for (u32 i = 0; i < r->nlinks; i++) {
		const struct link *l = &r->links[i];

		BUG_ON(*origin_of(l->o.spte) != &l->o);
		BUG_ON(l->node && pte_table(*l->o.spte) != l->node->top);
		if (s->tracked && l->node)
			audit_sync_table(s, l->node->top, l->node->level,
					 r->foreign == s->gmap->foreign);
	}
	for (u32 i = 0; i < r->nuppers; i++)
		BUG_ON(pte_table(*r->uppers[i].spte) != r->uppers[i].table);
}

static void audit(const struct shadow *s)
{
	static const struct table zero;
	u32 refs = 0;

	for (u32 i = 0; i < SHADOW_HASH; i++) {
		for (struct shadow_node *n = s->node_hash[i]; n; n = n->next) {
			audit_node(n);
			refs += n->refs;
		}
	}
	for (u32 i = 0; i < SHADOW_ROOTS; i++) {
		const struct shadow_root *r = s->roots[i];

		if (!r)
			continue;
		audit_root(s, r);
		for (u32 k = 0; k < r->nlinks; k++)
			refs -= !!r->links[k].node;
	}
	BUG_ON(refs);
	for (struct table *t = s->spare; t; t = (void *)t->origin[0])
		BUG_ON(memcmp(t, &zero, offsetof(struct table, origin[0])));
}

#endif
