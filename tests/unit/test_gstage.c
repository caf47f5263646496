/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the second stage: its mode, its leaves, what it maps ahead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "gstage/gstage.h"
#include "host.h"
#include "hyp/csr.h"
#include "hyp/util.h"

#define BASE      0x80000000UL
#define RAM_FLAGS 0xdf /* D A U X W R V */

static struct gmap g;
static struct gstage gs;
static struct page_owner ram, tables;

static int setup(void **state)
{
	host_memory(GiB(4));
	return 0;
}

static void start(u64 size, u32 page_max, u32 leaf_max)
{
	gstage_limits = (struct gstage_limits){3, 5, 14};
	assert_true(gmap_init(&g, GPA(BASE), size, page_max, &ram));
	assert_true(gstage_init(&gs, BASE + size, leaf_max, &tables));
}

static void end(void)
{
	gstage_destroy(&gs);
	assert_int_equal(tables.pages, 0);
	gmap_destroy(&g);
	assert_int_equal(page_free_count(), page_total());
}

/* gpa is mapped with a leaf of that size to where gmap has it, or not. */
static void check(u64 gpa, bool mapped, u32 level)
{
	struct gpage page;
	u32 found;
	u64 pte = *pt_find(&gs.pt, gpa, &found);

	assert_int_equal(pte & PTE_V, mapped);
	if (!mapped)
		return;
	assert_true(gmap_get(&g, GPA(gpa), &page));
	assert_int_equal(found, level);
	assert_int_equal(pte & ~PTE_PPN, RAM_FLAGS);
	assert_int_equal(pte_hpa(pte).raw - page.hpa.raw,
			 ALIGN_DOWN(gpa, pt_leaf_size(level)) - page.gpa.raw);
}

/* ---- the root ------------------------------------------------------------ */

static void test_modes(void **state)
{
	static const struct {
		u8 min, max;
		u64 limit;
		u32 levels; /* 0: refused */
	} rows[] = {
		{3, 5, GiB(4), 3},
		{3, 5, 1UL << 41, 3},
		{3, 5, (1UL << 41) + 1, 4},
		{3, 5, 1UL << 50, 4},
		{3, 5, (1UL << 50) + 1, 5},
		{3, 5, 1UL << 59, 5},
		{3, 5, (1UL << 59) + 1, 0},
		{3, 5, ~0UL, 0},
		{3, 3, 1UL << 41, 3},
		{3, 3, (1UL << 41) + 1, 0},
		{3, 4, (1UL << 50) + 1, 0},
		{4, 5, GiB(4), 4}, /* a hart without Sv39x4 */
		{5, 5, GiB(4), 5},
		{0, 0, GiB(4), 0}, /* no second stage at all */
		{0, 0, KiB(4), 0},
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		gstage_limits =
			(struct gstage_limits){rows[i].min, rows[i].max, 0};
		assert_int_equal(
			gstage_init(&gs, rows[i].limit, PT_LEVEL_1G, &tables),
			rows[i].levels != 0);
		if (!rows[i].levels)
			continue;
		assert_int_equal(gs.pt.levels, rows[i].levels);
		assert_true(pt_limit(&gs.pt) >= rows[i].limit);
		/* MODE 8, 9, 10: Sv39x4, Sv48x4, Sv57x4; 16 KiB root. */
		assert_int_equal(gstage_hgatp(&gs) >> 60, 5 + rows[i].levels);
		assert_int_equal(gstage_hgatp(&gs) << 4 >> 4,
				 gs.pt.root.raw / 4096);
		assert_true(IS_ALIGNED(gs.pt.root.raw, KiB(16)));
		gstage_destroy(&gs);
	}
	assert_int_equal(tables.pages, 0);
}

static void test_init_fails(void **state)
{
	gstage_limits = (struct gstage_limits){3, 5, 14};
	host_exhaust(3);
	assert_false(gstage_init(&gs, GiB(4), PT_LEVEL_1G, &tables));
	host_relieve();
	assert_int_equal(tables.pages, 0);
}

/* ---- leaves -------------------------------------------------------------- */

