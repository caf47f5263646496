/* SPDX-License-Identifier: BSD-2-Clause */
/* Translations: views by satp and mode, filled by walks, dropped by fences. */
#include <string.h>

#include "vcpu/interp_core.h"
#include "vcpu/mach.h"
#include "vcpu/pmp.h"
#include "vcpu/soft.h"
#include "vcpu/trap.h"
#include "vcpu/vm.h"

/* ---- views --------------------------------------------------------------- */

/* The view's code is M-mode's: fetched without translation. */
#define VIEW_MACH VIEW_COUNT
#define VIEW_MPRV (2 * VIEW_COUNT)

/* Without translation all modes see the same. */
static u32 mode_of(const struct vcpu *v)
{
	u32 mode = soft_satp(v) ? soft_view(v) : 0;

	if (v->state.priv != PRIV_M)
		return mode;
	return mode | (soft_priv(v) == PRIV_M ? VIEW_MACH : VIEW_MPRV);
}

static void clear_fetch(struct view *w, const struct interp *c)
{
	for (u32 i = 0; i < VIEW_ENTRIES; i++)
		w->fetch[i].line = VIEW_NONE;
	w->fetched = c->code.epoch;
}

static void clear(struct view *w, const struct interp *c)
{
	for (u32 i = 0; i < VIEW_ENTRIES; i++)
		w->read[i].page = w->write[i].page = VIEW_NONE;
	clear_fetch(w, c);
	w->epoch = c->mmu.epoch;
}

static bool add_view(struct mmu *m, struct page_owner *owner)
{
	hpa_t page = {0};

	if (m->used < VIEWS)
		page = page_alloc(VIEW_ORDER, owner);
	if (page.raw)
		m->views[m->used++] = hpa_ptr(page);
	return page.raw;
}

/* A view of its own, or the one that was taken longest ago. */
static struct view *take(struct interp *c, struct page_owner *owner, u64 satp,
			 u32 mode)
{
	struct mmu *m = &c->mmu;
	struct view *w;

	if (add_view(m, owner))
		w = m->views[m->used - 1];
	else
		w = m->views[m->next++ % m->used];
	w->satp = satp;
	w->mode = mode;
	clear(w, c);
	return w;
}

static struct view *find(struct mmu *m, u64 satp, u32 mode)
{
	for (u32 i = 0; i < m->used; i++) {
		if (m->views[i]->satp == satp && m->views[i]->mode == mode)
			return m->views[i];
	}
	return NULL;
}

void mmu_use(struct vcpu *v)
{
	struct interp *c = v->interp;
	u64 satp = soft_satp(v);
	u32 mode = mode_of(v);
	struct view *w = find(&c->mmu, satp, mode);

	if (!w)
		w = take(c, &v->vm->pages, satp, mode);
	else if (w->epoch != c->mmu.epoch)
		clear(w, c);
	else if (w->fetched != c->code.epoch)
		clear_fetch(w, c);
	c->mmu.view = w;
	c->read = w->read;
	c->write = w->write;
	c->fetch = w->fetch;
}

/* ---- memory -------------------------------------------------------------- */

/* Host memory of the page of RAM at gpa, or NULL; peek: only what is backed. */
static u8 *ram_page(struct vcpu *v, gpa_t gpa, bool peek)
{
	struct mem_entry *e = &v->interp->mmu.phys[gpa.raw / PAGE_SIZE % PHYS];
	struct gmap *g = &v->vm->gmap;
	struct gpage page;

	gpa.raw = ALIGN_DOWN(gpa.raw, PAGE_SIZE);
	if (likely(e->page == gpa.raw / PAGE_SIZE))
		return (u8 *)(gpa.raw + e->offset);
	if (!(peek ? gmap_peek : gmap_get)(g, gpa, &page))
		return NULL;
	e->page = gpa.raw / PAGE_SIZE;
	e->offset = (u64)hpa_ptr(page.hpa) - page.gpa.raw;
	return (u8 *)(gpa.raw + e->offset);
}

/* RAM that nothing backs yet reads as zero. */
static bool read_pte(void *ctx, gpa_t at, u64 *pte)
{
	struct vcpu *v = ctx;
	const u8 *page;

	if (!gmap_is_ram(&v->vm->gmap, at))
		return false;
	if (unlikely(v->mach.present) &&
	    !(pmp_allows(&v->mach.pmp, PRIV_S, at, 8) & PMP_R))
		return false;
	page = ram_page(v, at, true);
	*pte = page ? *(const volatile u64 *)(page + at.raw % PAGE_SIZE) : 0;
	return true;
}

