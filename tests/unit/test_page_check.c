/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests that a debug build notices who writes to memory that is free. */
#include "page_bench.h"

static struct page_owner owner;
static u64 written; /* offset of the byte that is written */

static void take_all(void)
{
	while (page_alloc(0, &owner).raw)
		;
}

/* Use of what was freed, and the next who takes it. */
static void write_freed(void *arg)
{
	u32 order = *(const u32 *)arg;
	hpa_t block = page_alloc(order, &owner);

	page_free(block, order, &owner);
	((u8 *)hpa_ptr(block))[written] ^= 1;
	take_all();
}

static void test_freed(void **state)
{
	static const u64 offsets[] = {16, 23, 24, 4095};
	static const u32 orders[] = {0, 1, ORDER_2M};

	for (u32 i = 0; i < ARRAY_SIZE(orders); i++) {
		for (u32 o = 0; o < ARRAY_SIZE(offsets); o++) {
			written = offsets[o];
			assert_true(host_dies(write_freed, (void *)&orders[i]));
			written = (PAGE_SIZE << orders[i]) - 1;
			assert_true(host_dies(write_freed, (void *)&orders[i]));
		}
	}
}

/* The block that is zeroed ahead next: after a few turns always the same. */
static hpa_t next_zeroed(void)
{
	hpa_t block = HPA(0), last;

	page_zero_target(1);
	do {
		last = block;
		assert_true(page_zero_idle());
		block = page_alloc_zeroed(ORDER_2M, &owner);
		page_free(block, ORDER_2M, &owner);
	} while (block.raw != last.raw);
	return block;
}

static void write_zeroed(void *arg)
{
	hpa_t block = next_zeroed();

	assert_true(page_zero_idle());
	if (*(const bool *)arg)
		((u8 *)hpa_ptr(block))[written] ^= 1;
	page_alloc_zeroed(ORDER_2M, &owner);
}

static void test_zeroed(void **state)
{
	bool wrong = true;

	for (written = 16; written < MiB(2); written += 65521)
		assert_true(host_dies(write_zeroed, &wrong));
	wrong = false;
	assert_false(host_dies(write_zeroed, &wrong));
}

/* What is freed cannot be read either: it is something else at once. */
static void test_pattern(void **state)
{
	hpa_t block = page_alloc_zeroed(0, &owner);
	const u8 *p = hpa_ptr(block);

	page_free(block, 0, &owner);
	for (u32 i = 16; i < PAGE_SIZE; i++)
		assert_int_not_equal(p[i], 0);
	check_shape();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_freed),
		cmocka_unit_test(test_zeroed),
		cmocka_unit_test(test_pattern),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
