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

/* Nor if it wakes between two turns, and somebody waits for another hart. */
static void wake_last(void)
{
	work[2].left = ~0U;
	task_wake(&work[2].task);
}

static void test_sleeper_between(void **state)
{
	init(0, 2, SCHED_WEIGHT);
	task_wake(&work[0].task);
	work[1].left = ~0U;
	work[1].ticks = work[2].ticks = SLICE;
	task_wake(&work[1].task);
	loop(0, 100);
	interrupt = wake_last;
	loop(0, 0);
	interrupt = NULL;
	loop(0, 20);
	assert_in_range(work[2].runs, 9, 12);
	work[1].left = work[2].left = 0;
	loop(0, 20);
	loop(1, 20);
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

/*
 * A turn has no end while nobody waits. What ran in it alone is not owed to
 * whoever comes then.
 */
static bool runs_alone(struct task *t)
{
	host_advance(host_time + 1000 * SLICE);
	work[1].left = ~0U;
	task_wake(&work[1].task);
	t->run = run;
	return true;
}

static void test_long_turn(void **state)
{
	work[0].task.run = runs_alone;
	work[0].left = ~0U;
	work[0].ticks = work[1].ticks = SLICE;
	task_wake(&work[0].task);
	loop(0, 21);
	assert_in_range(work[0].runs, 9, 11);
	assert_in_range(work[1].runs, 9, 11);
	work[0].left = work[1].left = 0;
	loop(0, 20);
}

/* A heavy task that a hart ran last does not keep others from it for long. */
static void test_heavy(void **state)
{
	init(0, 1, 10000);
	init(1, SCHED_ANY, 10000);
	work[0].left = work[1].left = ~0U;
	work[0].ticks = work[1].ticks = SLICE;
	work[1].task.hart = &harts[1];
	task_wake(&work[0].task);
	loop(0, 2);
	task_wake(&work[1].task);
	loop(0, 3);
	assert_in_range(work[1].runs, 2, 3);
	work[0].left = work[1].left = 0;
	loop(0, 20);
}

/* A heavy sleeper comes first, but not for long either. */
static void test_heavy_sleeper(void **state)
{
	init(1, 1, 10000);
	work[0].left = work[1].left = ~0U;
	work[0].ticks = work[1].ticks = SLICE / 2;
	task_wake(&work[0].task);
	loop(0, 1000);
	nran = 0;
	task_wake(&work[1].task);
	loop(0, 200);
	assert_in_range(work[0].runs, 1000 + 1, 1000 + 3);
	work[0].left = work[1].left = 0;
	loop(0, 20);
}

/*
 * Alone on its hart a light task gets far ahead of others, and then it meets
 * them: it has its turn each second or two, and soon its share.
 */
static void test_forgiven(void **state)
{
	for (u32 i = 0; i < 3; i++) {
		work[i].left = ~0U;
		work[i].ticks = SLICE;
		task_wake(&work[i].task);
	}
	work[0].task.vtime += SLICE * 1000000000;
	loop(0, 600);
	assert_in_range(work[0].runs, 600 / 3 - 100, 600 / 3);
	assert_in_range(work[1].runs, 200, 250);
	for (u32 i = 0; i < 3; i++)
		work[i].left = 0;
	loop(0, 20);
}

/* How far others are, on a hart where it may not run, is not its concern. */
static void test_elsewhere(void **state)
{
	init(0, 2, 1);
	work[0].left = work[1].left = ~0U;
	for (u32 i = 0; i < 3; i++)
		work[i].ticks = SLICE;
	task_wake(&work[0].task);
	loop(1, 100);
	task_wake(&work[1].task);
	loop(0, 2);
	for (u32 i = 0; i < 10; i++) {
		u32 runs = work[2].runs;

		task_wake(&work[2].task);
		loop(0, 2);
		assert_int_equal(work[2].runs, runs + 1);
	}
	work[0].left = work[1].left = 0;
	loop(0, 20);
	loop(1, 20);
}

/* Whoever is new is as far as the others, wherever the numbers are. */
static void test_new(void **state)
{
	u64 far = 1UL << 62;

	for (u32 i = 0; i < 3; i++) {
		init(0, 1, SCHED_WEIGHT);
		work[0].task.vtime += far;
		task_wake(&work[0].task);
		loop(0, 3);
		init(1, 1, SCHED_WEIGHT);
		init(2, 1, SCHED_WEIGHT);
		work[1].left = work[2].left = 2;
		task_wake(&work[1].task);
		task_wake(&work[2].task);
		loop(0, 5);
		assert_int_equal(work[1].task.state, TASK_BLOCKED);
		assert_true(work[1].task.vtime - work[0].task.vtime < far);
	}
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

/*
 * Who spins until another has done something is not next again, though it has
 * had the least and was here last; and it comes again soon.
 */
static void test_give_way(void **state)
{
	work[0].gives_way = true;
	work[0].ticks = SLICE / 1000;
	for (u32 i = 0; i < 3; i++)
		work[i].left = ~0U;
	work[1].ticks = work[2].ticks = SLICE;
	for (u32 i = 0; i < 3; i++)
		task_wake(&work[i].task);
	loop(0, 300);
	for (u32 i = 1; i < nran; i++)
		assert_true(ran[i] || ran[i - 1]);
	assert_in_range(work[0].runs, 90, 160);
	for (u32 i = 0; i < 3; i++)
		work[i].left = 0;
	loop(0, 20);
}

/* Nor is it next where the other ran on another hart the last time. */
static void test_give_way_to_stranger(void **state)
{
	static const u32 want[] = {0, 1, 0, 0};

	init(1, SCHED_ANY, SCHED_WEIGHT);
	work[1].task.hart = &harts[1];
	work[0].gives_way = true;
	work[0].left = 3;
	work[0].ticks = work[1].ticks = SLICE / 1000;
	task_wake(&work[0].task);
	task_wake(&work[1].task);
	loop(0, 10);
	check_ran(want, ARRAY_SIZE(want));
}

/* It does not give its share away to whoever has had more than his. */
static void test_give_way_to_light(void **state)
{
	init(1, 1, 1);
	work[0].gives_way = true;
	work[0].ticks = work[1].ticks = SLICE;
	for (u32 i = 0; i < 2; i++) {
		work[i].left = ~0U;
		task_wake(&work[i].task);
	}
	loop(0, 500);
	assert_in_range(work[1].runs, 4, 20);
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
		cmocka_unit_test_setup(test_sleeper_between, start),
		cmocka_unit_test_setup(test_credit, start),
		cmocka_unit_test_setup(test_long_turn, start),
		cmocka_unit_test_setup(test_heavy, start),
		cmocka_unit_test_setup(test_heavy_sleeper, start),
		cmocka_unit_test_setup(test_forgiven, start),
		cmocka_unit_test_setup(test_elsewhere, start),
		cmocka_unit_test_setup(test_new, start),
		cmocka_unit_test_setup(test_affinity, start),
		cmocka_unit_test_setup(test_give_way, start),
		cmocka_unit_test_setup(test_give_way_to_stranger, start),
		cmocka_unit_test_setup(test_give_way_to_light, start),
		cmocka_unit_test_setup(test_random, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
