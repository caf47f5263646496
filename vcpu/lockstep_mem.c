/* SPDX-License-Identifier: BSD-2-Clause */
/* Lockstep: which pages a stretch has stored to, and what they had before. */
#include <string.h>

#include "gstage/fence.h"
#include "hyp/log.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/interp.h"
#include "vcpu/lockstep_parts.h"

#define ORDER 3

_Static_assert(sizeof(struct lockstep) <= PAGE_SIZE << ORDER, "pages");

static u32 closed_order(const struct vm *vm)
{
	u32 order = 0;

	while (PAGE_SIZE << order < vm->gmap.size >> PAGE_SHIFT >> 3)
		order++;
	return order;
}

static u8 *vector_alloc(struct vcpu *v)
{
	hpa_t page = page_alloc_zeroed(v->state.vec.order, &v->vm->pages);

	return page.raw ? hpa_ptr(page) : NULL;
}

bool lockstep_attach(struct vcpu *v)
{
	struct vm *vm = v->vm;
	u32 order = closed_order(vm);
	hpa_t page = page_alloc_zeroed(ORDER, &vm->pages);
	struct lockstep *l;

	if (!page.raw)
		return false;
	l = v->lockstep = hpa_ptr(page);
	page = page_alloc(order, &vm->pages);
	if (!page.raw)
		return false;
	vm->gmap.closed = hpa_ptr(page);
	memset(vm->gmap.closed, 0xff, PAGE_SIZE << order);
	if (v->state.vec.regs) {
		l->begin_vector = vector_alloc(v);
		l->end_vector = vector_alloc(v);
		if (!l->begin_vector || !l->end_vector)
			return false;
	}
	return interp_attach(v);
}

static void forget_pages(struct vcpu *v)
{
	struct lockstep *l = v->lockstep;

	while (l->npages)
		page_free(ptr_hpa(l->page[--l->npages].was), ORDER_4K,
			  &v->vm->pages);
}

void lockstep_detach(struct vcpu *v)
{
	struct lockstep *l = v->lockstep;
	struct page_owner *pages = &v->vm->pages;
	u32 order = v->state.vec.order;

	if (!l)
		return;
	forget_pages(v);
	if (l->begin_vector)
		page_free(ptr_hpa(l->begin_vector), order, pages);
	if (l->end_vector)
		page_free(ptr_hpa(l->end_vector), order, pages);
	if (v->vm->gmap.closed)
		page_free(ptr_hpa(v->vm->gmap.closed), closed_order(v->vm),
			  pages);
	v->vm->gmap.closed = NULL;
	page_free(ptr_hpa(l), ORDER, pages);
	v->lockstep = NULL;
}

static u8 *host_page(struct vcpu *v, gpa_t gpa)
{
	u64 entry = gmap_entry(&v->vm->gmap, gpa);

	return entry ? hpa_ptr(gmap_entry_hpa(entry, gpa)) : NULL;
}

static void set_closed(struct vcpu *v, gpa_t gpa, bool closed)
{
	struct gmap *g = &v->vm->gmap;
	u64 bit = (gpa.raw - g->base.raw) >> PAGE_SHIFT;

	if (closed)
		g->closed[bit / 64] |= BIT(bit & 63);
	else
		g->closed[bit / 64] &= ~BIT(bit & 63);
}

bool lockstep_open(struct vcpu *v, gpa_t gpa)
{
	struct lockstep *l = v->lockstep;
	struct gpage backing;
	hpa_t page;

	gpa = GPA(ALIGN_DOWN(gpa.raw, PAGE_SIZE));
	if (!gmap_closed(&v->vm->gmap, gpa))
		return true;
	if (l->npages == PAGES_MAX || !gmap_get(&v->vm->gmap, gpa, &backing))
		return false;
	page = page_alloc(ORDER_4K, &v->vm->pages);
	if (!page.raw)
		return false;
	l->page[l->npages].gpa = gpa;
	l->page[l->npages].was = hpa_ptr(page);
	memcpy(l->page[l->npages++].was, host_page(v, gpa), PAGE_SIZE);
	set_closed(v, gpa, false);
	return true;
}

void lockstep_close(struct vcpu *v)
{
	struct lockstep *l = v->lockstep;
	struct vm *vm = v->vm;

	for (u32 i = 0; i < l->npages; i++) {
		set_closed(v, l->page[i].gpa, true);
		if (vm->gstage.pt.root.raw) {
			gstage_fill(&vm->gstage, &vm->gmap, l->page[i].gpa);
			hfence_gvma(l->page[i].gpa);
		}
	}
	forget_pages(v);
}

void lockstep_keep(struct vcpu *v)
{
	struct lockstep *l = v->lockstep;

	for (u32 i = 0; i < l->npages; i++)
		memcpy(l->page[i].was, host_page(v, l->page[i].gpa), PAGE_SIZE);
}

void lockstep_copy_vectors(struct vcpu *v, u8 *to, const u8 *from)
{
	if (to && from)
		memcpy(to, from, PAGE_SIZE << v->state.vec.order);
}

void lockstep_swap(struct vcpu *v)
{
	struct lockstep *l = v->lockstep;

	for (u32 i = 0; i < l->npages; i++) {
		u64 *a = (u64 *)l->page[i].was;
		u64 *b = (u64 *)host_page(v, l->page[i].gpa);

		for (u32 k = 0; k < PAGE_SIZE / 8; k++) {
			u64 word = a[k];

			a[k] = b[k];
			b[k] = word;
		}
	}
}

bool lockstep_same_memory(struct vcpu *v)
{
	struct lockstep *l = v->lockstep;

	for (u32 i = 0; i < l->npages; i++) {
		if (memcmp(l->page[i].was, host_page(v, l->page[i].gpa),
			   PAGE_SIZE))
			return false;
	}
	return true;
}

void lockstep_print_memory(struct vcpu *v)
{
	struct lockstep *l = v->lockstep;
	u32 lines = 0;

	for (u32 i = 0; i < l->npages; i++) {
		const u64 *now = (const u64 *)l->page[i].was;
		const u64 *mine = (const u64 *)host_page(v, l->page[i].gpa);

		for (u32 k = 0; k < PAGE_SIZE / 8 && lines < 16; k++) {
			if (now[k] == mine[k])
				continue;
			lines++;
			log_error("%s: lockstep: memory at GPA 0x%lx: "
				  "backend 0x%lx, oracle 0x%lx",
				  v->vm->spec.name, l->page[i].gpa.raw + 8 * k,
				  now[k], mine[k]);
		}
	}
}
