/* SPDX-License-Identifier: BSD-2-Clause */
/* The te backend: U-mode, trap and emulate, one shadow stage. */
#include "hyp/csr.h"
#include "hyp/map.h"
#include "hyp/util.h"
#include "vcpu/fpu.h"
#include "vcpu/soft.h"
#include "vcpu/state.h"
#include "vcpu/mach.h"
#include "vcpu/te.h"
#include "vcpu/vm.h"
#include "vcpu/vm_build.h"

#define UNITS       (SSTATUS_FS | SSTATUS_VS)
#define SITES_ORDER 1

void te_enter(struct vcpu *v);
extern char te_vector[], trap_vector[];

/* te_fast.S is to do nothing. In lockstep it does: the oracle looks at it. */
static bool no_assembly(const struct vcpu *v)
{
	return v->general && !v->lockstep && !v->mach.shortcuts;
}

static void forget_roots(struct vcpu *v)
{
	struct te_fast *f = &v->fast;

	for (u32 i = 0; i < VIEW_COUNT; i++)
		f->satp[i] = 0;
	f->guest_satp = v->state.csr.satp;
	f->epoch = v->te->shadow.epoch;
}

void te_trust(struct vcpu *v)
{
	if (v->fast.epoch != v->te->shadow.epoch)
		forget_roots(v);
}

/* Another one: what was recent may be used no longer. */
static inline u64 stamp(const struct shadow *s)
{
	return s->epoch + s->seq;
}

static inline struct te_recent *recent(struct te_fast *f, u64 guest_satp,
				       u32 view)
{
	return &f->recent[(guest_satp ^ guest_satp >> 44 ^ view) %
			  ARRAY_SIZE(f->recent)];
}

bool te_view(struct vcpu *v)
{
	struct te_fast *f = &v->fast;
	u32 view = soft_view(v);
	bool flush = false;
	u64 satp = shadow_use(&v->te->shadow, v->state.csr.satp, view, &flush);

	if (!satp)
		return false;
	csr_write(CSR_SATP, satp);
	if (flush)
		asm volatile("sfence.vma" ::: "memory");
	if (f->guest_satp != v->state.csr.satp || no_assembly(v))
		forget_roots(v);
	te_trust(v);
	/* Where there are no ASIDs, each switch is fenced and goes this way. */
	f->satp[view] = no_assembly(v) || v->te->shadow.ids->count == 1 ? 0
									: satp;
	*recent(f, v->state.csr.satp, view) = (struct te_recent){
		.guest_satp = v->state.csr.satp,
		.satp = f->satp[view],
		.stamp = stamp(&v->te->shadow),
		.root = v->te->shadow.current,
		.view = view,
	};
	return true;
}

bool te_switch(struct vcpu *v, u64 guest_satp)
{
	struct te_fast *f = &v->fast;
	u32 view = soft_view(v);
	const struct te_recent *r = recent(f, guest_satp, view);

	if (r->guest_satp != guest_satp || r->view != view || !r->satp ||
	    r->stamp != stamp(&v->te->shadow))
		return false;
	v->state.csr.satp = guest_satp;
	csr_write(CSR_SATP, r->satp);
	shadow_went(&v->te->shadow, r->root);
	forget_roots(v);
	f->satp[view] = r->satp;
	return true;
}

/* Virtual U-mode is gated by the guest, virtual S-mode by nobody. */
static void set_env(struct vcpu *v)
{
	const struct vcpu_csrs *c = &v->state.csr;
	struct te_fast *f = &v->fast;
	u64 open = v->lockstep ? 0
			       : mach_counteren(v, v->vm->rules.counters &
							   v->counters);

	BUG_ON(v->state.priv > PRIV_S);
	if (v->vm->time_delta)
		open &= ~(u64)COUNTEREN_TM;
	f->by_priv[PRIV_S].counters = open;
	f->by_priv[PRIV_S].env = soft_env(v, PRIV_S);
	f->by_priv[PRIV_U].counters = c->scounteren & open;
	f->by_priv[PRIV_U].env = soft_env(v, PRIV_U);
	csr_write(CSR_SCOUNTEREN, f->by_priv[v->state.priv].counters);
	csr_write(CSR_SENVCFG, f->by_priv[v->state.priv].env);
	f->sites = no_assembly(v) ? te_no_sites
				  : f->by_priv[v->state.priv].sites;
}

void te_units_home(struct vcpu *v)
{
	u64 status = v->state.csr.sstatus & ~(UNITS | SSTATUS_SD);
	u64 units = csr_read(CSR_SSTATUS) & UNITS;

	if (v->stale & SOFT_UNITS)
		return; /* the hart's are older */
	if ((units & SSTATUS_FS) == SSTATUS_FS ||
	    (units & SSTATUS_VS) == SSTATUS_VS)
		status |= SSTATUS_SD;
	v->state.csr.sstatus = status | units;
}

/*
 * A unit that was dirty and is no longer called so has not been saved; one
 * that was not is saved for nothing.
 */
static void units_out(struct vcpu *v)
{
	v->fast.unsaved |= csr_read(CSR_SSTATUS) & UNITS;
	csr_clear(CSR_SSTATUS, UNITS);
	csr_set(CSR_SSTATUS, v->state.csr.sstatus & UNITS);
}

enum run_next te_ready(struct vcpu *v)
{
	if (v->stale & SOFT_IRQ) {
		if (unlikely(v->mach.present) && mach_borders(v)) {
			v->leave = LEAVE_BORDER;
			return RUN_LEAVE;
		}
		soft_interrupt(v);
	}
	if (v->stale & SOFT_VIEW && !te_view(v)) {
		vm_starve(v->vm, "a shadow root");
		v->leave = LEAVE_PARK;
		return RUN_LEAVE;
	}
	if (v->stale & SOFT_ENV)
		set_env(v);
	if (v->stale & SOFT_UNITS)
		units_out(v);
	v->stale = 0;
	return RUN_ENTER;
}

