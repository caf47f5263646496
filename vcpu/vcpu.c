/* SPDX-License-Identifier: BSD-2-Clause */
/* Vcpus seen from outside: requests, interrupt lines, fences, start, reset. */
#include <string.h>

#include "hyp/sbi.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/fpu.h"
#include "vcpu/mach.h"
#include "vcpu/run.h"
#include "vcpu/sta.h"
#include "vcpu/vm.h"
#include "vcpu/watch.h"

/*
 * Set the request before looking where v is: if it is about to enter its
 * guest and has not seen it, the interrupt throws it out again at once.
 */
void vcpu_request(struct vcpu *v, u64 requests)
{
	__atomic_fetch_or(&v->task.attention, requests, __ATOMIC_ACQ_REL);
	if (this_hart()->current == &v->task)
		return;
	if (requests & ~(u64)REQ_FENCE)
		task_wake(&v->task);
	task_kick(&v->task);
}

void vcpu_set_line(struct vcpu *v, u32 bit, bool level)
{
	if (level)
		__atomic_fetch_or(&v->irq_lines, BIT(bit), __ATOMIC_ACQ_REL);
	else
		__atomic_fetch_and(&v->irq_lines, ~BIT(bit), __ATOMIC_ACQ_REL);
	vcpu_request(v, REQ_IRQ);
}

void vcpu_set_machine_line(struct vcpu *v, u32 bit, bool level)
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

u64 vcpu_host_deadline(const struct vcpu *v, u64 deadline)
{
	u64 now = time_now(), guest = now + v->vm->time_delta;

	if (deadline <= guest)
		return now;
	return deadline - guest > ~now ? TIMER_NEVER : now + (deadline - guest);
}

/*
 * The interrupt itself; where stimecmp is the hart's own, just the end of a
 * sleep until then. This may be a hart where v was before, and late: where
 * there is a stimecmp, v looks at the time itself.
 */
static void timer_fired(struct timer *t)
{
	struct vcpu *v = container_of(t, struct vcpu, timer);

	if (!v->sstc)
		vcpu_set_line(v, IRQ_S_TIMER, true);
	else if (v->backend->soft)
		vcpu_request(v, REQ_IRQ);
	else
		task_wake(&v->task);
}

/* One fence that covers both. */
static void fold(struct fence *into, const struct fence *f)
{
	if (!into->kinds) {
		*into = *f;
		return;
	}
	into->kinds |= f->kinds;
	into->size = ~0UL;
	into->has_asid = false;
}

void vcpu_fence_answer(struct vcpu *v)
{
	struct fence f;
	u64 asked;

	lock_acquire(&v->fence_lock);
	f = v->fence;
	asked = v->fence_asked;
	v->fence.kinds = 0;
	lock_release(&v->fence_lock);
	if (f.kinds)
		v->backend->fence(v, &f);
	if (f.kinds && v->traced)
		watch_fence(v, &f);
	__atomic_store_n(&v->fence_done, asked, __ATOMIC_RELEASE);
}

/*
 * Whoever waits answers what is asked of it meanwhile: two vcpus that fence
 * each other do not wait for ever. A vcpu that does not run will answer
 * before its guest does anything.
 */
void vcpu_fence(struct vcpu *self, struct vcpu *v, const struct fence *f)
{
	u64 ticket;

	if (self == v) {
		v->backend->fence(v, f);
		return;
	}
	lock_acquire(&v->fence_lock);
	fold(&v->fence, f);
	ticket = ++v->fence_asked;
	lock_release(&v->fence_lock);
	vcpu_request(v, REQ_FENCE);
	while (!(self->task.attention & REQ_STOP) &&
	       task_runs_elsewhere(&v->task) &&
	       __atomic_load_n(&v->fence_done, __ATOMIC_ACQUIRE) < ticket)
		vcpu_fence_answer(self);
}

void vcpu_unload(struct vcpu *v)
{
	if (!v->loaded)
		return;
	BUG_ON(v->loaded != this_hart());
	v->backend->save(v);
	v->loaded->loaded = NULL;
	v->loaded = NULL;
}

/*
 * scounteren is as firmware leaves it: open. A Linux without an SBI PMU never
 * writes it, and the vDSO of every process reads the time.
 */
