/* SPDX-License-Identifier: BSD-2-Clause */
/* The hybrid backend's traps: hw's, and those of shadow tables. */
#include "gstage/shadow.h"
#include "hyp/util.h"
#include "vcpu/fault.h"
#include "vcpu/hw.h"
#include "vcpu/hybrid.h"
#include "vcpu/run.h"

/* sfence.vma with an address and every ASID; csrw satp: but for rs1. */
#define SFENCE_ONE      0x12000073U
#define SFENCE_ONE_MASK 0xfff07fffU
#define CSRW_SATP       0x18001073U
#define CSRW_SATP_MASK  0xfff07fffU
#define RS1(raw)        ((raw) >> 15 & 31)

enum run_next hybrid_light(struct vcpu *v);
enum run_next hybrid_virtual(struct vcpu *v);

static void capture_fault(struct vcpu *v, struct vexit *x, enum access access)
{
	u32 view = hybrid_mode(v);

	x->gva = GVA(csr_read(CSR_STVAL));
	x->access = access;
	/* Bare, and without memory for a root: the page itself. */
	x->kind = EXIT_ram;
	x->gpa = GPA(x->gva.raw);
	x->table = false;
	if (!hybrid_bare(v) || hybrid_use_root(v, view))
		fault_capture(v, v->shadow, view, x);
}

void hybrid_capture(struct vcpu *v, struct vexit *x)
{
	hw_capture(v, x);
	switch (x->cause) {
	case CAUSE_FETCH_PAGE:
		return capture_fault(v, x, ACCESS_FETCH);
	case CAUSE_LOAD_PAGE:
		return capture_fault(v, x, ACCESS_LOAD);
	case CAUSE_STORE_PAGE:
		return capture_fault(v, x, ACCESS_STORE);
	case CAUSE_VIRTUAL_INSN:
		hybrid_mode(v);
		if (x->insn.kind == INSN_SFENCE_VMA ||
		    x->insn.kind == INSN_SINVAL)
			x->kind = EXIT_fence;
	}
}

/* csrw satp. False: nothing happened that the general way could not do again.
 */
static bool quick_satp(struct vcpu *v, u64 value)
{
	u64 old = v->state.csr.satp;

	v->state.priv = PRIV_S;
	if (soft_csr_write(v, CSR_SATP, value) &&
	    hybrid_use_root(v, hybrid_mode(v)))
		return true;
	v->state.csr.satp = old;
	return false;
}

static enum run_next satp_done(struct vcpu *v)
{
	COUNT(v->stat.csr[CSR_ROW_satp]);
	return run_done(v, EXIT_csr, 4);
}

/*
 * From hybrid_vector, all registers saved: a virtual instruction. What kernels
 * do all the time, and from S-mode, is done here.
 */
enum run_next hybrid_virtual(struct vcpu *v)
{
	u32 raw = csr_read(CSR_STVAL);

	if (unlikely(v->general) && !v->mach.shortcuts)
		return run_general(v);
	if (unlikely(!(csr_read(CSR_SSTATUS) & SSTATUS_SPP)))
		return run_exit(v, false);
	if ((raw & SFENCE_ONE_MASK) == SFENCE_ONE && RS1(raw)) {
		shadow_fence_page(
			v->shadow,
			GVA(ALIGN_DOWN(v->state.gpr[RS1(raw)], PAGE_SIZE)));
		return run_done(v, EXIT_fence, 4);
	}
	if ((raw & CSRW_SATP_MASK) == CSRW_SATP &&
	    quick_satp(v, v->state.gpr[RS1(raw)]))
		return satp_done(v);
	return run_exit(v, false);
}

static inline __attribute__((always_inline)) enum run_next
shortcut(struct vcpu *v, bool machine)
{
	u64 cause = csr_read(CSR_SCAUSE), access;

	switch (cause) {
	case CAUSE_FETCH_PAGE:
		access = WALK_FETCH;
		break;
	case CAUSE_LOAD_PAGE:
		access = WALK_LOAD;
		break;
	case CAUSE_STORE_PAGE:
		access = WALK_STORE;
		break;
	default:
		return machine ? run_exit(v, false) : hw_light(v);
	}
	if (likely(shadow_quick(v->shadow, GVA(csr_read(CSR_STVAL)), access,
				hybrid_mode(v))))
		return run_done(v, EXIT_shadow, 0);
	return run_exit(v, false);
}

static __attribute__((noinline)) enum run_next special(struct vcpu *v)
{
	return v->mach.shortcuts ? shortcut(v, true) : run_general(v);
}

/* From hybrid_vector, the light frame saved: every other trap. */
enum run_next hybrid_light(struct vcpu *v)
{
	if (unlikely(v->general))
		return special(v);
	return shortcut(v, false);
}
