/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests how a guest's RAM is given back: all of a page, or parts of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fuzz.h"
#include "gstage/gmap.h"
#include "host.h"
#include "hyp/pt.h"
#include "hyp/util.h"

#define BASE  0x80000000UL
#define SPAN  (MiB(2) * 520UL) /* more than 1 GiB */
#define PAGES (SPAN / PAGE_SIZE)
#define STEPS 4000

static struct gmap g;
static struct page_owner owner;
static u32 model[PAGES]; /* what each page begins with */

static int setup(void **state)
{
	host_memory(GiB(4));
	return 0;
}

static void start(u32 level_max)
{
	assert_true(gmap_init(&g, GPA(BASE), SPAN, level_max, &owner));
}

static void end(void)
{
	gmap_destroy(&g);
	assert_int_equal(owner.pages, 0);
	assert_int_equal(page_free_count(), page_total());
}

static gpa_t page(u64 n)
{
	return GPA(BASE + n * PAGE_SIZE);
}

static void write(u64 n, u32 value)
{
	assert_true(gmap_write(&g, page(n), &value, sizeof(value)));
	model[n] = value;
}

static u32 value(u64 n)
{
	u32 got;

	assert_true(gmap_read(&g, page(n), &got, sizeof(got)));
	return got;
}

static u64 release(u64 first, u64 count)
{
	u64 pages, before = owner.pages;

	assert_true(gmap_release(&g, page(first), count * PAGE_SIZE, &pages));
	/* At most one table of 4 KiB pages at each end is new. */
	assert_true(owner.pages <= before - pages + 2);
	for (u64 n = first; n < first + count; n++)
		model[n] = 0;
	return pages;
}

/* Any sequence is as if each page were on its own. */
static void test_random(void **state)
{
	u64 seed = fuzz_seed();

	for (u32 level = PT_LEVEL_4K; level <= PT_LEVEL_1G; level++) {
		start(level);
		for (u32 i = 0; i < PAGES; i++)
			model[i] = 0;
		for (u32 i = 0; i < STEPS; i++) {
			u64 r = fuzz_random(&seed), n = r % PAGES;
			u64 count = r >> 40 & 1 ? r >> 41 & 7 : r >> 41 & 2047;

			if (r >> 63)
				write(n, i + 1);
			else if (n + count <= PAGES)
				release(n, count);
			n = fuzz_random(&seed) % PAGES;
			assert_int_equal(value(n), model[n]);
		}
		for (u32 n = 0; n < PAGES; n++)
			assert_int_equal(value(n), model[n]);
		release(0, PAGES);
		end();
	}
}

/* What is left holds no page, tables neither. */
static void test_all(void **state)
{
	for (u32 level = PT_LEVEL_4K; level <= PT_LEVEL_1G; level++) {
		u64 before;

		start(level);
		before = owner.pages;
		for (u64 n = 0; n < PAGES; n += 100)
			write(n, 1);
		release(1, PAGES - 1);
		release(0, 1);
		assert_int_equal(owner.pages, before);
		assert_int_equal(release(0, PAGES), 0);
		end();
	}
}

static void test_counts(void **state)
{
	start(PT_LEVEL_1G);
	assert_int_equal(release(0, 1), 0);
	write(0, 1);
	assert_int_equal(release(5, 3), 3);
	assert_int_equal(release(5, 4), 1);
	assert_int_equal(release(512, 512), 512);
	assert_int_equal(release(0, 512), 508);
	assert_int_equal(release(1024, 2048), 2048);
	end();
}

/* Without memory for a table what is left of the page stays. */
static void test_no_memory(void **state)
{
	start(PT_LEVEL_2M);
	write(3, 77);
	host_exhaust(0);
	assert_int_equal(release(0, 1), 0);
	assert_int_equal(value(3), 77);
	assert_int_equal(release(0, 512), 512);
	assert_int_equal(value(3), 0);
	host_relieve();
	end();
}

static void test_pinned(void **state)
{
	u64 pages;

	start(PT_LEVEL_2M);
	write(0, 5);
	gmap_pin(&g);
	gmap_pin(&g);
	gmap_unpin(&g);
	assert_false(gmap_release(&g, page(0), PAGE_SIZE, &pages));
	assert_int_equal(pages, 0);
	assert_int_equal(value(0), 5);
	gmap_unpin(&g);
	assert_int_equal(release(0, 1), 1);
	end();
}

static void test_wrong(void **state)
{
	static const struct {
		u64 at, len;
	} rows[] = {
		{BASE - PAGE_SIZE, PAGE_SIZE},
		{BASE + SPAN, PAGE_SIZE},
		{BASE, SPAN + PAGE_SIZE},
		{BASE + 1, PAGE_SIZE},
		{BASE, 1},
		{BASE, -PAGE_SIZE},
		{-PAGE_SIZE, 2 * PAGE_SIZE},
	};

	start(PT_LEVEL_2M);
	write(0, 5);
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u64 pages = 1;

		assert_false(
			gmap_release(&g, GPA(rows[i].at), rows[i].len, &pages));
		assert_int_equal(pages, 0);
	}
	assert_int_equal(value(0), 5);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random), cmocka_unit_test(test_all),
		cmocka_unit_test(test_counts), cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_pinned), cmocka_unit_test(test_wrong),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
