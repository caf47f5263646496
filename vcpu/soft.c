/* SPDX-License-Identifier: BSD-2-Clause */
/* S-mode in software: CSRs, sret, fences, interrupts, the timer. */
#include "gstage/shadow.h"
#include "hyp/csr.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/ext/ext.h"
#include "vcpu/mach.h"
#include "vcpu/soft.h"
#include "vcpu/state.h"
#include "vcpu/vm.h"

#define LINES (BIT(IRQ_S_TIMER) | BIT(IRQ_S_EXT))

/* Virtual U-mode is gated by the guest, virtual S-mode by what it may have. */
u64 soft_env(const struct vcpu *v, enum priv priv)
{
	u64 env = v->state.csr.senvcfg, all = v->vm->rules.env & ~ENVCFG_PBMTE;

	if (priv == PRIV_M) /* nothing gates it there */
		return all;
	if (priv == PRIV_S)
		return mach_envcfg(v, all);
	if ((env & ENVCFG_CBIE) == ENVCFG_CBIE)
		env ^= ENVCFG_CBIE ^ ENVCFG_CBIE_FLUSH;
	return mach_envcfg(v, env);
}

u64 soft_sip_all(const struct vcpu *v)
{
	u64 lines = __atomic_load_n(&v->irq_lines, __ATOMIC_ACQUIRE);

	return (v->state.csr.sip & BIT(IRQ_S_SOFT)) | (lines & LINES);
}

/* Privileged, "Supervisor Interrupt Registers": what is not delegated is not
 * there. */
static u64 delegated(const struct vcpu *v)
{
	return v->mach.present ? v->mach.mideleg : ~0UL;
}

u64 soft_sip(const struct vcpu *v)
{
	return soft_sip_all(v) & delegated(v);
}

u64 soft_satp(const struct vcpu *v)
{
	return unlikely(soft_priv(v) == PRIV_M) ? 0 : v->state.csr.satp;
}

u64 soft_pending(const struct vcpu *v)
{
	return soft_sip(v) & v->state.csr.sie;
}

u64 soft_waiting(struct vcpu *v)
{
	if (v->mach.present)
		return mach_wakes(v);
	return soft_pending(v);
}

static u64 guest_time(const struct vcpu *v)
{
	return time_now() + v->vm->time_delta;
}

/* Raise or lower the timer's line, and have the host's timer raise it. */
static void arm(struct vcpu *v, u64 deadline)
{
	u64 bit = BIT(IRQ_S_TIMER);

	if (deadline <= guest_time(v)) {
		timer_cancel(&v->timer);
		__atomic_fetch_or(&v->irq_lines, bit, __ATOMIC_ACQ_REL);
		v->stale |= SOFT_IRQ;
		return;
	}
	__atomic_fetch_and(&v->irq_lines, ~bit, __ATOMIC_ACQ_REL);
	if (deadline != TIMER_NEVER)
		deadline = vcpu_host_deadline(v, deadline);
	timer_arm(&v->timer, deadline);
}

void soft_timer(struct vcpu *v, u64 deadline)
{
	if (v->sstc)
		v->state.csr.stimecmp = deadline;
	else
		v->sbi_deadline = deadline;
	arm(v, deadline);
}

u64 soft_deadline(struct vcpu *v)
{
	u64 at = v->sstc ? v->state.csr.stimecmp : v->sbi_deadline;

	return v->state.csr.sie & BIT(IRQ_S_TIMER) ? at : TIMER_NEVER;
}

void soft_load(struct vcpu *v)
{
	if (v->sstc)
		arm(v, v->state.csr.stimecmp);
	v->stale = ~0U;
}

void soft_detach(struct vcpu *v)
{
	if (!v->sstc)
		return;
	timer_cancel(&v->timer);
	__atomic_fetch_and(&v->irq_lines, ~BIT(IRQ_S_TIMER), __ATOMIC_ACQ_REL);
}

/*
 * The timer may have fired, on a hart whose time is a tick ahead of ours
 * (Unprivileged, "Zicntr").
 */
void soft_irq(struct vcpu *v, bool ssip)
{
	if (v->sstc && !timer_armed(&v->timer))
		arm(v, v->state.csr.stimecmp);
	if (ssip)
		v->state.csr.sip |= BIT(IRQ_S_SOFT);
	v->stale |= SOFT_IRQ;
}

void soft_inject(struct vcpu *v, u64 cause, u64 tval)
{
	if (mach_takes(v, cause))
		return mach_trap(v, cause, tval);
	if (v->state.priv != PRIV_S)
		v->stale |= SOFT_VIEW | SOFT_ENV;
	state_trap_s(&v->state, cause, tval);
}

