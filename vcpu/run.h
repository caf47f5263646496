/* SPDX-License-Identifier: BSD-2-Clause */
/* The run loop's entry points. */
#ifndef VCPU_RUN_H
#define VCPU_RUN_H

#include "hyp/util.h"
#include "vcpu/vcpu.h"

/* What the entry code does next. */
enum run_next {
	RUN_ENTER, /* go back into the guest */
	RUN_FULL,  /* save the other registers, call run_exit_full() */
	RUN_LEAVE, /* return from backend->enter() */
};

/* A task's turn: run v until it blocks, yields or stops. */
bool run_vcpu(struct task *t);

/*
 * One exit, from trap to verdict. full: all of v->state.gpr is valid; else
 * only ra, sp, tp, t0-t6, a0-a7 are, and RUN_FULL asks for the others.
 */
enum run_next run_exit(struct vcpu *v, bool full);

/* The same, of an exit that the backend has captured in x. */
struct vexit;
enum run_next run_vexit(struct vcpu *v, struct vexit *x);

/* The same for an SBI call (a0-a7 are enough). */
enum run_next run_sbi(struct vcpu *v);

/* Others asked something of v: answer, then enter or leave. */
enum run_next run_answer(struct vcpu *v);

/* Of v->general, for a backend's entry: an exit without shortcuts. */
enum run_next run_general(struct vcpu *v);

/* A backend's shortcut has carried out an instruction of len bytes, */
static inline enum run_next run_on(struct vcpu *v, u32 len)
{
	v->state.pc += len;
	return likely(!v->task.attention) ? RUN_ENTER : run_answer(v);
}

/* and that was an exit of this kind, not counted yet. */
static inline enum run_next run_done(struct vcpu *v, enum exit_kind kind,
				     u32 len)
{
	COUNT(v->stat.exits[kind]);
	return run_on(v, len);
}

#endif