static void reset_state(struct vcpu_state *s)
{
	memset(s->gpr, 0, sizeof(s->gpr));
	memset(&s->csr, 0, sizeof(s->csr));
	memset(&s->fp, 0, sizeof(s->fp));
	if (s->vec.regs)
		memset(s->vec.regs, 0, PAGE_SIZE << s->vec.order);
	s->vec.vstart = s->vec.vcsr = s->vec.vl = 0;
	s->vec.vtype = VTYPE_VILL;
	s->csr.sstatus = SSTATUS_UXL_64;
	s->csr.scounteren = COUNTEREN_CY | COUNTEREN_TM | COUNTEREN_IR;
	s->csr.stimecmp = ~0UL;
	s->priv = PRIV_S;
}

/* In M-mode, which is the interpreter's. */
static void machine_begin(struct vcpu *v)
{
	mach_reset(v);
	v->backend = backend_find(BACKEND_INTERP);
}

/*
 * SBI, "Hart State Management", "Function: HART start": satp 0, SIE 0, the
 * rest of the state is undefined; ours is that of reset. The lines are the
 * PLIC's to drive, and others may ask for things at any time: take back only
 * what belonged to the life before.
 */
void vcpu_begin(struct vcpu *v)
{
	BUG_ON(v->loaded);
	timer_cancel(&v->timer);
	v->sbi_deadline = TIMER_NEVER;
	v->rearm = false;
	__atomic_fetch_and(&v->irq_lines, ~BIT(IRQ_S_TIMER), __ATOMIC_ACQ_REL);
	__atomic_fetch_and(&v->task.attention, ~(u64)REQ_SSIP,
			   __ATOMIC_ACQ_REL);
	reset_state(&v->state);
	memset(v->ext, 0, sizeof(v->ext));
	v->sta.shmem = STA_NONE;
	v->sta.preempted = false;
	v->last_hart = NULL;
	if (v->vm->spec.boot == BOOT_MACHINE)
		machine_begin(v);
	v->state.pc = v->start_pc;
	v->state.gpr[10] = v->id;
	v->state.gpr[11] = v->start_arg;
	__atomic_store_n(&v->hsm, SBI_HSM_STARTED, __ATOMIC_RELEASE);
}

long vcpu_start(struct vcpu *v, u64 pc, u64 arg)
{
	long error = SBI_SUCCESS;

	lock_acquire(&v->vm->lock);
	if (v->vm->state != VM_RUNNING) {
		error = SBI_ERR_FAILED;
	} else if (__atomic_load_n(&v->hsm, __ATOMIC_ACQUIRE) !=
		   SBI_HSM_STOPPED) {
		error = SBI_ERR_ALREADY_AVAILABLE;
	} else {
		v->start_pc = pc;
		v->start_arg = arg;
		__atomic_store_n(&v->hsm, SBI_HSM_START_PENDING,
				 __ATOMIC_RELEASE);
	}
	lock_release(&v->vm->lock);
	if (!error)
		task_wake(&v->task);
	return error;
}

void vcpu_rearm(struct vcpu *v)
{
	v->rearm = false;
	if (!v->sstc && v->sbi_deadline != TIMER_NEVER)
		timer_arm(&v->timer, vcpu_host_deadline(v, v->sbi_deadline));
}

void vcpu_init(struct vcpu *v, struct vm *vm, u32 id, struct hart *h)
{
	v->vm = vm;
	v->id = id;
	v->backend = backend_find(vm->backend);
	v->sstc = host_has(HOST_SSTC) && vm->rules.gates & GATE_STCE;
	v->htinst = !(vm->spec.force & FORCE_NO_HTINST);
	v->htval = !(vm->spec.force & FORCE_NO_HTVAL);
	v->counters = COUNTEREN_CY | COUNTEREN_TM | COUNTEREN_IR;
	lock_init(&v->fence_lock, LOCK_FENCE);
	v->timer.fire = timer_fired;
	v->timer.deadline = TIMER_NEVER;
	task_init(&v->task, run_vcpu,
		  (vm->spec.harts ? vm->spec.harts : SCHED_ANY) &
			  (BIT(host.nharts) - 1),
		  vm->spec.weight, h);
	v->task.urgent = REQ_STOP | REQ_PAUSE;
	v->hsm = SBI_HSM_STOPPED;
}
