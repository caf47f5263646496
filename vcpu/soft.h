/* SPDX-License-Identifier: BSD-2-Clause */
/* S-mode in software: what a hart does for a guest that has none of its own. */
#ifndef VCPU_SOFT_H
#define VCPU_SOFT_H

#include "gstage/shadow.h"
#include "hyp/csr.h"
#include "hyp/util.h"
#include "vcpu/exit.h"
#include "vcpu/vcpu.h"

/*
 * For the backends whose guest has no CSRs in hardware (te, interp). All of
 * it works on v->state, which is the whole truth for them, and on v->irq_lines
 * and v->timer; nothing here touches a hardware CSR but time. A backend that
 * derives something from what these change looks at v->soft.stale.
 */

/* What changed since the backend last looked; it clears them. */
enum soft_stale {
	SOFT_VIEW = 1 << 0,  /* satp, privilege, SUM or MXR */
	SOFT_IRQ = 1 << 1,   /* sie, SIE, lines: look for an interrupt */
	SOFT_UNITS = 1 << 2, /* FS or VS was written */
	SOFT_ENV = 1 << 3,   /* senvcfg, scounteren, or privilege */
};

/* Pending, enabled interrupts, as bits of sip; whatever sstatus.SIE says. */
u64 soft_pending(const struct vcpu *v);

/* The mode that data accesses are made in: M-mode may borrow one by MPRV. */
static inline enum priv soft_priv(const struct vcpu *v)
{
	if (unlikely(v->state.priv == PRIV_M && v->mach.mstatus & MSTATUS_MPRV))
		return (v->mach.mstatus & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT;
	return v->state.priv;
}

/* Who looks at memory, as VIEW_* (gstage/shadow.h): by priv, SUM and MXR. */
static inline u32 soft_view(const struct vcpu *v)
{
	u64 status = v->state.csr.sstatus;
	u32 view = status >> (SSTATUS_MXR_SHIFT - 2) & VIEW_MXR;

	_Static_assert(VIEW_MXR == 1 << 2 && VIEW_SUM == 1 << 1, "shifts");
	if (unlikely(soft_priv(v) != PRIV_S))
		return view | VIEW_USER;
	return view | (status >> (SSTATUS_SUM_SHIFT - 1) & VIEW_SUM);
}

/*
 * senvcfg for a hart that runs v in U-mode, by the guest's mode: as henvcfg
 * would have it elsewhere, cbo.inval flushes, lest what a page held before it
 * was v's comes back.
 */
u64 soft_env(const struct vcpu *v, enum priv priv);

/* sip as the guest reads it; and whatever mideleg says. */
u64 soft_sip(const struct vcpu *v);
u64 soft_sip_all(const struct vcpu *v);

/* satp that data accesses go by: M-mode has none, but for MPRV. */
u64 soft_satp(const struct vcpu *v);

/* Who may access a CSR, and that nobody may write it, by its number
 * (Privileged, "CSR Address Mapping Conventions"). */
static inline enum priv soft_csr_priv(u32 number)
{
	return number >> 8 & 3;
}

static inline bool soft_csr_read_only(u32 number)
{
	return number >> 10 == 3;
}

/* What a CSR instruction writes where there was old. */
static inline u64 soft_csr_result(const struct insn *i, u64 old, u64 operand)
{
	return i->op == CSR_WRITE ? operand
	       : i->op == CSR_SET ? old | operand
				  : old & ~operand;
}

/*
 * Write a CSR, by number, in v's present mode, by the CSR's own rules. False:
 * it is an illegal instruction (Privileged, "CSR Address Mapping Conventions").
 */
bool soft_csr_write(struct vcpu *v, u32 number, u64 value);

/*
 * Carry out a privileged instruction (x->insn, decoded: CSR, SRET, SFENCE_VMA)
 * as the guest, in its mode. FULL if x->full is not set and a
 * register beyond the light frame takes part. SRET moves state.pc itself and
 * gives RESUME. What the mode does not allow is an illegal instruction.
 * Registers: v->state.gpr. Fences go to v->backend->fence().
 */
enum verdict soft_privileged(struct vcpu *v, struct vexit *x);

/*
 * The same of an access to cycle, time or instret, or to no CSR; all registers
 * are in v->state, and so is the mode.
 */
enum verdict soft_counter(struct vcpu *v, struct vexit *x);

/* The exception: state_trap_s(), and what follows from it. */
void soft_inject(struct vcpu *v, u64 cause, u64 tval);

/* Take the highest pending interrupt now, if v may; true: it was taken. */
bool soft_interrupt(struct vcpu *v);

/* As in struct backend. */
void soft_irq(struct vcpu *v, bool ssip);
void soft_timer(struct vcpu *v, u64 deadline);
u64 soft_deadline(struct vcpu *v);
u64 soft_waiting(struct vcpu *v);

/* v comes to a hart: its timer runs here. */
void soft_load(struct vcpu *v);

/* v leaves this way to run: stimecmp tells its line, and its timer is free. */
void soft_detach(struct vcpu *v);

#endif
