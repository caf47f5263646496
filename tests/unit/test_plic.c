/* SPDX-License-Identifier: BSD-2-Clause */
/* The PLIC: its registers, and its rules one by one. */
#include "plic_bench.h"
#include "hyp/util.h"

static void test_registers(void **state)
{
	for (u32 s = 1; s <= GUEST_PLIC_NDEV; s++) {
		assert_int_equal(mmio_read(PRIORITY(s), 4), 0);
		priority(s, 0xfffffff8 | (s & 7));
		assert_int_equal(mmio_read(PRIORITY(s), 4), s & 7);
	}
	for (u32 c = 0; c < 4; c++) {
		assert_int_equal(mmio_read(ENABLE(c), 4), 0);
		enable(c, 0xffffffff - (2 << c));
		assert_int_equal(mmio_read(ENABLE(c), 4),
				 0xfffffffe - (2 << c));
		mmio_write(THRESHOLD(c), 4, 0xfffffff8 | c);
		assert_int_equal(mmio_read(THRESHOLD(c), 4), c);
		assert_int_equal(claim(c), 0);
	}
	raise(3);
	raise(31);
	assert_int_equal(mmio_read(PENDING, 4), 0x80000008);
	mmio_write(PENDING, 4, 0);
	assert_int_equal(mmio_read(PENDING, 4), 0x80000008);
}

static void test_reserved(void **state)
{
	static const u64 reserved[] = {
		PRIORITY(0),      PRIORITY(32),
		PRIORITY(1023),   PENDING + 4,
		PENDING + 124,    PENDING + 0xffc,
		ENABLE(0) + 4,    ENABLE(0) + 124,
		ENABLE(4),        ENABLE(15871),
		THRESHOLD(0) + 8, THRESHOLD(1) - 4,
		THRESHOLD(4),     CLAIM(4),
		THRESHOLD(31),    GUEST_PLIC_BASE + GUEST_PLIC_SIZE - 4,
	};
	struct plic before = plic;

	for (u32 i = 0; i < ARRAY_SIZE(reserved); i++) {
		mmio_write(reserved[i], 4, 0xffffffff);
		assert_int_equal(mmio_read(reserved[i], 4), 0);
	}
	before.dev.accesses = plic.dev.accesses;
	assert_memory_equal(&before, &plic, sizeof(plic));
}

static void test_widths(void **state)
{
	static const u64 regs[] = {PRIORITY(1),  PENDING,  ENABLE(0),
				   THRESHOLD(1), CLAIM(1), PRIORITY(500)};

	for (u32 i = 0; i < ARRAY_SIZE(regs); i++) {
		mmio_refused(regs[i], 1);
		mmio_refused(regs[i], 2);
		mmio_refused(regs[i], 8);
		for (u32 o = 1; o < 4; o++)
			mmio_refused(regs[i] + o, 4);
	}
	mmio_refused(GUEST_PLIC_BASE + GUEST_PLIC_SIZE, 4);
}

static void test_claim_and_complete(void **state)
{
	priority(10, 1);
	enable(1, BIT(10));
	assert_false(seen[1]);
	raise(10);
	assert_true(seen[1]);
	assert_int_equal(claim(1), 10);
	assert_false(seen[1]);
	assert_int_equal(mmio_read(PENDING, 4), 0);
	assert_int_equal(claim(1), 0);
	lower(10);
	complete(1, 10);
	assert_false(seen[1]);
	raise(10);
	assert_true(seen[1]);
}

/* Still high at completion: pending again. Not before, however it toggles. */
static void test_level(void **state)
{
	priority(10, 1);
	enable(1, BIT(10));
	raise(10);
	assert_int_equal(claim(1), 10);
	lower(10);
	raise(10);
	assert_false(seen[1]);
	assert_int_equal(mmio_read(PENDING, 4), 0);
	complete(1, 10);
	assert_true(seen[1]);
	assert_int_equal(claim(1), 10);
	complete(1, 10);
	assert_true(seen[1]);
}

/* "Interrupt Gateways": what was requested is not taken back. */
static void test_lowered_before_claim(void **state)
{
	priority(10, 1);
	enable(1, BIT(10));
	raise(10);
	lower(10);
	assert_true(seen[1]);
	assert_int_equal(claim(1), 10);
	complete(1, 10);
	assert_false(seen[1]);
	assert_int_equal(claim(1), 0);
}

/* PITFALLS 47: completing one of two keeps the output up. */
static void test_two_pending(void **state)
{
	priority(3, 1);
	priority(4, 1);
	enable(1, BIT(3) | BIT(4));
	raise(3);
	raise(4);
	assert_int_equal(claim(1), 3);
	assert_true(seen[1]);
	lower(3);
	complete(1, 3);
	assert_true(seen[1]);
	assert_int_equal(claim(1), 4);
	assert_false(seen[1]);
}

