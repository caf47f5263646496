/* SPDX-License-Identifier: BSD-2-Clause */
/* What a shadow is made of; for its own files. */
#ifndef GSTAGE_SHADOW_PARTS_H
#define GSTAGE_SHADOW_PARTS_H

#include "gstage/fence.h"
#include "gstage/shadow.h"
#include "hyp/csr.h"
#include "hyp/map.h"
#include "hyp/pt.h"
#include "hyp/util.h"

/*
 * A root is a hardware table for one guest satp and view. Its upper levels, as
 * far as the guest's table has no entries for them, are its own; below each of
 * the guest's top-level entries hangs a node, the shadow of all that one value
 * of such an entry leads to. Roots with the same value at the same place share
 * the node: a kernel's half of all its processes is one.
 *
 * Each entry of the shadow, leaf or pointer, has an origin: the guest's entry
 * from which it was derived, and what that said. So a fence of everything need
 * not drop what is still true: the origins are compared with the guest's
 * tables, which is as if each leaf had been dropped and filled again.
 */
struct origin {
	u64 *spte;             /* the shadow's entry; NULL: nobody's, or dead */
	const u64 *gpte;       /* the guest's, in the window; at spte's level */
	u64 gval;              /* what that said */
	struct origin *parent; /* of the table that spte is in, or NULL */
};

/* A hardware table, and where its entries come from. */
struct table {
	u64 pte[512];
	struct origin *origin[512];
};

#define TABLE_ORDER 1

static inline struct origin **origin_of(u64 *spte)
{
	return &((struct origin **)spte)[512];
}

/* Origins, in the order of their making. */
struct chunk {
	struct chunk *next;
	struct origin *begin, *end;
	u64 unused;
	/* In a page of its own: the origins. */
};

struct log {
	struct chunk *first, *last; /* last: where next is */
	struct origin *next, *end;  /* free ones of it */
	u32 chunks;
	bool wrapped; /* all of it is in use: the oldest make room */
};

#define LOG_CHUNKS_MAX 64

#define NODE_POINTERS  24
#define NODE_LEAVES    94

struct shadow_node {
	struct shadow_node *next; /* of its bucket */
	u64 gval, slot;           /* the guest's top-level entry; gva's bits */
	u32 view;
	u32 levels; /* of the guest's table; 0: bare */
	u32 level;  /* of the table on top */
	u32 refs;   /* links to it */
	/* Has leaves that are not global: an ASID's fence counts. */
	bool local;
	u64 checked; /* the fence before which all leaves were compared */
	struct table *top;
	/* Origins of pointers, by parent: of tables taken out; to be reused. */
	struct origin *dead, *unused;
	struct log pointers, leaves;
	struct chunk first_pointers, first_leaves;
	struct origin origins[NODE_POINTERS + NODE_LEAVES];
};

_Static_assert(sizeof(struct shadow_node) <= PAGE_SIZE, "one page");

/* From a root to a node, or a leaf on that level. */
struct link {
	struct origin o;
	struct shadow_node *node; /* NULL: a leaf */
};

/* Two tables a level where guest levels are missing: the VA's two halves. */
#define ROOT_UPPERS 4
#define ROOT_LINKS  94

struct shadow_root {
	struct table *top; /* NULL: not in use */
	u64 satp;
	u32 view;
	u32 levels;    /* of the guest's table; 0: bare */
	u32 top_level; /* where links are */
	u32 number;    /* from 1 */
	u64 atp;       /* the hardware's value, but the ASID */
	u64 leaf_set;  /* bits of every leaf */
	u64 leaf_no_x; /* PTE_X if there is none in the guest's U pages */
	u64 memo_tag, memo_place; /* of its memos: see memo_for() */
	struct hw_id id;
	u64 foreign; /* of gmap, when it was last compared as a whole */
	u64 seq;     /* fences that it has seen */
	u64 used;    /* the clock then */
	u32 refresh, nuppers, nlinks; /* VIEW_* of leaf_refresh(), or none */
	struct {
		u64 *spte;
		struct table *table;
	} uppers[ROOT_UPPERS];
	struct link links[ROOT_LINKS];
};

_Static_assert(sizeof(struct shadow_root) <= PAGE_SIZE, "one page");

static inline u64 guest_load(const u64 *pte)
{
	return __atomic_load_n(pte, __ATOMIC_RELAXED);
}

