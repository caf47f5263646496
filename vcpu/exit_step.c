/* SPDX-License-Identifier: BSD-2-Clause */
/* Exits for what no table of ours can show the guest: the interpreter's. */
#include "hyp/csr.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/exit.h"
#include "vcpu/interp.h"
#include "vcpu/mach.h"
#include "vcpu/soft.h"
#include "vcpu/vm.h"

/* Instructions of a constrained loop, twice (Unprivileged, "Eventual Success of
 * Store-Conditional Instructions"). */
#define LR_SC_MAX 32

static const struct fence everything = {
	.kinds = FENCE_VMA | FENCE_I,
	.size = ~0UL,
};

/* What is the hart's comes home, and the interpreter has it. */
static void go_aside(struct vcpu *v)
{
	v->backend->save(v);
	v->backend = &backend_interp;
	interp_fence(v, &everything);
	v->backend->load(v);
}

/*
 * And back; what the guest has fenced meanwhile, the hart does. False: without
 * a root there is no going on as yet.
 */
static bool come_back(struct vcpu *v, const struct backend *home, u32 fenced)
{
	const struct fence f = {.kinds = fenced, .size = ~0UL};

	v->backend->save(v);
	soft_detach(v);
	v->backend = home;
	home->load(v);
	if (fenced)
		home->fence(v, &f);
	return !home->shadow || csr_read(CSR_VSATP);
}

/*
 * After an LR it goes on to the SC, which would find no reservation of the
 * hart's; but not over what may let an interrupt in, which an LR without SC
 * would come to.
 */
static enum interp_stop steps(struct vcpu *v, struct vexit *x, u32 *fenced)
{
	enum interp_stop stop;

	v->stale = 0;
	__atomic_fetch_add(&v->vm->gmap.foreign, 1, __ATOMIC_RELEASE);
	stop = interp_step(v, x);
	*fenced = interp_step_fenced(v);
	for (u32 i = 0; i < LR_SC_MAX && stop == INTERP_AGAIN && !v->stale &&
			interp_reserved(v);
	     i++) {
		stop = interp_step(v, x);
		*fenced |= interp_step_fenced(v);
	}
	return stop;
}

/*
 * What no page table of ours can show the guest: the interpreter carries out
 * the instruction, or tells what else it needs.
 */
enum verdict exit_step(struct vcpu *v, struct vexit *x)
{
	const struct backend *home = v->backend;
	const struct vexit was = *x; /* interp's own is written to anyway */
	enum interp_stop stop;
	u32 fenced;

	if (!x->full)
		return FULL;
	if (unlikely(v->mach.present))
		mach_by_hand(v);
	if (!home->soft)
		go_aside(v);
	stop = steps(v, x, &fenced);
	v->stale = ~0U;
	if (stop != INTERP_EXIT)
		*x = was;
	if (!home->soft && !come_back(v, home, fenced)) {
		/* What was not carried out is met again. */
		x->insn.len = 0;
		vm_starve(v->vm, "a shadow root");
		return YIELD;
	}
	switch (stop) {
	case INTERP_FAULT:
		return INJECT;
	case INTERP_EXIT:
		/* A page that PMP lets it have a part of: only it can tell. */
		if (v->mach.present && x->kind == EXIT_ram) {
			vm_starve(v->vm, "a page");
			return RESUME;
		}
		return ANOTHER;
	default:
		return RESUME;
	}
}
