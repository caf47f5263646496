/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The run loop: load a vcpu, let it run, judge its exits. This is the only
 * place that moves the guest's pc, injects an exception, or stops a vcpu.
 */
#include "hyp/csr.h"
#include "hyp/sbi.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/exit.h"
#include "vcpu/lockstep.h"
#include "vcpu/mach.h"
#include "vcpu/run.h"
#include "vcpu/sbi.h"
#include "vcpu/sta.h"
#include "vcpu/trap.h"
#include "vcpu/vm.h"
#include "vcpu/watch.h"

static const exit_handler handlers[EXIT_KINDS] = {
#define EXIT(kind, handler, text, section) [EXIT_##kind] = handler,
#include "vcpu/exits.def"
#undef EXIT
};

static enum run_next leave(struct vcpu *v, enum vcpu_leave why)
{
	v->leave = why;
	return RUN_LEAVE;
}

enum run_next run_answer(struct vcpu *v)
{
	u64 asked =
		__atomic_exchange_n(&v->task.attention, 0, __ATOMIC_ACQ_REL);

	if (asked & REQ_STOP && v->vm->state != VM_RUNNING)
		return leave(v, LEAVE_STOP); /* else of a life before this */
	if (asked & REQ_FENCE)
		vcpu_fence_answer(v);
	if (asked & (REQ_IRQ | REQ_SSIP)) {
		v->backend->irq(v, asked & REQ_SSIP);
		if (unlikely(v->traced))
			watch_lines(v, asked & REQ_SSIP);
	}
	if (asked & REQ_WATCH)
		watch_look(v);
	if (asked & REQ_PAUSE && v->vm->pause)
		return leave(v, LEAVE_PARK);
	if (asked & TASK_YIELD && sched_contended())
		return leave(v, LEAVE_YIELD);
	if (unlikely(v->mach.present) && mach_borders(v))
		return leave(v, LEAVE_BORDER);
	return RUN_ENTER;
}

static inline enum run_next next(struct vcpu *v)
{
	return likely(!v->task.attention) ? RUN_ENTER : run_answer(v);
}

static enum run_next judge(struct vcpu *v, const struct vexit *x,
			   enum verdict verdict)
{
	switch (verdict) {
	case RESUME:
		return next(v);
	case ADVANCE:
		v->state.pc += x->insn.len;
		return next(v);
	case INJECT:
		COUNT(v->stat.injected);
		if (unlikely(v->mach.present) &&
		    v->backend != &backend_interp &&
		    mach_takes(v, v->fault_cause)) {
			mach_defer(v, v->fault_cause, v->fault_tval);
			return leave(v, LEAVE_BORDER);
		}
		v->backend->inject(v, v->fault_cause, v->fault_tval);
		return next(v);
	case BLOCK:
		v->state.pc += x->insn.len;
		return leave(v, LEAVE_BLOCK);
	case YIELD:
		v->state.pc += x->insn.len;
		v->task.gives_way = true;
		return leave(v, LEAVE_YIELD);
	case HALT:
		v->hsm = SBI_HSM_STOP_PENDING;
		return leave(v, LEAVE_STOP);
	case STOP:
		return leave(v, LEAVE_STOP);
	case ANOTHER: /* asked for once: an exit leads to one more at most */
	case FULL:
		BUG_ON(x->full);
		return RUN_FULL;
	}
	BUG_ON(true);
}

/* The exit that the first one led to; rare, and not in the way of the others.
 */
static __attribute__((noinline)) enum verdict another(struct vcpu *v,
						      struct vexit *x)
{
	enum verdict verdict;

	COUNT(v->stat.exits[EXIT_step]);
	verdict = handlers[x->kind](v, x);
	/* It goes in a circle: nobody can carry that out. */
	if (verdict == ANOTHER)
		verdict = inject(v, access_fault(x->access), x->gva.raw);
	return verdict;
}

static inline enum verdict handle(struct vcpu *v, struct vexit *x)
{
	enum verdict verdict = handlers[x->kind](v, x);

	if (unlikely(verdict == ANOTHER))
		verdict = another(v, x);
	if (verdict != FULL)
		COUNT(v->stat.exits[x->kind]);
	return verdict;
}

/* Somebody looks over the guest's shoulder: the oracle, a trace, watchpoints.
 */
static __attribute__((noinline)) enum run_next watched(struct vcpu *v,
						       struct vexit *x)
{
	struct trace_event event;
	enum verdict verdict;
	enum run_next next;

