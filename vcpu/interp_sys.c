/* SPDX-License-Identifier: BSD-2-Clause */
/* The ops for fences, traps and what is privileged. */
#include "vcpu/ext/ext.h"
#include "vcpu/interp_core.h"
#include "vcpu/interp_ops.h"
#include "vcpu/mach.h"
#include "vcpu/soft.h"
#include "vcpu/vm.h"

enum interp_stop stop_exit(OP_ARGS, enum exit_kind kind)
{
	u32 raw = slot_raw(c, e);

	c->exit = (struct vexit){
		.kind = kind,
		.pc = slot_pc(c, e),
		.tval = raw,
		.full = true,
		.insn = insn_decode(raw),
	};
	return stop_at(v, c->exit.pc, left, c, INTERP_EXIT);
}

static enum interp_stop raise(OP_ARGS, u64 cause, u64 tval)
{
	v->fault_cause = cause;
	v->fault_tval = tval;
	return stop_fault(v, e, left, c);
}

/* Or one that an extension module knows. */
enum interp_stop op_illegal(OP_ARGS)
{
	if (unlikely(v->vm->emulated) &&
	    ext_run(v, slot_raw(c, e), v->state.priv))
		return next(v, e, left, c);
	return raise(v, e, left, c, CAUSE_ILLEGAL, slot_raw(c, e));
}

/* By the rules of soft.h; what it changed is looked at before we go on. */
static enum interp_stop op_privileged(OP_ARGS)
{
	enum verdict verdict;

	stop_exit(v, e, left, c, EXIT_csr);
	verdict = soft_privileged(v, &c->exit);
	switch (verdict) {
	case ADVANCE:
		if (!v->stale)
			return next(v, e, left, c);
		return stop_at(v, c->exit.pc + c->exit.insn.len, left - 1, c,
			       INTERP_AGAIN);
	case RESUME:
		c->left = left - 1;
		return INTERP_AGAIN;
	default:
		BUG_ON(verdict != INJECT);
		return INTERP_FAULT;
	}
}

static enum interp_stop op_ecall(OP_ARGS)
{
	if (v->state.priv == PRIV_S && !v->mach.present)
		return stop_exit(v, e, left, c, EXIT_sbi);
	return raise(v, e, left, c, CAUSE_ECALL_U + v->state.priv, 0);
}

static enum interp_stop op_ebreak(OP_ARGS)
{
	return raise(v, e, left, c, CAUSE_BREAKPOINT, slot_pc(c, e));
}

/* Privileged, "Wait for Interrupt": in U-mode, where S-mode is, not at all. */
static enum interp_stop op_wfi(OP_ARGS)
{
	if (v->state.priv != PRIV_U && !mach_traps(v, MSTATUS_TW))
		return stop_exit(v, e, left, c, EXIT_wfi);
	return op_illegal(v, e, left, c);
}

static enum interp_stop op_wrs(OP_ARGS)
{
	return stop_exit(v, e, left, c, EXIT_wrs);
}

/* Any combination of predecessors and successors, pause as well. */
static enum interp_stop op_fence(OP_ARGS)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return next(v, e, left, c);
}

static enum interp_stop op_fence_i(OP_ARGS)
{
	u64 pc = slot_pc(c, e) + 4;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	code_fence(c);
	return jump(v, pc, left - 1, c);
}

/* As the backend that runs v would meet it; a trap of its own likewise. */
enum interp_stop op_watched(OP_ARGS)
{
	switch (insn_decode(slot_raw(c, e)).kind) {
	case INSN_SRET:
		return stop_exit(v, e, left, c, EXIT_sret);
	case INSN_SFENCE_VMA:
	case INSN_SINVAL:
		return stop_exit(v, e, left, c, EXIT_fence);
	case INSN_WFI:
		return op_wfi(v, e, left, c);
	case INSN_ECALL:
		if (v->state.priv == PRIV_S && !v->mach.present)
			return stop_exit(v, e, left, c, EXIT_sbi);
		stop_exit(v, e, left, c, EXIT_reflect);
		c->exit.cause = CAUSE_ECALL_U + v->state.priv;
		c->exit.tval = 0;
		return INTERP_EXIT;
	case INSN_EBREAK:
		stop_exit(v, e, left, c, EXIT_reflect);
		c->exit.cause = CAUSE_BREAKPOINT;
		c->exit.tval = c->exit.pc;
		return INTERP_EXIT;
	default:
		return stop_exit(v, e, left, c, EXIT_csr);
	}
}

/* State that is in the hart's own units: fflags..fcsr, vstart..vcsr, vl... */
static bool csr_of_unit(u32 csr)
{
	return (csr >= 0x001 && csr <= CSR_FCSR) ||
	       (csr >= CSR_VSTART && csr <= CSR_VCSR) ||
	       (csr >= CSR_VL && csr <= CSR_VLENB);
}

/* Unprivileged, "Memory Ordering Instructions", "Zifencei". */
#define IS_FENCE(raw)  (((raw) & 0x707f) == 0x000f)
#define IS_SYSTEM(raw) (((raw) & 0x7f) == 0x73)
#define IS_MOP(raw)    (((raw) & 0x7000) == 0x4000)

op_fn sys_op(const struct insn *i, u32 raw)
{
	switch (i->kind) {
	case INSN_CSR:
		return csr_of_unit(i->csr) ? op_native : op_privileged;
	case INSN_SRET:
	case INSN_MRET:
	case INSN_SFENCE_VMA:
	case INSN_SINVAL:
		return op_privileged;
	case INSN_ECALL:
		return op_ecall;
	case INSN_EBREAK:
		return op_ebreak;
	case INSN_WFI:
		return op_wfi;
	case INSN_WRS:
		return op_wrs;
	default:
		break;
	}
	if (IS_FENCE(raw))
		return op_fence;
	if (IS_FENCE_I(raw))
		return op_fence_i;
	/* No other of SYSTEM: the hart would do it in its own mode. */
	return IS_SYSTEM(raw) && !IS_MOP(raw) ? op_illegal : op_native;
}

/*
 * A device takes loads and stores of floating-point registers; others are
 * refused, and so is what no hart can reach because the VMM is there.
 */
static enum interp_stop refused(OP_ARGS)
{
	struct native *n = &c->native;
	enum insn_kind kind = insn_decode(slot_raw(c, e)).kind;

	c->span.gva = n->gva.raw;
	c->span.gpa = n->gpa;
	if (kind == INSN_FLOAD || kind == INSN_FSTORE)
		return stop_mem(v, e, left, c, MEM_DEVICE, n->access);
	mmu_refuse(v, n->gva.raw, (enum walk_access)n->access);
	return stop_fault(v, e, left, c);
}

enum interp_stop op_native(OP_ARGS)
{
	struct native *n = &c->native;

	v->state.pc = slot_pc(c, e);
	switch (native_step(v, n, slot_raw(c, e), e->size >> SLOT_SHIFT)) {
	case NATIVE_DONE:
		return next(v, e, left, c);
	case NATIVE_FAULT:
		if (v->fault_cause == CAUSE_ILLEGAL)
			return op_illegal(v, e, left, c);
		return stop_fault(v, e, left, c);
	case NATIVE_DRY:
		c->span.gva = n->gva.raw;
		c->span.gpa = n->gpa;
		return stop_mem(v, e, left, c, MEM_DRY, n->access);
	default:
		return refused(v, e, left, c);
	}
}
