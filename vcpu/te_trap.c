/* SPDX-License-Identifier: BSD-2-Clause */
/* The te backend's traps: from U-mode's trap CSRs to struct vexit. */
#include "hyp/csr.h"
#include "hyp/util.h"
#include "vcpu/fault.h"
#include "vcpu/soft.h"
#include "vcpu/te.h"
#include "vcpu/vm.h"

/* Into both of those that te_entry.S comes to. */
#define INLINE inline __attribute__((always_inline))

struct fetched {
	u64 value, fault;
};
struct fetched te_fetch16(u64 gva); /* te_entry.S */
enum run_next te_light(struct vcpu *v);
enum run_next te_full(struct vcpu *v, bool full);

/*
 * The instruction at pc; it may straddle two pages. False: the guest's tables
 * or its shadow changed, let it fetch again. A fault of ours changes sstatus.
 */
static bool fetch(u64 pc, u32 *raw)
{
	u64 sstatus = csr_read(CSR_SSTATUS);
	struct fetched low, high = {0};

	csr_set(CSR_SSTATUS, SSTATUS_SUM | SSTATUS_MXR);
	low = te_fetch16(pc);
	if (!low.fault && (low.value & 3) == 3)
		high = te_fetch16(pc + 2);
	csr_write(CSR_SSTATUS, sstatus);
	*raw = high.value << 16 | low.value;
	return !low.fault && !high.fault;
}

bool te_decode(struct vcpu *v, struct vexit *x, enum verdict *verdict)
{
	u32 raw;

	if (!fetch(x->pc, &raw)) {
		*verdict = RESUME;
		return false;
	}
	x->insn = insn_decode(raw);
	return true;
}

static void reflect(struct vexit *x, u64 cause, u64 tval)
{
	x->kind = EXIT_reflect;
	x->cause = cause;
	x->tval = tval;
}

/* A page fault under the shadow root. */
static void capture_fault(struct vcpu *v, struct vexit *x, enum access access)
{
	x->gva = GVA(csr_read(CSR_STVAL));
	x->access = access;
	te_root(v);
	fault_capture(v, &v->te->shadow, soft_view(v), x);
	te_trust(v);
	/* It may be about an f register. */
	if (x->kind == EXIT_mmio || x->kind == EXIT_step ||
	    x->kind == EXIT_table)
		te_units_home(v);
}

/* What a hart of the guest's mode would have carried out, or refused. */
static enum exit_kind privileged_kind(const struct vcpu *v,
				      const struct insn *insn)
{
	switch (insn->kind) {
	case INSN_CSR:
		return EXIT_csr;
	case INSN_SRET:
		return EXIT_sret;
	case INSN_SFENCE_VMA:
	case INSN_SINVAL:
		return EXIT_fence;
	case INSN_WFI:
		return v->state.priv == PRIV_S ? EXIT_wfi : EXIT_illegal;
	default:
		return EXIT_illegal;
	}
}

static void capture_illegal(struct vcpu *v, struct vexit *x)
{
	u32 raw;

	te_units_home(v);
	raw = csr_read(CSR_STVAL); /* as te_entry.S read it, if it did */
	if (!raw && !fetch(x->pc, &raw)) {
		x->kind = EXIT_shadow;
		x->gva = GVA(x->pc);
		x->access = ACCESS_FETCH;
		return;
	}
	if ((raw & 3) != 3)
		raw = (u16)raw;
	x->tval = raw;
	x->insn = insn_decode(raw);
	x->kind = privileged_kind(v, &x->insn);
}

void te_capture(struct vcpu *v, struct vexit *x)
{
	x->cause = csr_read(CSR_SCAUSE);
	x->pc = v->state.pc;
	x->insn.kind = INSN_UNKNOWN;
	x->retry = false;
	if (x->cause & CAUSE_INTERRUPT) {
		x->kind = interrupt_kind(x->cause);
		return;
	}
	switch (x->cause) {
	case CAUSE_ILLEGAL:
		return capture_illegal(v, x);
	case CAUSE_ECALL_U:
		x->insn.len = 4;
		if (v->state.priv == PRIV_S)
			x->kind = EXIT_sbi;
		else
			reflect(x, CAUSE_ECALL_U, 0);
		return;
	case CAUSE_FETCH_PAGE:
		return capture_fault(v, x, ACCESS_FETCH);
	case CAUSE_LOAD_PAGE:
		return capture_fault(v, x, ACCESS_LOAD);
	case CAUSE_STORE_PAGE:
		return capture_fault(v, x, ACCESS_STORE);
	case CAUSE_FETCH_MISALIGNED:
	case CAUSE_FETCH_ACCESS:
	case CAUSE_BREAKPOINT:
	case CAUSE_LOAD_MISALIGNED:
	case CAUSE_LOAD_ACCESS:
	case CAUSE_STORE_MISALIGNED:
	case CAUSE_STORE_ACCESS:
	case CAUSE_SW_CHECK:
		return reflect(x, x->cause, csr_read(CSR_STVAL));
	default:
		x->kind = EXIT_other;
	}
}