/*
 * The way to a guest's last-level table, and to the shadow's. Its values are
 * compared at each use, so a memo never knows better than a walk.
 */
struct memo_step {
	const u64 *at;
	u64 value;
};

struct shadow_memo {
	u64 tag; /* 0: free */
	struct table *table;
	struct shadow_node *node;
	struct origin *parent;
	const u64 *guest;
	const struct memo_step *end; /* of the way */
	struct memo_step way[PT_LEVELS - 1];
	u64 pad[2];
};

#define MEMOS      64
#define MEMO_ORDER 1

/* A root's memo for gva, and the tag that says that it is there. */
static inline struct shadow_memo *
memo_for(const struct shadow *s, const struct shadow_root *r, u64 gva, u64 *tag)
{
	u64 region = gva >> (PAGE_SHIFT + 9);

	*tag = region | r->memo_tag;
	return &s->memo[(region ^ r->memo_place) % MEMOS];
}

void memo_clear(struct shadow *s);

/* The guest's tables still lead to its table. */
static inline bool memo_holds(const struct shadow_memo *m)
{
	const struct memo_step *step = m->way; /* two at least */

	do {
		if (guest_load(step->at) != step->value)
			return false;
	} while (++step != m->end);
	return true;
}

/*
 * RSW of a pointer: leaves below are parts of a larger leaf that the guest has
 * at the pointer's place, or (last level) of one of Svnapot. To drop one is to
 * drop all.
 */
#define PTE_BROKEN (1UL << 8)

static inline bool is_table(u64 pte)
{
	return (pte & PTE_V) && !(pte & (PTE_R | PTE_W | PTE_X));
}

static inline struct table *pte_table(u64 pte)
{
	return hpa_ptr(pte_hpa(pte));
}

static inline u64 table_pte(const struct table *t)
{
	return ptr_hpa(t).raw >> 2 | PTE_V;
}

static inline u32 va_index(u64 gva, u32 level)
{
	return gva >> (PAGE_SHIFT + 9 * level) & 511;
}

/* The VMM is mapped around gva. */
static inline bool gva_is_ours(const struct shadow *s, u64 gva)
{
	return s->kind == SHADOW_U && map_is_ours(gva);
}

/* ---- the hart ---------------------------------------------------------- */

static inline void hart_fence_all(const struct shadow *s)
{
	if (s->kind == SHADOW_U)
		sfence_vma_all();
	else
		hfence_vvma_all();
}

static inline void hart_fence_page(const struct shadow *s, u64 gva)
{
	if (s->kind == SHADOW_U)
		sfence_vma(GVA(gva));
	else
		hfence_vvma(GVA(gva));
}

static inline void hart_fence_root(const struct shadow *s,
				   const struct shadow_root *r)
{
	if (s->kind == SHADOW_U)
		sfence_vma_asid(r->id.id);
	else
		hfence_vvma_asid(r->id.id);
}

/* ---- shadow_pages.c: tables and logs ----------------------------------- */

/* A zeroed table, if need be a root's that was not used for long; or NULL. */
struct table *table_get(struct shadow *s);

/* All of its entries are zero again. */
void table_put(struct shadow *s, struct table *t);

/* One page of the shadow's share, or NULL. */
void *page_get(struct shadow *s, u32 order);
void page_put(struct shadow *s, void *p, u32 order);
void spares_free(struct shadow *s);

void log_init(struct log *l, struct chunk *first, struct origin *begin,
	      u32 count);
/* An unused origin, contents undefined; NULL: out of memory. */
struct origin *log_more(struct shadow *s, struct log *l, bool wraps);
/* What comes after `last`, the last one used, is free again. */
void log_cut(struct shadow *s, struct log *l, struct chunk *last,
	     struct origin *next);

/* The end of what is in use of one of its chunks. */
static inline struct origin *chunk_end(const struct log *l,
				       const struct chunk *c)
{
	return c == l->last && !l->wrapped ? l->next : c->end;
}

/* `next` is free to be taken. */
static inline bool log_has_room(const struct log *l)
{
	return likely(l->next != l->end && !l->wrapped);
}

/* Have room, without giving up what is in use; false: out of memory. */
bool log_make_room(struct shadow *s, struct log *l);

