/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests a guest's RAM: which pages back it, copies, what is backed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fuzz.h"
#include "gstage/gmap.h"
#include "host.h"
#include "hyp/pt.h"
#include "hyp/util.h"

#define BASE 0x80000000UL

static struct gmap g;
static struct page_owner owner;

static int setup(void **state)
{
	host_memory(GiB(4));
	return 0;
}

static void start(u64 size, u32 level_max)
{
	assert_true(gmap_init(&g, GPA(BASE), size, level_max, &owner));
}

static void end(void)
{
	gmap_destroy(&g);
	assert_int_equal(owner.pages, 0);
	assert_int_equal(page_free_count(), page_total());
}

static struct gpage get(u64 gpa)
{
	struct gpage page, again;

	assert_true(gmap_get(&g, GPA(gpa), &page));
	assert_false(lock_held(&g.lock));
	assert_true(IS_ALIGNED(page.hpa.raw, pt_leaf_size(page.level)));
	assert_true(IS_ALIGNED(page.gpa.raw, pt_leaf_size(page.level)));
	assert_true(gpa - page.gpa.raw < pt_leaf_size(page.level));
	assert_true(gmap_covers(&g, page.gpa, pt_leaf_size(page.level)));
	/* Whoever asks for its last byte gets the same page. */
	assert_true(gmap_get(
		&g, GPA(page.gpa.raw + pt_leaf_size(page.level) - 1), &again));
	assert_int_equal(again.hpa.raw, page.hpa.raw);
	assert_int_equal(again.gpa.raw, page.gpa.raw);
	assert_int_equal(again.level, page.level);
	return page;
}

/* ---- which pages --------------------------------------------------------- */

static void test_sizes(void **state)
{
	static const struct {
		u64 size, off;
		u32 level_max, level;
	} rows[] = {
		{GiB(1), 0, PT_LEVEL_1G, PT_LEVEL_1G},
		{GiB(1), GiB(1) - 1, PT_LEVEL_1G, PT_LEVEL_1G},
		{GiB(1), 0, PT_LEVEL_2M, PT_LEVEL_2M},
		{GiB(1), 0, PT_LEVEL_4K, PT_LEVEL_4K},
		{GiB(1) - KiB(4), 0, PT_LEVEL_1G, PT_LEVEL_2M},
		{GiB(1) - KiB(4), GiB(1) - KiB(8), PT_LEVEL_1G, PT_LEVEL_4K},
		{GiB(1) - MiB(2), 0, PT_LEVEL_1G, PT_LEVEL_2M},
		{GiB(2) + MiB(4) + KiB(12), GiB(1), PT_LEVEL_1G, PT_LEVEL_1G},
		{GiB(2) + MiB(4) + KiB(12), GiB(2), PT_LEVEL_1G, PT_LEVEL_2M},
		{GiB(2) + MiB(4) + KiB(12), GiB(2) + MiB(4) - 1, PT_LEVEL_1G,
		 PT_LEVEL_2M},
		{GiB(2) + MiB(4) + KiB(12), GiB(2) + MiB(4), PT_LEVEL_1G,
		 PT_LEVEL_4K},
		{MiB(2), 0, PT_LEVEL_1G, PT_LEVEL_2M},
		{MiB(2) - KiB(4), 0, PT_LEVEL_1G, PT_LEVEL_4K},
		{KiB(4), KiB(4) - 1, PT_LEVEL_2M, PT_LEVEL_4K},
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		start(rows[i].size, rows[i].level_max);
		assert_int_equal(get(BASE + rows[i].off).level, rows[i].level);
		end();
	}
}

/* A base that is no multiple of 1 GiB has no 1 GiB pages where none fits. */
static void test_unaligned_base(void **state)
{
	assert_true(
		gmap_init(&g, GPA(BASE + MiB(2)), GiB(1), PT_LEVEL_1G, &owner));
	assert_int_equal(get(BASE + MiB(2)).level, PT_LEVEL_2M);
	assert_int_equal(get(BASE + GiB(1)).level, PT_LEVEL_2M);
	end();
}

/* Pages come zeroed, whatever the memory held. */
static void test_zeroed(void **state)
{
	for (u32 level = PT_LEVEL_4K; level <= PT_LEVEL_1G; level++) {
		start(GiB(1), level);
		for (u32 i = 0; i < 2; i++) {
			u8 *p = hpa_ptr(get(BASE).hpa);

			for (u64 off = 0; off < pt_leaf_size(level); off += 777)
				assert_int_equal(p[off], 0);
			memset(p, 0xa5, MIN(pt_leaf_size(level), MiB(2)));
			end();
			start(GiB(1), level);
		}
		end();
	}
}