static void test_fill_levels(void **state)
{
	for (u32 page = PT_LEVEL_4K; page <= PT_LEVEL_1G; page++) {
		for (u32 leaf = PT_LEVEL_4K; leaf <= PT_LEVEL_1G; leaf++) {
			u64 gpa = BASE + MiB(512) + KiB(516) + 123;
			u32 level = MIN(page, leaf);

			start(GiB(1), page, leaf);
			check(gpa, false, 0);
			assert_true(gstage_fill(&gs, &g, GPA(gpa)));
			check(gpa, true, level);
			assert_int_equal(gs.leaves, 1);
			gpa = ALIGN_DOWN(gpa, pt_leaf_size(level));
			check(gpa, true, level);
			check(gpa + pt_leaf_size(level) - 1, true, level);
			if (level < PT_LEVEL_1G) {
				check(gpa - 1, false, 0);
				check(gpa + pt_leaf_size(level), false, 0);
			}
			end();
		}
	}
}

static void test_fill_outside(void **state)
{
	u64 pages;

	start(MiB(6), PT_LEVEL_2M, PT_LEVEL_2M);
	pages = ram.pages + tables.pages;
	assert_false(gstage_fill(&gs, &g, GPA(BASE - 1)));
	assert_false(gstage_fill(&gs, &g, GPA(BASE + MiB(6))));
	assert_false(gstage_fill(&gs, &g, GPA(~0UL)));
	assert_int_equal(ram.pages + tables.pages, pages);
	assert_int_equal(gs.leaves, 0);
	end();
}

/* A faulting access that comes again, as harts race, changes nothing. */
static void test_fill_again(void **state)
{
	u64 pages;

	start(MiB(6), PT_LEVEL_2M, PT_LEVEL_2M);
	assert_true(gstage_fill(&gs, &g, GPA(BASE)));
	pages = ram.pages + tables.pages;
	assert_true(gstage_fill(&gs, &g, GPA(BASE + 8)));
	assert_int_equal(ram.pages + tables.pages, pages);
	check(BASE, true, PT_LEVEL_2M);
	end();
}

/* Tables of 4 KiB: page table, page, two levels of the second stage. */
static void test_fill_without_memory(void **state)
{
	for (u32 n = 0; n <= 4; n++) {
		start(MiB(6), PT_LEVEL_4K, PT_LEVEL_2M);
		host_exhaust(n);
		assert_int_equal(gstage_fill(&gs, &g, GPA(BASE)), n == 4);
		assert_int_equal(gs.leaves, n == 4);
		check(BASE, n == 4, PT_LEVEL_4K);
		host_relieve();
		assert_false(lock_held(&g.lock));
		assert_true(gstage_fill(&gs, &g, GPA(BASE)));
		check(BASE, true, PT_LEVEL_4K);
		end();
	}
}

/* ---- ahead --------------------------------------------------------------- */

static void test_fill_backed(void **state)
{
	static const u64 offs[] = {0, KiB(8), MiB(2) - KiB(4), MiB(8),
				   MiB(10) + KiB(4)};
	u64 size = MiB(10) + KiB(8), before;

	for (u32 page = PT_LEVEL_4K; page <= PT_LEVEL_2M; page++) {
		start(size, page, PT_LEVEL_2M);
		for (u32 i = 0; i < ARRAY_SIZE(offs); i++)
			assert_true(gmap_write(&g, GPA(BASE + offs[i]), "", 1));
		before = ram.pages;
		assert_true(gstage_fill_backed(&gs, &g));
		assert_int_equal(ram.pages, before);
		for (u64 off = 0; off < size; off += KiB(4)) {
			gpa_t next = GPA(BASE + off);
			bool backed = gmap_next_backed(&g, &next) &&
				      next.raw == BASE + off;

			check(BASE + off, backed, off < MiB(10) ? page : 0);
		}
		/* 2 MiB pages: at 0, at 8; the tail has one of 4 KiB. */
		assert_int_equal(gs.leaves, page ? 3 : ARRAY_SIZE(offs));
		end();
	}
}

