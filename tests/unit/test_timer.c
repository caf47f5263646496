/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the harts' timers over a hardware timer that the test holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fuzz.h"
#include "host.h"
#include "hyp/csr.h"
#include "hyp/hart.h"
#include "hyp/sbi.h"
#include "hyp/timer.h"
#include "hyp/timer_run.h"
#include "hyp/util.h"

#define COUNT 12

static u64 now;
static u64 programmed[HOST_HARTS_MAX]; /* each hart's hardware timer */
static u32 by_sbi, by_csr;

static struct timer timers[COUNT];
static u64 fired_at[COUNT];
static u32 fired;
static struct timer *order[1000];

unsigned long host_csr_read(unsigned int csr)
{
	assert_int_equal(csr, CSR_TIME);
	return now;
}

void host_csr_write(unsigned int csr, unsigned long value)
{
	assert_int_equal(csr, CSR_STIMECMP);
	programmed[host_hart] = value;
	by_csr++;
}

void sbi_set_timer(u64 deadline)
{
	programmed[host_hart] = deadline;
	by_sbi++;
}

static void fire(struct timer *t)
{
	assert_true(t->deadline <= now);
	fired_at[t - timers] = now;
	order[fired++ % ARRAY_SIZE(order)] = t;
}

static int start(void **state)
{
	memset(timers, 0, sizeof(timers));
	memset(harts, 0, sizeof(harts));
	memset(fired_at, 0, sizeof(fired_at));
	for (u32 i = 0; i < COUNT; i++) {
		timers[i].fire = fire;
		timers[i].deadline = TIMER_NEVER;
	}
	for (u32 i = 0; i < HOST_HARTS_MAX; i++) {
		programmed[i] = TIMER_NEVER;
		lock_init(&harts[i].timer_lock, LOCK_TIMER);
	}
	now = 1000;
	fired = by_sbi = by_csr = host_hart = 0;
	host.features = HOST_SSTC;
	return 0;
}

/* Let time pass; the hardware interrupts when it is due. */
static void pass(u64 to)
{
	now = to;
	for (host_hart = 0; host_hart < 3; host_hart++) {
		while (programmed[host_hart] <= now)
			timer_run();
	}
	host_hart = 0;
}

static void test_order(void **state)
{
	timer_arm(&timers[0], 3000);
	assert_int_equal(programmed[0], 3000);
	timer_arm(&timers[1], 2000);
	assert_int_equal(programmed[0], 2000);
	timer_arm(&timers[2], 4000);
	timer_arm(&timers[3], 3000);
	assert_int_equal(programmed[0], 2000);
	pass(1999);
	assert_int_equal(fired, 0);
	pass(2000);
	assert_int_equal(fired, 1);
	assert_int_equal(programmed[0], 3000);
	pass(9000);
	assert_int_equal(fired, 4);
	assert_ptr_equal(order[0], &timers[1]);
	assert_ptr_equal(order[1], &timers[0]); /* equal ones in turn */
	assert_ptr_equal(order[2], &timers[3]);
	assert_ptr_equal(order[3], &timers[2]);
	assert_int_equal(programmed[0], TIMER_NEVER);
	assert_int_equal(time_now(), 9000);
}

static void test_past(void **state)
{
	timer_arm(&timers[0], 5);
	assert_int_equal(programmed[0], 5);
	pass(now);
	assert_int_equal(fired, 1);
}

static void test_again(void **state)
{
	timer_arm(&timers[0], 2000);
	timer_arm(&timers[0], 3000);
	assert_int_equal(programmed[0], 3000);
	pass(2500);
	assert_int_equal(fired, 0);
	timer_arm(&timers[0], 2600);
	timer_arm(&timers[0], TIMER_NEVER);
	pass(10000);
	assert_int_equal(fired, 0);
	assert_int_equal(programmed[0], TIMER_NEVER);
	assert_null(timers[0].hart);
}

static void test_cancel(void **state)
{
	timer_cancel(&timers[0]); /* not armed */
	for (u32 i = 0; i < 3; i++)
		timer_arm(&timers[i], 2000 + i);
	timer_cancel(&timers[1]);
	timer_cancel(&timers[0]);
	assert_int_equal(timers[0].deadline, TIMER_NEVER);
	pass(5000);
	assert_int_equal(fired, 1);
	assert_int_equal(fired_at[2], 5000);
}

