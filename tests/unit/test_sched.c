/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the scheduler: turns, wake-ups, slices, idle harts. */
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

static struct work {
	struct task task;
	u32 left; /* how often run() has more to do */
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
	assert_false(lock_held(&this_hart()->rq_lock));
	idles += !this_hart()->rq_head && !this_hart()->current;
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
	if (w->wake_self) {
		w->wake_self = false;
		task_wake(t);
	}
	return w->left && --w->left;
}

static int start(void **state)
{
	memset(harts, 0, sizeof(harts));
	memset(work, 0, sizeof(work));
	memset(kicks, 0, sizeof(kicks));
	nran = idles = host_hart = 0;
	interrupt = NULL;
	host_reset();
	host.timebase = 10000000;
	for (u32 i = 0; i < HOST_HARTS_MAX; i++)
		harts[i].index = i;
	for (u32 i = 0; i < TASKS; i++)
		task_init(&work[i].task, run, &harts[0]);
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

/* Another hart's task: its hart is interrupted, once. */
static void test_wake_afar(void **state)
{
	task_init(&work[1].task, run, &harts[1]);
	task_wake(&work[1].task);
	assert_int_equal(kicks[1], 1);
	task_wake(&work[1].task);
	assert_int_equal(kicks[1], 1);
	task_wake(&work[0].task);
	assert_int_equal(kicks[0], 0);
	loop(0, 10);
	assert_int_equal(work[1].runs, 0);
	loop(1, 10);
	assert_int_equal(work[1].runs, 1);
	assert_int_equal(work[0].runs, 1);
}

static void test_kick(void **state)
{
	task_init(&work[1].task, run, &harts[1]);
	task_kick(&work[1].task); /* it does not run */
	assert_int_equal(kicks[1], 0);
	work[1].task.state = TASK_RUNNING;
	task_kick(&work[1].task);
	assert_int_equal(kicks[1], 1);
	host_hart = 1; /* its own hart need not be told */
	task_kick(&work[1].task);
	assert_int_equal(kicks[1], 1);
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

	task_init(&work[0].task, wakes_other, &harts[0]);
	task_wake(&work[0].task);
	loop(0, 10);
	check_ran(want, ARRAY_SIZE(want));
}

/* 10 ms, where others wait; no timer for one that is alone. */
static bool outlasts(struct task *t)
{
	host_advance(host_time + 99999);
	assert_int_equal(t->attention & TASK_YIELD, 0);
	host_advance(host_time + 1);
	assert_int_equal(!!(t->attention & TASK_YIELD), sched_contended());
	run(t);
	return false;
}

static void test_slice(void **state)
{
	task_init(&work[0].task, outlasts, &harts[0]);
	task_init(&work[1].task, outlasts, &harts[0]);
	task_wake(&work[0].task);
	task_wake(&work[1].task);
	loop(0, 10);
	assert_int_equal(work[0].runs, 1);
	assert_int_equal(work[1].runs, 1);
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
	interrupt = wake_some;
	for (u32 i = 0; i < TASKS; i++)
		wanted[i] = 0;
	for (u32 round = 0; round < 1000; round++) {
		interrupt = wake_some;
		loop(0, fuzz_random(&seed) % 50);
		interrupt = NULL;
		loop(0, 4 * TASKS);
		assert_null(harts[0].rq_head);
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
		cmocka_unit_test_setup(test_kick, start),
		cmocka_unit_test_setup(test_yield, start),
		cmocka_unit_test_setup(test_slice, start),
		cmocka_unit_test_setup(test_random, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
