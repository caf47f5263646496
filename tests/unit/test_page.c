/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the buddy allocator: against a model, at its limits, misused. */
#include "fuzz.h"
#include "page_bench.h"

static void test_start(void **state)
{
	assert_int_equal(page_total(), PAGES);
	check_shape();
}

/* ---- against a model ----------------------------------------------------- */

#define HELD_MAX 4000

static struct held {
	hpa_t block;
	u32 order;
	u64 tag;
} held[HELD_MAX];
static u32 nheld;
static bool busy[SPAN / PAGE_SIZE];
static struct page_owner owners[2];
static u64 owned[2];

/* Every page of a block carries its tag while it is held. */
static void mark(const struct held *h, bool on)
{
	for (u64 i = 0; i < 1UL << h->order; i++) {
		u64 *page = hpa_ptr(HPA(h->block.raw + i * PAGE_SIZE));
		bool *b = &busy[((u64)page - base) / PAGE_SIZE];

		assert_int_equal(*b, !on);
		*b = on;
		if (on)
			page[0] = page[511] = h->tag;
		assert_int_equal(page[0], h->tag);
		assert_int_equal(page[511], h->tag);
	}
}

static void model_alloc(u64 r)
{
	u32 order = r % 8 ? r % 5 : r / 8 % 12;
	struct page_owner *owner = &owners[r >> 32 & 1];
	struct held *h = &held[nheld];
	bool zero = r >> 33 & 1;

	if (nheld == HELD_MAX)
		return;
	h->block = zero ? page_alloc_zeroed(order, owner)
			: page_alloc(order, owner);
	if (!h->block.raw)
		return;
	assert_true(IS_ALIGNED(h->block.raw, PAGE_SIZE << order));
	assert_true(in_memory(h->block, PAGE_SIZE << order));
	if (zero)
		check_zero(h->block, order);
	h->order = order;
	h->tag = r | 1; /* odd: not zero */
	mark(h, true);
	owned[r >> 32 & 1] += 1UL << order;
	nheld++;
}

static void model_free(u64 r)
{
	struct held *h;

	if (!nheld)
		return;
	h = &held[r % nheld];
	mark(h, false);
	page_free(h->block, h->order, &owners[h->tag >> 32 & 1]);
	owned[h->tag >> 32 & 1] -= 1UL << h->order;
	*h = held[--nheld];
}

static void model_check(void)
{
	assert_int_equal(owners[0].pages, owned[0]);
	assert_int_equal(owners[1].pages, owned[1]);
	assert_int_equal(page_free_count() + owned[0] + owned[1], PAGES);
}

static void test_model(void **state)
{
	u64 seed = fuzz_seed();

	page_zero_target(3);
	for (u32 i = 0; i < 60000; i++) {
		u64 r = fuzz_random(&seed);
		/* By turns the memory fills up and empties. */
		bool more = i / 5000 % 2 ? r % 5 < 2 : r % 5 < 3;

		if (r % 97 == 0)
			page_zero_idle();
		else if (more)
			model_alloc(fuzz_random(&seed));
		else
			model_free(fuzz_random(&seed));
		model_check();
	}
	while (nheld)
		model_free(0);
	model_check();
	page_zero_target(0);
	check_shape();
}

/* ---- limits -------------------------------------------------------------- */

static void test_out_of_memory(void **state)
{
	struct page_owner owner = {0};
	hpa_t last;

	host_exhaust(1);
	assert_int_equal(page_free_count(), 1);
	assert_int_equal(page_alloc(1, &owner).raw, 0);
	assert_int_equal(page_alloc_zeroed(ORDER_2M, &owner).raw, 0);
	assert_int_equal(page_alloc_zeroed(ORDER_1G, &owner).raw, 0);
	assert_int_equal(owner.pages, 0);
	last = page_alloc_zeroed(0, &owner);
	assert_int_not_equal(last.raw, 0);
	check_zero(last, 0);
	assert_int_equal(page_alloc(0, &owner).raw, 0);
	assert_int_equal(page_alloc_zeroed(0, &owner).raw, 0);
	assert_int_equal(owner.pages, 1);
	page_free(last, 0, &owner);
	host_relieve();
	check_shape();
}

/* ---- misuse -------------------------------------------------------------- */

static struct page_owner user = {.pages = 100000};
static hpa_t pair[2];

static void twice(void *arg)
{
	page_free(pair[1], 0, &user);
	page_free(pair[1], 0, &user);
}

static void twice_lower(void *arg)
{
	page_free(pair[0], 0, &user);
	page_free(pair[1], 0, &user);
	page_free(pair[0], 0, &user);
}

/* The second time it is the upper half of a free block. */
static void twice_merged(void *arg)
{
	page_free(pair[0], 0, &user);
	page_free(pair[1], 0, &user);
	page_free(pair[1], 0, &user);
}

static void inside_free(void *arg)
{
	hpa_t block = page_alloc(ORDER_2M, &user);

	page_free(block, ORDER_2M, &user);
	page_free(HPA(block.raw + *(const u64 *)arg), 0, &user);
}

static void misaligned(void *arg)
{
	page_free(HPA(pair[0].raw + PAGE_SIZE), 1, &user);
}

static void below(void *arg)
{
	page_free(HPA(base - PAGE_SIZE), 0, &user);
}

static void above(void *arg)
{
	page_free(HPA(base + SPAN), 0, &user);
}

static void not_mine(void *arg)
{
	struct page_owner poor = {.pages = 1};

	page_free(pair[0], 1, &poor);
}

static void odd_range(void *arg)
{
	page_add(base + 1, PAGE_SIZE);
}

static void range_outside(void *arg)
{
	page_add(base + SPAN, PAGE_SIZE);
}

static void well_used(void *arg)
{
	page_free(pair[0], 0, &user);
	page_free(pair[1], 0, &user);
}

static void test_misuse(void **state)
{
	hpa_t two = page_alloc(1, &user);

	pair[0] = two;
	pair[1] = HPA(two.raw + PAGE_SIZE);
	assert_false(host_dies(well_used, NULL));
	assert_true(host_dies(twice, NULL));
	assert_true(host_dies(twice_lower, NULL));
	assert_true(host_dies(twice_merged, NULL));
	for (u64 off = 0; off < MiB(2); off += 7 * PAGE_SIZE)
		assert_true(host_dies(inside_free, &off));
	assert_true(host_dies(misaligned, NULL));
	assert_true(host_dies(below, NULL));
	assert_true(host_dies(above, NULL));
	assert_true(host_dies(not_mine, NULL));
	assert_true(host_dies(odd_range, NULL));
	assert_true(host_dies(range_outside, NULL));
	page_free(two, 1, &user);
	check_shape();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_misuse),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
