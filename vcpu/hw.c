/* SPDX-License-Identifier: BSD-2-Clause */
/* The hw backend: VS-mode, hardware CSR copies, two-stage translation. */
#include "gstage/fence.h"
#include "gstage/gstage.h"
#include "hyp/csr.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/fpu.h"
#include "vcpu/hw.h"
#include "vcpu/lockstep.h"
#include "vcpu/mach.h"
#include "vcpu/soft.h"
#include "vcpu/state.h"
#include "vcpu/trap.h"
#include "vcpu/vm.h"
#include "vdev/layout.h"

#define HIDELEG   (BIT(IRQ_VS_SOFT) | BIT(IRQ_VS_TIMER) | BIT(IRQ_VS_EXT))

/* ENVCFG; no SE0, the guest is not told of Ssstateen. */
#define HSTATEEN0 BIT(62)

void hw_enter(struct vcpu *v);
extern char hw_vector[], trap_vector[];

/* One CSR of csr.def to or from hardware, by how it is held. */
#define WRITE_VSCOPY(hw, value) csr_write(hw, value)
#define WRITE_SHARED(hw, value) csr_write(hw, value)
#define WRITE_SPECIAL(hw, value)
#define READ_VSCOPY(hw, field) ((field) = csr_read(hw))
#define READ_SHARED(hw, field) ((field) = csr_read(hw))
#define READ_SPECIAL(hw, field)

static void write_csrs(const struct vcpu_csrs *c)
{
#define CSR(number, name, hold, hw, mask, feature) \
	if (host_has(feature)) {                   \
		WRITE_##hold(hw, c->name);         \
	}
#include "vcpu/csr.def"
#undef CSR
}

static void read_csrs(struct vcpu_csrs *c)
{
#define CSR(number, name, hold, hw, mask, feature) \
	if (host_has(feature)) {                   \
		READ_##hold(hw, c->name);          \
	}
#include "vcpu/csr.def"
#undef CSR
}

void hw_irq(struct vcpu *v, bool ssip)
{
	u64 lines = __atomic_load_n(&v->irq_lines, __ATOMIC_ACQUIRE);
	u64 hvip = csr_read(CSR_HVIP) & BIT(IRQ_VS_SOFT);

	if (ssip)
		hvip |= BIT(IRQ_VS_SOFT);
	csr_write(CSR_HVIP, hvip | lines << 1);
}

/*
 * hgatp changes with vsatp bare, so that no access mixes the two (Privileged,
 * "Hypervisor Guest Address Translation and Protection Register").
 */
static void switch_tables(struct vcpu *v)
{
	struct hart *h = this_hart();
	struct vm *vm = v->vm;
	struct id_space *ids = vm->spec.force & FORCE_NO_VMID ? &ids_none
							      : &ids_vmid;
	bool flush = id_use(ids, &vm->vmid, h->index);

	csr_write(CSR_VSATP, 0);
	csr_write(CSR_HGATP, gstage_hgatp(&vm->gstage) |
				     (u64)vm->vmid.id << HGATP_VMID_SHIFT);
	if (flush)
		hfence_gvma_all();
	/* Vcpus of a VM share its VMID, but an ASID is a hart's own. */
	if (flush || vm->hart_last[h->index] != v || v->last_hart != h) {
		hfence_vvma_all();
		asm volatile("fence.i");
	}
	vm->hart_last[h->index] = v;
}

void hw_cpu_load(struct vcpu *v, u64 hedeleg, u64 hstatus)
{
	u64 stce = v->sstc ? ENVCFG_STCE : 0;

	if (hw_sees_illegal(v)) /* before the guest does */
		hedeleg &= ~BIT(CAUSE_ILLEGAL);
	csr_write(CSR_HEDELEG, mach_hedeleg(v, hedeleg));
	csr_write(CSR_HIDELEG, HIDELEG);
	csr_write(CSR_HCOUNTEREN,
		  v->lockstep ? 0 : mach_counteren(v, v->vm->rules.counters));
	csr_write(CSR_HENVCFG, mach_envcfg(v, v->vm->rules.env) | stce);
	if (host_has(HOST_STATEEN))
		csr_write(CSR_HSTATEEN0, HSTATEEN0);
	csr_write(CSR_HTIMEDELTA, v->vm->time_delta);
	if (host_has(HOST_SSTC) && !stce)
		csr_write(CSR_VSTIMECMP, ~0UL);
	write_csrs(&v->state.csr);
	csr_write(CSR_HVIP, v->state.csr.sip << 1);
	hw_irq(v, false);
	fpu_load(v);
	hstatus |= v->mach.mstatus & (MSTATUS_TVM | MSTATUS_TSR);
	csr_write(CSR_HSTATUS, HSTATUS_VSXL64 | HSTATUS_SPV | hstatus);
	if (unlikely(v->traps))
		trap_hw_load(v);
	csr_clear(CSR_SSTATUS, SSTATUS_SIE | SSTATUS_SPP);
	csr_set(CSR_SSTATUS,
		SSTATUS_SPIE | (v->state.priv == PRIV_S ? SSTATUS_SPP : 0));
	csr_write(stvec, (u64)hw_vector);
}

