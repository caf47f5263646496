/* SPDX-License-Identifier: BSD-2-Clause */
/* Watchpoints of hw and hybrid: what a hart in VS-mode can be told to trap. */
#include "hyp/csr.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/mach.h"
#include "vcpu/soft.h"
#include "vcpu/state.h"
#include "vcpu/trap.h"

#define STATEEN_ENVCFG BIT(62)

/*
 * Privileged, "Hypervisor Status Register", "Hypervisor Counter-Enable
 * Register", "Hypervisor Trap Delegation Registers", "State Enable Extension".
 */
void trap_hw_load(const struct vcpu *v)
{
	u32 how = v->vm->trap_how;
	u64 hstatus = 0, hedeleg = 0;

	hstatus |= how & TRAP_VTVM ? HSTATUS_VTVM : 0;
	hstatus |= how & TRAP_VTSR ? HSTATUS_VTSR : 0;
	hstatus |= how & TRAP_VTW ? HSTATUS_VTW : 0;
	hedeleg |= how & TRAP_ECALL ? BIT(CAUSE_ECALL_U) : 0;
	hedeleg |= how & TRAP_EBREAK ? BIT(CAUSE_BREAKPOINT) : 0;
	csr_set(CSR_HSTATUS, hstatus);
	csr_clear(CSR_HEDELEG, hedeleg);
	csr_clear(CSR_HCOUNTEREN,
		  (u64)how / TRAP_CY &
			  (COUNTEREN_CY | COUNTEREN_TM | COUNTEREN_IR));
	if (how & TRAP_ENVCFG)
		csr_clear(CSR_HSTATEEN0, STATEEN_ENVCFG);
}

/* ---- exits --------------------------------------------------------------- */

/* What is the hart's own to do, of other guests. */
static enum exit_kind virtual_kind(const struct insn *i, bool user)
{
	bool counter = i->csr >= CSR_CYCLE && i->csr <= CSR_INSTRET;

	if (i->kind == INSN_CSR && (counter || !user))
		return EXIT_csr;
	if (i->kind == INSN_SRET && !user)
		return EXIT_sret;
	if ((i->kind == INSN_SFENCE_VMA || i->kind == INSN_SINVAL) && !user)
		return EXIT_fence;
	return EXIT_virtual;
}

void trap_before(struct vcpu *v, struct vexit *x)
{
	if (x->retry)
		return;
	if (x->kind == EXIT_virtual)
		x->kind = virtual_kind(&x->insn,
				       !(csr_read(CSR_SSTATUS) & SSTATUS_SPP));
	/* A shadow has said so itself. */
	if (x->kind == EXIT_ram && !v->backend->shadow &&
	    trap_page(v->vm, x->gpa))
		x->kind = EXIT_step;
}

/* ---- CSRs ---------------------------------------------------------------- */

/*
 * A mode that there is not leaves satp as it was; written by us, vsatp would
 * take the rest (Privileged, "Virtual Supervisor Address Translation and
 * Protection Register").
 */
static void write_vsatp(u64 value)
{
	u64 mode = value >> ATP_MODE_SHIFT;

	if (mode == ATP_BARE ||
	    (mode >= ATP_SV39 && mode <= ATP_SV39 + backend_guest_levels - 3))
		csr_write(CSR_VSATP, value);
}

/* They are in hardware as ever, and know best what can be written to them. */
static u64 read(u32 csr)
{
	return csr == CSR_SATP      ? csr_read(CSR_VSATP)
	       : csr == CSR_SENVCFG ? csr_read(CSR_SENVCFG)
				    : csr_read(CSR_VSTIMECMP);
}

static void write(u32 csr, u64 value)
{
	if (csr == CSR_SATP)
		write_vsatp(value);
	else if (csr == CSR_SENVCFG)
		csr_write(CSR_SENVCFG, value);
	else
		csr_write(CSR_VSTIMECMP, value);
}

/* What of the hart's state says whether the guest may. */
static void bring_mode(struct vcpu *v)
{
	v->state.priv = csr_read(CSR_SSTATUS) & SSTATUS_SPP ? PRIV_S : PRIV_U;
	v->state.csr.scounteren = csr_read(CSR_SCOUNTEREN);
}

static bool allowed(const struct vcpu *v, u32 csr)
{
	if (v->state.priv != PRIV_S)
		return false;
	if (csr == CSR_SATP)
		return !mach_traps(v, MSTATUS_TVM);
	if (csr == CSR_STIMECMP)
		return v->sstc && mach_counteren(v, COUNTEREN_TM);
	return csr == CSR_SENVCFG;
}

static enum verdict illegal(struct vcpu *v, const struct vexit *x)
{
	return inject(v, CAUSE_ILLEGAL, x->tval);
}

static enum verdict do_csr(struct vcpu *v, struct vexit *x)
{
	const struct insn *i = &x->insn;
	u64 old, operand = i->uimm ? i->rs1 : v->state.gpr[i->rs1];

	if (!x->full &&
	    (!reg_is_light(i->rd) || (!i->uimm && !reg_is_light(i->rs1))))
		return FULL;
	bring_mode(v);
	if (i->csr >= CSR_CYCLE && i->csr <= CSR_INSTRET)
		return soft_counter(v, x);
	if (!allowed(v, i->csr))
		return illegal(v, x);
	old = read(i->csr);
	if (i->op == CSR_WRITE || i->rs1)
		write(i->csr, soft_csr_result(i, old, operand));
	if (i->rd)
		v->state.gpr[i->rd] = old;
	return ADVANCE;
}

/* ---- the rest ------------------------------------------------------------ */

static enum verdict do_sret(struct vcpu *v, struct vexit *x)
{
	struct vcpu_state *s = &v->state;

	bring_mode(v);
	if (s->priv != PRIV_S || mach_traps(v, MSTATUS_TSR))
		return illegal(v, x);
	s->csr.sstatus = csr_read(CSR_VSSTATUS);
	s->csr.sepc = csr_read(CSR_VSEPC);
	state_sret(s);
	csr_write(CSR_VSSTATUS, s->csr.sstatus);
	if (s->priv == PRIV_U)
		csr_clear(CSR_SSTATUS, SSTATUS_SPP);
	return RESUME;
}

enum verdict trap_hw_privileged(struct vcpu *v, struct vexit *x)
{
	switch (x->insn.kind) {
	case INSN_CSR:
		return do_csr(v, x);
	case INSN_SRET:
		return do_sret(v, x);
	default:
		bring_mode(v);
		return soft_privileged(v, x);
	}
}
