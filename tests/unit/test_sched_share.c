/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests what the scheduler gives to whom: weights, credit, accounts. */
#include "fuzz.h"
#include "sched_bench.h"

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

/* The credit is the same for all who slept long. */
static void test_credit(void **state)
{
	static const u32 want[] = {0, 1, 2, 0};
	u64 vtime;

	work[0].left = 10;
	work[0].ticks = SLICE;
	task_wake(&work[0].task);
	loop(0, 7);
	work[0].ticks = nran = 0;
	loop(0, 0); /* it has had no more than when it began */
	task_wake(&work[1].task);
	vtime = work[1].task.vtime;
	loop(0, 0);
	task_wake(&work[2].task);
	assert_int_equal(work[2].task.vtime, vtime);
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
		cmocka_unit_test_setup(test_weights, start),
		cmocka_unit_test_setup(test_accounts, start),
		cmocka_unit_test_setup(test_sleeper, start),
		cmocka_unit_test_setup(test_credit, start),
		cmocka_unit_test_setup(test_affinity, start),
		cmocka_unit_test_setup(test_random, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
