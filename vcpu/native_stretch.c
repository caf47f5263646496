/* SPDX-License-Identifier: BSD-2-Clause */
/* M-mode's plain instructions, carried out by the hart in U-mode. */
#include "hyp/csr.h"
#include "hyp/host.h"
#include "hyp/map.h"
#include "vcpu/backend.h"
#include "vcpu/interp_core.h"
#include "vcpu/mach.h"
#include "vcpu/native_place.h"
#include "vcpu/native_run.h"
#include "vcpu/soft.h"
#include "vcpu/vm.h"

/* Of instret's, from look to look, what is not the guest's. */
#define ON_THE_WAY  90

/* The interpreter's own, for one of the guest's; and what comes with a stretch:
 * all code is looked at again. */
#define INTERPRETED 16
#define AROUND      500

bool native_stretches(const struct vcpu *v)
{
	const struct vm *vm = v->vm;

	/* Or firmware would have its way with what is illegal in U-mode. */
	return host.time_closes && v->state.priv == PRIV_M &&
	       soft_priv(v) == PRIV_M && vm->backend != BACKEND_INTERP &&
	       !v->lockstep && !v->traced && !v->traps &&
	       !(vm->spec.force & FORCE_NO_FAST);
}

/* What became stale is looked at; or whoever runs v has to. */
static bool settled(struct vcpu *v, const struct native *n)
{
	if (v->stale & SOFT_IRQ) {
		v->stale &= ~SOFT_IRQ;
		soft_interrupt(v);
	}
	if (v->stale & SOFT_UNITS) {
		v->stale &= ~SOFT_UNITS;
		native_units_out(v);
	}
	return native_stretches(v) && n->pmp_writes == v->mach.pmp_writes &&
	       !v->task.attention;
}

/* Half of an instruction, from where the hart has just fetched it. */
static bool fetch16(const struct vcpu *v, u64 pc, u32 *half)
{
	u64 entry = gmap_entry(&v->vm->gmap, GPA(pc));

	if (!entry)
		return false;
	*half = *(const u16 *)hpa_ptr(gmap_entry_hpa(entry, GPA(pc)));
	return true;
}

static bool fetch(const struct vcpu *v, u64 pc, u32 *raw)
{
	u32 high = 0;

	if (!fetch16(v, pc, raw))
		return false;
	if ((*raw & 3) == 3 && !fetch16(v, pc + 2, &high))
		return false;
	*raw |= high << 16;
	return true;
}

/* A CSR instruction or MRET. False: another one, for the interpreter. */
static bool privileged(struct vcpu *v, struct native_place *before)
{
	struct vexit x = {.pc = v->state.pc, .full = true};
	u32 raw;

	if (!fetch(v, x.pc, &raw))
		return false;
	x.insn = insn_decode(raw);
	x.tval = raw;
	if (x.insn.kind != INSN_CSR && x.insn.kind != INSN_MRET)
		return false;
	native_units_note(v, before);
	x.kind = x.insn.kind == INSN_CSR ? EXIT_csr : EXIT_sret;
	COUNT(v->stat.exits[x.kind]);
	switch (exit_privileged(v, &x)) {
	case ADVANCE:
		v->state.pc += x.insn.len;
		break;
	case INJECT:
		soft_inject(v, v->fault_cause, v->fault_tval);
		break;
	default: /* MRET has moved the pc */
		break;
	}
	return true;
}

/* What ended it. False: nothing was done about it. */
static bool handled(struct vcpu *v, struct native *n,
		    struct native_place *before)
{
	u64 cause = csr_read(CSR_SCAUSE);
	enum native_result result;

	switch (cause) {
	case CAUSE_ILLEGAL:
		return privileged(v, before);
	case CAUSE_ECALL_U:
		COUNT(v->stat.exits[EXIT_reflect]);
		soft_inject(v, CAUSE_ECALL_U + PRIV_M, 0);
		return true;
	case CAUSE_FETCH_PAGE:
	case CAUSE_LOAD_PAGE:
	case CAUSE_STORE_PAGE:
		if (!native_page_fault(v, n, cause, &result))
			return false;
		COUNT(v->stat.exits[EXIT_shadow]);
		return true;
	default:
		return false;
	}
}

static bool goes_on(struct vcpu *v, struct native *n,
		    struct native_place *before)
{
	if (csr_read(CSR_SCAUSE) & CAUSE_INTERRUPT)
		return false; /* still pending: whoever runs v looks */
	if (handled(v, n, before))
		return settled(v, n);
	COUNT(v->stat.exits[EXIT_step]);
	return false;
}

static u64 run(struct vcpu *v)
{
	u64 start = csr_read(CSR_INSTRET), all;

	native_enter(v, v->state.pc);
	all = csr_read(CSR_INSTRET) - start;
	v->state.pc = csr_read(CSR_SEPC);
	return all > ON_THE_WAY ? all - ON_THE_WAY : 0;
}

bool native_stretch(struct vcpu *v, struct native *n)
{
	u64 start = csr_read(CSR_INSTRET), ran = 0, ours;
	struct native_place before = native_leave(v);

	map_scratch(false);
	csr_write(CSR_SIE, before.sie);
	csr_write(CSR_SCOUNTEREN, 0); /* time is not the host's */
	asm volatile("fence.i");      /* code that the interpreter wrote */
	n->raw = 0;
	n->rooted = false;
	n->plain = true;
	if (native_root(v, n)) {
		do
			ran += run(v);
		while (goes_on(v, n, &before));
	}
	n->plain = false;
	native_back(v, n, &before);
	v->exit_mark += ran;
	ours = csr_read(CSR_INSTRET) - start - ran;
	return ours + AROUND < INTERPRETED * ran;
}
