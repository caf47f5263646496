/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical memory protection of machine guests. Tables of ours map what S-mode
 * may do everything with; all else is an exit, and decided access by access.
 */
#include <string.h>

#include "gstage/shadow.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/interp.h"
#include "vcpu/mach.h"
#include "vcpu/mmio.h"
#include "vcpu/pmp.h"
#include "vcpu/soft.h"
#include "vcpu/vm.h"
#include "vcpu/watch.h"

static bool all_of(const struct pmp *p, enum priv priv, gpa_t gpa, u32 level)
{
	u64 size = pt_leaf_size(level);
	gpa_t from = GPA(ALIGN_DOWN(gpa.raw, size));

	return pmp_same(p, from, size) &&
	       pmp_allows(p, priv, from, size) == PMP_RWX;
}

static s32 level_for(const struct pmp *p, enum priv priv, gpa_t gpa)
{
	s32 level = PT_LEVEL_1G;

	while (level >= 0 && !all_of(p, priv, gpa, level))
		level--;
	return level;
}

static bool is_open(const struct vcpu_machine *m, u64 at, u64 size)
{
	return at >= m->open && at < m->open_end && size <= m->open_end - at;
}

static void find_open(struct vcpu_machine *m, gpa_t gpa)
{
	u64 from, to;

	pmp_span(&m->pmp, gpa, &from, &to);
	if (pmp_allows(&m->pmp, PRIV_S, GPA(from), to - from) != PMP_RWX)
		return;
	m->open = from;
	m->open_end = to;
}

/*
 * A shadow is a vcpu's own: so is what it may map. Asked at many faults and
 * fences: nearly all of memory is open, as one piece.
 */
s32 mach_shadow_level(void *owner, gpa_t gpa)
{
	struct vcpu *v = owner;
	struct vcpu_machine *m = &v->mach;

	if (!is_open(m, gpa.raw, 1))
		find_open(m, gpa);
	for (s32 level = PT_LEVEL_1G; level >= 0; level--) {
		u64 size = pt_leaf_size(level);

		if (is_open(m, ALIGN_DOWN(gpa.raw, size), size))
			return level;
	}
	return level_for(&m->pmp, PRIV_S, gpa);
}

/* As QEMU's harts, which set A and D wherever they may read. */
bool mach_walkable(void *owner, gpa_t at)
{
	const struct vcpu_machine *m = &((const struct vcpu *)owner)->mach;

	return is_open(m, at.raw, 8) ||
	       pmp_allows(&m->pmp, PRIV_S, at, 8) & PMP_R;
}

s32 mach_native_level(void *owner, gpa_t gpa)
{
	const struct vcpu *v = owner;
	s32 level = PT_LEVEL_1G;

	/* Several entries may share a page: M-mode has all of it. */
	while (level >= 0 &&
	       !pmp_all(&v->mach.pmp, soft_priv(v),
			GPA(ALIGN_DOWN(gpa.raw, pt_leaf_size(level))),
			pt_leaf_size(level)))
		level--;
	return level;
}

s32 mach_plain_level(const struct vcpu *v, gpa_t gpa)
{
	return level_for(&v->mach.pmp, PRIV_M, gpa);
}

/* The second stage is the VM's: what all may that are in it. */
s32 mach_gstage_level(void *owner, gpa_t gpa)
{
	const struct vm *vm = owner;
	s32 level = PT_LEVEL_1G;

	if (!vm->pmps_differ)
		return level_for(&vm->pmp, PRIV_S, gpa);
	for (u32 i = 0; i < vm->spec.vcpus; i++) {
		const struct vcpu_machine *m = &vm->vcpu[i].mach;

		if (m->present)
			level = MIN(level, level_for(&m->pmp, PRIV_S, gpa));
	}
	return level;
}

/* ---- S-mode begins ------------------------------------------------------- */

static bool alone(const struct vcpu *v)
{
	for (u32 i = 0; i < v->vm->spec.vcpus; i++) {
		const struct vcpu *other = &v->vm->vcpu[i];

		if (other != v && other->mach.present && other->mach.at_home)
			return false;
	}
	return true;
}

/* What is mapped for the others may not be mapped for v: true. */
static bool differs(struct vcpu *v)
{
	struct vm *vm = v->vm;
	bool same = !memcmp(&vm->pmp, &v->mach.pmp, sizeof(vm->pmp));

	BUG_ON(!lock_held(&vm->gmap.lock));
	v->mach.at_home = true;
	if (!vm->pmps_differ && same)
		return false;
	vm->pmps_differ = !alone(v);
	vm->pmp = v->mach.pmp;
	return true;
}

