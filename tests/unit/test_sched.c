/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the scheduler: turns, weights, wake-ups, slices, idle harts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "fuzz.h"
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

/* sched_loop() ends here, after so many rounds. */
void hart_interrupts(void)
{
	idles += !sched_contended() && !this_hart()->current;
	if (interrupt)
		interrupt();
	if (!rounds--)
		longjmp(out, 1);
}

static void loop(u32 hart, u32 turns)
{
	host_hart = hart;
	rounds = turns;
	if (!setjmp(out))
		sched_loop();
	host_hart = 0;
}

static bool run(struct task *t)
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
	return w->left && --w->left;
}

static void init(u32 i, u64 allowed, u32 weight)
{
	task_init(&work[i].task, run, allowed, weight, &harts[0]);
}

static int start(void **state)
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

static void check_ran(const u32 *want, u32 n)
{
	assert_int_equal(nran, n);
	for (u32 i = 0; i < n; i++)
		assert_int_equal(ran[i], want[i]);
}

static void test_round_robin(void **state)
{
	static const u32 want[] = {0, 1, 2, 0, 1, 0};

	for (u32 i = 0; i < 3; i++) {
		work[i].left = 3 - i;
		work[i].ticks = SLICE;
		task_wake(&work[i].task);
	}
	loop(0, 20);
	check_ran(want, ARRAY_SIZE(want));
	for (u32 i = 0; i < 3; i++)
		assert_int_equal(work[i].task.state, TASK_BLOCKED);
	assert_true(idles > 0);
}

/* Woken twice before it ran, it runs once. */
static void test_wake_twice(void **state)
{
	task_wake(&work[0].task);
	task_wake(&work[0].task);
	loop(0, 10);
	assert_int_equal(work[0].runs, 1);
}

/* Woken while it ran: it runs again, though it said that it was done. */
static void test_wake_while_running(void **state)
{
	work[0].wake_self = true;
	task_wake(&work[0].task);
	loop(0, 10);
	assert_int_equal(work[0].runs, 2);
	assert_int_equal(work[0].task.state, TASK_BLOCKED);
}

static void test_never_woken(void **state)
{
	loop(0, 10);
	assert_int_equal(nran, 0);
	assert_null(harts[0].current);
}

/* Another hart's task: its idle hart is interrupted, once. */
static void test_wake_afar(void **state)
{
	init(1, 2, SCHED_WEIGHT);
	task_wake(&work[1].task);
	assert_int_equal(kicks[1], 1);
	task_wake(&work[1].task);
	assert_int_equal(kicks[1], 1);
	task_wake(&work[0].task);
	assert_int_equal(kicks[0] + kicks[2], 0);
	loop(0, 10);
	assert_int_equal(work[1].runs, 0);
	loop(2, 10);
	assert_int_equal(work[1].runs, 0);
	loop(1, 10);
	assert_int_equal(work[1].runs, 1);
	assert_int_equal(work[0].runs, 1);
}

/* As many as wake, so many idle harts are roused. */
static void test_rouse(void **state)
{
	for (u32 i = 0; i < 3; i++)
		init(i, SCHED_ANY, SCHED_WEIGHT);
	for (u32 i = 0; i < 3; i++)
		task_wake(&work[i].task);
	assert_int_equal(kicks[0], 0); /* it is this one */
	assert_int_equal(kicks[1], 1);
	assert_int_equal(kicks[2], 1);
	loop(2, 10);
	assert_int_equal(nran, 3); /* the others did not come */
}

static void test_kick(void **state)
{
	struct task *t = &work[1].task;

	init(1, 2, SCHED_WEIGHT);
	t->hart = &harts[1];
	task_kick(t); /* it does not run */
	assert_int_equal(kicks[1], 0);
	assert_false(task_runs_elsewhere(t));
	t->state = TASK_RUNNING;
	assert_true(task_runs_elsewhere(t));
	task_kick(t);
	assert_int_equal(kicks[1], 1);
	host_hart = 1; /* its own hart need not be told */
	assert_false(task_runs_elsewhere(t));
	task_kick(t);
	assert_int_equal(kicks[1], 1);
}

static void test_movable(void **state)
{
	static const struct {
		u64 allowed;
		bool movable;
	} rows[] = {{1, false}, {3, true}, {SCHED_ANY, true}, {9, false}};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		init(0, rows[i].allowed, SCHED_WEIGHT);
		assert_int_equal(task_movable(&work[0].task), rows[i].movable);
	}
	host.nharts = 1;
	init(0, SCHED_ANY, SCHED_WEIGHT);
	assert_false(task_movable(&work[0].task));
}

/* Who runs while another becomes ready is asked to yield. */
static bool wakes_other(struct task *t)
{
	assert_int_equal(t->attention & TASK_YIELD, 0);
	assert_false(sched_contended());
	task_wake(&work[1].task);
	assert_int_equal(t->attention & TASK_YIELD, TASK_YIELD);
	assert_true(sched_contended());
	run(t);
	return false;
}

static void test_yield(void **state)
{
	static const u32 want[] = {0, 1};

	work[0].task.run = wakes_other;
	task_wake(&work[0].task);
	loop(0, 10);
	check_ran(want, ARRAY_SIZE(want));
}

/* 10 ms, where others wait; no timer for one that is alone. */
static bool outlasts(struct task *t)
{
	host_advance(host_time + SLICE - 1);
	assert_int_equal(t->attention & TASK_YIELD, 0);
	host_advance(host_time + 1);
	assert_int_equal(!!(t->attention & TASK_YIELD), sched_contended());
	run(t);
	return false;
}