static void fault(struct vcpu *v, u64 gva, enum walk_access access, u64 load,
		  u64 store, u64 fetch)
{
	v->fault_cause = access == WALK_LOAD    ? load
			 : access == WALK_STORE ? store
						: fetch;
	v->fault_tval = gva;
}

void mmu_refuse(struct vcpu *v, u64 gva, enum walk_access access)
{
	fault(v, gva, access, CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS,
	      CAUSE_FETCH_ACCESS);
}

/* Entries are of 4 KiB: remember which larger pages left some. */
static u64 bit_2m(u64 gva)
{
	return (gva >> 21) * 0x9e3779b97f4a7c15 >> 54;
}

static u64 bit_1g(u64 gva)
{
	return gva >> 30 & 63;
}

_Static_assert(LARGE_2M == 1 << (64 - 54) && LARGE_1G == 64, "bit_2m, bit_1g");

static void note_large(struct mmu *m, u64 gva, const struct walk *w)
{
	u64 bit = bit_2m(gva);

	if (w->level > 1)
		m->large_1g = w->level > 2 ? ~0UL
					   : m->large_1g | BIT(bit_1g(gva));
	else if (w->level == 1 || w->pte & PTE_N)
		m->large_2m[bit / 64] |= BIT(bit % 64);
}

static bool was_large(const struct mmu *m, u64 gva)
{
	u64 bit = bit_2m(gva);

	return m->large_2m[bit / 64] >> (bit % 64) & 1 ||
	       m->large_1g >> bit_1g(gva) & 1;
}

static void enter(struct view *w, u64 gva, enum walk_access access, u8 *to)
{
	struct mem_entry *e = access == WALK_LOAD ? w->read : w->write;

	if (access == WALK_FETCH)
		return;
	e += gva / PAGE_SIZE % VIEW_ENTRIES;
	e->page = gva / PAGE_SIZE;
	e->offset = (u64)to - gva;
}

static enum walk_result walk(struct vcpu *v, u64 gva, enum walk_access access,
			     struct walk *out)
{
	bool bare = access == WALK_FETCH && v->state.priv == PRIV_M;
	struct walk_view how = {
		.satp = bare ? 0 : soft_satp(v),
		.user = soft_priv(v) == PRIV_U,
		.sum = v->state.csr.sstatus & SSTATUS_SUM,
		.mxr = v->state.csr.sstatus & SSTATUS_MXR,
		.pbmte = v->vm->gmap.pbmte,
		.napot = v->vm->gmap.napot,
		.read = read_pte,
		.ctx = v,
	};
	enum walk_result result;

	v->stat.walks[access == WALK_FETCH   ? ACCESS_FETCH
		      : access == WALK_STORE ? ACCESS_STORE
					     : ACCESS_LOAD]++;
	result = walk_guest(&how, GVA(gva), access, out);
	if (result == WALK_NEEDS_AD && mach_sets_ad(v))
		result = walk_set_ad(&how, GVA(gva), access, &v->vm->gmap, out);
	return result;
}

static void drop_page(struct view *w, u64 page)
{
	const u32 lines = PAGE_SIZE / LINE_SIZE;
	u64 first = page * lines % VIEW_ENTRIES;

	w->read[page % VIEW_ENTRIES].page = VIEW_NONE;
	w->write[page % VIEW_ENTRIES].page = VIEW_NONE;
	for (u32 i = 0; i < lines; i++)
		w->fetch[first + i].line = VIEW_NONE;
}

/* RAM: no watchpoint, or it has been noted. */
static enum mem watch(struct vcpu *v, gpa_t gpa, enum walk_access access)
{
	struct interp *c = v->interp;
	u32 bits = trap_page(v->vm, gpa);

	if (bits && !c->stepping)
		return MEM_DRY; /* trap_before() knows which */
	if (access == WALK_FETCH)
		c->fetched_from |= bits;
	else
		c->touched |= bits;
	return MEM_RAM;
}

/* The byte, and whether all of its page is like it. */
static enum mem protect(struct vcpu *v, u64 gva, enum walk_access access,
			struct place *out)
{
	enum mem m = watch(v, out->gpa, access);
	bool same;