/* As log_more(), but quick. */
static inline struct origin *log_add(struct shadow *s, struct log *l,
				     bool wraps)
{
	return log_has_room(l) ? l->next++ : log_more(s, l, wraps);
}

/* ---- shadow_node.c ----------------------------------------------------- */

/* The node of that key, or a new one that is empty; one reference more. */
struct shadow_node *node_get(struct shadow *s, const struct shadow_root *r,
			     u64 gva, u64 gval);
void node_put(struct shadow *s, struct shadow_node *n);

/* Drop what the guest's tables no longer say. */
void node_check(struct shadow *s, struct shadow_node *n);

/* Take the table out that a pointer leads to; node_check() must follow. */
void node_cut(struct shadow_node *n, struct origin *pointer);

/* ---- shadow_map.c ------------------------------------------------------ */

/* The guest's entries that a walk met, from the top. */
struct way {
	struct gmap *gmap;
	u32 n;
	struct {
		const u64 *at; /* in the window, NULL: nothing backs it yet */
		u64 value;
		gpa_t gpa;
	} step[PT_LEVELS];
};

/* What is to be mapped. */
struct leaf {
	const struct shadow *shadow;
	u64 gva;
	struct way way;
	u32 guest_level, level; /* of the guest's leaf, of ours */
	bool napot;
	bool guarded; /* a table, in sync: not to be written */
	u64 pte;      /* the guest's, or what stands for it */
	hpa_t to;
};

enum step { STEP_DOWN, STEP_AGAIN, STEP_NO_MEMORY };

/*
 * One try to put the leaf `value` in its place. DOWN: done; AGAIN: something
 * else was there and is gone; NO_MEMORY: for a table.
 */
enum step leaf_map(struct shadow *s, struct shadow_root *r,
		   const struct leaf *f, u64 value);

/*
 * A new leaf needs no fence: a hart that had seen the entry invalid, or with
 * fewer rights, faults once more and finds us here with nothing to change.
 */
static inline bool put_leaf(struct shadow_node *n, const struct origin *o,
			    u64 *spte, u64 value)
{
	if (!(o->gval & PTE_G))
		n->local = true;
	if (unlikely(*spte == value))
		return false;
	*(volatile u64 *)spte = value; /* its only walker is this hart */
	return true;
}

/* The origin of a leaf, new if it has none. */
static inline struct origin *leaf_origin(struct shadow *s,
					 struct shadow_node *n, u64 *spte,
					 struct origin *parent)
{
	struct origin **at = origin_of(spte), *o = *at;

	if (o)
		return o;
	o = log_add(s, &n->leaves, true);
	o->spte = spte;
	o->parent = parent;
	return *at = o;
}

/* ---- shadow_fill.c ----------------------------------------------------- */

/*
 * The leaf for gva, of which m knows, after a fence: as the guest's tables say
 * now, where that is quick, else none.
 */
void leaf_refresh(struct shadow *s, struct shadow_root *r,
		  struct shadow_memo *m, u64 gva);

/* ---- shadow_sync.c ----------------------------------------------------- */

/* Something is derived from that page of the guest's: its stores are caught. */
void sync_track(struct shadow *s, gpa_t table);

/* There is such a page in that range (of RAM, aligned). */
bool sync_tracks(const struct shadow *s, gpa_t gpa, u64 size);

static inline bool sync_tracks_page(const struct shadow *s, gpa_t gpa)
{
	u64 bit = (gpa.raw - s->gmap->base.raw) >> PAGE_SHIFT;

	return s->tracked[bit / 64] >> (bit & 63) & 1;
}

void sync_end(struct shadow *s);

/* ---- shadow.c: roots --------------------------------------------------- */

/* Give the root up that was not used for longest; false: only current is. */
bool root_reclaim(struct shadow *s);
void root_empty(struct shadow *s, struct shadow_root *r);
void link_drop(struct shadow *s, struct shadow_root *r, struct link *l);

/* ---- shadow_fence.c ---------------------------------------------------- */

/* Make up for the fences that the root has not seen. */
void root_catch_up(struct shadow *s, struct shadow_root *r);

/* After tables were taken out: before the guest goes on. */
static inline void hart_fence_due(struct shadow *s)
{
	if (unlikely(s->must_flush)) {
		s->must_flush = false;
		hart_fence_all(s);
	}
}

#endif
