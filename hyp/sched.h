/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs tasks on harts: one queue for all, by weight, and sleep when idle. */
#ifndef HYP_SCHED_H
#define HYP_SCHED_H

#include "hyp/hart.h"
#include "hyp/types.h"

#define SCHED_WEIGHT     100 /* of a task that nobody weighed */
#define SCHED_WEIGHT_MAX 10000
#define SCHED_ANY        (~0UL) /* may run on every hart */

enum task_state { TASK_BLOCKED, TASK_READY, TASK_RUNNING, TASK_HELD };

/* In task.attention: somebody else wants the hart, return from run(). */
#define TASK_YIELD (1UL << 63)

/* Behind a closed gate tasks wait that have asked for too much. */
struct gate {
	bool closed; /* the scheduler's lock */
};

/*
 * Something that runs on a hart until it has nothing to do or its slice is
 * over. Tasks keep no stack of their own: run() returns. Fields without a
 * comment are under the scheduler's lock.
 */
struct task {
	/* True: there is more to do; false: block until task_wake(). */
	bool (*run)(struct task *t);
	u64 allowed;       /* harts, a bit an index; constant */
	u32 weight;        /* 1..SCHED_WEIGHT_MAX, its share against
			    * others'; constant */
	struct hart *hart; /* where it runs, or ran last */
	enum task_state state;
	bool woken;        /* woken while it ran */
	bool gives_way;    /* it waits for what others do: they go first; set by
			    * run(), until the next one */
	u64 vtime;         /* ticks it ran, divided by its weight */
	u64 since;         /* host time when it became ready or running */
	u64 ran, waited;   /* ticks in all: running; ready for a hart (steal) */
	struct task *next; /* the queue, by vtime */
	u64 attention;     /* why run() should look up; TASK_YIELD is ours, the
			    * other bits are the task owner's; atomic */
	u64 urgent;        /* those for which it passes a gate; constant */
	struct gate *gate; /* where it is to wait, or waits; or NULL */
};

/*
 * Make t a task that may run on these harts (a mask by index; at least one
 * that exists), first on h. It is blocked at first.
 */
void task_init(struct task *t, bool (*run)(struct task *), u64 allowed,
	       u32 weight, struct hart *h);

/* Let t run (again). Any hart; never loses a wake-up. */
void task_wake(struct task *t);

/* Ticks so far, with those of now: on a hart; waiting for one. */
void task_times(const struct task *t, u64 *ran, u64 *waited);

/* Ticks that h ran tasks, with those of now. */
u64 hart_busy(const struct hart *h);

/*
 * Take t off the queue and forget its wake-ups; nobody wakes it any more.
 * False: it runs at this moment.
 */
bool task_retire(struct task *t);

/*
 * Close g: what runs on this hart is told to yield, and if it has more to do it
 * waits until g is open. A wake-up lets it pass only with an urgent bit in its
 * attention, which has to be there before.
 */
void gate_close(struct gate *g);

/* Open g: those who wait may run. Any hart. */
void gate_open(struct gate *g);

/* Running now, on some other hart: interrupt it. */
void task_kick(struct task *t);

/* t runs at this moment, on a hart other than this one. */
bool task_runs_elsewhere(const struct task *t);

/* Another hart might run t next. */
bool task_movable(const struct task *t);

/* A task waits for a hart, or this hart's is to wait itself: yielding helps. */
bool sched_contended(void);

/* This hart's loop; never returns. */
__attribute__((noreturn)) void sched_loop(void);

#endif
