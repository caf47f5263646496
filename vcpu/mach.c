/* SPDX-License-Identifier: BSD-2-Clause */
/* M-mode: its traps and interrupts, and what it lets S-mode do. */
#include "hyp/csr.h"
#include "hyp/util.h"
#include "vcpu/mach.h"
#include "vcpu/soft.h"
#include "vcpu/vm.h"

void mach_reset(struct vcpu *v)
{
	u32 lines = v->mach.lines;

	v->mach = (struct vcpu_machine){.present = true,
					.pmp_changed = true,
					.menvcfg = ENVCFG_ADUE, /* as QEMU's */
					.lines = lines};
	v->state.gpr[12] = v->vm->next_stage;
	v->sstc = false;
	v->state.priv = PRIV_M;
	v->state.csr.scounteren = 0;
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

bool mach_plain(const struct vcpu *v)
{
	u64 lines = BIT(IRQ_S_SOFT) | BIT(IRQ_S_TIMER) | BIT(IRQ_S_EXT);

	return !(v->mach.mstatus & (MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR)) &&
	       v->mach.medeleg & BIT(CAUSE_ECALL_U) &&
	       (v->mach.mideleg & lines) == lines;
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

#define PAGE_FAULTS \
	(BIT(CAUSE_FETCH_PAGE) | BIT(CAUSE_LOAD_PAGE) | BIT(CAUSE_STORE_PAGE))

/* ---- for the hw backend -------------------------------------------------- */

u64 mach_hedeleg(const struct vcpu *v, u64 all)
{
	if (mach_sets_ad(v)) /* before anybody sees them */
		all &= ~PAGE_FAULTS;
	return v->mach.present ? all & v->mach.medeleg : all;
}

u64 mach_counteren(const struct vcpu *v, u64 all)
{
	if (!v->mach.present)
		return all;
	/* Written, or standing still: we have to say. */
	if (v->mach.cycles || v->mach.mcountinhibit & COUNTEREN_CY)
		all &= ~(u64)COUNTEREN_CY;
	if (v->mach.instructions || v->mach.mcountinhibit & COUNTEREN_IR)
		all &= ~(u64)COUNTEREN_IR;
	return all & v->mach.mcounteren;
}

u64 mach_envcfg(const struct vcpu *v, u64 all)
{
	u64 env = v->mach.menvcfg;

	if (!v->mach.present)
		return all;
	/* cbo.inval flushes, as everywhere, where it is allowed at all. */
	if (env & ENVCFG_CBIE)
		env = (env & ~ENVCFG_CBIE) | ENVCFG_CBIE_FLUSH;
	return all & env & ~ENVCFG_ADUE; /* not the host's to do */
}