static void hw_load(struct vcpu *v)
{
	switch_tables(v);
	csr_write(CSR_VSATP, v->state.csr.satp);
	hw_cpu_load(v, HW_HEDELEG, 0);
}

void hw_cpu_save(struct vcpu *v)
{
	read_csrs(&v->state.csr);
	/* QEMU 10 forms SD where a guest reads it, and not here. */
	v->state.csr.sstatus = state_sd(v->state.csr.sstatus);
	v->state.csr.sip = (csr_read(CSR_HVIP) & BIT(IRQ_VS_SOFT)) >> 1;
	v->state.priv = csr_read(CSR_SSTATUS) & SSTATUS_SPP ? PRIV_S : PRIV_U;
	fpu_save(v);
	/* Nothing of it may be pending, translate or be walked from here on. */
	csr_write(CSR_HVIP, 0);
	csr_write(CSR_VSIE, 0);
	if (host_has(HOST_SSTC))
		csr_write(CSR_VSTIMECMP, ~0UL);
	csr_write(CSR_VSATP, 0);
	csr_write(CSR_HGATP, 0);
	/* The hart's next sret may be to a guest of te, with V = 0. */
	csr_write(CSR_HSTATUS, HSTATUS_VSXL64);
	csr_write(stvec, (u64)trap_vector);
}

static void hw_save(struct vcpu *v)
{
	v->state.csr.satp = csr_read(CSR_VSATP);
	hw_cpu_save(v);
}

/*
 * A guest's wfi costs nothing where the hart has nothing better to do: trap
 * it only if others wait, or if there is memory to be zeroed meanwhile.
 */
void hw_wfi(struct vcpu *v)
{
	if (v->vm->spec.force & FORCE_VTW || sched_contended() ||
	    mach_traps(v, MSTATUS_TW) || page_zero_wanted())
		csr_set(CSR_HSTATUS, HSTATUS_VTW);
	else
		csr_clear(CSR_HSTATUS, HSTATUS_VTW);
}

static void hw_run(struct vcpu *v)
{
	hw_wfi(v);
	hw_enter(v);
}

static bool hw_fill(struct vcpu *v, const struct vexit *x)
{
	if (unlikely(v->lockstep) && x->access == ACCESS_STORE &&
	    !lockstep_open(v, x->gpa))
		return false;
	if (!gstage_fill(&v->vm->gstage, &v->vm->gmap, x->gpa))
		return false;
	hfence_gvma(x->gpa);
	hw_wfi(v);
	return true;
}

/* The guest has all the CSRs it may have in hardware; others are not there. */
static enum verdict hw_privileged(struct vcpu *v, struct vexit *x)
{
	if (unlikely(v->lockstep))
		return soft_counter(v, x);
	if (v->traps || v->mach.present) /* a counter that was written */
		return trap_hw_privileged(v, x);
	return inject(v, CAUSE_ILLEGAL, x->tval);
}

void hw_fp_dirty(struct vcpu *v)
{
	csr_set(CSR_VSSTATUS, SSTATUS_FS);
}

/* The second stage is the VM's: the first of its vcpus makes it. */
static bool hw_attach(struct vcpu *v)
{
	struct vm *vm = v->vm;
	const struct vm_spec *s = &vm->spec;
	u32 leaf = s->force & FORCE_4K ? PT_LEVEL_4K : vm->gmap.level_max;

	if (vm->gstage.pt.root.raw)
		return true;
	vm->vmid.generation = 0;
	if (!gstage_init(&vm->gstage, GUEST_RAM_BASE + s->memory, leaf,
			 &vm->pages))
		return false;
	if (!trap_no_limit(vm))
		vm->gstage.limit = trap_gstage_level;
	vm->gstage.owner = vm;
	return true;
}

