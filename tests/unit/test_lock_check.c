/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the check of the lock order that debug builds have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "host.h"
#include "hyp/hart.h"
#include "hyp/lock_check.h"
#include "hyp/util.h"

static struct lock locks[LOCK_CLASSES];
static u8 order[4]; /* classes, taken and then released in this order */

static int start(void **state)
{
	for (u32 i = 0; i < LOCK_CLASSES; i++)
		lock_init(&locks[i], i);
	for (u32 i = 0; i < HOST_HARTS_MAX; i++)
		harts[i].index = i;
	host_hart = 0;
	return 0;
}

static void test_in_order(void **state)
{
	for (u32 i = LOCK_NONE + 1; i < LOCK_CLASSES; i++)
		lock_acquire(&locks[i]);
	for (u32 i = LOCK_CLASSES; --i > LOCK_NONE;)
		lock_release(&locks[i]);
	lock_check_none();
}

static void take(void *arg)
{
	u32 n = *(const u32 *)arg;

	for (u32 i = 0; i < n; i++)
		lock_check_acquire(&locks[order[i]], take);
}

/* Each pair is right in one way only, and never two of a class. */
static void test_pairs(void **state)
{
	u32 two = 2;

	for (order[0] = 1; order[0] < LOCK_CLASSES; order[0]++) {
		for (order[1] = 1; order[1] < LOCK_CLASSES; order[1]++)
			assert_int_equal(host_dies(take, &two),
					 order[1] <= order[0]);
	}
}

/* It is the last taken that counts, after releases as well. */
static void test_three(void **state)
{
	u32 one = 1;

	lock_acquire(&locks[2]);
	lock_acquire(&locks[5]);
	order[0] = 4;
	assert_true(host_dies(take, &one));
	lock_release(&locks[5]);
	assert_false(host_dies(take, &one));
	order[0] = 2;
	assert_true(host_dies(take, &one));
	lock_release(&locks[2]);
	assert_false(host_dies(take, &one));
}

static void release(void *arg)
{
	lock_check_release(&locks[*(const u32 *)arg], release);
}

static void none(void *arg)
{
	lock_check_none();
}

static void test_release(void **state)
{
	u32 outer = 2, inner = 5;

	assert_true(host_dies(release, &inner));
	lock_acquire(&locks[2]);
	assert_true(host_dies(none, NULL));
	lock_acquire(&locks[5]);
	assert_true(host_dies(release, &outer));
	assert_false(host_dies(release, &inner));
	lock_release(&locks[5]);
	lock_release(&locks[2]);
	assert_false(host_dies(none, NULL));
}

static void test_no_class(void **state)
{
	u32 one = 1;

	order[0] = LOCK_NONE;
	assert_true(host_dies(take, &one));
}

/* Harts do not know of each other's. */
static void test_harts(void **state)
{
	u32 one = 1;

	lock_acquire(&locks[5]);
	order[0] = 4;
	host_hart = 1;
	assert_false(host_dies(take, &one));
	lock_check_none();
	host_hart = 0;
	lock_release(&locks[5]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_in_order, start),
		cmocka_unit_test_setup(test_pairs, start),
		cmocka_unit_test_setup(test_three, start),
		cmocka_unit_test_setup(test_release, start),
		cmocka_unit_test_setup(test_no_class, start),
		cmocka_unit_test_setup(test_harts, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
