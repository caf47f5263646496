/* SPDX-License-Identifier: BSD-2-Clause */
/* Shadow page tables, the simple way: a fence drops everything. */
#include "gstage/fence.h"
#include "gstage/shadow.h"
#include "hyp/csr.h"
#include "hyp/host.h"
#include "hyp/map.h"
#include "hyp/pt.h"
#include "hyp/util.h"

#define ROOTS_ORDER 1

struct shadow_root {
	struct pt pt;
	u64 satp;
	u32 view;
	bool used;
};

_Static_assert(SHADOW_ROOTS * sizeof(struct shadow_root) <=
		       PAGE_SIZE << ROOTS_ORDER,
	       "room");

/* What entry i of a root covers. */
static u64 slot(const struct shadow *s, u64 i)
{
	return i << (PAGE_SHIFT + 9 * (s->levels - 1));
}

static bool shared(const struct shadow *s, u64 addr)
{
	return s->kind == SHADOW_U && map_is_ours(addr);
}

static void fence_hart(const struct shadow *s)
{
	if (s->kind == SHADOW_VS)
		hfence_vvma_all();
	else
		asm volatile("sfence.vma" ::: "memory");
}

static void fence_page(const struct shadow *s, gva_t gva)
{
	if (s->kind == SHADOW_VS)
		hfence_vvma(gva);
	else
		asm volatile("sfence.vma %0" ::"r"(gva.raw) : "memory");
}

bool shadow_init(struct shadow *s, enum shadow_kind kind, u32 levels,
		 struct gmap *g, struct page_owner *owner)
{
	hpa_t roots = page_alloc_zeroed(ROOTS_ORDER, owner);

	*s = (struct shadow){
		.kind = kind, .levels = levels, .gmap = g, .owner = owner};
	if (roots.raw)
		s->roots = hpa_ptr(roots);
	return roots.raw;
}

static void root_destroy(struct shadow *s, struct shadow_root *r)
{
	u64 *table;

	if (!r->used)
		return;
	table = hpa_ptr(r->pt.root);
	for (u64 i = 0; i < 512; i++) {
		if (shared(s, slot(s, i)))
			table[i] = 0;
	}
	pt_destroy(&r->pt);
	r->used = false;
}

void shadow_destroy(struct shadow *s)
{
	if (!s->roots)
		return;
	for (u32 i = 0; i < SHADOW_ROOTS; i++)
		root_destroy(s, &s->roots[i]);
	page_free(ptr_hpa(s->roots), ROOTS_ORDER, s->owner);
	s->roots = NULL;
}

static void root_drop(struct shadow *s, struct shadow_root *r)
{
	for (u64 i = 0; r->used && i < 512; i++) {
		if (!shared(s, slot(s, i)))
			BUG_ON(!pt_unmap(&r->pt, slot(s, i), s->levels - 1));
	}
}

void shadow_drop(struct shadow *s)
{
	for (u32 i = 0; i < SHADOW_ROOTS; i++)
		root_drop(s, &s->roots[i]);
	fence_hart(s);
}

static struct shadow_root *root_find(struct shadow *s, u64 satp, u32 view)
{
	for (u32 i = 0; i < SHADOW_ROOTS; i++) {
		struct shadow_root *r = &s->roots[i];

		if (r->used && r->satp == satp && r->view == view)
			return r;
	}
	return NULL;
}

static struct shadow_root *root_make(struct shadow *s, u64 satp, u32 view)
{
	struct shadow_root *r = &s->roots[s->stat.roots++ % SHADOW_ROOTS];

	root_destroy(s, r);
	if (!pt_init(&r->pt, s->levels, ORDER_4K, s->owner))
		return NULL;
	if (s->kind == SHADOW_U)
		map_share(hpa_ptr(r->pt.root));
	r->satp = satp;
	r->view = view;
	r->used = true;
	return r;
}

u64 shadow_use(struct shadow *s, u64 guest_satp, u32 view, bool *flush)
{
	struct shadow_root *r = root_find(s, guest_satp, view);

	if (!r)
		r = root_make(s, guest_satp, view);
	if (!r)
		return 0;
	s->current = r;
	*flush = true;
	return (u64)(ATP_SV39 + s->levels - 3) << ATP_MODE_SHIFT |
	       r->pt.root.raw >> PAGE_SHIFT;
}

static bool read_pte(void *ctx, gpa_t at, u64 *pte)
{
	return gmap_read(ctx, at, pte, sizeof(*pte));
}

static u64 leaf_flags(const struct shadow *s, const struct shadow_root *r,
		      u64 pte)
{
	u64 flags = PTE_A | PTE_D | (pte & (PTE_R | PTE_X));

	if (pte & PTE_D)
		flags |= pte & PTE_W;
	if (s->kind == SHADOW_VS)
		return flags | (pte & PTE_U);
	if (r->view & VIEW_MXR && pte & PTE_X)
		flags |= PTE_R;
	if (!(r->view & VIEW_USER) && pte & PTE_U)
		flags &= ~PTE_X;
	return flags | PTE_U;
}

/* Bare: anything goes, for the mode of the view. */
static u64 bare_flags(const struct shadow *s, const struct shadow_root *r)
{
	bool user = s->kind == SHADOW_U || r->view & VIEW_USER;

	return PTE_R | PTE_W | PTE_X | PTE_A | PTE_D | (user ? PTE_U : 0);
}

static bool map_leaf(struct shadow *s, gva_t gva, const struct walk *w,
		     const struct gpage *page)
{
	struct shadow_root *r = s->current;
	bool bare = !(r->satp >> ATP_MODE_SHIFT);
	u32 level = bare ? page->level : MIN(page->level, w->level);
	u64 size = pt_leaf_size(level);
	u64 off = ALIGN_DOWN(w->gpa.raw - page->gpa.raw, size);

	s->stat.fills++;
	return pt_map(&r->pt,
		      ALIGN_DOWN(gva.raw, size) & (pt_limit(&r->pt) - 1),
		      HPA(page->hpa.raw + off), level,
		      bare ? bare_flags(s, r) : leaf_flags(s, r, w->pte));
}

enum shadow_result shadow_fault(struct shadow *s, gva_t gva,
				enum walk_access access, u32 mode, gpa_t *gpa)
{
	struct shadow_root *r = s->current;
	struct walk_view view = {
		.satp = r->satp,
		.user = mode & VIEW_USER,
		.sum = mode & VIEW_SUM,
		.mxr = mode & VIEW_MXR,
		.pbmte = host_has(HOST_SVPBMT),
		.read = read_pte,
		.ctx = s->gmap,
	};
	struct gpage page;
	struct walk w;

	switch (walk_guest(&view, gva, access, &w)) {
	case WALK_OK:
		break;
	case WALK_ACCESS_FAULT:
		*gpa = w.pte_at;
		return SHADOW_ACCESS_FAULT;
	default:
		return SHADOW_PAGE_FAULT;
	}
	*gpa = w.gpa;
	if (!gmap_is_ram(s->gmap, w.gpa))
		return SHADOW_NOT_RAM;
	if (shared(s, gva.raw & (pt_limit(&r->pt) - 1)))
		return SHADOW_OURS;
	if (!gmap_get(s->gmap, w.gpa, &page) || !map_leaf(s, gva, &w, &page))
		return SHADOW_NO_MEMORY;
	fence_page(s, gva);
	return SHADOW_FILLED;
}

void shadow_fence(struct shadow *s, const gva_t *gva, const u64 *asid)
{
	shadow_drop(s);
}

void shadow_fence_range(struct shadow *s, u64 start, u64 size, const u64 *asid)
{
	shadow_drop(s);
}
