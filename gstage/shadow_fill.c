/* SPDX-License-Identifier: BSD-2-Clause */
/* Page faults under a shadow root: the guest's walk, and a leaf for it. */
#include "gstage/shadow_parts.h"

/* ---- the guest's walk -------------------------------------------------- */

static bool read_pte(void *ctx, gpa_t at, u64 *pte)
{
	struct way *way = ctx;
	u64 entry = gmap_entry(way->gmap, at);
	const u64 *p = NULL;

	if (entry)
		p = hpa_ptr(gmap_entry_hpa(entry, at));
	else if (!gmap_is_ram(way->gmap, at))
		return false;
	*pte = p ? guest_load(p) : 0;
	way->step[way->n].at = p;
	way->step[way->n].gpa = at;
	way->step[way->n++].value = *pte;
	return true;
}

/* Apart: the call would cost the other one a stack frame. */
static bool read_walkable(void *ctx, gpa_t at, u64 *pte)
{
	const struct way *way = ctx;
	const struct shadow *s = container_of(way, struct leaf, way)->shadow;

	return s->walkable(s->limiter, at) && read_pte(ctx, at, pte);
}

/* ---- leaves ------------------------------------------------------------ */

/*
 * The shadow's leaf for the guest's. D stands for itself: clear, the leaf is
 * read-only, and a store shall fault. SHADOW_U: what the view may not do is
 * left out, and what MXR adds is put in.
 */
static inline u64 leaf_value(const struct shadow_root *r, u64 pte, hpa_t to)
{
	u64 v = (pte & (PTE_R | PTE_W | PTE_X | PTE_U | PTE_PBMT)) |
		r->leaf_set | to.raw >> PAGE_SHIFT << PTE_PPN_SHIFT;

	_Static_assert(PTE_D >> 5 == PTE_W && PTE_U >> 1 == PTE_X, "shifts");
	v &= ~(~pte >> 5 & PTE_W);
	return v & ~(pte >> 1 & r->leaf_no_x);
}

/* The leaf that a guest without tables would have: its mode's, for all. */
static u64 bare_pte(const struct shadow_root *r)
{
	return PTE_R | PTE_W | PTE_X | PTE_A | PTE_D |
	       (r->view & VIEW_USER ? PTE_U : 0);
}

/* ---- the quick way ----------------------------------------------------- */

/*
 * Leaves for which the access is allowed, by view and access, without any of
 * the rare bits: those are for walk_guest() to judge. W without R is reserved.
 */
struct quick {
	u64 mask, value;
};

#define RARE (PTE_N | PTE_PBMT | 0x7fUL << 54)
#define ALLOWED(u, bits)                              \
	{RARE | PTE_V | PTE_A | PTE_R | (bits) | (u), \
	 PTE_V | PTE_A | PTE_R | (bits)}
#define QUICK_S                                               \
	{                                                     \
		[WALK_LOAD] = ALLOWED(PTE_U, 0),              \
		[WALK_STORE] = ALLOWED(PTE_U, PTE_W | PTE_D), \
		[WALK_FETCH] = ALLOWED(PTE_U, PTE_X),         \
	}
#define QUICK_SUM                                         \
	{                                                 \
		[WALK_LOAD] = ALLOWED(0, 0),              \
		[WALK_STORE] = ALLOWED(0, PTE_W | PTE_D), \
		[WALK_FETCH] = ALLOWED(PTE_U, PTE_X),     \
	}
#define QUICK_U                                                   \
	{                                                         \
		[WALK_LOAD] = ALLOWED(0, PTE_U),                  \
		[WALK_STORE] = ALLOWED(0, PTE_U | PTE_W | PTE_D), \
		[WALK_FETCH] = ALLOWED(0, PTE_U | PTE_X),         \
	}

/* MXR only adds pages that are not readable. */
static const struct quick quick[VIEW_COUNT + 1][4] = {
	[0] = QUICK_S,
	[VIEW_SUM] = QUICK_SUM,
	[VIEW_USER] = QUICK_U,
	[VIEW_USER | VIEW_SUM] = QUICK_U,
	[VIEW_MXR] = QUICK_S,
	[VIEW_MXR | VIEW_SUM] = QUICK_SUM,
	[VIEW_MXR | VIEW_USER] = QUICK_U,
	[VIEW_MXR | VIEW_USER | VIEW_SUM] = QUICK_U,
	[VIEW_COUNT] = {[WALK_LOAD] = {.value = 1}}, /* nothing is so */
};

enum quickly {
	QUICKLY_NOT,
	QUICKLY_DONE,
	QUICKLY_SAME,
	QUICKLY_FULL,
	QUICKLY_PICKY, /* again, with a look at what is special */
};

/* What is looked at of a picky shadow's pages: no root with a limit has
 * leaves that are refreshed. */
enum look { LOOK_NOT, LOOK_TABLES, LOOK_ALL };