/* PITFALLS 47: the threshold lowers and raises the output, not the claim. */
static void test_threshold(void **state)
{
	priority(5, 4);
	enable(1, BIT(5));
	raise(5);
	mmio_write(THRESHOLD(1), 4, 3);
	assert_true(seen[1]);
	mmio_write(THRESHOLD(1), 4, 4);
	assert_false(seen[1]);
	mmio_write(THRESHOLD(1), 4, 7);
	assert_false(seen[1]);
	mmio_write(THRESHOLD(1), 4, 0);
	assert_true(seen[1]);
	mmio_write(THRESHOLD(1), 4, 7);
	assert_int_equal(claim(1), 5);
}

static void test_priorities(void **state)
{
	enable(1, 0xfffffffe);
	for (u32 s = 1; s <= GUEST_PLIC_NDEV; s++) {
		priority(s, s == 7 || s == 20 ? 6 : s == 30 ? 7 : 1);
		raise(s);
	}
	assert_int_equal(claim(1), 30);
	assert_int_equal(claim(1), 7);
	assert_int_equal(claim(1), 20);
	assert_int_equal(claim(1), 1);
	assert_int_equal(claim(1), 2);
}

static void test_priority_zero_never(void **state)
{
	enable(1, BIT(5));
	raise(5);
	assert_false(seen[1]);
	assert_int_equal(claim(1), 0);
	priority(5, 1);
	assert_true(seen[1]);
	priority(5, 0);
	assert_false(seen[1]);
	assert_int_equal(mmio_read(PENDING, 4), BIT(5));
}

/* One claim wins; the others find nothing, and may complete for it. */
static void test_contexts_share(void **state)
{
	priority(8, 1);
	enable(1, BIT(8));
	enable(3, BIT(8));
	raise(8);
	assert_true(seen[1]);
	assert_true(seen[3]);
	assert_false(seen[0]);
	assert_false(seen[2]);
	assert_int_equal(claim(3), 8);
	assert_false(seen[1]);
	assert_int_equal(claim(1), 0);
	complete(1, 8);
	assert_true(seen[1]);
	assert_true(seen[3]);
}

static void test_completion_ignored(void **state)
{
	priority(8, 1);
	enable(1, BIT(8));
	raise(8);
	assert_int_equal(claim(1), 8);
	complete(0, 8); /* not enabled there */
	complete(1, 9);
	complete(1, 0);
	complete(1, 32);
	complete(1, 8 + 32);
	complete(1, 0xffffffff);
	assert_false(seen[1]);
	enable(1, 0);
	complete(1, 8);
	enable(1, BIT(8));
	assert_false(seen[1]);
	complete(1, 8);
	assert_true(seen[1]);
}

static void test_enable_moves_output(void **state)
{
	priority(8, 1);
	raise(8);
	enable(0, BIT(8));
	assert_true(seen[0]);
	enable(0, BIT(9));
	assert_false(seen[0]);
}

static void test_reset(void **state)
{
	priority(8, 1);
	priority(9, 1);
	enable(1, BIT(8) | BIT(9));
	mmio_write(THRESHOLD(3), 4, 5);
	raise(8);
	raise(9);
	assert_int_equal(claim(1), 8);
	lower(9);
	vbus_reset(&bus);
	assert_false(seen[1]);
	assert_int_equal(mmio_read(PENDING, 4), BIT(8));
	assert_int_equal(mmio_read(ENABLE(1), 4), 0);
	assert_int_equal(mmio_read(PRIORITY(8), 4), 0);
	assert_int_equal(mmio_read(THRESHOLD(3), 4), 0);
	priority(8, 1);
	enable(1, BIT(8));
	assert_int_equal(claim(1), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_registers, setup),
		cmocka_unit_test_setup(test_reserved, setup),
		cmocka_unit_test_setup(test_widths, setup),
		cmocka_unit_test_setup(test_claim_and_complete, setup),
		cmocka_unit_test_setup(test_level, setup),
		cmocka_unit_test_setup(test_lowered_before_claim, setup),
		cmocka_unit_test_setup(test_two_pending, setup),
		cmocka_unit_test_setup(test_threshold, setup),
		cmocka_unit_test_setup(test_priorities, setup),
		cmocka_unit_test_setup(test_priority_zero_never, setup),
		cmocka_unit_test_setup(test_contexts_share, setup),
		cmocka_unit_test_setup(test_completion_ignored, setup),
		cmocka_unit_test_setup(test_enable_moves_output, setup),
		cmocka_unit_test_setup(test_reset, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
