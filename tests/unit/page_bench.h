/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for the tests of the allocator, and the shape it is in. */
#ifndef TESTS_UNIT_PAGE_BENCH_H
#define TESTS_UNIT_PAGE_BENCH_H

#include <sanitizer/asan_interface.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "host.h"
#include "hyp/hart.h"
#include "hyp/page.h"
#include "hyp/util.h"

/* Two ranges, neither of them aligned, and a hole between them. */
#define SPAN   MiB(64)
#define A_BASE (3 * PAGE_SIZE)
#define A_SIZE (MiB(37) - A_BASE)
#define B_BASE MiB(46)
#define B_SIZE (MiB(16) + 5 * PAGE_SIZE)
#define PAGES  ((A_SIZE + B_SIZE) / PAGE_SIZE)

static u64 base;

/* The map has not a byte to spare: a look outside is a crash. */
static inline int setup(void **state)
{
	u64 lowest, highest, bytes, all;
	char *map;

	base = host_map(SPAN);
	lowest = base + A_BASE;
	highest = base + B_BASE + B_SIZE;
	bytes = (highest - lowest) / PAGE_SIZE;
	all = page_map_bytes(lowest, highest);
	assert_true(all / 2 > bytes);
	map = malloc(all);
	__asan_poison_memory_region(map + bytes, all / 2 - bytes);
	page_init(lowest, highest, map);
	page_add(lowest, A_SIZE);
	page_add(base + B_BASE, B_SIZE);
	return 0;
}

static inline bool in_memory(hpa_t h, u64 size)
{
	return range_inside(h.raw, size, base + A_BASE, A_SIZE) ||
	       range_inside(h.raw, size, base + B_BASE, B_SIZE);
}

/* How many blocks of each order there are, the largest taken first. */
struct shape {
	u64 count[ORDER_MAX + 1];
};

static hpa_t taken[PAGES];

static inline struct shape shape_now(void)
{
	struct shape s = {0};
	struct page_owner owner = {0};
	u64 n = 0;

	for (u32 order = ORDER_MAX + 1; order-- > 0;) {
		while ((taken[n] = page_alloc(order, &owner)).raw) {
			s.count[order]++;
			n++;
		}
	}
	assert_int_equal(owner.pages, page_total());
	for (u32 order = 0; order <= ORDER_MAX; order++) {
		for (u64 i = 0; i < s.count[order]; i++)
			page_free(taken[--n], order, &owner);
	}
	assert_int_equal(n, 0);
	return s;
}

/* The blocks that the ranges fall into, computed another way. */
static inline void shape_of(struct shape *s, u64 start, u64 end)
{
	while (start < end) {
		u32 order = MIN(__builtin_ctzl(start / PAGE_SIZE), ORDER_MAX);

		while (start + (PAGE_SIZE << order) > end)
			order--;
		s->count[order]++;
		start += PAGE_SIZE << order;
	}
}

static inline void check_shape(void)
{
	struct shape now, whole = {0};

	shape_of(&whole, base + A_BASE, base + A_BASE + A_SIZE);
	shape_of(&whole, base + B_BASE, base + B_BASE + B_SIZE);
	assert_int_equal(page_free_count(), PAGES);
	now = shape_now();
	assert_memory_equal(&now, &whole, sizeof(whole));
	assert_int_equal(page_free_count(), PAGES);
}

static inline void check_zero(hpa_t block, u32 order)
{
	u64 *p = hpa_ptr(block);

	for (u64 i = 0; i < 512UL << order; i++)
		assert_int_equal(p[i], 0);
}

#endif
