/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What runs on the harts of sched_sim.h: tasks that look for work, wait for a
 * timer and wake each other in the order in which a vcpu does.
 */
#ifndef TESTS_UNIT_SCHED_JOBS_H
#define TESTS_UNIT_SCHED_JOBS_H

#include "sched_sim.h"

#define JOBS   40
/* Requests in task.attention; one for which a task passes a gate. */
#define POSTED 1UL
#define URGENT 2UL

static struct job {
	struct task task;
	struct timer alarm;
	bool hog; /* always has more to do */
	bool running;
	u32 posted, handled; /* what others asked of it, and it has seen */
	u64 busy_until;
	u64 born;        /* host time of its first wake-up, or 0 */
	u64 ran, waited; /* as they were when last looked at */
	u32 unnoticed;   /* rounds that it was ready beside a sleeper, or
			  * blocked though something was asked of it */
} jobs[JOBS];

static u32 njobs, started;
static u32 post_odds, device_odds; /* one in so many turns or rounds */
static bool stopping;
static struct gate gate; /* who is at it waits for the next device */
static bool gates;       /* anybody goes there */

/* As vcpu_request() does it: set first, then look where it is. */
static void post(struct job *j)
{
	j->posted++;
	__atomic_fetch_or(&j->task.attention,
			  sim_random(4) ? POSTED : POSTED | URGENT,
			  __ATOMIC_ACQ_REL);
	sim_maybe_pause();
	if (this_hart()->current == &j->task)
		return;
	task_wake(&j->task);
	task_kick(&j->task);
}

static void post_any(void)
{
	post(&jobs[sim_random(njobs)]);
}

/* A device of the host interrupts: at first it lets everybody begin. */
static void device(void)
{
	gate_open(&gate);
	if (stopping)
		return;
	if (started == njobs)
		post_any();
	else
		post(&jobs[started++]);
}

static void alarm_fired(struct timer *t)
{
	post(container_of(t, struct job, alarm));
}

/* A guest runs for a while, and exits for an interrupt. */
static void run_guest(struct job *j)
{
	sim_pause();
	if (!stopping && !sim_random(post_odds))
		post_any();
	if (!stopping && gates && !sim_random(64))
		gate_close(&gate);
	if (sim_interrupted(&sim_harts[host_hart]))
		hart_interrupts();
}

/* The way of a vcpu through run_vcpu(): the same looks in the same order. */
static bool work(struct job *j)
{
	for (;;) {
		u64 asked = __atomic_exchange_n(&j->task.attention, 0,
						__ATOMIC_ACQ_REL);

		if (asked & TASK_YIELD && sched_contended())
			return true;
		sim_maybe_pause();
		if (j->handled != j->posted) {
			j->handled = j->posted;
			j->busy_until = host_time + sim_random(2 * SLICE);
		}
		if (stopping || (!j->hog && host_time >= j->busy_until))
			break;
		run_guest(j);
	}
	if (!stopping && !sim_random(8)) {
		j->task.gives_way = sim_random(2);
		return true;
	}
	if (!stopping && !sim_random(4))
		timer_arm(&j->alarm, host_time + sim_random(5 * SLICE));
	sim_maybe_pause();
	return j->handled != j->posted;
}

static bool run(struct task *t)
{
	struct job *j = container_of(t, struct job, task);
	bool more;

	sim_check(!j->running, "job %ld runs twice", j - jobs);
	sim_check(t->allowed >> host_hart & 1, "not allowed here");
	sim_check(t->state == TASK_RUNNING && t->hart == this_hart() &&
			  this_hart()->current == t,
		  "job %ld", j - jobs);
	j->running = true;
	more = work(j);
	j->running = false;
	return more;
}

#endif