static void test_slice(void **state)
{
	work[0].task.run = work[1].task.run = outlasts;
	task_wake(&work[0].task);
	task_wake(&work[1].task);
	loop(0, 10);
	assert_int_equal(work[0].runs, 1);
	assert_int_equal(work[1].runs, 1);
}

/* ---- shares -------------------------------------------------------------- */

static void test_weights(void **state)
{
	static const u32 weights[] = {100, 300, 50, 1000};

	for (u32 i = 0; i < ARRAY_SIZE(weights); i++) {
		init(i, 1, weights[i]);
		work[i].left = ~0U;
		work[i].ticks = SLICE;
		task_wake(&work[i].task);
	}
	loop(0, 1450);
	for (u32 i = 0; i < ARRAY_SIZE(weights); i++) {
		assert_in_range(work[i].runs, weights[i] - 25, weights[i] + 25);
		assert_int_equal(work[i].task.ran, work[i].runs * SLICE);
		work[i].left = 0;
	}
	loop(0, 20);
}

/* All time of a ready task is either run or waited for. */
static void test_accounts(void **state)
{
	u64 begin = host_time;

	for (u32 i = 0; i < 3; i++) {
		work[i].left = 5;
		work[i].ticks = SLICE / (i + 1);
		task_wake(&work[i].task);
	}
	loop(0, 30);
	for (u32 i = 0; i < 3; i++) {
		const struct task *t = &work[i].task;

		assert_int_equal(t->ran, 5 * (SLICE / (i + 1)));
		assert_true(t->waited <= host_time - begin - t->ran);
	}
	/* The last to end waited for whatever the others ran. */
	assert_int_equal(work[0].task.waited,
			 work[1].task.ran + work[2].task.ran);
}

/* Who slept long comes first, but does not catch up on what it missed. */
static void test_sleeper(void **state)
{
	work[0].left = ~0U;
	work[0].ticks = work[1].ticks = SLICE;
	task_wake(&work[0].task);
	loop(0, 100);
	work[1].left = ~0U;
	task_wake(&work[1].task);
	nran = 0;
	loop(0, 20);
	assert_int_equal(ran[0], 1);
	assert_in_range(work[1].runs, 9, 12);
	work[0].left = work[1].left = 0;
	loop(0, 20);
}

/* Wake-ups at random, also from interrupts: each leads to a run after it. */
static u64 seed;
static u32 wanted[TASKS];

static void wake_some(void)
{
	u32 i = fuzz_random(&seed) % (2 * TASKS);

	if (i >= TASKS)
		return;
	wanted[i] = work[i].runs + 1;
	work[i].wake_self = fuzz_random(&seed) % 8 == 0;
	task_wake(&work[i].task);
}

/* The credit is the same for all, and against one who ran no time at all. */
static void test_credit(void **state)
{
	static const u32 want[] = {0, 1, 2, 0};
	u64 before;

	work[0].left = 2;
	task_wake(&work[0].task);
	loop(0, 0);
	task_wake(&work[1].task);
	before = work[1].task.vtime;
	loop(0, 0);
	task_wake(&work[2].task);
	assert_int_equal(work[2].task.vtime, before);
	loop(0, 10);
	check_ran(want, ARRAY_SIZE(want));
}

/* Of equals a hart takes the one that it ran last. */
static void test_affinity(void **state)
{
	static const u32 want[] = {1, 0};

	init(0, SCHED_ANY, SCHED_WEIGHT);
	init(1, SCHED_ANY, SCHED_WEIGHT);
	work[1].task.hart = &harts[1];
	task_wake(&work[0].task);
	task_wake(&work[1].task);
	loop(1, 10);
	check_ran(want, ARRAY_SIZE(want));
	assert_ptr_equal(work[0].task.hart, &harts[1]);
}

static void test_random(void **state)
{
	seed = fuzz_seed();
	for (u32 i = 0; i < TASKS; i++) {
		wanted[i] = 0;
		init(i, 1, 1 + fuzz_random(&seed) % 10000);
		work[i].ticks = fuzz_random(&seed) % (2 * SLICE);
	}
	for (u32 round = 0; round < 1000; round++) {
		interrupt = wake_some;
		loop(0, fuzz_random(&seed) % 50);
		interrupt = NULL;
		loop(0, 4 * TASKS);
		assert_false(sched_contended());
		for (u32 i = 0; i < TASKS; i++) {
			assert_true(work[i].runs >= wanted[i]);
			assert_int_equal(work[i].task.state, TASK_BLOCKED);
		}
	}
	assert_true(nran > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_round_robin, start),
		cmocka_unit_test_setup(test_wake_twice, start),
		cmocka_unit_test_setup(test_wake_while_running, start),
		cmocka_unit_test_setup(test_never_woken, start),
		cmocka_unit_test_setup(test_wake_afar, start),
		cmocka_unit_test_setup(test_rouse, start),
		cmocka_unit_test_setup(test_kick, start),
		cmocka_unit_test_setup(test_movable, start),
		cmocka_unit_test_setup(test_yield, start),
		cmocka_unit_test_setup(test_slice, start),
		cmocka_unit_test_setup(test_weights, start),
		cmocka_unit_test_setup(test_accounts, start),
		cmocka_unit_test_setup(test_sleeper, start),
		cmocka_unit_test_setup(test_credit, start),
		cmocka_unit_test_setup(test_affinity, start),
		cmocka_unit_test_setup(test_random, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
