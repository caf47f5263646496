/* SPDX-License-Identifier: BSD-2-Clause */
/* The scheduler's own: the queue of ready tasks, and what each has had. */
#ifndef HYP_SCHED_QUEUE_H
#define HYP_SCHED_QUEUE_H

#include "hyp/hart.h"
#include "hyp/lock.h"
#include "hyp/sched.h"

/* Guards the queue, and in each task what has no owner of its own. */
extern struct lock sched_lock;

/* vtime wraps: a comes before b. */
static inline bool vtime_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static inline bool task_may_run(const struct task *t, const struct hart *h)
{
	return t->allowed >> h->index & 1;
}

/* How long a turn is while others wait, in host ticks. */
u64 sched_slice(void);

/* For how many ticks t has been ready, or has been running. */
u64 task_lasted(const struct task *t, u64 now);

/* The vtime of a task that runs. */
u64 task_vtime(const struct task *t, u64 now);

/* A task that nobody knew: it has had as much as the others. No lock. */
void sched_queue_join(struct task *t);

/* Who is queued, by vtime. */
const struct task *sched_queue_locked(void);

/* t waits for a hart from now on; it does no longer. */
void sched_queue_add_locked(struct task *t, u64 now);
void sched_queue_drop_locked(struct task *t);

/* As sched_queue_add_locked(), of one that ran; it may give way to others. */
void sched_queue_again_locked(struct task *t, u64 now);

/* t has slept: what it did not use meanwhile is gone. Before it is added. */
void sched_queue_catch_up_locked(struct task *t, u64 now);

/* Whose turn it is on h, off the queue; or NULL. */
struct task *sched_queue_take_locked(const struct hart *h, u64 now);

#endif
