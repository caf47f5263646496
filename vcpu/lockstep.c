/* SPDX-License-Identifier: BSD-2-Clause */
/* Lockstep: stretches, and the oracle that does them again. */
#include <string.h>

#include "gstage/fence.h"
#include "gstage/shadow.h"
#include "hyp/log.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/interp_core.h"
#include "vcpu/lockstep_parts.h"
#include "vcpu/soft.h"
#include "vcpu/state.h"

static u64 vector_bytes(const struct vcpu *v)
{
	return v->state.vec.regs ? 32 * csr_read(CSR_VLENB) : 0;
}

/* v->state is another's from here on; its registers are loaded anew. */
static void become(struct vcpu *v, const struct vcpu_state *s, const u8 *vector)
{
	u8 *regs = v->state.vec.regs;

	v->state = *s;
	v->state.vec.regs = regs;
	lockstep_copy_vectors(v, regs, vector);
	this_hart()->fp_owner = NULL;
}

static bool same_integers(const struct vcpu_state *a,
			  const struct vcpu_state *b)
{
	return a->pc == b->pc && a->priv == b->priv &&
	       !memcmp(a->gpr, b->gpr, sizeof(a->gpr)) &&
	       !memcmp(&a->csr, &b->csr, sizeof(a->csr));
}

static bool same_units(struct vcpu *v, const struct vcpu_state *end)
{
	const struct vcpu_state *s = &v->state;
	bool same;

	backend_interp.save(v);
	same = !memcmp(&s->fp, &end->fp, sizeof(s->fp)) &&
	       s->vec.vl == end->vec.vl && s->vec.vtype == end->vec.vtype &&
	       s->vec.vstart == end->vec.vstart &&
	       s->vec.vcsr == end->vec.vcsr &&
	       (!s->vec.regs || !memcmp(s->vec.regs, v->lockstep->end_vector,
					PAGE_SIZE << s->vec.order));
	backend_interp.load(v);
	return same;
}

static bool same(struct vcpu *v, const struct vcpu_state *end)
{
	return same_integers(&v->state, end) && same_units(v, end) &&
	       lockstep_same_memory(v);
}

enum outcome { SAME, DIFFERENT, UNSURE };

/* The instruction at pc, 0 where there is none to be had. */
static u32 raw_at(struct vcpu *v, u64 pc)
{
	struct place place;
	u32 raw = 0;

	for (u32 i = 0; i < 2; i++) {
		if (mmu_find(v, pc + 2 * i, WALK_FETCH, &place) != MEM_RAM)
			return 0;
		raw |= (u32) * (const u16 *)place.host << 16 * i;
		if ((raw & 3) != 3)
			break;
	}
	return raw;
}

/*
 * What the specification leaves open, or QEMU does its own way: stval of an
 * illegal mret; CSRs that nobody was told of; whether an SC that would fail
 * looks at its address.
 */
static bool doubtful(u64 cause, u32 raw)
{
	struct insn insn = insn_decode(raw);

	if (cause == CAUSE_ILLEGAL)
		return insn.kind == INSN_MRET ||
		       (insn.kind == INSN_CSR && !csr_find(insn.csr));
	/* A block of a page that the backend has not stored to is no store. */
	return insn.kind == INSN_CBO ||
	       (insn.kind == INSN_AMO && raw >> 27 == 3);
}

/* QEMU keeps bit 0 of vsepc, which is read-only zero. */
static bool odd_sepc(const struct vcpu *v, u32 raw)
{
	struct insn insn = insn_decode(raw);
	u64 operand = insn.uimm ? insn.rs1 : v->state.gpr[insn.rs1];

	return insn.kind == INSN_CSR && insn.csr == CSR_SEPC && operand & 1;
}

/* SEI comes before SSI, but not on every hart. */
static bool take_interrupt(struct vcpu *v)
{
	bool several = __builtin_popcountl(soft_pending(v)) > 1;

	if (!soft_interrupt(v))
		return false;
	v->lockstep->doubt |= several;
	return true;
}

/* One instruction, or what else happens before one. False: it cannot go on. */
static bool step(struct vcpu *v, enum outcome *outcome)
{
	struct lockstep *l = v->lockstep;
	u64 pc = v->state.pc, sepc = v->state.csr.sepc, cause, tval;
	struct vexit x;

	l->trail[l->steps++ % TRAIL] = pc;
	switch (interp_step(v, &x)) {
	case INTERP_AGAIN:
		if (unlikely(v->state.csr.sepc != sepc))
			l->doubt |= odd_sepc(v, raw_at(v, pc));
		return true;
	case INTERP_FAULT:
		cause = v->fault_cause;
		tval = v->fault_tval;
		l->doubt |= doubtful(cause, raw_at(v, pc));
		backend_interp.inject(v, cause, tval);
		return true;
	case INTERP_EXIT:
		if (x.kind == EXIT_wfi || x.kind == EXIT_wrs) {
			v->state.pc += x.insn.len;
			return true;
		}
		*outcome = x.kind == EXIT_ram ? UNSURE : DIFFERENT;
		return false;
	}
	return false;
}

static enum outcome run(struct vcpu *v, const struct vcpu_state *end, u64 limit)
{
	enum outcome outcome = DIFFERENT;

	for (u64 n = 0; n <= limit; n++) {
		if (same(v, end) || (take_interrupt(v) && same(v, end)))
			return SAME;
		if (!step(v, &outcome))
			break;
	}
	return v->lockstep->doubt ? UNSURE : outcome;
}