static void test_not_ram(void **state)
{
	static const u64 wild[] = {
		0, BASE - 1, BASE + MiB(4), BASE + MiB(4) + KiB(4), ~0UL,
	};
	struct gpage page;

	start(MiB(4), PT_LEVEL_2M);
	for (u32 i = 0; i < ARRAY_SIZE(wild); i++) {
		assert_false(gmap_is_ram(&g, GPA(wild[i])));
		assert_false(gmap_get(&g, GPA(wild[i]), &page));
	}
	assert_int_equal(owner.pages, 1); /* the bookkeeping only */
	end();
	assert_false(gmap_get(&g, GPA(BASE), &page));
}

static void test_covers(void **state)
{
	static const struct {
		u64 gpa, len;
		bool covered;
	} rows[] = {
		{BASE, 0, true},
		{BASE, MiB(4), true},
		{BASE, MiB(4) + 1, false},
		{BASE + MiB(4) - 1, 1, true},
		{BASE + MiB(4) - 1, 2, false},
		{BASE + MiB(4), 0, true},
		{BASE + MiB(4) + 1, 0, false},
		{BASE - 1, 1, false},
		{BASE - 1, 2, false},
		{BASE, ~0UL, false},
		{BASE + 1, ~0UL, false},
		{BASE + 8, -(BASE + 8), false},
		{~0UL, 1, false},
		{~0UL, ~0UL, false},
	};

	start(MiB(4), PT_LEVEL_2M);
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(gmap_covers(&g, GPA(rows[i].gpa), rows[i].len),
				 rows[i].covered);
	end();
}

/* ---- too little memory --------------------------------------------------- */

/* Smaller pages when there are no large ones, then none; later, large again. */
static void test_out_of_memory(void **state)
{
	struct gpage page;

	start(GiB(2), PT_LEVEL_1G);
	host_exhaust(512 + 4);
	assert_int_equal(get(BASE).level, PT_LEVEL_2M);
	assert_int_equal(get(BASE + MiB(2)).level, PT_LEVEL_4K); /* + table */
	assert_int_equal(get(BASE + MiB(2) + KiB(4)).level, PT_LEVEL_4K);
	assert_int_equal(get(BASE + MiB(2) + KiB(8)).level, PT_LEVEL_4K);
	assert_false(gmap_get(&g, GPA(BASE + MiB(2) + KiB(12)), &page));
	assert_false(gmap_get(&g, GPA(BASE + MiB(4)), &page));
	assert_int_equal(page_free_count(), 0);
	host_relieve();
	/* The chunk with a table keeps it; the first 1 GiB is broken up. */
	assert_int_equal(get(BASE + MiB(2) + KiB(12)).level, PT_LEVEL_4K);
	assert_int_equal(get(BASE + MiB(4)).level, PT_LEVEL_2M);
	assert_int_equal(get(BASE + GiB(1)).level, PT_LEVEL_1G);
	end();
}

/* The table is there and its first page is not. */
static void test_table_without_page(void **state)
{
	gpa_t gpa = GPA(BASE);
	struct gpage page;

	start(MiB(2), PT_LEVEL_4K);
	host_exhaust(1);
	assert_false(gmap_get(&g, gpa, &page));
	assert_false(gmap_next_backed(&g, &gpa));
	host_relieve();
	assert_int_equal(get(BASE).level, PT_LEVEL_4K);
	end();
}

static void test_init_fails(void **state)
{
	host_exhaust(0);
	assert_false(gmap_init(&g, GPA(BASE), GiB(1), PT_LEVEL_1G, &owner));
	host_relieve();
	/* More bookkeeping than the largest block. */
	assert_false(gmap_init(&g, GPA(BASE), 1UL << 50, PT_LEVEL_1G, &owner));
	assert_int_equal(owner.pages, 0);
}

/* ---- copies -------------------------------------------------------------- */

#define SPAN (MiB(6) + KiB(12)) /* its tail is no whole chunk */

static u8 flat[SPAN], buf[SPAN];

static void test_copies(void **state)
{
	u64 seed = fuzz_seed();

	for (u32 round = 0; round < 6; round++) {
		start(SPAN, round % 2);
		memset(flat, 0, sizeof(flat));
		for (u32 i = 0; i < 400; i++) {
			u64 r = fuzz_random(&seed), off = r % SPAN;
			u64 len = (r >> 32) % (1UL << (r >> 24) % 22);

			/* Mostly small; all of them inside. */
			len = MIN(len, SPAN - off);
			if (r >> 63) {
				memset(buf, r >> 40, len);
				buf[0] = i;
				memcpy(flat + off, buf, len);
				assert_true(gmap_write(&g, GPA(BASE + off), buf,
						       len));
				continue;
			}
			assert_true(gmap_read(&g, GPA(BASE + off), buf, len));
			assert_memory_equal(buf, flat + off, len);
		}
		assert_true(gmap_read(&g, GPA(BASE), buf, SPAN));
		assert_memory_equal(buf, flat, SPAN);
		end();
	}
}

