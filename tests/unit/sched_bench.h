/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks that note when they run, for the tests of the scheduler. */
#ifndef TESTS_UNIT_SCHED_BENCH_H
#define TESTS_UNIT_SCHED_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "host.h"
#include "hyp/sched.h"
#include "hyp/util.h"

#define TASKS 8
#define HARTS 3
#define SLICE 100000UL /* 10 ms */

static struct work {
	struct task task;
	u32 left;  /* how often run() has more to do */
	u64 ticks; /* how long it runs */
	u32 runs;
	bool wake_self;
	bool gives_way;
} work[TASKS];

static u32 kicks[HOST_HARTS_MAX];
static u32 ran[1000], nran; /* by number, in turn */
static jmp_buf out;
static void (*interrupt)(void); /* what comes between two turns */
static u32 rounds, idles;

void hart_kick(struct hart *h)
{
	kicks[h->index]++;
}

void hart_idle(void)
{
	assert_null(this_hart()->current);
	idles++;
}

/* sched_loop() ends here, after so many rounds. */
void hart_interrupts(void)
{
	if (interrupt)
		interrupt();
	if (!rounds--)
		longjmp(out, 1);
}

static inline void loop(u32 hart, u32 turns)
{
	host_hart = hart;
	rounds = turns;
	if (!setjmp(out))
		sched_loop();
	host_hart = 0;
}

static inline bool run(struct task *t)
{
	struct work *w = container_of(t, struct work, task);

	assert_int_equal(t->state, TASK_RUNNING);
	assert_ptr_equal(t->hart, this_hart());
	assert_ptr_equal(this_hart()->current, t);
	ran[nran++ % ARRAY_SIZE(ran)] = w - work;
	w->runs++;
	t->attention &= ~TASK_YIELD;
	host_advance(host_time + w->ticks);
	if (w->wake_self) {
		w->wake_self = false;
		task_wake(t);
	}
	t->gives_way = w->gives_way;
	return w->left && --w->left;
}

static inline void init(u32 i, u64 allowed, u32 weight)
{
	task_init(&work[i].task, run, allowed, weight, &harts[0]);
}

static inline int start(void **state)
{
	u64 now = host_time;

	memset(harts, 0, sizeof(harts));
	memset(work, 0, sizeof(work));
	memset(kicks, 0, sizeof(kicks));
	nran = idles = host_hart = 0;
	interrupt = NULL;
	host_reset();
	host_time = now; /* the scheduler's clock does not go back */
	host.timebase = 10000000;
	host.nharts = HARTS;
	for (u32 i = 0; i < HOST_HARTS_MAX; i++)
		harts[i].index = i;
	for (u32 i = 0; i < TASKS; i++)
		init(i, 1, SCHED_WEIGHT);
	loop(0, 1); /* so that all are idle, and known to be */
	loop(1, 1);
	loop(2, 1);
	idles = 0;
	return 0;
}

static inline void check_ran(const u32 *want, u32 n)
{
	assert_int_equal(nran, n);
	for (u32 i = 0; i < n; i++)
		assert_int_equal(ran[i], want[i]);
}

#endif