/* Privileged, "Supervisor Interrupt Registers": SEI, then SSI, then STI. */
bool soft_interrupt(struct vcpu *v)
{
	static const u32 order[] = {IRQ_S_EXT, IRQ_S_SOFT, IRQ_S_TIMER};
	u64 pending = soft_pending(v);

	/* Elsewhere than in its own place: run.c crosses first. */
	if (v->mach.present && v->backend->m_mode && mach_interrupt(v))
		return true;
	if (v->state.priv == PRIV_M)
		return false;
	if (!pending ||
	    (v->state.priv == PRIV_S && !(v->state.csr.sstatus & SSTATUS_SIE)))
		return false;
	for (u32 i = 0; i < ARRAY_SIZE(order); i++) {
		if (!(pending & BIT(order[i])))
			continue;
		if (v->state.priv != PRIV_S)
			v->stale |= SOFT_VIEW | SOFT_ENV;
		state_interrupt_s(&v->state, order[i]);
		return true;
	}
	return false;
}

/* cycle, time, instret; below M-mode the others are as closed as hcounteren
 * keeps them. */
static bool counter_read(struct vcpu *v, u32 number, u64 *value)
{
	u32 which = number - CSR_CYCLE;

	*value = 0; /* what mhpmcounter3 and so on are, for good */
	if (v->state.priv == PRIV_M && which > 2 && which < 32)
		return true;
	if (which > 2 || !(v->vm->rules.counters >> which & 1))
		return false;
	if (v->mach.present && v->state.priv != PRIV_M &&
	    !(v->mach.mcounteren & BIT(which)))
		return false;
	if (v->state.priv == PRIV_U && !(v->state.csr.scounteren & BIT(which)))
		return false;
	*value = number == CSR_TIME    ? guest_time(v)
		 : number == CSR_CYCLE ? mach_cycle(v)
				       : mach_instret(v);
	return true;
}

/* The row of a CSR that v's mode may touch, or NULL. */
static const struct csr_row *row_for(struct vcpu *v, u32 number)
{
	const struct csr_row *row = csr_find(number);

	if (!row || soft_csr_priv(number) > v->state.priv)
		return NULL;
	if (number == CSR_STIMECMP && !v->sstc &&
	    !(v->state.priv == PRIV_M && host_has(HOST_SSTC) &&
	      v->vm->rules.gates & GATE_STCE))
		return NULL;
	if (number == CSR_STIMECMP && v->mach.present &&
	    v->state.priv != PRIV_M && !(v->mach.mcounteren & COUNTEREN_TM))
		return NULL;
	if (number == CSR_SATP && mach_traps(v, MSTATUS_TVM))
		return NULL;
	return row;
}

static u64 read_row(struct vcpu *v, const struct csr_row *row)
{
	return row->number == CSR_SIP ? soft_sip(v)
				      : *csr_field(&v->state, row);
}

/* What a write of sstatus makes stale. */
static u32 status_stale(u64 changed, u64 now)
{
	u32 stale = 0;

	if (changed & (SSTATUS_SUM | SSTATUS_MXR))
		stale |= SOFT_VIEW;
	if (changed & (SSTATUS_FS | SSTATUS_VS))
		stale |= SOFT_UNITS;
	if (changed & now & SSTATUS_SIE)
		stale |= SOFT_IRQ;
	return stale;
}

static void written(struct vcpu *v, u32 number, u64 old, u64 now)
{
	switch (number) {
	case CSR_SSTATUS:
		v->stale |= status_stale(old ^ now, now);
		break;
	case CSR_SIE:
	case CSR_SIP:
		v->stale |= SOFT_IRQ;
		break;
	case CSR_SATP:
		v->stale |= SOFT_VIEW;
		break;
	case CSR_SENVCFG:
	case CSR_SCOUNTEREN:
		v->stale |= SOFT_ENV;
		break;
	case CSR_STIMECMP:
		if (v->sstc) /* else M-mode's, for later */
			arm(v, now);
		break;
	}
}

/* Bits that are zero for want of the extension. */
static u64 absent(const struct vcpu *v, u32 number)
{
	return number == CSR_SSTATUS   ? v->vm->rules.no_sstatus
	       : number == CSR_SENVCFG ? v->vm->rules.no_senvcfg
				       : 0;
}

