/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests gates: who asked for too much waits, and nobody else. */
#include "sched_bench.h"

static struct gate gate;

/* Asks for too much in each turn. */
static bool greedy(struct task *t)
{
	gate_close(&gate);
	assert_true(t->attention & TASK_YIELD);
	assert_true(sched_contended()); /* so that it does yield */
	return run(t);
}

static int begin(void **state)
{
	start(state);
	work[0].task.run = greedy;
	work[0].task.urgent = 1;
	work[0].left = work[1].left = 4;
	return 0;
}

static int end(void **state)
{
	for (u32 i = 0; i < 2; i++) { /* nobody is left for the next test */
		work[i].task.run = run;
		work[i].left = 0;
	}
	gate_open(&gate);
	loop(0, 20);
	return 0;
}

static void test_held(void **state)
{
	static const u32 want[] = {0, 1, 1, 1, 1};

	task_wake(&work[0].task);
	task_wake(&work[1].task);
	loop(0, 20);
	check_ran(want, ARRAY_SIZE(want));
	assert_int_equal(work[0].task.state, TASK_HELD);
	gate_open(&gate);
	assert_int_equal(work[0].task.state, TASK_READY);
	loop(0, 20);
	assert_int_equal(work[0].runs, 2);
	gate_open(&gate);
	loop(0, 20);
	assert_int_equal(work[0].runs, 3);
}

/* Opened before it came to the gate. */
static bool lucky(struct task *t)
{
	gate_close(&gate);
	gate_open(&gate);
	return run(t);
}

static void test_opened_in_time(void **state)
{
	work[0].task.run = lucky;
	task_wake(&work[0].task);
	loop(0, 20);
	assert_int_equal(work[0].runs, 4);
	assert_false(sched_contended());
	assert_null(work[0].task.gate);
}

/* A wake-up does not open a gate, and is not lost there. */
static void test_woken(void **state)
{
	task_wake(&work[0].task);
	loop(0, 5);
	task_wake(&work[0].task);
	loop(0, 5);
	assert_int_equal(work[0].runs, 1);
	work[0].left = 1;
	gate_open(&gate);
	loop(0, 5);
	assert_int_equal(work[0].runs, 2);
	assert_int_equal(work[0].task.state, TASK_BLOCKED);
	task_wake(&work[0].task); /* nothing more to do: it need not wait */
	loop(0, 5);
	assert_int_equal(work[0].runs, 3);
	assert_int_equal(work[0].task.state, TASK_BLOCKED);
}

static void test_urgent(void **state)
{
	task_wake(&work[0].task);
	loop(0, 5);
	work[0].task.attention |= 2;
	task_wake(&work[0].task);
	assert_int_equal(work[0].task.state, TASK_HELD);
	work[0].task.attention |= 1;
	task_wake(&work[0].task);
	assert_int_equal(work[0].task.state, TASK_READY);
	loop(0, 3); /* urgent as long as it has not looked */
	assert_int_equal(work[0].runs, 4);
}

/* Taken away from the gate for good. */
static void test_retired(void **state)
{
	task_wake(&work[0].task);
	loop(0, 5);
	assert_int_equal(work[0].task.state, TASK_HELD);
	assert_true(task_retire(&work[0].task));
	gate_open(&gate);
	loop(0, 5);
	assert_int_equal(work[0].runs, 1);
}

/* Some wait here, some there. */
static void test_two_gates(void **state)
{
	static struct gate other;

	task_wake(&work[0].task);
	loop(0, 5);
	gate_open(&other);
	assert_int_equal(work[0].task.state, TASK_HELD);
	work[1].task.run = greedy;
	task_wake(&work[1].task);
	loop(0, 5);
	assert_int_equal(work[1].task.state, TASK_HELD);
	gate_open(&gate);
	assert_int_equal(work[0].task.state, TASK_READY);
	assert_int_equal(work[1].task.state, TASK_READY);
}

/* Who has waited long is owed no more than who has slept. */
static void test_no_debt(void **state)
{
	u32 first = 0;

	work[0].ticks = work[1].ticks = SLICE;
	work[0].left = work[1].left = 200;
	task_wake(&work[0].task);
	loop(0, 2);
	task_wake(&work[1].task);
	loop(0, 100);
	work[0].task.run = run;
	gate_open(&gate);
	nran = 0;
	loop(0, 20);
	while (first < nran && ran[first] == 0)
		first++;
	assert_true(first <= 2);
}

/* Nobody runs: there is nobody to hold. */
static void test_nobody(void **state)
{
	gate_close(&gate);
	gate_open(&gate);
	assert_false(gate.closed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_held, begin, end),
		cmocka_unit_test_setup_teardown(test_opened_in_time, begin,
						end),
		cmocka_unit_test_setup_teardown(test_woken, begin, end),
		cmocka_unit_test_setup_teardown(test_urgent, begin, end),
		cmocka_unit_test_setup_teardown(test_retired, begin, end),
		cmocka_unit_test_setup_teardown(test_two_gates, begin, end),
		cmocka_unit_test_setup_teardown(test_no_debt, begin, end),
		cmocka_unit_test_setup_teardown(test_nobody, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
