/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest's store into a page table that is watched (gstage/shadow_sync.c). */
#include "gstage/shadow.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/exit.h"
#include "vcpu/lockstep.h"
#include "vcpu/vm.h"

/* The doubleword that the access begins in, in the window. */
static u64 *entry_at(struct vcpu *v, gpa_t gpa)
{
	u64 entry = gmap_entry(&v->vm->gmap, gpa);

	BUG_ON(!entry);
	return hpa_ptr(HPA(ALIGN_DOWN(gmap_entry_hpa(entry, gpa).raw, 8)));
}

/* At a page's start it may be the second part of an access. */
static bool simple(const struct vexit *x)
{
	return x->access == ACCESS_STORE && x->insn.kind == INSN_STORE &&
	       !IS_ALIGNED(x->gpa.raw, PAGE_SIZE) &&
	       IS_ALIGNED(x->gpa.raw, x->insn.width);
}

/* An aligned integer store: what kernels write entries with. */
static enum verdict store(struct vcpu *v, struct vexit *x)
{
	u64 *at = entry_at(v, x->gpa), value = v->state.gpr[x->insn.rs2];
	u32 shift = x->gpa.raw % 8 * 8;
	u64 mask = ~0UL >> (64 - 8 * x->insn.width) << shift;

	if (!x->full && !reg_is_light(x->insn.rs2))
		return FULL;
	__atomic_store_n(at, (*at & ~mask) | (value << shift & mask),
			 __ATOMIC_RELAXED);
	shadow_wrote(v->backend->shadow(v), x->gpa, true);
	return ADVANCE;
}

/*
 * An SC fails in the interpreter for want of the LR, which the hart has carried
 * out: the guest comes back to that, and then to us.
 */
static enum verdict interpret(struct vcpu *v, struct vexit *x)
{
	gpa_t gpa = x->gpa;
	bool stores = x->access == ACCESS_STORE;
	const u64 *at = entry_at(v, gpa);
	u64 before = *at;
	enum verdict verdict = exit_step(v, x);

	if (verdict == FULL)
		return FULL;
	shadow_wrote(v->backend->shadow(v), gpa,
		     stores && IS_ALIGNED(gpa.raw, 4));
	if (stores && *at == before)
		shadow_shun(v->backend->shadow(v), gpa);
	return verdict;
}

enum verdict exit_table(struct vcpu *v, struct vexit *x)
{
	enum verdict verdict;

	if (unlikely(v->lockstep)) {
		if (!lockstep_open(v, x->gpa))
			vm_starve(v->vm, "lockstep");
		return RESUME;
	}
	if (x->insn.kind == INSN_UNKNOWN && !v->backend->decode(v, x, &verdict))
		return verdict;
	if (simple(x))
		return store(v, x);
	if (x->access != ACCESS_STORE ||
	    (x->insn.kind == INSN_AMO && x->insn.width <= 8))
		return interpret(v, x);
	/* Many entries, perhaps: the hart shall do it. */
	shadow_open(v->backend->shadow(v), x->gpa);
	return RESUME;
}