static void write_row(struct vcpu *v, const struct csr_row *row, u64 value)
{
	u64 *field = csr_field(&v->state, row), old = *field;

	value &= ~absent(v, row->number);
	*field = csr_legal(row, old, value, backend_guest_levels);
	written(v, row->number, old, *field);
}

bool soft_csr_write(struct vcpu *v, u32 number, u64 value)
{
	const struct csr_row *row = row_for(v, number);

	if (row)
		write_row(v, row, value);
	return row;
}

static enum verdict illegal(struct vcpu *v, const struct vexit *x)
{
	return inject(v, CAUSE_ILLEGAL, x->tval);
}

static bool has_reg(const struct vexit *x, u32 reg)
{
	return x->full || reg_is_light(reg);
}

/* A counter: it can only be read. */
static enum verdict do_counter(struct vcpu *v, struct vexit *x, bool writes)
{
	u64 value;

	if (writes || !counter_read(v, x->insn.csr, &value))
		return illegal(v, x);
	if (x->insn.rd)
		v->state.gpr[x->insn.rd] = value;
	return ADVANCE;
}

enum verdict soft_counter(struct vcpu *v, struct vexit *x)
{
	return do_counter(v, x, x->insn.op == CSR_WRITE || x->insn.rs1);
}

/*
 * csrrw with rd = x0 does not read, csrrs and csrrc with rs1 = x0 (or 0) do
 * not write (Unprivileged, "Zicsr"); reading has no side effect here. Of sip,
 * set and clear change what software set, not the lines.
 */
static enum verdict do_csr(struct vcpu *v, struct vexit *x)
{
	const struct insn *i = &x->insn;
	const struct csr_row *row = row_for(v, i->csr);
	u64 old, operand = i->uimm ? i->rs1 : v->state.gpr[i->rs1];
	bool writes = i->op == CSR_WRITE || i->rs1;

	if (!has_reg(x, i->rd) || (!i->uimm && !has_reg(x, i->rs1)))
		return FULL;
	if (!row && v->mach.present && soft_csr_priv(i->csr) == PRIV_M)
		return mach_csr(v, x);
	if (!row && unlikely(v->vm->emulated) && !x->full)
		return FULL;
	if (!row && unlikely(v->vm->emulated) &&
	    ext_run(v, x->tval, v->state.priv))
		return ADVANCE;
	if (!row)
		return do_counter(v, x, writes);
	old = read_row(v, row);
	if (writes)
		write_row(v, row, soft_csr_result(i, old, operand));
	if (i->rd)
		v->state.gpr[i->rd] = old;
	return ADVANCE;
}

static enum verdict do_sret(struct vcpu *v)
{
	enum priv from = v->state.priv;

	state_sret(&v->state);
	v->mach.mstatus &= ~MSTATUS_MPRV; /* from M-mode, as MRET has it */
	v->stale |= SOFT_IRQ;
	if (from != v->state.priv)
		v->stale |= SOFT_VIEW | SOFT_ENV;
	return RESUME;
}

static enum verdict do_fence(struct vcpu *v, struct vexit *x)
{
	const struct insn *i = &x->insn;
	struct fence f = {.kinds = FENCE_VMA, .size = ~0UL};

	if (!has_reg(x, i->rs1) || !has_reg(x, i->rs2))
		return FULL;
	if (i->rs1) {
		f.start = ALIGN_DOWN(v->state.gpr[i->rs1], PAGE_SIZE);
		f.size = PAGE_SIZE;
	}
	if (i->rs2) {
		f.has_asid = true;
		f.asid = (u16)v->state.gpr[i->rs2]; /* the rest is ignored */
	}
	v->backend->fence(v, &f);
	return ADVANCE;
}

enum verdict soft_privileged(struct vcpu *v, struct vexit *x)
{
	if (x->insn.kind == INSN_CSR)
		return do_csr(v, x);
	if (x->insn.kind == INSN_MRET && v->mach.present)
		return mach_mret(v);
	if (v->state.priv == PRIV_U)
		return illegal(v, x);
	switch (x->insn.kind) {
	case INSN_SRET:
		if (mach_traps(v, MSTATUS_TSR))
			return illegal(v, x);
		return do_sret(v);
	case INSN_SINVAL:
		if (!(v->vm->rules.gates & GATE_INVAL))
			return illegal(v, x);
		__attribute__((fallthrough));
	case INSN_SFENCE_VMA:
		if (mach_traps(v, MSTATUS_TVM))
			return illegal(v, x);
		return do_fence(v, x);
	default:
		return illegal(v, x);
	}
}