static void init_fast(struct te_fast *f, struct te_site *sites,
		      const struct isa_rules *rules)
{
	const struct csr_row *sstatus = csr_find(CSR_SSTATUS);

	_Static_assert(TE_SITES * sizeof(*sites) == PAGE_SIZE << SITES_ORDER,
		       "");
	te_sites_init(sites);
	*f = (struct te_fast){
		.by_priv =
			{[PRIV_U].sites = te_no_sites, [PRIV_S].sites = sites},
		.units = rules->units,
	};
	f->units_sd = f->units | SSTATUS_SD;
	f->writable = csr_writable(sstatus) & ~rules->no_sstatus;
}

static bool te_attach(struct vcpu *v)
{
	struct vm *vm = v->vm;
	hpa_t page = page_alloc_zeroed(ORDER_4K, &vm->pages);

	_Static_assert(sizeof(struct te) <= PAGE_SIZE, "one page");
	if (!page.raw)
		return false;
	v->te = hpa_ptr(page);
	page = page_alloc(SITES_ORDER, &vm->pages);
	if (!page.raw)
		return false;
	init_fast(&v->fast, hpa_ptr(page), &vm->rules);
	return shadow_init(&v->te->shadow, SHADOW_U, map_levels(), &vm->gmap,
			   &vm->pages) &&
	       vm_set_shadow(v, &v->te->shadow);
}

static void te_detach(struct vcpu *v)
{
	struct te_site *sites = v->fast.by_priv[PRIV_S].sites;
	struct te *te = v->te;

	soft_detach(v);
	if (!te)
		return;
	/* Somebody may be asking what they have counted. */
	lock_acquire(&v->vm->lock);
	vcpu_keep_shadow(v, &te->shadow);
	v->te = NULL;
	if (sites)
		te_sites_count(sites, &v->stat);
	v->fast.by_priv[PRIV_S].sites = NULL;
	lock_release(&v->vm->lock);
	shadow_destroy(&te->shadow);
	if (sites)
		page_free(ptr_hpa(sites), SITES_ORDER, &v->vm->pages);
	page_free(ptr_hpa(te), ORDER_4K, &v->vm->pages);
}

static void te_load(struct vcpu *v)
{
	v->te->host_satp = csr_read(CSR_SATP);
	if (v->last_hart != this_hart()) {
		asm volatile("sfence.vma" ::: "memory");
		asm volatile("fence.i");
	}
	soft_load(v);
	fpu_load(v);
	csr_clear(CSR_SSTATUS, SSTATUS_SIE | SSTATUS_SPP);
	/* SUM is for us: te_entry.S reads the guest's code. */
	csr_set(CSR_SSTATUS, SSTATUS_SPIE | SSTATUS_SUM);
	csr_write(stvec, (u64)te_vector);
}

static void te_save(struct vcpu *v)
{
	if (v->stale & SOFT_UNITS)
		units_out(v);
	else
		te_units_home(v);
	csr_set(CSR_SSTATUS, v->fast.unsaved);
	v->fast.unsaved = 0;
	fpu_save(v);
	csr_clear(CSR_SSTATUS, SSTATUS_SUM);
	csr_write(stvec, (u64)trap_vector);
	csr_write(CSR_SATP, v->te->host_satp);
}

static void te_run(struct vcpu *v)
{
	if (te_ready(v) == RUN_ENTER)
		te_enter(v);
}

static bool te_fill(struct vcpu *v, const struct vexit *x)
{
	gpa_t gpa;

	return shadow_fault(&v->te->shadow, x->gva, (enum walk_access)x->access,
			    soft_view(v), &gpa) != SHADOW_NO_MEMORY;
}

/* A CSR instruction that went well will come again. */
static enum verdict te_privileged(struct vcpu *v, struct vexit *x)
{
	enum verdict verdict = soft_privileged(v, x);

	if (verdict == ADVANCE || x->insn.kind == INSN_SRET)
		te_site_learn(v->fast.by_priv[PRIV_S].sites, &v->stat, x->tval,
			      x);
	return verdict;
}

static void te_fp_dirty(struct vcpu *v)
{
	v->state.csr.sstatus |= SSTATUS_FS | SSTATUS_SD;
	v->stale |= SOFT_UNITS;
}

void te_fence(struct vcpu *v, const struct fence *f)
{
	if (f->kinds & FENCE_I)
		asm volatile("fence.i");
	if (!(f->kinds & FENCE_VMA))
		return;
	if (!(v->stale & SOFT_VIEW))
		te_root(v);
	shadow_fence_range(&v->te->shadow, f->start, f->size,
			   f->has_asid ? &f->asid : NULL);
	te_trust(v);
}

static struct shadow *te_shadow(struct vcpu *v)
{
	return &v->te->shadow;
}

const struct backend backend_te = {
	.name = "te",
	.soft = true,
	.machine_shortcuts = true,
	.attach = te_attach,
	.detach = te_detach,
	.load = te_load,
	.save = te_save,
	.enter = te_run,
	.capture = te_capture,
	.decode = te_decode,
	.privileged = te_privileged,
	.fp_dirty = te_fp_dirty,
	.fill = te_fill,
	.inject = soft_inject,
	.irq = soft_irq,
	.timer = soft_timer,
	.deadline = soft_deadline,
	.pending = soft_waiting,
	.fence = te_fence,
	.shadow = te_shadow,
};
