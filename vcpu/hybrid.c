/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hybrid backend: VS-mode and hardware CSR copies as hw, but one shadow
 * stage in vsatp, as hardware assist was before nested paging. satp and the
 * fences trap (hstatus.VTVM), page faults come to us first.
 */
#include "gstage/fence.h"
#include "gstage/gstage.h"
#include "gstage/ids.h"
#include "gstage/shadow.h"
#include "hyp/map.h"
#include "vcpu/hw.h"
#include "vcpu/hybrid.h"
#include "vcpu/trap.h"
#include "vcpu/vm.h"
#include "vcpu/vm_build.h"

#define PAGE_FAULTS \
	(BIT(CAUSE_FETCH_PAGE) | BIT(CAUSE_LOAD_PAGE) | BIT(CAUSE_STORE_PAGE))

extern char hybrid_vector[];
void hybrid_enter(struct vcpu *v);

/*
 * The hart does privilege, SUM and MXR by itself. Only while satp is bare,
 * where pages belong to nobody, each privilege has a root of its own.
 */
bool hybrid_use_root(struct vcpu *v, u32 view)
{
	bool flush = false;
	u64 vsatp = shadow_use(v->shadow, v->state.csr.satp,
			       hybrid_bare(v) ? view & VIEW_USER : 0, &flush);

	if (!vsatp)
		return false;
	csr_write(CSR_VSATP, vsatp);
	if (flush)
		hfence_vvma_all();
	return true;
}

static bool hybrid_attach(struct vcpu *v)
{
	struct vm *vm = v->vm;
	hpa_t page = page_alloc_zeroed(ORDER_4K, &vm->pages);

	_Static_assert(sizeof(struct shadow) <= PAGE_SIZE, "one page");
	if (!page.raw)
		return false;
	v->shadow = hpa_ptr(page);
	return shadow_init(v->shadow, SHADOW_VS, hw_guest_levels(), &vm->gmap,
			   &vm->pages) &&
	       vm_set_shadow(v, v->shadow);
}

static void hybrid_detach(struct vcpu *v)
{
	struct shadow *s = v->shadow;

	if (!s)
		return;
	lock_acquire(&v->vm->lock);
	vcpu_keep_shadow(v, s);
	v->shadow = NULL;
	lock_release(&v->vm->lock);
	shadow_destroy(s);
	page_free(ptr_hpa(s), ORDER_4K, &v->vm->pages);
}

static void hybrid_load(struct vcpu *v)
{
	u32 hart = this_hart()->index;

	csr_write(CSR_VSATP, 0);
	csr_write(CSR_HGATP, 0);
	/* A second stage under VMID 0 must not meet what we leave, nor we it.
	 */
	if (!gstage_limits.vmid_bits || ids_none.hart[hart]) {
		hfence_gvma_all();
		id_spoil(&ids_vmid, hart);
		id_spoil(&ids_none, hart);
	}
	hybrid_use_root(v, soft_view(v)); /* hybrid_run() looks */
	hfence_vvma_all();
	if (v->last_hart != this_hart())
		asm volatile("fence.i");
	hw_cpu_load(v, HW_HEDELEG & ~PAGE_FAULTS, HSTATUS_VTVM);
	csr_write(stvec, (u64)hybrid_vector);
}

/*
 * Not without a root: where vsatp and hgatp are bare, the guest would have the
 * host's memory.
 */
static void hybrid_run(struct vcpu *v)
{
	if (unlikely(!csr_read(CSR_VSATP)) &&
	    !hybrid_use_root(v, hybrid_mode(v))) {
		vm_starve(v->vm, "a shadow root");
		v->leave = LEAVE_PARK;
		return;
	}
	hw_wfi(v);
	hybrid_enter(v);
}

/* Of the CSRs only satp is not the hart's own, whatever else it traps. */
static bool is_harts(const struct insn *i)
{
	return i->kind == INSN_SRET ||
	       (i->kind == INSN_CSR && i->csr != CSR_SATP);
}

static enum verdict hybrid_privileged(struct vcpu *v, struct vexit *x)
{
	enum verdict verdict;

	if (is_harts(&x->insn)) {
		if (v->lockstep)
			return soft_counter(v, x);
		if (v->traps || v->mach.present)
			return trap_hw_privileged(v, x);
		return inject(v, CAUSE_ILLEGAL, x->tval);
	}
	v->stale = 0;
	verdict = soft_privileged(v, x);
	if (!(v->stale & SOFT_VIEW) || hybrid_use_root(v, soft_view(v)))
		return verdict;
	csr_write(CSR_VSATP, 0); /* hybrid_run() tries again */
	vm_starve(v->vm, "a shadow root");
	return YIELD;
}

static bool hybrid_fill(struct vcpu *v, const struct vexit *x)
{
	u32 view = hybrid_mode(v);
	gpa_t gpa;

	if (hybrid_bare(v) && !hybrid_use_root(v, view))
		return false;
	return shadow_fault(v->shadow, x->gva, (enum walk_access)x->access,
			    view, &gpa) != SHADOW_NO_MEMORY;
}

static void hybrid_fence(struct vcpu *v, const struct fence *f)
{
	if (f->kinds & FENCE_I)
		asm volatile("fence.i");
	if (f->kinds & FENCE_VMA)
		shadow_fence_range(v->shadow, f->start, f->size,
				   f->has_asid ? &f->asid : NULL);
}

static struct shadow *hybrid_shadow(struct vcpu *v)
{
	return v->shadow;
}

const struct backend backend_hybrid = {
	.name = "hybrid",
	.machine_shortcuts = true,
	.attach = hybrid_attach,
	.detach = hybrid_detach,
	.load = hybrid_load,
	.save = hw_cpu_save,
	.enter = hybrid_run,
	.capture = hybrid_capture,
	.decode = hw_decode,
	.privileged = hybrid_privileged,
	.fp_dirty = hw_fp_dirty,
	.fill = hybrid_fill,
	.inject = hw_inject,
	.irq = hw_irq,
	.timer = hw_timer,
	.deadline = hw_deadline,
	.pending = hw_pending,
	.fence = hybrid_fence,
	.shadow = hybrid_shadow,
};