	if (m != MEM_RAM || !v->mach.present)
		return m;
	if (!mach_page_allows(v, out->gpa, (enum access)access, &same)) {
		mmu_refuse(v, gva, access);
		return MEM_FAULT;
	}
	out->partial = !same;
	return MEM_RAM;
}

enum mem mmu_part(struct vcpu *v, u64 gva, u32 len, enum walk_access access,
		  const struct place *p)
{
	if (mach_allows(v, p->gpa, len, (enum access)access))
		return MEM_RAM;
	mmu_refuse(v, gva, access);
	return MEM_FAULT;
}

enum interp_stop mmu_once(OP_ARGS, u64 gva, enum walk_access access,
			  const struct place *p)
{
	struct view *w = c->mmu.view;
	enum interp_stop stop;

	enter(w, gva, access, p->host);
	stop = code_one(v, slot_pc(c, e), 1, c);
	drop_page(w, gva / PAGE_SIZE);
	c->left = left - 1;
	return stop;
}

enum mem mmu_find(struct vcpu *v, u64 gva, enum walk_access access,
		  struct place *out)
{
	struct interp *c = v->interp;
	struct walk w;

	switch (walk(v, gva, access, &w)) {
	case WALK_OK:
		break;
	case WALK_ACCESS_FAULT:
		mmu_refuse(v, gva, access);
		return MEM_FAULT;
	default:
		fault(v, gva, access, CAUSE_LOAD_PAGE, CAUSE_STORE_PAGE,
		      CAUSE_FETCH_PAGE);
		return MEM_FAULT;
	}
	out->gpa = w.gpa;
	out->partial = false;
	if (unlikely(v->guarded)) {
		enum mem m = protect(v, gva, access, out);

		if (m != MEM_RAM)
			return m;
	}
	if (!gmap_is_ram(&v->vm->gmap, w.gpa))
		return MEM_DEVICE;
	if (access == WALK_STORE && unlikely(v->oracle) &&
	    gmap_closed(&v->vm->gmap, w.gpa))
		return MEM_DEVICE;
	out->host = ram_page(v, w.gpa, false);
	if (!out->host)
		return MEM_DRY;
	out->host += w.gpa.raw % PAGE_SIZE;
	if (unlikely(out->partial))
		return MEM_RAM;
	note_large(&c->mmu, gva, &w);
	enter(c->mmu.view, gva, access, out->host);
	return MEM_RAM;
}

/* ---- fences -------------------------------------------------------------- */

void mmu_fetch_fence(struct interp *c)
{
	if (c->mmu.view)
		clear_fetch(c->mmu.view, c);
}

static void drop_all(struct interp *c)
{
	struct mmu *m = &c->mmu;

	m->epoch++;
	memset(m->large_2m, 0, sizeof(m->large_2m));
	m->large_1g = 0;
	if (m->view)
		clear(m->view, c);
}

/*
 * An address fences the leaf that maps it (Privileged, "Supervisor Memory-
 * Management Fence Instruction"); of a large one there may be many entries.
 */
void mmu_fence(struct interp *c, u64 start, u64 size)
{
	struct mmu *m = &c->mmu;

	c->fenced |= FENCE_VMA;
	if (size > FENCE_PAGES_MAX * PAGE_SIZE)
		return drop_all(c);
	for (u64 at = start; at - start < size; at += PAGE_SIZE) {
		if (was_large(m, at))
			return drop_all(c);
		for (u32 i = 0; i < m->used; i++)
			drop_page(m->views[i], at / PAGE_SIZE);
	}
}

/* ---- life ---------------------------------------------------------------- */

void mmu_forget(struct interp *c)
{
	for (u32 i = 0; i < PHYS; i++)
		c->mmu.phys[i].page = VIEW_NONE;
}

bool mmu_init(struct interp *c, struct page_owner *owner)
{
	mmu_forget(c);
	if (!add_view(&c->mmu, owner))
		return false;
	clear(c->mmu.views[0], c); /* its page may have been one before */
	return true;
}

void mmu_destroy(struct interp *c, struct page_owner *owner)
{
	for (u32 i = 0; i < c->mmu.used; i++)
		page_free(ptr_hpa(c->mmu.views[i]), VIEW_ORDER, owner);
}