void mach_protect(struct vcpu *v)
{
	const struct backend *home = v->backend;
	struct vm *vm = v->vm;
	bool drop;

	if (v->mach.pmp_changed && home->shadow && home->shadow(v))
		shadow_drop(home->shadow(v));
	if (home->shadow && home->shadow(v))
		home->shadow(v)->sets_ad = mach_sets_ad(v);
	v->mach.pmp_changed = false;
	watch_look(v);
	lock_acquire(&vm->gmap.lock);
	drop = differs(v);
	lock_release(&vm->gmap.lock);
	if (!drop || !vm->gstage.pt.root.raw)
		return;
	gstage_drop(&vm->gstage, &vm->gmap);
	vm->vmid.generation = 0;
}

void mach_leave(struct vcpu *v)
{
	lock_acquire(&v->vm->gmap.lock);
	v->mach.at_home = false;
	lock_release(&v->vm->gmap.lock);
}

void mach_switched(struct vm *vm)
{
	memset(&vm->pmp, 0, sizeof(vm->pmp));
	vm->pmps_differ = false;
	for (u32 i = 0; i < vm->spec.vcpus; i++)
		vm->vcpu[i].mach.at_home = false;
	for (u32 i = 0; i < vm->spec.vcpus; i++) {
		struct vcpu *v = &vm->vcpu[i];

		if (v->mach.present && v->state.priv != PRIV_M)
			mach_protect(v);
	}
}

/* The mode that the access was made in; S and U are the same here. */
static enum priv priv_of(const struct vcpu *v, enum access access)
{
	if (v->backend != &backend_interp)
		return PRIV_S;
	return access == ACCESS_FETCH ? v->state.priv : soft_priv(v);
}

bool mach_page_allows(const struct vcpu *v, gpa_t gpa, enum access access,
		      bool *same)
{
	gpa_t page = GPA(ALIGN_DOWN(gpa.raw, PAGE_SIZE));

	*same = pmp_same(&v->mach.pmp, page, PAGE_SIZE);
	return pmp_allows(&v->mach.pmp, priv_of(v, access), *same ? page : gpa,
			  *same ? PAGE_SIZE : 1) &
	       pmp_need(access);
}

static enum verdict refuse(struct vcpu *v, const struct vexit *x)
{
	return inject(v, access_fault(x->access), x->gva.raw);
}

bool mach_allows(const struct vcpu *v, gpa_t gpa, u32 len, enum access access)
{
	return pmp_allows(&v->mach.pmp, priv_of(v, access), gpa, len) &
	       pmp_need(access);
}

/* An exit and a step take as long as a hundred instructions of the interpreter,
 * or more; what comes there now and then is not to leave the hart. */
#define BY_HAND_MAX 256

bool mach_aside(const struct vcpu *v)
{
	const struct gmap *g = &v->vm->gmap;

	return unlikely(v->mach.by_hand >= BY_HAND_MAX) &&
	       pmp_splits(&v->mach.pmp, g->base, g->size);
}

void mach_by_hand(struct vcpu *v)
{
	if (++v->mach.by_hand == BY_HAND_MAX)
		vcpu_request(v, REQ_IRQ); /* look at the border */
}

/* A page that PMP splits: RAM the interpreter sees to. Of a device it has to be
 * known how much the access is about. */
static enum verdict by_hand(struct vcpu *v, struct vexit *x)
{
	if (gmap_is_ram(&v->vm->gmap, x->gpa) || x->table ||
	    x->access == ACCESS_FETCH || x->insn.kind == INSN_UNKNOWN)
		return exit_step(v, x);
	if (!x->insn.width || x->gpa.raw % x->insn.width ||
	    !mach_allows(v, x->gpa, x->insn.width, x->access))
		return refuse(v, x);
	return mmio_emulate(v, x);
}

/* It may be a page table that was read, which htinst does not say here. */
static bool untold(const struct vcpu *v, const struct vexit *x)
{
	return v->backend == &backend_hw && !v->htinst &&
	       gmap_is_ram(&v->vm->gmap, x->gpa);
}

bool mach_memory(struct vcpu *v, struct vexit *x, enum verdict *verdict)
{
	enum access access = x->table ? ACCESS_LOAD : x->access;
	bool same, allowed = mach_page_allows(v, x->gpa, access, &same);

	if (v->backend == &backend_interp && x->kind == EXIT_ram)
		return false; /* it has judged, and wants the page */
	if (!same)
		*verdict = by_hand(v, x);
	else if (!allowed)
		*verdict = untold(v, x) ? exit_step(v, x) : refuse(v, x);
	else if (v->backend != &backend_interp &&
		 gmap_is_ram(&v->vm->gmap, x->gpa) &&
		 mach_gstage_level(v->vm, x->gpa) < 0)
		*verdict = exit_step(v, x);
	else
		return false;
	return true;
}