static void test_copies_outside(void **state)
{
	static const struct {
		u64 gpa, len;
	} wild[] = {
		{BASE - 1, 2}, {BASE + SPAN - 1, 2}, {BASE + SPAN, 1},
		{BASE, ~0UL},  {BASE + 8, ~0UL - 7}, {~0UL, 1},
	};
	u8 first = 0x11, byte = 0x22;

	start(SPAN, PT_LEVEL_4K);
	assert_true(gmap_write(&g, GPA(BASE + SPAN - 1), &first, 1));
	for (u32 i = 0; i < ARRAY_SIZE(wild); i++) {
		gpa_t at = GPA(wild[i].gpa);

		assert_false(gmap_read(&g, at, &byte, wild[i].len));
		assert_false(gmap_write(&g, at, &byte, wild[i].len));
	}
	assert_int_equal(byte, 0x22);
	assert_true(gmap_read(&g, GPA(BASE + SPAN - 1), &byte, 1));
	assert_int_equal(byte, 0x11);
	/* Nothing at the end of RAM is still inside. */
	assert_true(gmap_read(&g, GPA(BASE + SPAN), &byte, 0));
	assert_true(gmap_write(&g, GPA(BASE + SPAN), &byte, 0));
	end();
}

static void test_copies_without_memory(void **state)
{
	struct gpage page;

	start(SPAN, PT_LEVEL_4K);
	assert_true(gmap_write(&g, GPA(BASE), "x", 1));
	host_exhaust(0);
	assert_true(gmap_read(&g, GPA(BASE), buf, KiB(4)));
	assert_int_equal(buf[0], 'x');
	/* What is not backed reads as zero, and stays so. */
	buf[KiB(4)] = buf[KiB(8) - 1] = 'y';
	assert_true(gmap_read(&g, GPA(BASE), buf, KiB(8)));
	assert_int_equal(buf[0], 'x');
	assert_int_equal(buf[KiB(4)] | buf[KiB(8) - 1], 0);
	assert_false(gmap_peek(&g, GPA(BASE + KiB(4)), &page));
	assert_true(gmap_peek(&g, GPA(BASE), &page));
	assert_false(gmap_write(&g, GPA(BASE + KiB(4)), buf, 1));
	host_relieve();
	assert_true(gmap_write(&g, GPA(BASE + KiB(4)), buf, 1));
	end();
}

/* ---- what is backed ------------------------------------------------------ */

static bool backed[SPAN / KiB(4)];

static void check_backed(u64 off)
{
	gpa_t gpa = GPA(BASE + off);
	u64 want = off;

	while (want < SPAN && !backed[want / KiB(4)])
		want = ALIGN_DOWN(want, KiB(4)) + KiB(4);
	assert_int_equal(gmap_next_backed(&g, &gpa), want < SPAN);
	if (want < SPAN)
		assert_int_equal(gpa.raw, BASE + want);
}

static void touch(u64 off)
{
	struct gpage page = get(BASE + off);
	u64 first = (page.gpa.raw - BASE) / KiB(4);

	for (u64 i = 0; i < pt_leaf_size(page.level) / KiB(4); i++)
		backed[first + i] = true;
}

static void test_next_backed(void **state)
{
	u64 seed = fuzz_seed();

	for (u32 round = 0; round < 20; round++) {
		start(SPAN, round % 2);
		memset(backed, 0, sizeof(backed));
		check_backed(0);
		for (u32 i = 0; i < 12; i++) {
			u64 r = fuzz_random(&seed);

			/* The edges of chunks more often than others. */
			touch(r >> 63 ? ALIGN_DOWN(r % SPAN, MiB(2))
				      : r % SPAN);
			for (u32 n = 0; n < 20; n++)
				check_backed(fuzz_random(&seed) % SPAN);
			check_backed(0);
			check_backed(SPAN - 1);
			check_backed(SPAN);
		}
		end();
	}
}

static void test_next_backed_1g(void **state)
{
	gpa_t gpa = GPA(BASE);

	start(GiB(2), PT_LEVEL_1G);
	get(BASE + GiB(1) + 5);
	assert_true(gmap_next_backed(&g, &gpa));
	assert_int_equal(gpa.raw, BASE + GiB(1));
	gpa.raw = BASE + GiB(2) - 3;
	assert_true(gmap_next_backed(&g, &gpa));
	assert_int_equal(gpa.raw, BASE + GiB(2) - 3);
	gpa.raw = BASE + GiB(2);
	assert_false(gmap_next_backed(&g, &gpa));
	gpa.raw = BASE - 1;
	assert_false(gmap_next_backed(&g, &gpa));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_unaligned_base),
		cmocka_unit_test(test_zeroed),
		cmocka_unit_test(test_not_ram),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_table_without_page),
		cmocka_unit_test(test_init_fails),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_copies_outside),
		cmocka_unit_test(test_copies_without_memory),
		cmocka_unit_test(test_next_backed),
		cmocka_unit_test(test_next_backed_1g),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
