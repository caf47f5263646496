/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables under random operations, against the log of what was done. */
#include "fuzz.h"
#include "pt_bench.h"

/* The log of operations: the last one that covers an address decides. */
#define LOG_MAX 300

static struct op {
	u64 addr, to, flags;
	u32 level;
	bool map;
} ops[LOG_MAX];
static u32 nops;

static void expect(u64 addr)
{
	struct seen s = look(addr);
	u64 hpa = NO_MAPPING, flags = 0;

	for (u32 i = 0; i < nops; i++) {
		u64 off = addr - ops[i].addr;

		if (off >= pt_leaf_size(ops[i].level))
			continue;
		hpa = ops[i].map ? ops[i].to + off : NO_MAPPING;
		flags = ops[i].map ? ops[i].flags : 0;
	}
	assert_int_equal(s.hpa, hpa);
	assert_int_equal(s.flags, flags);
	check_find(addr);
}

static u64 random_addr(u64 *seed, u32 level)
{
	static const u16 digits[] = {0, 1, 2, 511};
	u64 addr = 0;

	/* Few digits a level: operations meet often. */
	for (u32 l = level; l < shape->levels; l++)
		addr |= (u64)digits[fuzz_random(seed) % 4] << (12 + 9 * l);
	if (shape->root_order)
		addr |= fuzz_random(seed) % 4 << (shape->bits - 2);
	return addr;
}

/* As one would do it, and log it if it was done. */
static bool random_op(u64 *seed)
{
	u64 r = fuzz_random(seed);
	struct op op = {
		.map = r % 3,
		.level = (r >> 8) % 8 < 5 ? (r >> 8) % 3 : r % shape->levels,
		.flags = (r >> 20 & 0xfe) | PTE_R,
	};

	op.addr = random_addr(seed, op.level);
	op.to = ALIGN_DOWN(fuzz_random(seed) >> 8, pt_leaf_size(op.level));
	if (op.map ? !pt_map(&pt, op.addr, HPA(op.to), op.level, op.flags)
		   : !pt_unmap(&pt, op.addr, op.level))
		return false;
	assert_in_range(nops, 0, LOG_MAX - 1);
	ops[nops++] = op;
	return true;
}

static void check_all(u64 *seed)
{
	for (u32 i = 0; i < nops; i++) {
		u64 first = ops[i].addr;
		u64 last = first + pt_leaf_size(ops[i].level) - 1;

		expect(first);
		expect(last);
		expect((first - 1) & (pt_limit(&pt) - 1));
		expect((last + 1) & (pt_limit(&pt) - 1));
		expect(first + fuzz_random(seed) % (last - first + 1));
	}
	for (u32 i = 0; i < 100; i++)
		expect(random_addr(seed, 0));
	check_tables();
}

static void test_model(void **state)
{
	u64 seed = fuzz_seed();

	for (u32 round = 0; round < 60; round++) {
		nops = 0;
		start(&shapes[round % ARRAY_SIZE(shapes)]);
		while (nops < 100) {
			assert_true(random_op(&seed));
			expect(ops[nops - 1].addr);
		}
		check_all(&seed);
		end();
	}
}

/* Memory runs out at random: what fails has changed nothing. */
static void test_model_out_of_memory(void **state)
{
	u64 seed = fuzz_seed();
	u32 failed = 0;

	for (u32 round = 0; round < 30; round++) {
		nops = 0;
		start(&shapes[round % ARRAY_SIZE(shapes)]);
		for (u32 i = 0; i < 200; i++) {
			host_exhaust(fuzz_random(&seed) % 4);
			if (!random_op(&seed))
				failed++;
			host_relieve();
			if (i % 20 == 0)
				check_all(&seed);
		}
		check_all(&seed);
		end();
	}
	assert_true(failed > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_model_out_of_memory),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
