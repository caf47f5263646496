/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests page tables of every shape: levels, splits, replacement, failures. */
#include "pt_bench.h"

static void test_empty(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(shapes); i++) {
		start(&shapes[i]);
		assert_int_equal(pt.tables, 1 << shapes[i].root_order);
		assert_true(IS_ALIGNED(pt.root.raw,
				       PAGE_SIZE << shapes[i].root_order));
		assert_int_equal(look(0).hpa, NO_MAPPING);
		assert_int_equal(look(pt_limit(&pt) - 1).hpa, NO_MAPPING);
		check_find(0);
		check_find(pt_limit(&pt) - 1);
		assert_true(pt_unmap(&pt, 0, PT_LEVEL_1G));
		check_tables();
		end();
	}
}

/* Every leaf size that a shape has, at both ends of its addresses. */
static void test_levels(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(shapes); i++) {
		for (u32 level = 0; level < shapes[i].levels; level++) {
			u64 size = pt_leaf_size(level), top;
			u64 to = ALIGN_DOWN(0x00fedcba98765432, size);

			start(&shapes[i]);
			top = pt_limit(&pt) - size;
			assert_true(pt_map(&pt, top, HPA(to), level, PTE_X));
			assert_true(pt_map(&pt, 0, HPA(to), level, PTE_R));
			assert_int_equal(look(top).level, level);
			assert_int_equal(look(top + size - 1).hpa,
					 to + size - 1);
			assert_int_equal(look(top).flags, PTE_X);
			assert_int_equal(look(0).hpa, to);
			assert_int_equal(look(size).hpa, NO_MAPPING);
			check_find(top);
			check_tables();
			end();
		}
	}
}

#define FLAGS (PTE_R | PTE_W | PTE_U | PTE_A | PTE_D)

/* A leaf split by a smaller one inside keeps all else as it was. */
static void test_split(void **state)
{
	u64 hole = GiB(3) + MiB(514) + KiB(12);

	start(&shapes[1]);
	assert_true(pt_map(&pt, GiB(3), HPA(GiB(7)), PT_LEVEL_1G, FLAGS));
	assert_int_equal(pt.tables, 2);
	assert_true(pt_map(&pt, hole, HPA(KiB(4)), PT_LEVEL_4K, PTE_X));
	assert_int_equal(pt.tables, 4);
	assert_int_equal(look(hole).hpa, KiB(4));
	assert_int_equal(look(hole).flags, PTE_X);
	for (u64 off = 0; off < GiB(1); off += KiB(4)) {
		struct seen s = look(GiB(3) + off);

		if (GiB(3) + off == hole)
			continue;
		assert_int_equal(s.hpa, GiB(7) + off);
		assert_int_equal(s.flags, FLAGS);
		assert_int_equal(s.level, off / MiB(2) == 257 ? 0 : 1);
	}
	assert_int_equal(look(GiB(3) - 1).hpa, NO_MAPPING);
	assert_int_equal(look(GiB(4)).hpa, NO_MAPPING);
	end();
}

/* A large leaf over smaller ones frees their tables. */
static void test_replace(void **state)
{
	start(&shapes[4]);
	for (u64 off = 0; off < GiB(1); off += MiB(64))
		assert_true(
			pt_map(&pt, GiB(1) + off, HPA(0), PT_LEVEL_4K, FLAGS));
	assert_int_equal(pt.tables, 4 + 1 + 1 + 16);
	assert_true(pt_map(&pt, GiB(1), HPA(GiB(5)), PT_LEVEL_1G, FLAGS));
	assert_int_equal(pt.tables, 4 + 1);
	check_tables();
	assert_int_equal(look(GiB(2) - 1).hpa, GiB(6) - 1);
	assert_true(pt_map(&pt, GiB(1), HPA(GiB(8)), PT_LEVEL_1G, PTE_R));
	assert_int_equal(look(GiB(1)).hpa, GiB(8));
	assert_int_equal(look(GiB(1)).flags, PTE_R);
	end();
}

static void test_unmap(void **state)
{
	start(&shapes[0]);
	assert_true(pt_map(&pt, 0, HPA(0), PT_LEVEL_1G, FLAGS));
	assert_true(pt_unmap(&pt, MiB(4), PT_LEVEL_2M));
	assert_int_equal(look(MiB(4) - 1).hpa, MiB(4) - 1);
	assert_int_equal(look(MiB(4)).hpa, NO_MAPPING);
	assert_int_equal(look(MiB(6) - 1).hpa, NO_MAPPING);
	assert_int_equal(look(MiB(6)).hpa, MiB(6));
	/* What is not there takes no memory to unmap. */
	host_exhaust(0);
	assert_true(pt_unmap(&pt, MiB(4), PT_LEVEL_4K));
	assert_true(pt_unmap(&pt, GiB(1), PT_LEVEL_4K));
	assert_false(pt_unmap(&pt, MiB(8), PT_LEVEL_4K));
	assert_int_equal(look(MiB(8)).hpa, MiB(8));
	/* Nor does what is there, table and all. */
	assert_true(pt_unmap(&pt, 0, PT_LEVEL_1G));
	assert_int_equal(pt.tables, 1);
	host_relieve();
	end();
}

/* Each allocation of an operation fails in its turn. */
static void test_allocation_failures(void **state)
{
	u64 at = GiB(2) + MiB(2) + KiB(8);

	for (u32 i = 0; i < ARRAY_SIZE(shapes); i++) {
		/* A leaf of the root takes all the levels below to split. */
		u32 root = shapes[i].levels - 1, needed = root;
		u64 to = pt_leaf_size(root);

		for (u32 n = 0; n <= needed; n++) {
			start(&shapes[i]);
			assert_true(pt_map(&pt, 0, HPA(to), root, FLAGS));
			host_exhaust(n);
			assert_int_equal(
				pt_map(&pt, at % to, HPA(KiB(4)), 0, PTE_R),
				n == needed);
			host_relieve();
			check_tables();
			assert_int_equal(look(at % to).hpa,
					 n == needed ? KiB(4) : to + at % to);
			assert_int_equal(look(to - 1).hpa, 2 * to - 1);
			assert_int_equal(look(0).flags, FLAGS);
			assert_true(pt_unmap(&pt, at % to, 0));
			assert_int_equal(look(at % to).hpa, NO_MAPPING);
			end();
		}
	}
}

static void test_init_fails(void **state)
{
	host_exhaust(0);
	assert_false(pt_init(&pt, 3, ORDER_4K, &owner));
	host_relieve();
	host_exhaust(3);
	assert_false(pt_init(&pt, 3, ORDER_16K, &owner));
	host_relieve();
	assert_int_equal(owner.pages, 0);
	assert_int_equal(page_free_count(), page_total());
}

static void misaligned_addr(void *arg)
{
	pt_map(&pt, KiB(4), HPA(0), PT_LEVEL_2M, FLAGS);
}

static void misaligned_to(void *arg)
{
	pt_map(&pt, 0, HPA(MiB(2)), PT_LEVEL_1G, FLAGS);
}

static void too_large(void *arg)
{
	pt_map(&pt, 0, HPA(0), 3, FLAGS);
}

static void test_misuse(void **state)
{
	start(&shapes[0]);
	assert_true(host_dies(misaligned_addr, NULL));
	assert_true(host_dies(misaligned_to, NULL));
	assert_true(host_dies(too_large, NULL));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_unmap),
		cmocka_unit_test(test_allocation_failures),
		cmocka_unit_test(test_init_fails),
		cmocka_unit_test(test_misuse),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
