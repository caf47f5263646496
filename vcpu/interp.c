/* SPDX-License-Identifier: BSD-2-Clause */
/* The interp backend: runs the ops in slices, and looks up between them. */
#include <string.h>

#include "hyp/csr.h"
#include "vcpu/backend.h"
#include "vcpu/fpu.h"
#include "vcpu/interp_core.h"
#include "vcpu/mach.h"
#include "vcpu/run.h"
#include "vcpu/soft.h"
#include "vcpu/trap.h"
#include "vcpu/vm.h"

/* Instructions between two looks at the host's interrupts. */
#define SLICE        1024

/* Instructions of M-mode until the hart has a try: twice as many when it was
 * of no use. */
#define PATIENCE_MIN 16
#define PATIENCE_MAX 8192

bool interp_attach(struct vcpu *v)
{
	struct page_owner *owner = &v->vm->pages;
	hpa_t page = page_alloc_zeroed(INTERP_ORDER, owner);

	if (!page.raw)
		return false;
	interp_decode_init();
	v->interp = hpa_ptr(page);
	v->interp->patience = PATIENCE_MIN;
	return mmu_init(v->interp, owner) && code_init(v->interp, owner);
}

void interp_detach(struct vcpu *v)
{
	struct page_owner *owner = &v->vm->pages;

	if (!v->interp)
		return;
	native_destroy(&v->interp->native);
	mmu_destroy(v->interp, owner);
	code_destroy(v->interp, owner);
	page_free(ptr_hpa(v->interp), INTERP_ORDER, owner);
	v->interp = NULL;
}

/*
 * Teaching kernels load programs without a fence.i: on QEMU's harts, which have
 * no instruction cache, they get by with the fences of their tables.
 */
static bool fences_code(const struct vcpu *v, const struct fence *f)
{
	return f->kinds & FENCE_I ||
	       (unlikely(v->mach.present) && f->size == ~0UL);
}

void interp_fence(struct vcpu *v, const struct fence *f)
{
	if (!v->interp)
		return;
	if (fences_code(v, f))
		code_fence(v->interp);
	if (f->kinds & FENCE_VMA)
		mmu_fence(v->interp, f->start, f->size);
	native_fence(&v->interp->native, f);
}

static const struct fence everything = {
	.kinds = FENCE_VMA | FENCE_I,
	.size = ~0UL,
};

void interp_forget(struct vcpu *v)
{
	if (!v->interp)
		return;
	interp_fence(v, &everything);
	mmu_forget(v->interp);
	native_destroy(&v->interp->native);
}

void interp_redecode(struct vcpu *v)
{
	if (v->interp)
		code_drop(v->interp);
}

/* ---- steps --------------------------------------------------------------- */

/* Where another backend runs v, nobody tells us of its fences. */
static void forget(struct vcpu *v)
{
	if (v->backend != &backend_interp)
		interp_fence(v, &everything);
}

/* Where watched pages are let in; from none of the views afterwards. */
static enum interp_stop step(struct vcpu *v)
{
	struct interp *c = v->interp;
	enum interp_stop stop;
	u32 fenced;

	c->stepping = true;
	c->fetched_from = c->touched = c->fenced = 0;
	stop = code_one(v, v->state.pc, 1, c);
	c->stepping = false;
	fenced = c->fenced;
	if (c->touched)
		mmu_fence(c, 0, ~0UL);
	if (c->touched || c->fetched_from)
		trap_stepped(v, stop, c->exit.kind, c->fetched_from,
			     c->touched);
	c->fenced = fenced;
	return stop;
}

enum interp_stop interp_step(struct vcpu *v, struct vexit *x)
{
	enum interp_stop stop;

	if (!v->interp && !interp_attach(v)) {
		interp_detach(v);
		*x = (struct vexit){
			.kind = EXIT_ram,
			.pc = v->state.pc,
			.gpa = v->vm->gmap.base,
			.full = true,
		};
		return INTERP_EXIT;
	}
	forget(v);
	mmu_use(v);
	stop = step(v);
	if (stop == INTERP_EXIT)
		*x = v->interp->exit;
	if (v->backend != &backend_interp)
		native_close();
	return stop;
}

u32 interp_step_fenced(const struct vcpu *v)
{
	return v->interp ? v->interp->fenced : 0;
}

enum interp_stop interp_run_to(struct vcpu *v, u64 count, struct vexit *x,
			       u64 *done)
{
	enum interp_stop stop = INTERP_AGAIN;

	for (*done = 0; *done < count && stop == INTERP_AGAIN; ++*done)
		stop = interp_step(v, x);
	if (stop != INTERP_AGAIN)
		--*done;
	return stop;
}

bool interp_reserved(const struct vcpu *v)
{
	return v->interp && v->interp->reserved_width;
}

/* ---- the backend --------------------------------------------------------- */

/* An interrupt of the host, which would have thrown a guest out. */
static bool host_wants(struct interp *c)
{
	u64 pending = csr_read(CSR_SIP) & csr_read(CSR_SIE);

	if (likely(!pending))
		return false;
	c->exit.kind = pending & BIT(IRQ_S_TIMER)  ? EXIT_timer
		       : pending & BIT(IRQ_S_SOFT) ? EXIT_ipi
						   : EXIT_device;
	return true;
}

