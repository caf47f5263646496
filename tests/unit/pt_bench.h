/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables of every shape, and how hardware sees them, for their tests. */
#ifndef TESTS_UNIT_PT_BENCH_H
#define TESTS_UNIT_PT_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "host.h"
#include "hyp/csr.h"
#include "hyp/pt.h"
#include "hyp/util.h"

static const struct shape {
	u32 levels, root_order;
	u32 bits; /* of an address (Privileged, "Sv39" ... "Sv57x4") */
} shapes[] = {
	{3, ORDER_4K, 39},  {4, ORDER_4K, 48},  {5, ORDER_4K, 57},
	{3, ORDER_16K, 41}, {4, ORDER_16K, 50}, {5, ORDER_16K, 59},
};

#define NO_MAPPING 1UL /* no host address is odd */

static struct pt pt;
static struct page_owner owner;
static const struct shape *shape;

static inline int setup(void **state)
{
	host_memory(MiB(32));
	return 0;
}

static inline void start(const struct shape *s)
{
	shape = s;
	assert_true(pt_init(&pt, s->levels, s->root_order, &owner));
	assert_int_equal(pt_limit(&pt), 1UL << s->bits);
}

static inline void end(void)
{
	pt_destroy(&pt);
	assert_int_equal(owner.pages, 0);
	assert_int_equal(page_free_count(), page_total());
}

/* ---- what hardware sees -------------------------------------------------- */

struct seen {
	u64 hpa, flags;
	u32 level;
	const u64 *pte;
};

/* An independent walk: the address of the byte, or NO_MAPPING. */
static inline struct seen look(u64 addr)
{
	struct seen s = {.hpa = NO_MAPPING, .level = shape->levels - 1};
	u64 table = pt.root.raw;
	u64 index = addr >> (12 + 9 * s.level);

	assert_true(index < 512UL << shape->root_order);
	for (;;) {
		u64 e, base;

		s.pte = (const u64 *)(table + 8 * index);
		e = *s.pte;
		base = (e << 10 >> 20) << 12;
		if (!(e & 1))
			return s;
		if (e & 0xe) {
			u64 mask = (1UL << (12 + 9 * s.level)) - 1;

			assert_int_equal(base & mask, 0);
			s.hpa = base | (addr & mask);
			s.flags = e & 0xffc00000000003fe;
			return s;
		}
		/* Nothing but V may be set in a pointer. */
		assert_int_equal(e & 0xffc00000000003ff, 1);
		assert_int_not_equal(s.level, 0);
		s.level--;
		table = base;
		index = addr >> (12 + 9 * s.level) & 511;
	}
}

static inline void check_find(u64 addr)
{
	struct seen s = look(addr);
	u32 level = 99;

	assert_ptr_equal(pt_find(&pt, addr, &level), s.pte);
	assert_int_equal(level, s.level);
}

static inline u64 count_tables(u64 table, u32 level, u64 entries)
{
	u64 n = 1;

	for (u64 i = 0; level && i < entries; i++) {
		u64 e = ((u64 *)table)[i];

		if ((e & 0xf) == 1)
			n += count_tables(e >> 10 << 12, level - 1, 512);
	}
	return n;
}

static inline void check_tables(void)
{
	u64 n = count_tables(pt.root.raw, shape->levels - 1,
			     512UL << shape->root_order) -
		1 + (1UL << shape->root_order);

	assert_int_equal(pt.tables, n);
	assert_int_equal(owner.pages, n);
}

#endif