/* That page is not to be mapped the quick way. */
static __attribute__((noinline)) bool special(const struct shadow *s, gpa_t gpa)
{
	return (s->tracked && sync_tracks_page(s, gpa)) ||
	       (s->limit && s->limit(s->limiter, gpa) < 0);
}

/* What m's table has for gva, if r allows the access. m is r's, and holds. */
static inline __attribute__((always_inline)) enum quickly
leaf_quick(struct shadow *s, const struct shadow_root *r, struct shadow_memo *m,
	   u64 gva, const struct quick *q, enum look look)
{
	const u64 *guest = &m->guest[va_index(gva, 0)];
	u64 *spte = &m->table->pte[va_index(gva, 0)];
	u64 pte = guest_load(guest), entry, value;
	struct origin *o = *origin_of(spte);
	gpa_t gpa = GPA(pte >> PTE_PPN_SHIFT << PAGE_SHIFT);

	if ((pte & q->mask) != q->value)
		return QUICKLY_NOT;
	entry = gmap_entry(s->gmap, gpa);
	if (!entry || (look == LOOK_ALL && special(s, gpa)))
		return QUICKLY_NOT;
	if (look == LOOK_TABLES &&
	    unlikely(s->tracked && sync_tracks_page(s, gpa)))
		return QUICKLY_NOT;
	if (look == LOOK_NOT && unlikely(s->picky))
		return QUICKLY_PICKY;
	if (!o) {
		if (!log_has_room(&m->node->leaves))
			return QUICKLY_FULL;
		o = m->node->leaves.next++;
		o->spte = spte;
		o->parent = m->parent;
		*origin_of(spte) = o;
	}
	o->gpte = guest;
	o->gval = pte;
	value = leaf_value(r, pte & 0x3ff, gmap_entry_hpa(entry, gpa));
	return put_leaf(m->node, o, spte, value) ? QUICKLY_DONE : QUICKLY_SAME;
}

/* Room for more, and again. */
static __attribute__((noinline)) bool
quick_full(struct shadow *s, struct log *log, gva_t gva, u64 access, u64 mode)
{
	return log_make_room(s, log) && shadow_quick(s, gva, access, mode);
}

static bool picky_way(struct shadow *s, gva_t gva, u64 access, u64 mode);

static inline __attribute__((always_inline)) bool
quick_way(struct shadow *s, gva_t gva, u64 access, u64 mode, enum look look)
{
	u64 tag;
	struct shadow_memo *m = memo_for(s, s->current, gva.raw, &tag);

	if (unlikely(m->tag != tag || !memo_holds(m)))
		return false;
	switch (leaf_quick(s, s->current, m, gva.raw,
			   &quick[mode % VIEW_COUNT][access], look)) {
	case QUICKLY_DONE:
		return true;
	case QUICKLY_SAME:
		hart_fence_page(s, gva.raw);
		return true;
	case QUICKLY_FULL:
		return quick_full(s, &m->node->leaves, gva, access, mode);
	case QUICKLY_PICKY:
		return picky_way(s, gva, access, mode);
	case QUICKLY_NOT:
		return false;
	}
	return false;
}

/* Apart, as it needs a stack frame. */
static __attribute__((noinline)) bool picky_way(struct shadow *s, gva_t gva,
						u64 access, u64 mode)
{
	return quick_way(s, gva, access, mode, LOOK_ALL);
}

bool shadow_quick(struct shadow *s, gva_t gva, u64 access, u64 mode)
{
	return quick_way(s, gva, access, mode, LOOK_NOT);
}

/*
 * Mostly the guest fences as it has just mapped a page, which it then uses. As
 * if it had been loaded from: without more rights than its view has anyway.
 */
void leaf_refresh(struct shadow *s, struct shadow_root *r,
		  struct shadow_memo *m, u64 gva)
{
	enum quickly done = QUICKLY_NOT;

	if (memo_holds(m))
		done = leaf_quick(s, r, m, gva, &quick[r->refresh][WALK_LOAD],
				  LOOK_TABLES);
	if (done == QUICKLY_NOT || done == QUICKLY_FULL)
		m->table->pte[va_index(gva, 0)] = 0;
}

/* ---- the slow way ------------------------------------------------------ */

/* In sync: a leaf that can be written leaves all tables out. */
static void beside_tables(const struct shadow *s, struct leaf *f, gpa_t gpa)
{
	if ((f->pte & (PTE_W | PTE_D)) != (PTE_W | PTE_D))
		return;
	while (f->level &&
	       sync_tracks(s, GPA(ALIGN_DOWN(gpa.raw, pt_leaf_size(f->level))),
			   pt_leaf_size(f->level)))
		f->level--;
	f->guarded = !f->level && sync_tracks(s, gpa, PAGE_SIZE);
}

/* In sync: what leads to the leaf will be watched. */
static void watch(struct shadow *s, const struct way *way)
{
	for (u32 i = 0; i < way->n; i++)
		sync_track(s, way->step[i].gpa);
}

