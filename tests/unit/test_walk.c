/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the guest-table walk, a rule of the specification at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "gstage/walk.h"
#include "hyp/util.h"

/* PTE bits (Privileged, "Sv39: Page-Based 39-bit Virtual-Memory System"). */
enum { V = 1, R = 2, W = 4, X = 8, U = 16, G = 32, A = 64, D = 128 };
#define N     (1UL << 63)
#define NC    (1UL << 61) /* PBMT */
#define IO    (2UL << 61)
#define RSW   (3UL << 8)
#define RAM   0x80000000UL
#define PAGES 8UL

static u64 ram[PAGES][512];

static bool read_ram(void *ctx, gpa_t at, u64 *pte)
{
	u64 off = at.raw - RAM;

	assert_ptr_equal(ctx, ram);
	if (off >= sizeof(ram))
		return false;
	assert_true(IS_ALIGNED(off, 8));
	*pte = ram[off / 4096][off % 4096 / 8];
	return true;
}

static struct walk_view view;

static u64 page(u64 i)
{
	return RAM + i * 4096;
}

static u64 pte(u64 gpa, u64 bits)
{
	return gpa >> 2 | bits;
}

/*
 * Page i + 1 behind page i by entry i + 1 of it, down to `entry` in a table
 * of that level. Returns the address that these indices make.
 */
static u64 build(u32 levels, u32 level, u64 entry)
{
	u64 va = 0;
	u32 i = 0;

	memset(ram, 0, sizeof(ram));
	memset(&view, 0, sizeof(view));
	view.satp = (8UL + levels - 3) << 60 | 0x1234UL << 44 | RAM >> 12;
	view.read = read_ram;
	view.ctx = ram;
	view.napot = true;
	for (u32 l = levels; l-- > level; i++) {
		va |= (i + 1UL) << (12 + 9 * l);
		ram[i][i + 1] = l > level ? pte(page(i + 1), V) : entry;
	}
	return va;
}

static enum walk_result walk(u64 va, enum walk_access access, struct walk *w)
{
	return walk_guest(&view, GVA(va), access, w);
}

/* ---- modes and levels -------------------------------------------------- */

static void test_bare(void **state)
{
	struct walk w;

	build(3, 0, 0);
	view.satp = 0;
	for (u32 i = 0; i < 64; i++) {
		u64 va = 1UL << i | 0x123;

		assert_int_equal(walk(va, i % 3, &w), WALK_OK);
		assert_int_equal(w.gpa.raw, va);
		assert_int_equal(w.pte, 0);
	}
}

static void test_levels(void **state)
{
	for (u32 levels = 3; levels <= 5; levels++) {
		for (u32 level = 0; level < levels; level++) {
			u64 size = 4096UL << (9 * level);
			u64 to = 0x00ab123456789000 & ~(size - 1);
			u64 entry = pte(to, V | R | A);
			u64 va = build(levels, level, entry);
			u32 at = levels - 1 - level;
			struct walk w;

			va |= 0x0011223344556677 & (size - 1);
			assert_int_equal(walk(va, WALK_LOAD, &w), WALK_OK);
			assert_int_equal(w.gpa.raw, to | (va & (size - 1)));
			assert_int_equal(w.level, level);
			assert_int_equal(w.pte, entry);
			assert_int_equal(w.pte_at.raw, page(at) + 8 * (at + 1));
		}
	}
}

/* Bits above the top one of the address equal it, or a page fault. */
static void test_canonical(void **state)
{
	for (u32 levels = 3; levels <= 5; levels++) {
		u32 bits = 12 + 9 * levels;
		u64 high = ~0UL << (bits - 1);
		struct walk w;

		build(levels, levels - 1, 0);
		for (u32 i = 0; i < 512; i++)
			ram[0][i] = pte(0, V | R | A);
		assert_int_equal(walk(0, WALK_LOAD, &w), WALK_OK);
		assert_int_equal(walk(~high, WALK_LOAD, &w), WALK_OK);
		assert_int_equal(walk(high, WALK_LOAD, &w), WALK_OK);
		assert_int_equal(walk(~0UL, WALK_LOAD, &w), WALK_OK);
		assert_int_equal(walk(~high + 1 - 2 * high, WALK_LOAD, &w),
				 WALK_PAGE_FAULT);
		assert_int_equal(walk(high - 1, WALK_LOAD, &w),
				 WALK_PAGE_FAULT);
		for (u32 b = bits; b < 64; b++) {
			assert_int_equal(walk(1UL << b, WALK_FETCH, &w),
					 WALK_PAGE_FAULT);
			assert_int_equal(walk(~(1UL << b), WALK_STORE, &w),
					 WALK_PAGE_FAULT);
		}
	}
}

