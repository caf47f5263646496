/* SPDX-License-Identifier: BSD-2-Clause */
/* The run loop's entry points. */
#ifndef VCPU_RUN_H
#define VCPU_RUN_H

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
 * One exit, from trap to verdict. The light form has ra, sp, tp, t0-t6, a0-a7
 * in v->state.gpr; the full one has all.
 */
enum run_next run_exit(struct vcpu *v);
enum run_next run_exit_full(struct vcpu *v);

#endif
