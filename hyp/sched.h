/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs tasks on harts: one queue a hart, round robin, and sleep when idle. */
#ifndef HYP_SCHED_H
#define HYP_SCHED_H

#include "hyp/hart.h"
#include "hyp/types.h"

enum task_state { TASK_BLOCKED, TASK_READY, TASK_RUNNING };

/* In task.attention: somebody else wants the hart, return from run(). */
#define TASK_YIELD (1UL << 63)

/*
 * Something that runs on a hart until it has nothing to do or its slice is
 * over. Tasks keep no stack of their own: run() returns.
 */
struct task {
	/* True: there is more to do; false: block until task_wake(). */
	bool (*run)(struct task *t);
	struct hart *hart;     /* where it runs; constant while not blocked */
	struct task *next;     /* the hart's queue; rq_lock */
	enum task_state state; /* rq_lock */
	bool woken;            /* woken while it ran; rq_lock */
	u64 attention; /* why run() should look up; TASK_YIELD is ours, the
			* other bits are the task owner's; atomic */
};

/* Put t on a hart; it is blocked at first. */
void task_init(struct task *t, bool (*run)(struct task *), struct hart *h);

/* Let t run (again). Any hart; never loses a wake-up. */
void task_wake(struct task *t);

/* Running now, on some other hart: interrupt it. */
void task_kick(struct task *t);

/* Other tasks wait for this hart. */
static inline bool sched_contended(void)
{
	return this_hart()->rq_head;
}

/* This hart's loop; never returns. */
__attribute__((noreturn)) void sched_loop(void);

#endif