/* A table outside RAM is an access fault, wherever it is. */
static void test_outside(void **state)
{
	for (u32 levels = 3; levels <= 5; levels++) {
		struct walk w;
		u64 va;

		for (u32 level = 1; level < levels; level++) {
			va = build(levels, level, pte(page(PAGES), V));
			for (u32 access = 0; access < 3; access++)
				assert_int_equal(walk(va, access, &w),
						 WALK_ACCESS_FAULT);
			assert_int_equal(w.pte_at.raw, page(PAGES));
			assert_int_equal(w.level, level - 1);
			va = build(levels, level, pte(0x00fffffffffff000, V));
			assert_int_equal(walk(va, WALK_LOAD, &w),
					 WALK_ACCESS_FAULT);
		}
		/* All 44 bits of the root's number count. */
		for (u32 bit = 20; bit < 44; bit++) {
			va = build(levels, 0, pte(0, V | R | A));
			view.satp |= 1UL << bit;
			assert_int_equal(walk(va, WALK_LOAD, &w),
					 WALK_ACCESS_FAULT);
		}
		va = build(levels, 0, pte(0, V | R | A));
		view.satp ^= RAM >> 12;
		assert_int_equal(walk(va, WALK_LOAD, &w), WALK_ACCESS_FAULT);
		assert_int_equal(w.level, levels - 1);
	}
}

/* ---- pointers ---------------------------------------------------------- */

/* G and RSW are free in a pointer; all else is reserved. */
static void test_pointers(void **state)
{
	for (u32 bit = 0; bit < 64; bit++) {
		bool number = bit >= 10 && bit < 54;
		bool leaf = bit >= 1 && bit <= 3;
		bool fine = bit == 5 || bit == 8 || bit == 9;
		struct walk w;
		u64 va = build(3, 0, pte(0x5000, V | R | A));

		if (number || leaf)
			continue;
		ram[1][2] ^= 1UL << bit;
		view.pbmte = true;
		assert_int_equal(walk(va, WALK_LOAD, &w),
				 fine ? WALK_OK : WALK_PAGE_FAULT);
		if (!fine)
			assert_int_equal(w.pte_at.raw, page(1) + 8 * 2);
	}
}

/* The last level has no pointers. */
static void test_pointer_at_the_end(void **state)
{
	for (u32 levels = 3; levels <= 5; levels++) {
		u64 va = build(levels, 0, pte(page(0), V));
		struct walk w;

		assert_int_equal(walk(va, WALK_LOAD, &w), WALK_PAGE_FAULT);
		assert_int_equal(w.level, 0);
	}
}

/* ---- leaves ------------------------------------------------------------ */

#define RWX (R | W | X)
#define AD  (A | D)

enum { USER = 1, SUM = 2, MXR = 4, PBMTE = 8 };

static const struct leaf {
	u64 bits; /* besides the page number */
	u32 mode;
	/* what a load, a store, a fetch ends in */
	enum walk_result load, store, fetch;
} leaves[] = {
#define OK   WALK_OK
#define PF   WALK_PAGE_FAULT
#define NEED WALK_NEEDS_AD
	/* V; R, W and X alone and together; W without R is reserved. */
	{RWX | AD, 0, PF, PF, PF},
	{V | R | AD, 0, OK, PF, PF},
	{V | R | W | AD, 0, OK, OK, PF},
	{V | X | AD, 0, PF, PF, OK},
	{V | R | X | AD, 0, OK, PF, OK},
	{V | RWX | AD, 0, OK, OK, OK},
	{V | W | AD, 0, PF, PF, PF},
	{V | W | X | AD, 0, PF, PF, PF},
	{V | W | X | AD, MXR, PF, PF, PF},
	{V | RWX | G | RSW | AD, 0, OK, OK, OK},
	/* U: from U-mode it must be set; from S-mode only with SUM. */
	{V | RWX | AD, USER, PF, PF, PF},
	{V | RWX | AD, USER | SUM | MXR, PF, PF, PF},
	{V | RWX | U | AD, USER, OK, OK, OK},
	{V | RWX | U | AD, 0, PF, PF, PF},
	{V | RWX | U | AD, MXR, PF, PF, PF},
	{V | RWX | U | AD, SUM, OK, OK, PF},
	{V | X | U | AD, SUM, PF, PF, PF},
	{V | RWX | AD, SUM, OK, OK, OK},
	{V | R | U | AD, USER, OK, PF, PF},
	{V | R | U | AD, USER | SUM, OK, PF, PF},
	/* MXR makes X readable, and nothing else. */
	{V | X | AD, MXR, OK, PF, OK},
	{V | X | U | AD, USER | MXR, OK, PF, OK},
	{V | X | U | AD, SUM | MXR, OK, PF, PF},
	{V | X | U | AD, USER, PF, PF, OK},
	{V | R | AD, MXR, OK, PF, PF},
	/* A for every access, D for stores; but permissions come first. */
	{V | RWX, 0, NEED, NEED, NEED},
	{V | RWX | A, 0, OK, NEED, OK},
	{V | RWX | D, 0, NEED, NEED, NEED},
	{V | R, 0, NEED, PF, PF},
	{V | R | A, 0, OK, PF, PF},
	{V | RWX | U, 0, PF, PF, PF},
	{V | RWX | U, SUM, NEED, NEED, PF},
	{V | X, MXR, NEED, PF, NEED},
	/* Svpbmt: 3 is reserved, all of it is where it is off. */
	{V | RWX | AD | NC, 0, PF, PF, PF},
	{V | RWX | AD | IO, 0, PF, PF, PF},
	{V | RWX | AD | NC, PBMTE, OK, OK, OK},
	{V | RWX | AD | IO, PBMTE, OK, OK, OK},
	{V | RWX | AD | NC | IO, PBMTE, PF, PF, PF},
	{V | RWX | AD | NC | IO, 0, PF, PF, PF},
	/* Reserved bits. */
	{V | RWX | AD | 1UL << 54, PBMTE, PF, PF, PF},
	{V | RWX | AD | 1UL << 55, PBMTE, PF, PF, PF},
	{V | RWX | AD | 1UL << 56, PBMTE, PF, PF, PF},
	{V | RWX | AD | 1UL << 57, PBMTE, PF, PF, PF},
	{V | RWX | AD | 1UL << 58, PBMTE, PF, PF, PF},
	{V | RWX | AD | 1UL << 59, PBMTE, PF, PF, PF},
	{V | RWX | AD | 1UL << 60, PBMTE, PF, PF, PF},
};

