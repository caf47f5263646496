/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the memory that idle harts zero ahead. */
#include "page_bench.h"

/* Leave dirt in all memory that is free. */
static void soil(void)
{
	struct page_owner owner = {0};
	hpa_t block[SPAN / MiB(2)];
	u32 n = 0;

	while ((block[n] = page_alloc(ORDER_2M, &owner)).raw)
		memset(hpa_ptr(block[n++]), 0xa5, MiB(2));
	while (n)
		page_free(block[--n], ORDER_2M, &owner);
}

static void test_pool_used(void **state)
{
	struct page_owner owner = {0};
	u64 zeroing, idle = this_hart()->idle_zeroed;
	hpa_t block[3];

	soil();
	assert_false(page_zero_wanted());
	assert_false(page_zero_idle());
	page_zero_target(2);
	assert_true(page_zero_wanted());
	assert_true(page_zero_idle());
	assert_true(page_zero_idle());
	assert_false(page_zero_wanted());
	assert_false(page_zero_idle());
	assert_int_equal(this_hart()->idle_zeroed - idle, MiB(4));
	assert_int_equal(page_free_count(), PAGES);
	zeroing = this_hart()->zeroing;
	for (u32 i = 0; i < 3; i++) {
		block[i] = page_alloc_zeroed(ORDER_2M, &owner);
		check_zero(block[i], ORDER_2M);
		/* The pool has two; the third is zeroed on demand. */
		assert_int_equal(this_hart()->zeroing - zeroing,
				 i < 2 ? 0 : MiB(2));
	}
	assert_int_equal(owner.pages, 3 * 512);
	assert_int_equal(page_free_count(), PAGES - 3 * 512);
	for (u32 i = 0; i < 3; i++)
		page_free(block[i], ORDER_2M, &owner);
	page_zero_target(0);
	check_shape();
}

/* A quarter is left alone; the rest comes back when memory runs out. */
static void test_pool_drained(void **state)
{
	page_zero_target(1000);
	while (page_zero_idle())
		;
	assert_false(page_zero_wanted());
	assert_int_equal(page_free_count(), PAGES);
	page_zero_target(0);
	check_shape(); /* as a side effect every block was given out */
	page_zero_target(1000);
	while (page_zero_idle())
		;
	page_zero_target(0);
	host_exhaust(0);
	assert_int_equal(page_free_count(), 0);
	host_relieve();
	check_shape();
}

static void test_pool_leaves_a_quarter(void **state)
{
	u64 before = this_hart()->idle_zeroed, pages;

	page_zero_target(1000);
	while (page_zero_idle())
		;
	pages = (this_hart()->idle_zeroed - before) / PAGE_SIZE;
	assert_true(PAGES - pages >= PAGES / 4 - 512);
	assert_true(PAGES - pages <= PAGES / 4);
	page_zero_target(0);
	check_shape();
}

/* An owner that wants it so gets none of it. */
static void test_pool_refused(void **state)
{
	struct page_owner owner = {.no_pool = true};
	u64 zeroing;
	hpa_t block;

	soil();
	page_zero_target(1);
	assert_true(page_zero_idle());
	zeroing = this_hart()->zeroing;
	block = page_alloc_zeroed(ORDER_2M, &owner);
	check_zero(block, ORDER_2M);
	assert_int_equal(this_hart()->zeroing - zeroing, MiB(2));
	page_free(block, ORDER_2M, &owner);
	page_zero_target(0);
	check_shape();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pool_used),
		cmocka_unit_test(test_pool_drained),
		cmocka_unit_test(test_pool_leaves_a_quarter),
		cmocka_unit_test(test_pool_refused),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