/* ---- stretches ----------------------------------------------------------- */

static void report(struct vcpu *v, const struct vexit *x,
		   const struct vcpu_state *end)
{
	struct lockstep *l = v->lockstep;
	u64 steps = l->steps;
	const char *vm = v->vm->spec.name;

	log_error("%s: lockstep: vcpu %u: %s and the oracle differ after a "
		  "stretch from pc 0x%lx to an exit (%s) at pc 0x%lx; the "
		  "oracle carried out %lu instructions, to pc 0x%lx",
		  vm, v->id, v->backend->name, l->begin.pc, exit_name(x->kind),
		  end->pc, steps, v->state.pc);
	for (u32 i = MIN(steps, TRAIL); i-- > 0;) {
		u32 at = (steps - 1 - i) % TRAIL;

		log_error("%s: lockstep: the oracle's instruction 0x%08x at pc "
			  "0x%lx%s",
			  vm, raw_at(v, l->trail[at]), l->trail[at],
			  i ? "" : " (the last)");
	}
	lockstep_diff(vm, end, &v->state, vector_bytes(v));
	lockstep_print_memory(v);
}

/* From the begin again; v->state is what came of it. */
static enum outcome again(struct vcpu *v, const struct vexit *x,
			  const struct vcpu_state *end, u64 limit)
{
	static const struct fence everything = {.kinds = FENCE_VMA | FENCE_I,
						.size = ~0UL};
	const struct backend *backend = v->backend;
	struct lockstep *l = v->lockstep;
	enum outcome outcome;

	become(v, &l->begin, l->begin_vector);
	v->backend = &backend_interp;
	v->backend->load(v);
	interp_fence(v, &everything);
	v->interp->reserved_width = 0;
	v->oracle = true;
	l->doubt = false;
	l->steps = 0;
	outcome = run(v, end, limit);
	v->oracle = false;
	backend_interp.save(v);
	v->backend = backend;
	if (outcome == DIFFERENT)
		report(v, x, end);
	return outcome;
}

static bool compare(struct vcpu *v, struct vexit *x, u64 limit)
{
	struct lockstep *l = v->lockstep;
	struct vcpu_state end;
	enum outcome outcome;

	v->backend->save(v);
	end = v->state;
	lockstep_copy_vectors(v, l->end_vector, v->state.vec.regs);
	lockstep_swap(v);
	outcome = again(v, x, &end, limit);
	if (outcome != SAME)
		lockstep_swap(v);
	become(v, &end, l->end_vector);
	v->backend->load(v);
	v->stat.lockstep_stretches += outcome == SAME;
	v->stat.lockstep_unsure += outcome == UNSURE;
	v->stat.lockstep_steps += l->steps;
	return outcome != DIFFERENT;
}

/*
 * Only a page that was wanted: the stretch goes on. But not at an atomic, as an
 * SC behind an exit fails, and the oracle's would not.
 */
static bool goes_on(struct vcpu *v, struct vexit *x)
{
	enum verdict verdict;

	if (x->kind != EXIT_ram && x->kind != EXIT_table &&
	    x->kind != EXIT_shadow)
		return false;
	if (v->lockstep->npages == PAGES_MAX)
		return false;
	if (x->kind == EXIT_shadow || x->access != ACCESS_STORE)
		return true;
	return !v->backend->decode(v, x, &verdict) || x->insn.kind != INSN_AMO;
}

bool lockstep_check(struct vcpu *v, struct vexit *x)
{
	struct lockstep *l = v->lockstep;
	u64 limit = v->exit_mark - l->mark;
	enum verdict verdict;

	if (v->backend == &backend_interp || !l->begun || goes_on(v, x))
		return true;
	/* What is read of the guest is read before its hart is another's. */
	if (x->kind == EXIT_mmio && x->insn.kind == INSN_UNKNOWN &&
	    !v->backend->decode(v, x, &verdict))
		return true;
	l->begun = false;
	if (__atomic_load_n(&v->irq_lines, __ATOMIC_ACQUIRE) != l->lines) {
		v->stat.lockstep_unsure++;
		l->steps = 1;
	} else if (!compare(v, x, limit)) {
		vm_stop(v->vm, VM_END_FAILED);
		return false;
	}
	/* One instruction may need several pages: then none has been done. */
	if (l->steps)
		lockstep_close(v);
	return true;
}

/* No LR before the stretch goes with an SC in it. */
static void end_reservation(void)
{
	u32 word = 0, failed;

	asm volatile("sc.w %0, zero, %1"
		     : "=r"(failed), "+A"(word)
		     :
		     : "memory");
}

void lockstep_begin(struct vcpu *v, bool anew)
{
	struct lockstep *l = v->lockstep;

	if (v->backend == &backend_interp || (l->begun && !anew))
		return;
	lockstep_keep(v);
	/* Neither side knows anything from before; pages are closed again. */
	if (v->backend->shadow)
		shadow_drop(v->backend->shadow(v));
	else
		hfence_vvma_all();
	v->backend->save(v);
	l->begin = v->state;
	lockstep_copy_vectors(v, l->begin_vector, v->state.vec.regs);
	v->backend->load(v);
	l->lines = __atomic_load_n(&v->irq_lines, __ATOMIC_ACQUIRE);
	l->begun = true;
	end_reservation();
	l->mark = csr_read(CSR_INSTRET);
}