static void check_leaf(const struct leaf *row, u32 levels, u32 level)
{
	enum walk_result want[] = {row->load, row->store, row->fetch};
	u64 size = 4096UL << (9 * level), to = size * 3;
	u64 va = build(levels, level, pte(to, row->bits));
	struct walk w;

	view.user = row->mode & USER;
	view.sum = row->mode & SUM;
	view.mxr = row->mode & MXR;
	view.pbmte = row->mode & PBMTE;
	for (u32 access = WALK_LOAD; access <= WALK_FETCH; access++) {
		assert_int_equal(walk(va + 8, access, &w), want[access]);
		assert_int_equal(w.level, level);
		if (want[access] != PF)
			assert_int_equal(w.gpa.raw, to + 8);
	}
}

static void test_leaves(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(leaves); i++) {
		print_message("leaf %#lx, mode %u\n", (long)leaves[i].bits,
			      leaves[i].mode);
		for (u32 levels = 3; levels <= 5; levels++) {
			for (u32 level = 0; level < levels; level++)
				check_leaf(&leaves[i], levels, level);
		}
	}
}

/* Any low bit of the page number of a superpage misaligns it. */
static void test_misaligned(void **state)
{
	for (u32 level = 1; level < 5; level++) {
		for (u32 bit = 12; bit < 12 + 9 * level; bit++) {
			u64 to = 3UL << (12 + 9 * level) | 1UL << bit;
			u64 va = build(5, level, pte(to, V | RWX | AD));
			struct walk w;

			assert_int_equal(walk(va, WALK_LOAD, &w),
					 WALK_PAGE_FAULT);
		}
	}
}

/* Svnapot: 64 KiB, ppn[3:0] = 1000; other sizes, other levels are reserved. */
static void test_napot(void **state)
{
	struct walk w;

	for (u64 low = 0; low < 16; low++) {
		u64 to = 0x70000 | low << 12;
		u64 va = build(4, 0, pte(to, N | V | RWX | AD));

		for (u64 n = 0; n < 16; n++)
			ram[3][16 + n] = ram[3][4];
		va = (va & ~0x1fffffUL) + (16 << 12);
		for (u64 off = 0; off < KiB(64); off += 0xabc) {
			assert_int_equal(walk(va + off, WALK_LOAD, &w),
					 low == 8 ? OK : PF);
			if (low == 8)
				assert_int_equal(w.gpa.raw, 0x70000 + off);
		}
	}
	for (u32 level = 1; level < 4; level++) {
		u64 va = build(4, level, pte(0, N | V | RWX | AD));

		assert_int_equal(walk(va, WALK_LOAD, &w), WALK_PAGE_FAULT);
		ram[3 - level][4 - level] |= 8 << 10;
		assert_int_equal(walk(va, WALK_LOAD, &w), WALK_PAGE_FAULT);
	}
	/* Its permissions, A and D count as of any leaf. */
	assert_int_equal(
		walk(build(3, 0, pte(0x8000, N | V | R | A)), WALK_STORE, &w),
		WALK_PAGE_FAULT);
	assert_int_equal(walk(build(3, 0, pte(0x8000, N | V | R | W | A)),
			      WALK_STORE, &w),
			 WALK_NEEDS_AD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_pointer_at_the_end),
		cmocka_unit_test(test_leaves),
		cmocka_unit_test(test_misaligned),
		cmocka_unit_test(test_napot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