static inline enum run_next ready(struct vcpu *v, enum run_next next)
{
	return next == RUN_ENTER && v->stale ? te_ready(v) : next;
}

/*
 * csrw and sfence.vma, of which te_entry.S has brought the operand: no other
 * register takes part.
 */
static INLINE bool write_operand(struct vcpu *v, const struct te_site *s)
{
	u64 operand = v->fast.operand;

	if (s->kind == EXIT_csr) {
		if (s->insn.csr == CSR_SATP && te_switch(v, operand))
			return true;
		if (s->insn.csr == CSR_SSTATUS)
			te_units_home(v);
		return soft_csr_write(v, s->insn.csr, operand);
	}
	te_root(v);
	shadow_fence_page(&v->te->shadow, GVA(ALIGN_DOWN(operand, PAGE_SIZE)));
	te_trust(v);
	return true;
}

/*
 * A privileged instruction of virtual S-mode that was decoded before. False:
 * nothing happened that the general way could not do again.
 */
static INLINE bool quick_privileged(struct vcpu *v, enum run_next *next)
{
	u64 raw = csr_read(CSR_STVAL);
	struct te_site *s = te_site(v->fast.by_priv[PRIV_S].sites, raw);
	struct vexit x;

	if (s->tag != raw)
		return false;
	if (s->write) {
		if (!write_operand(v, s))
			return false;
		COUNT(s->count);
		*next = run_on(v, 4);
		return true;
	}
	x.full = false;
	x.tval = raw;
	x.insn = s->insn;
	if (x.insn.csr == CSR_SSTATUS)
		te_units_home(v);
	switch (soft_privileged(v, &x)) {
	case ADVANCE:
		COUNT(s->count);
		*next = run_on(v, 4);
		return true;
	case RESUME:
		COUNT(s->count);
		*next = run_on(v, 0);
		return true;
	default:
		return false;
	}
}

static __attribute__((noinline)) enum run_next slow_fault(struct vcpu *v)
{
	struct vexit x;

	x.full = false;
	x.cause = csr_read(CSR_SCAUSE);
	x.pc = v->state.pc;
	x.insn.kind = INSN_UNKNOWN;
	x.retry = false;
	capture_fault(v, &x,
		      x.cause == CAUSE_FETCH_PAGE  ? ACCESS_FETCH
		      : x.cause == CAUSE_LOAD_PAGE ? ACCESS_LOAD
						   : ACCESS_STORE);
	return x.kind == EXIT_shadow ? run_done(v, EXIT_shadow, 0)
				     : run_vexit(v, &x);
}

/* Most faults are the shadow's, which the guest need not know of. */
static INLINE enum run_next fault(struct vcpu *v, u64 access)
{
	struct shadow *s = &v->te->shadow;

	te_root(v);
	if (likely(shadow_quick(s, GVA(csr_read(CSR_STVAL)), access, s->view)))
		return run_done(v, EXIT_shadow, 0);
	return ready(v, slow_fault(v));
}

static INLINE enum run_next illegal(struct vcpu *v)
{
	enum run_next next;

	/* A module wants to see all registers. */
	if (v->state.priv != PRIV_S || !quick_privileged(v, &next))
		next = unlikely(v->vm->emulated) ? RUN_FULL
						 : run_exit(v, false);
	return ready(v, next);
}

/* A machine guest's calls are M-mode's. */
static INLINE enum run_next shortcut(struct vcpu *v, bool machine)
{
	u64 cause = csr_read(CSR_SCAUSE);

	switch (cause) {
	case CAUSE_ILLEGAL:
		return illegal(v);
	case CAUSE_LOAD_PAGE:
		return fault(v, ACCESS_LOAD);
	case CAUSE_STORE_PAGE:
		return fault(v, ACCESS_STORE);
	case CAUSE_FETCH_PAGE:
		return fault(v, ACCESS_FETCH);
	case CAUSE_ECALL_U:
		if (v->state.priv == PRIV_S && !machine)
			return ready(v, run_sbi(v));
	}
	return ready(v, run_exit(v, false));
}

static __attribute__((noinline)) enum run_next special(struct vcpu *v)
{
	if (v->mach.shortcuts)
		return shortcut(v, true);
	return ready(v, run_general(v));
}

/* From te_entry.S, the light frame saved: a shortcut, or the general way. */
enum run_next te_light(struct vcpu *v)
{
	if (unlikely(v->general))
		return special(v);
	return shortcut(v, false);
}

enum run_next te_full(struct vcpu *v, bool full)
{
	return ready(v, run_exit(v, full));
}