/* None of them runs, and none will before all have attached again. */
static void hw_detach(struct vcpu *v)
{
	struct vm *vm = v->vm;

	if (!vm->gstage.pt.root.raw)
		return;
	vm->tables = MAX(vm->tables, vm->gstage.pt.tables);
	gstage_destroy(&vm->gstage);
}

/* Without Sstc: a host timer raises VSTIP through the line. */
static __attribute__((noinline)) void arm_timer(struct vcpu *v, u64 deadline)
{
	v->sbi_deadline = deadline;
	vcpu_set_line(v, IRQ_S_TIMER, false);
	hw_irq(v, false);
	if (deadline == TIMER_NEVER)
		timer_cancel(&v->timer);
	else
		timer_arm(&v->timer, vcpu_host_deadline(v, deadline));
}

void hw_timer(struct vcpu *v, u64 deadline)
{
	if (likely(v->sstc))
		csr_write(CSR_VSTIMECMP, deadline);
	else
		arm_timer(v, deadline);
}

/* A timer that sie does not have wakes nobody. */
u64 hw_deadline(struct vcpu *v)
{
	return v->sstc && csr_read(CSR_VSIE) & BIT(IRQ_S_TIMER)
		       ? csr_read(CSR_VSTIMECMP)
		       : TIMER_NEVER;
}

u64 hw_pending(struct vcpu *v)
{
	return csr_read(CSR_VSIP) & csr_read(CSR_VSIE);
}

static void hw_fence(struct vcpu *v, const struct fence *f)
{
	u64 end = f->start + f->size;

	if (f->kinds & FENCE_I)
		asm volatile("fence.i");
	if (!(f->kinds & FENCE_VMA))
		return;
	if (f->size == ~0UL) {
		if (f->has_asid)
			hfence_vvma_asid(f->asid);
		else
			hfence_vvma_all();
		return;
	}
	for (u64 va = f->start; va != end; va += PAGE_SIZE) {
		if (f->has_asid)
			hfence_vvma_asid_gva(GVA(va), f->asid);
		else
			hfence_vvma(GVA(va));
	}
}

const struct backend backend_hw = {
	.name = "hw",
	.load = hw_load,
	.save = hw_save,
	.enter = hw_run,
	.capture = hw_capture,
	.decode = hw_decode,
	.attach = hw_attach,
	.detach = hw_detach,
	.privileged = hw_privileged,
	.fp_dirty = hw_fp_dirty,
	.fill = hw_fill,
	.inject = hw_inject,
	.irq = hw_irq,
	.timer = hw_timer,
	.deadline = hw_deadline,
	.pending = hw_pending,
	.fence = hw_fence,
};

/* The modes and the VMID width that stick (WARL); leaves hgatp bare. */
static void probe_hgatp(void)
{
	u64 bits;

	for (u32 levels = 3; levels <= 5; levels++) {
		csr_write(CSR_HGATP, gstage_mode(levels) << ATP_MODE_SHIFT |
					     0x3fffUL << HGATP_VMID_SHIFT);
		bits = csr_read(CSR_HGATP);
		if (bits >> ATP_MODE_SHIFT != gstage_mode(levels))
			continue;
		if (!gstage_limits.levels_min)
			gstage_limits.levels_min = levels;
		gstage_limits.levels_max = levels;
		gstage_limits.vmid_bits = __builtin_popcountl(HGATP_VMID(bits));
	}
	csr_write(CSR_HGATP, 0);
	hfence_gvma_all();
}

static u32 guest_levels;

u32 hw_guest_levels(void)
{
	return guest_levels;
}

static void probe_vsatp(void)
{
	for (guest_levels = 5; guest_levels > 3; guest_levels--) {
		u64 satp = (guest_levels - 3 + ATP_SV39) << ATP_MODE_SHIFT;

		csr_write(CSR_VSATP, satp);
		if (csr_read(CSR_VSATP) == satp)
			break;
	}
	csr_set(CSR_VSATP, ATP_ASID);
	id_space_init(&ids_vasid,
		      __builtin_popcountl(csr_read(CSR_VSATP) & ATP_ASID), 1);
	csr_write(CSR_VSATP, 0);
	hfence_vvma_all();
}

void hw_probe(void)
{
	probe_hgatp();
	probe_vsatp();
	id_space_init(&ids_vmid, gstage_limits.vmid_bits, 1);
}