/* By SBI where there is no Sstc, and never twice for the same deadline. */
static void test_programming(void **state)
{
	host.features = 0;
	timer_arm(&timers[0], 2000);
	timer_arm(&timers[1], 3000);
	timer_arm(&timers[2], 2000);
	assert_int_equal(by_sbi, 1);
	assert_int_equal(by_csr, 0);
	assert_int_equal(programmed[0], 2000);
	pass(2000);
	assert_int_equal(programmed[0], 3000);
	host.features = HOST_SSTC;
	timer_arm(&timers[0], 2500);
	assert_int_equal(by_csr, 1);
}

/* An interrupt that comes too early is answered by programming it again. */
static void test_spurious(void **state)
{
	timer_arm(&timers[0], 2000);
	programmed[0] = 0;
	timer_run();
	assert_int_equal(fired, 0);
	assert_int_equal(programmed[0], 2000);
}

/* Armed on another hart, it leaves the list of the first. */
static void test_other_hart(void **state)
{
	timer_arm(&timers[0], 2000);
	host_hart = 1;
	timer_arm(&timers[0], 3000);
	assert_int_equal(programmed[1], 3000);
	assert_ptr_equal(timers[0].hart, &harts[1]);
	assert_null(harts[0].timers);
	pass(2000); /* the first hart is interrupted for nothing */
	assert_int_equal(fired, 0);
	host_hart = 2;
	timer_cancel(&timers[0]); /* from afar */
	pass(3000);
	assert_int_equal(fired, 0);
	assert_int_equal(programmed[1], TIMER_NEVER);
}

/* A timer that arms itself again, in the past too, is no endless loop. */
static u32 left;

static void again(struct timer *t)
{
	fire(t);
	if (left && --left)
		timer_arm(t, now - left % 2);
}

static void test_rearmed_by_itself(void **state)
{
	timers[0].fire = again;
	left = 10;
	timer_arm(&timers[0], 2000);
	pass(2000);
	assert_int_equal(fired, 10);
	assert_int_equal(programmed[0], TIMER_NEVER);
}

/* A timer that cancels others as it fires. */
static void cancel_all(struct timer *t)
{
	fire(t);
	for (u32 i = 0; i < COUNT; i++)
		timer_cancel(&timers[i]);
}

static void test_cancelled_by_another(void **state)
{
	timers[3].fire = cancel_all;
	for (u32 i = 0; i < COUNT; i++)
		timer_arm(&timers[i], 2000 + i);
	pass(3000);
	assert_int_equal(fired, 4);
}

/* Whatever is done, each armed timer fires once, not early and not late. */
static void test_random(void **state)
{
	u64 seed = fuzz_seed(), due[COUNT];
	u32 hits = 0;

	for (u32 i = 0; i < COUNT; i++)
		due[i] = TIMER_NEVER;
	for (u32 round = 0; round < 50000; round++) {
		u64 r = fuzz_random(&seed);
		u32 i = r % COUNT;

		host_hart = (r >> 8) % 3;
		if ((r >> 16) % 4 < 2) {
			due[i] = now + (r >> 32) % 100;
			timer_arm(&timers[i], due[i]);
		} else if ((r >> 16) % 4 == 2) {
			due[i] = TIMER_NEVER;
			timer_cancel(&timers[i]);
		}
		fired = 0;
		pass(now + (r >> 24) % 16);
		for (i = 0; i < COUNT; i++) {
			if (due[i] > now)
				continue;
			assert_int_equal(fired_at[i], now);
			due[i] = TIMER_NEVER;
			fired--;
			hits++;
		}
		assert_int_equal(fired, 0);
	}
	assert_true(hits > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_order, start),
		cmocka_unit_test_setup(test_past, start),
		cmocka_unit_test_setup(test_again, start),
		cmocka_unit_test_setup(test_cancel, start),
		cmocka_unit_test_setup(test_programming, start),
		cmocka_unit_test_setup(test_spurious, start),
		cmocka_unit_test_setup(test_other_hart, start),
		cmocka_unit_test_setup(test_rearmed_by_itself, start),
		cmocka_unit_test_setup(test_cancelled_by_another, start),
		cmocka_unit_test_setup(test_random, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