/* Leaves smaller than the pages behind: all of each page is mapped. */
static void test_fill_backed_pieces(void **state)
{
	for (u32 leaf = PT_LEVEL_4K; leaf <= PT_LEVEL_1G; leaf++) {
		start(GiB(2), PT_LEVEL_1G, leaf);
		assert_true(gmap_write(&g, GPA(BASE + GiB(1) + 5), "", 1));
		assert_true(gstage_fill_backed(&gs, &g));
		assert_int_equal(gs.leaves, GiB(1) / pt_leaf_size(leaf));
		check(BASE + GiB(1) - 1, false, 0);
		for (u64 off = 0; off < GiB(1); off += MiB(2) - KiB(4))
			check(BASE + GiB(1) + off, true, leaf);
		end();
	}
}

static void test_fill_backed_without_memory(void **state)
{
	start(MiB(6), PT_LEVEL_2M, PT_LEVEL_2M);
	assert_true(gstage_fill_backed(&gs, &g)); /* nothing to do */
	assert_int_equal(gs.leaves, 0);
	assert_true(gmap_write(&g, GPA(BASE), "", 1));
	host_exhaust(0);
	assert_false(gstage_fill_backed(&gs, &g));
	host_relieve();
	assert_true(gstage_fill_backed(&gs, &g));
	check(BASE, true, PT_LEVEL_2M);
	end();
}

/* ---- a page that is shown ------------------------------------------------ */

static void test_show(void **state)
{
	gpa_t device = GPA(0x0c002000);
	u32 level;
	u64 pte;

	start(MiB(6), PT_LEVEL_2M, PT_LEVEL_2M);
	host_exhaust(1);
	assert_false(gstage_show(&gs, &g, device, HPA(0x5000)));
	host_relieve();
	assert_true(gstage_show(&gs, &g, device, HPA(0x5000)));
	pte = *pt_find(&gs.pt, device.raw, &level);
	assert_int_equal(level, PT_LEVEL_4K);
	assert_int_equal(pte_hpa(pte).raw, 0x5000);
	/* A load is allowed; a store, an AMO, a fetch is not. */
	assert_int_equal(pte & ~PTE_PPN, PTE_V | PTE_R | PTE_U | PTE_A);
	assert_int_equal(*pt_find(&gs.pt, device.raw - 1, &level), 0);
	assert_int_equal(*pt_find(&gs.pt, device.raw + KiB(4), &level), 0);
	end();
}

/* Whatever the leaves were, what is around stays. */
static void test_unmap(void **state)
{
	const u64 from = BASE + MiB(4) - KiB(8), len = MiB(4) + KiB(12);

	for (u32 level = PT_LEVEL_4K; level <= PT_LEVEL_1G; level++) {
		start(GiB(1), PT_LEVEL_1G, level);
		for (u64 at = from - KiB(4); at <= from + len; at += KiB(4))
			assert_true(gstage_fill(&gs, &g, GPA(at)));
		assert_true(gstage_unmap(&gs, &g, GPA(from), len));
		assert_false(lock_held(&g.lock));
		for (u64 at = from; at < from + len; at += KiB(4))
			check(at, false, 0);
		check(from - KiB(4), true, PT_LEVEL_4K);
		check(from + len, true, PT_LEVEL_4K);
		assert_true(gstage_unmap(&gs, &g, GPA(from), len));
		end();
	}
}

static void test_unmap_without_memory(void **state)
{
	start(GiB(1), PT_LEVEL_1G, PT_LEVEL_2M);
	assert_true(gstage_fill(&gs, &g, GPA(BASE)));
	host_exhaust(0);
	assert_false(gstage_unmap(&gs, &g, GPA(BASE), KiB(4)));
	check(BASE, true, PT_LEVEL_2M);
	assert_true(gstage_unmap(&gs, &g, GPA(BASE), MiB(2)));
	check(BASE, false, 0);
	host_relieve();
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_init_fails),
		cmocka_unit_test(test_fill_levels),
		cmocka_unit_test(test_fill_outside),
		cmocka_unit_test(test_fill_again),
		cmocka_unit_test(test_fill_without_memory),
		cmocka_unit_test(test_fill_backed),
		cmocka_unit_test(test_fill_backed_pieces),
		cmocka_unit_test(test_fill_backed_without_memory),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_unmap),
		cmocka_unit_test(test_unmap_without_memory),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