/* What became stale since the ops ran last. */
static void ready(struct vcpu *v)
{
	if (v->stale & SOFT_IRQ && soft_interrupt(v))
		v->interp->reserved_width = 0;
	if (v->stale & SOFT_VIEW)
		mmu_use(v);
	v->stale = 0;
}

/*
 * M-mode that has long stretches of plain instructions leaves these to the
 * hart. How many the interpreter is to do then.
 */
static s64 stretch(struct vcpu *v)
{
	struct interp *c = v->interp;

	if (c->wait > 0)
		return MIN(c->wait, SLICE);
	if (native_stretch(v, &c->native))
		c->patience = PATIENCE_MIN;
	else
		c->patience = MIN(2 * c->patience, PATIENCE_MAX);
	c->wait = c->patience;
	c->reserved_width = 0;
	code_fence(c); /* it may have done so */
	return MIN(c->wait, SLICE);
}

static __attribute__((noinline)) enum interp_stop machine_slice(struct vcpu *v)
{
	struct interp *c = v->interp;
	s64 most = native_stretches(v) ? stretch(v) : SLICE;
	enum interp_stop stop;

	if (v->stale)
		ready(v);
	if (mach_borders(v)) /* by MRET, in the stretch */
		return INTERP_AGAIN;
	stop = jump(v, v->state.pc, most, c);
	c->wait -= most - c->left;
	v->stat.interpreted += most - c->left;
	return stop;
}

static enum interp_stop slice(struct vcpu *v)
{
	struct interp *c = v->interp;
	enum interp_stop stop;

	if (v->stale)
		ready(v);
	if (unlikely(v->mach.present))
		return machine_slice(v);
	stop = jump(v, v->state.pc, SLICE, c);
	v->stat.interpreted += SLICE - c->left;
	return stop;
}

/* A trap ends a reservation, as on most harts. */
static void interp_inject(struct vcpu *v, u64 cause, u64 tval)
{
	v->interp->reserved_width = 0;
	soft_inject(v, cause, tval);
}

static void interp_enter(struct vcpu *v)
{
	enum run_next next;

	do {
		enum interp_stop stop = slice(v);

		next = RUN_ENTER;
		if (stop == INTERP_FAULT)
			interp_inject(v, v->fault_cause, v->fault_tval);
		if (unlikely(v->mach.present) && mach_borders(v)) {
			v->leave = LEAVE_BORDER;
			return;
		}
		if (stop == INTERP_EXIT)
			next = run_vexit(v, &v->interp->exit);
		if (next == RUN_ENTER && host_wants(v->interp))
			next = run_vexit(v, &v->interp->exit);
		else if (next == RUN_ENTER && v->task.attention)
			next = run_answer(v);
	} while (next == RUN_ENTER);
}

static void interp_capture(struct vcpu *v, struct vexit *x)
{
	*x = v->interp->exit;
}

/* All exits come decoded. */
static bool interp_decoded(struct vcpu *v, struct vexit *x,
			   enum verdict *verdict)
{
	return true;
}

/* A vcpu that begins anew trusts nothing of its life before. */
static void interp_load(struct vcpu *v)
{
	if (!v->last_hart) {
		v->interp->reserved_width = 0;
		interp_fence(v, &everything);
	}
	if (v->last_hart != this_hart())
		native_arrived();
	soft_load(v);
	fpu_load(v);
}

static void interp_save(struct vcpu *v)
{
	native_close();
	fpu_save(v);
}

/* Whom another backend had stepped brings its caches along. */
static bool interp_arrive(struct vcpu *v)
{
	return v->interp || interp_attach(v);
}

/* The oracle of a lockstep needs them wherever the vcpu is. */
static void interp_leave(struct vcpu *v)
{
	soft_detach(v);
	if (!v->lockstep && !v->mach.present)
		interp_detach(v);
}

/* Where tables of native_step() found no room, the page itself is there. */
static bool interp_fill(struct vcpu *v, const struct vexit *x)
{
	struct gpage page;

	return gmap_get(&v->vm->gmap, x->gpa, &page) && page_free_count();
}

static void interp_fp_dirty(struct vcpu *v)
{
	v->state.csr.sstatus |= SSTATUS_FS | SSTATUS_SD;
}

const struct backend backend_interp = {
	.name = "interp",
	.soft = true,
	.m_mode = true,
	.attach = interp_arrive,
	.detach = interp_leave,
	.load = interp_load,
	.save = interp_save,
	.enter = interp_enter,
	.capture = interp_capture,
	.decode = interp_decoded,
	.privileged = soft_privileged,
	.fp_dirty = interp_fp_dirty,
	.fill = interp_fill,
	.inject = interp_inject,
	.irq = soft_irq,
	.timer = soft_timer,
	.deadline = soft_deadline,
	.pending = soft_waiting,
	.fence = interp_fence,
};