	if (v->lockstep && !lockstep_check(v, x))
		return leave(v, LEAVE_STOP);
	if (v->traps)
		trap_before(v, x);
	if (v->traced)
		watch_before(v, x, &event);
	verdict = handle(v, x);
	if (v->traps && verdict != FULL)
		trap_after(v, x, verdict);
	if (v->traced && verdict != FULL)
		watch_after(v, x, verdict, &event);
	next = judge(v, x, verdict);
	if (next == RUN_ENTER && v->lockstep)
		lockstep_begin(v, false);
	return next;
}

enum run_next run_vexit(struct vcpu *v, struct vexit *x)
{
	if (unlikely(v->general))
		return watched(v, x);
	return judge(v, x, handle(v, x));
}

enum run_next run_exit(struct vcpu *v, bool full)
{
	struct vexit x;

	x.full = full;
	v->backend->capture(v, &x);
	return run_vexit(v, &x);
}

/* Who looks on wants to see all registers. */
enum run_next run_general(struct vcpu *v)
{
	if (v->lockstep || v->traced || v->traps || v->mach.present)
		return RUN_FULL;
	return run_exit(v, false);
}

enum run_next run_sbi(struct vcpu *v)
{
	static const struct vexit call = {.insn.len = 4, .full = true};
	enum verdict verdict = sbi_serve(v);

	if (unlikely(verdict != ADVANCE))
		return judge(v, &call, verdict);
	return run_on(v, call.insn.len);
}

/* Make this hart v's. */
static void load(struct vcpu *v)
{
	struct hart *h = this_hart();

	if (v->loaded == h)
		return;
	BUG_ON(v->loaded);
	if (h->loaded)
		vcpu_unload(h->loaded);
	v->backend->load(v);
	v->loaded = h;
	v->last_hart = h;
	h->loaded = v;
}

/* From load to leave, with the books kept. */
static void turn(struct vcpu *v)
{
	u64 start = csr_read(CSR_INSTRET), zeroed = this_hart()->zeroing;
	u64 end;

	v->leave = LEAVE_NONE;
	v->exit_mark = start;
	load(v);
	if (sta_wanted(v))
		sta_enter(v);
	do {
		if (unlikely(v->leave == LEAVE_BORDER))
			mach_cross(v);
		v->leave = LEAVE_NONE;
		if (run_answer(v) != RUN_ENTER)
			continue;
		if (unlikely(v->lockstep))
			lockstep_begin(v, true);
		v->backend->enter(v);
	} while (unlikely(v->leave == LEAVE_BORDER));
	if (v->leave == LEAVE_YIELD && sta_wanted(v))
		sta_leave(v);
	if (unlikely(v->traced))
		watch_turn(v, start);
	end = csr_read(CSR_INSTRET);
	zeroed = this_hart()->zeroing - zeroed;
	v->stat.vmm_instructions += end - v->exit_mark;
	v->stat.zeroing += zeroed;
	v->stat.run_instructions += end - start;
}

/* Sleep until an interrupt: the guest's own timer must wake it as well. */
static bool block(struct vcpu *v)
{
	u64 deadline = v->backend->deadline(v);

	if (v->backend->pending(v))
		return true;
	if (deadline != TIMER_NEVER)
		timer_arm(&v->timer, vcpu_host_deadline(v, deadline));
	return false;
}

/*
 * Its VM stops, or it stopped itself: from STOPPED on, others may start it
 * again, so its registers must have left this hart.
 */
static bool stopped(struct vcpu *v)
{
	vcpu_unload(v);
	if (v->hsm == SBI_HSM_STOP_PENDING) {
		__atomic_store_n(&v->hsm, SBI_HSM_STOPPED, __ATOMIC_RELEASE);
		vm_vcpu_halted(v->vm);
	}
	if (v->vm->state == VM_STOPPING && !v->gone) {
		v->gone = true;
		vm_vcpu_gone(v->vm);
	}
	return false;
}

bool run_vcpu(struct task *t)
{
	struct vcpu *v = container_of(t, struct vcpu, task);
	bool more;

	if (v->vm->state != VM_RUNNING)
		return stopped(v);
	if (unlikely(v->vm->pause)) {
		vm_park(v);
		return false;
	}
	if (unlikely(v->rearm))
		vcpu_rearm(v);
	if (__atomic_load_n(&v->hsm, __ATOMIC_ACQUIRE) == SBI_HSM_START_PENDING)
		vcpu_begin(v);
	if (v->hsm != SBI_HSM_STARTED)
		return stopped(v);
	turn(v);
	if (v->leave == LEAVE_STOP)
		return stopped(v);
	if (v->leave == LEAVE_PARK) {
		vm_park(v);
		return false;
	}
	more = v->leave == LEAVE_YIELD || block(v);
	if (task_movable(t))
		vcpu_unload(v); /* the next turn may be another hart's */
	return more;
}
