/* SPDX-License-Identifier: BSD-2-Clause */
/* M-mode: traps, interrupts, and the way between the interpreter and S-mode. */
#include <string.h>

#include "hyp/csr.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/interp.h"
#include "vcpu/mach.h"
#include "vcpu/soft.h"
#include "vcpu/vm.h"

void mach_reset(struct vcpu *v)
{
	u32 lines = v->mach.lines;

	v->mach = (struct vcpu_machine){.present = true, .lines = lines};
	v->state.gpr[12] = v->vm->next_stage;
	v->sstc = false;
	v->state.priv = PRIV_M;
	v->state.csr.scounteren = 0;
	v->backend = &backend_interp;
}

void mach_set_line(struct vcpu *v, u32 bit, bool level)
{
	if (level)
		__atomic_fetch_or(&v->mach.lines, BIT(bit), __ATOMIC_ACQ_REL);
	else
		__atomic_fetch_and(&v->mach.lines, ~(u32)BIT(bit),
				   __ATOMIC_ACQ_REL);
	if (bit == IRQ_S_EXT)
		level |= v->mach.software & BIT(IRQ_S_EXT);
	if (bit == IRQ_S_EXT)
		vcpu_set_line(v, IRQ_S_EXT, level);
	else
		vcpu_request(v, REQ_IRQ);
}

/* ---- traps --------------------------------------------------------------- */

bool mach_takes(const struct vcpu *v, u64 cause)
{
	return v->mach.present &&
	       (v->state.priv == PRIV_M || !(v->mach.medeleg >> cause & 1));
}

static void take(struct vcpu *v, u64 cause, u64 tval, u64 pc)
{
	struct vcpu_machine *m = &v->mach;
	u64 status = m->mstatus & ~(MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE);

	status |= (u64)v->state.priv << MSTATUS_MPP_SHIFT;
	if (m->mstatus & MSTATUS_MIE)
		status |= MSTATUS_MPIE;
	m->mstatus = status;
	m->mepc = v->state.pc;
	m->mcause = cause;
	m->mtval = tval;
	m->entries++;
	v->state.priv = PRIV_M;
	v->state.pc = pc;
	v->stale |= SOFT_VIEW | SOFT_ENV | SOFT_IRQ;
}

void mach_trap(struct vcpu *v, u64 cause, u64 tval)
{
	take(v, cause, tval, v->mach.mtvec & ~3UL);
}

enum verdict mach_mret(struct vcpu *v)
{
	struct vcpu_machine *m = &v->mach;
	u64 status = m->mstatus;
	enum priv to = (status & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT;

	if (v->state.priv != PRIV_M)
		return inject(v, CAUSE_ILLEGAL, 0x30200073);
	status &= ~(MSTATUS_MPP | MSTATUS_MIE | MSTATUS_MPIE);
	if (m->mstatus & MSTATUS_MPIE)
		status |= MSTATUS_MIE;
	status |= MSTATUS_MPIE;
	if (to != PRIV_M)
		status &= ~MSTATUS_MPRV;
	m->mstatus = status;
	v->state.priv = to;
	v->state.pc = m->mepc;
	v->stale |= SOFT_VIEW | SOFT_ENV | SOFT_IRQ;
	return RESUME;
}

bool mach_traps(const struct vcpu *v, u64 bit)
{
	return v->mach.mstatus & bit && v->state.priv != PRIV_M;
}

/* ---- interrupts ---------------------------------------------------------- */

static u64 enabled(const struct vcpu *v)
{
	u64 lines = __atomic_load_n(&v->mach.lines, __ATOMIC_ACQUIRE);
	u64 mip = (lines & MACH_LINES) | soft_sip_all(v);

	return mip & (v->mach.mie | v->state.csr.sie);
}

/* Where it does not come from state.csr: a backend may have it in hardware. */
u64 mach_pending(const struct vcpu *v, enum priv priv)
{
	u64 pending = enabled(v) & ~v->mach.mideleg;

	if (priv == PRIV_M && !(v->mach.mstatus & MSTATUS_MIE))
		return 0;
	return pending;
}

bool mach_wakes(const struct vcpu *v)
{
	return enabled(v);
}

/* Privileged, "Machine Interrupt Registers": MEI, MSI, MTI, SEI, SSI, STI. */
bool mach_interrupt(struct vcpu *v)
{
	static const u32 order[] = {11,        3,          7,
				    IRQ_S_EXT, IRQ_S_SOFT, IRQ_S_TIMER};
	u64 pending = mach_pending(v, v->state.priv);

	for (u32 i = 0; pending && i < ARRAY_SIZE(order); i++) {
		u64 to = v->mach.mtvec & ~3UL;

		if (!(pending & BIT(order[i])))
			continue;
		if (v->mach.mtvec & 1)
			to += 4 * order[i];
		take(v, CAUSE_INTERRUPT | order[i], 0, to);
		return true;
	}
	return false;
}

/* ---- for the hw backend -------------------------------------------------- */

u64 mach_hedeleg(const struct vcpu *v, u64 all)
{
	return v->mach.present ? all & v->mach.medeleg : all;
}

u64 mach_counteren(const struct vcpu *v, u64 all)
{
	return v->mach.present ? all & v->mach.mcounteren : all;
}

u64 mach_envcfg(const struct vcpu *v, u64 all)
{
	u64 env = v->mach.menvcfg;

	if (!v->mach.present)
		return all;
	/* cbo.inval flushes, as everywhere, where it is allowed at all. */
	if (env & ENVCFG_CBIE)
		env = (env & ~ENVCFG_CBIE) | ENVCFG_CBIE_FLUSH;
	return all & env;
}

/* ---- the border ---------------------------------------------------------- */

bool mach_borders(const struct vcpu *v)
{
	const struct backend *home = vcpu_home(v);

	if (!v->mach.present || home == &backend_interp)
		return false;
	if (v->backend == home)
		return v->mach.deferred || mach_pending(v, PRIV_S);
	return v->state.priv != PRIV_M;
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
	v->backend = vcpu_home(v);
	v->backend->load(v);
	/* What M-mode wrote may be code, and it may have fenced. */
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
