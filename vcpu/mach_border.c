/* SPDX-License-Identifier: BSD-2-Clause */
/* M-mode: the way between the interpreter and S-mode. */
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/interp.h"
#include "vcpu/mach.h"
#include "vcpu/soft.h"
#include "vcpu/vm.h"

/* The backend of its VM, where it is not in M-mode. */
static const struct backend *home_of(const struct vcpu *v)
{
	return backend_find(v->vm->backend);
}

bool mach_borders(const struct vcpu *v)
{
	const struct backend *home = home_of(v);

	if (!v->mach.present || home == &backend_interp)
		return false;
	if (v->backend == home)
		return v->mach.deferred || mach_aside(v) ||
		       mach_pending(v, PRIV_S);
	return v->state.priv != PRIV_M && !mach_aside(v);
}

void mach_defer(struct vcpu *v, u64 cause, u64 tval)
{
	v->mach.deferred = true;
	v->fault_cause = cause;
	v->fault_tval = tval;
}

static const struct fence everything = {
	.kinds = FENCE_VMA | FENCE_I,
	.size = ~0UL,
};

static void go_home(struct vcpu *v)
{
	v->backend = home_of(v);
	v->mach.by_hand = 0;
	mach_protect(v);
	v->backend->load(v);
	/* What M-mode wrote may be code, and it may have fenced. */
	gmap_wrote(&v->vm->gmap);
	v->backend->fence(v, &everything);
}

/* The interpreter saw nothing of what the guest did meanwhile. */
static void leave_home(struct vcpu *v)
{
	if (v->mach.deferred)
		mach_trap(v, v->fault_cause, v->fault_tval);
	else
		mach_interrupt(v);
	v->mach.deferred = false;
	mach_leave(v);
	v->backend = &backend_interp;
	interp_fence(v, &everything);
	v->backend->load(v);
}

void mach_cross(struct vcpu *v)
{
	bool home = v->backend != &backend_interp;

	v->backend->save(v);
	if (v->backend->soft)
		soft_detach(v);
	if (home)
		leave_home(v);
	else
		go_home(v);
}
