/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the scheduler: turns, wake-ups, slices, idle harts. */
#include "sched_bench.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