/* What backs the page, and the largest leaf that both sides allow. */
static bool back(struct shadow *s, struct leaf *f, gpa_t gpa)
{
	struct gpage page;
	u64 size;

	if (!gmap_get(s->gmap, gpa, &page))
		return false;
	f->level = MIN(MIN(page.level, f->guest_level), s->levels - 1);
	if (unlikely(s->limit))
		f->level = MIN(f->level, (u32)s->limit(s->limiter, gpa));
	if (unlikely(s->tracked))
		beside_tables(s, f, gpa);
	size = pt_leaf_size(f->level);
	f->to = HPA(page.hpa.raw + ALIGN_DOWN(gpa.raw - page.gpa.raw, size));
	return true;
}

/* Where tables are wanting, other roots have been given up: then our own. */
static enum shadow_result install(struct shadow *s, const struct leaf *f)
{
	struct shadow_root *r = s->current;
	u64 value = leaf_value(r, f->pte, f->to);
	bool emptied = false;

	if (f->guarded)
		value &= ~PTE_W;
	if (r->view & VIEW_MXR && f->pte & PTE_X && s->kind == SHADOW_U)
		value |= PTE_R;

	for (;;) {
		switch (leaf_map(s, r, f, value)) {
		case STEP_DOWN:
			return SHADOW_FILLED;
		case STEP_NO_MEMORY:
			if (emptied)
				return SHADOW_NO_MEMORY;
			emptied = true;
			s->stat.drops++;
			root_empty(s, r);
			break;
		case STEP_AGAIN:
			break;
		}
	}
}

/* An address that the tables cannot have: bare, beyond their half. */
static bool unmappable(const struct shadow *s, u64 gva)
{
	u32 bits = PAGE_SHIFT + 9 * s->levels;

	return (u64)sign_extend(gva, bits) != gva || gva_is_ours(s, gva);
}

/* A or D is clear: once it is set, the access will be tried again. */
static __attribute__((noinline)) enum shadow_result
needs_ad(struct shadow *s, const struct walk_view *view, u64 gva,
	 enum walk_access access, struct walk *w)
{
	if (!s->sets_ad)
		return SHADOW_PAGE_FAULT;
	switch (walk_set_ad(view, GVA(gva), access, s->gmap, w)) {
	case WALK_OK:
	case WALK_NEEDS_AD:
		return SHADOW_FILLED;
	default:
		return SHADOW_PAGE_FAULT;
	}
}

static enum shadow_result fill(struct shadow *s, struct leaf *f,
			       enum walk_access access, u32 mode, gpa_t *gpa)
{
	struct shadow_root *r = s->current;
	struct walk_view view = {
		.satp = r->satp,
		.user = mode & VIEW_USER,
		.sum = mode & VIEW_SUM,
		.mxr = mode & VIEW_MXR,
		.pbmte = s->gmap->pbmte,
		.napot = s->gmap->napot,
		.read = s->walkable ? read_walkable : read_pte,
		.ctx = &f->way,
	};
	struct walk w;

	s->stat.walks++;
	f->way.gmap = s->gmap;
	f->shadow = s;
	f->way.n = 0;
	switch (walk_guest(&view, GVA(f->gva), access, &w)) {
	case WALK_OK:
		break;
	case WALK_ACCESS_FAULT:
		*gpa = w.pte_at;
		return SHADOW_ACCESS_FAULT;
	case WALK_NEEDS_AD:
		*gpa = w.gpa;
		return needs_ad(s, &view, f->gva, access, &w);
	default:
		return SHADOW_PAGE_FAULT;
	}
	*gpa = w.gpa;
	if (!gmap_is_ram(s->gmap, w.gpa))
		return SHADOW_NOT_RAM;
	if (unmappable(s, f->gva) ||
	    (s->limit && s->limit(s->limiter, w.gpa) < 0))
		return SHADOW_OURS;
	f->pte = r->levels ? w.pte : bare_pte(r);
	f->guest_level = r->levels ? w.level : s->levels - 1;
	f->napot = w.pte & PTE_N;
	f->guarded = false;
	if (unlikely(s->tracked && !s->borrowed))
		watch(s, &f->way);
	if (!back(s, f, w.gpa))
		return SHADOW_NO_MEMORY;
	if (unlikely(f->guarded) &&
	    (access == WALK_STORE ||
	     s->shunned.raw == ALIGN_DOWN(w.gpa.raw, PAGE_SIZE)))
		return SHADOW_TABLE;
	return install(s, f);
}

enum shadow_result shadow_fault(struct shadow *s, gva_t gva,
				enum walk_access access, u32 mode, gpa_t *gpa)
{
	struct leaf f;
	enum shadow_result result;

	f.gva = gva.raw;
	result = fill(s, &f, access, mode, gpa);
	hart_fence_due(s);
	return result;
}
