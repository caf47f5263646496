/* SPDX-License-Identifier: BSD-2-Clause */
/* What is traced of vcpus: events from exits, turns and what comes between. */
#include "hyp/csr.h"
#include "vcpu/backend.h"
#include "vcpu/mach.h"
#include "vcpu/sbi.h"
#include "vcpu/soft.h"
#include "vcpu/vm.h"
#include "vcpu/watch.h"

/* What wants the general way for good. */
#define ALWAYS (FORCE_NO_FAST | FORCE_NO_STVAL)

void watch_look(struct vcpu *v)
{
	v->traced = trace_is_on();
	v->general = v->traced || v->lockstep || v->traps ||
		     v->vm->spec.boot == BOOT_MACHINE ||
		     v->vm->spec.force & ALWAYS;
	v->mach.shortcuts = v->mach.present && !v->traced && !v->lockstep &&
			    !v->traps && !(v->vm->spec.force & ALWAYS) &&
			    v->backend->machine_shortcuts && mach_plain(v);
	if (v->traced)
		v->trace_who = trace_who(v->vm->spec.name);
	v->stale |= SOFT_VIEW | SOFT_ENV; /* te's shortcuts come from these */
}

void watch_ask(struct vm *vm)
{
	for (u32 i = 0; i < vm->spec.vcpus; i++)
		vcpu_request(&vm->vcpu[i], REQ_WATCH);
}

static struct trace_event event(const struct vcpu *v, enum trace_type type)
{
	u64 now = csr_read(CSR_INSTRET);

	return (struct trace_event){
		.type = type,
		.when = now,
		.until = now,
		.who = v->trace_who,
		.vcpu = v->id,
		.pc = v->state.pc,
	};
}

/* ---- exits --------------------------------------------------------------- */

static u64 operand(const struct vcpu *v, const struct insn *i)
{
	return i->uimm ? i->rs1 : v->state.gpr[i->rs1];
}

void watch_before(const struct vcpu *v, const struct vexit *x,
		  struct trace_event *e)
{
	const struct insn *i = &x->insn;

	*e = event(v, TRACE_exit);
	e->when = v->exit_mark;
	e->pc = x->pc;
	e->priv = backend_priv(v);
	if (x->kind == EXIT_csr)
		e->arg[1] = operand(v, i);
	if (x->kind != EXIT_fence)
		return;
	e->arg[0] = i->rs1 ? v->state.gpr[i->rs1] : ~0UL;
	e->arg[1] = i->rs2 ? v->state.gpr[i->rs2] : ~0UL;
}

static void memory(const struct vcpu *v, const struct vexit *x,
		   struct trace_event *e)
{
	const struct insn *i = &x->insn;

	e->arg[0] = x->gva.raw;
	e->arg[1] = x->gpa.raw;
	e->access = x->access;
	if (x->kind != EXIT_mmio)
		return;
	e->width = i->width;
	if (i->kind == INSN_STORE)
		e->arg[2] = v->state.gpr[i->rs2] & ~0UL >> (64 - 8 * i->width);
	else if (i->kind == INSN_LOAD)
		e->arg[2] = v->state.gpr[i->rd];
}

static void arguments(const struct vcpu *v, const struct vexit *x,
		      struct trace_event *e)
{
	const u64 *gpr = v->state.gpr;

	switch (x->kind) {
	case EXIT_sbi:
		e->arg[0] = gpr[A7];
		e->arg[1] = gpr[A6];
		e->arg[2] = gpr[A0];
		break;
	case EXIT_csr:
		e->arg[0] = x->tval;
		e->arg[2] = gpr[x->insn.rd];
		break;
	case EXIT_sret:
		e->arg[0] = v->state.pc;
		break;
	case EXIT_mmio:
	case EXIT_ram:
	case EXIT_shadow:
	case EXIT_table:
		memory(v, x, e);
		break;
	case EXIT_reflect:
		e->arg[0] = x->cause;
		e->arg[1] = x->tval;
		break;
	case EXIT_illegal:
	case EXIT_virtual:
		e->arg[0] = x->tval;
		break;
	case EXIT_other:
		e->arg[0] = x->cause;
		break;
	default:
		break;
	}
}

void watch_after(const struct vcpu *v, const struct vexit *x,
		 enum verdict verdict, struct trace_event *e)
{
	e->kind = x->kind;
	e->verdict = verdict;
	arguments(v, x, e);
	e->until = csr_read(CSR_INSTRET);
	trace_put(e);
	if (verdict != INJECT)
		return;
	*e = event(v, TRACE_inject);
	e->arg[0] = v->fault_cause;
	e->arg[1] = v->fault_tval;
	trace_put(e);
}

/* ---- the rest ------------------------------------------------------------ */

void watch_turn(const struct vcpu *v, u64 since)
{
	struct trace_event e = event(v, TRACE_turn);

	e.when = since;
	e.kind = v->leave;
	trace_put(&e);
}

void watch_lines(const struct vcpu *v, bool ipi)
{
	struct trace_event e = event(v, TRACE_line);

	e.arg[0] = __atomic_load_n(&v->irq_lines, __ATOMIC_ACQUIRE);
	e.arg[1] = ipi;
	trace_put(&e);
}

void watch_fence(const struct vcpu *v, const struct fence *f)
{
	struct trace_event e = event(v, TRACE_fence);

	e.kind = f->kinds;
	e.arg[0] = f->start;
	e.arg[1] = f->size;
	trace_put(&e);
}

void watch_backend(const struct vm *vm)
{
	struct trace_event e = event(&vm->vcpu[0], TRACE_backend);

	if (!trace_is_on())
		return;
	e.who = trace_who(vm->spec.name);
	e.kind = vm->backend;
	trace_put(&e);
}
