/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the SBI that guests call: masks, answers, errors. */
#include "fuzz.h"
#include "sbi_bench.h"

/* ---- hart masks ("Binary Encoding": hart_mask, hart_mask_base) ---------- */

static bool mask_reference(u32 vcpus, u64 mask, u64 base, u64 *ids)
{
	*ids = 0;
	for (u64 hart = 0; base == ~0UL && hart < vcpus; hart++)
		*ids |= 1UL << hart;
	for (u64 bit = 0; base != ~0UL && bit < 64; bit++) {
		if (!(mask >> bit & 1))
			continue;
		if (base + bit < base || base + bit >= vcpus)
			return false;
		*ids |= 1UL << (base + bit);
	}
	return true;
}

static void check_mask(u64 mask, u64 base)
{
	for (u32 vcpus = 1; vcpus <= VM_VCPUS_MAX; vcpus++) {
		u64 want, ids = 0x5555;
		bool valid = mask_reference(vcpus, mask, base, &want);

		vm.spec.vcpus = vcpus;
		assert_int_equal(sbi_hart_mask(&vm, mask, base, &ids), valid);
		if (valid)
			assert_int_equal(ids, want);
	}
}

static void test_masks(void **state)
{
	static const u64 edge[] = {0,         1,      2,       3,
				   0x7fff,    0x8000, 0xffff,  0x10000,
				   1UL << 63, ~0UL,   ~0UL - 1};
	static const u64 bases[] = {
		0,  1,   2,         15,        16,        62,       63,  64,
		65, 128, 1UL << 32, 1UL << 63, ~0UL - 63, ~0UL - 1, ~0UL};
	u64 seed = fuzz_seed();

	start(1);
	for (u32 i = 0; i < ARRAY_SIZE(edge); i++) {
		for (u32 n = 0; n < ARRAY_SIZE(bases); n++)
			check_mask(edge[i], bases[n]);
	}
	for (u32 i = 0; i < 20000; i++) {
		u64 r = fuzz_random(&seed);

		check_mask(fuzz_random(&seed) >> r % 64, r >> 8 & 31);
	}
}

/* ---- BASE, and what is not there ----------------------------------------- */

static void test_base(void **state)
{
	static const u64 there[] = {
		SBI_EXT_BASE,
		SBI_EXT_TIME,
		SBI_EXT_IPI,
		SBI_EXT_RFENCE,
		SBI_EXT_HSM,
		SBI_EXT_SRST,
		SBI_EXT_DBCN,
		SBI_EXT_STA,
		0,
		1,
		2,
		4,
		5,
		6,
		7,
		8,
	};
	static const u64 absent[] = {
		3,          9,          0xf,  0x11,
		0x48534d00, 0x4442434f, ~0UL, SBI_EXT_TIME | 1UL << 32,
	};

	start(2);
	check(SBI_EXT_BASE, 0, 0, 0, 0, SBI_SUCCESS, 2 << 24);
	for (u32 i = 0; i < ARRAY_SIZE(there); i++)
		check(SBI_EXT_BASE, 3, there[i], 0, 0, SBI_SUCCESS, 1);
	for (u32 i = 0; i < ARRAY_SIZE(absent); i++) {
		check(SBI_EXT_BASE, 3, absent[i], 0, 0, SBI_SUCCESS, 0);
		check(absent[i], 0, 1, 2, 3, SBI_ERR_NOT_SUPPORTED, 0);
	}
	for (u64 fid = 4; fid <= 6; fid++)
		check(SBI_EXT_BASE, fid, 1, 2, 3, SBI_SUCCESS, 0);
	check(SBI_EXT_BASE, 7, 0, 0, 0, SBI_ERR_NOT_SUPPORTED, 0);
	check(SBI_EXT_BASE, 1UL << 32, 0, 0, 0, SBI_ERR_NOT_SUPPORTED, 0);
	check(SBI_EXT_TIME, 1, 5, 0, 0, SBI_ERR_NOT_SUPPORTED, 0);
	check(SBI_EXT_IPI, 1, 1, 0, 0, SBI_ERR_NOT_SUPPORTED, 0);
	check(SBI_EXT_RFENCE, 3, 1, 0, 0, SBI_ERR_NOT_SUPPORTED, 0);
	check(SBI_EXT_HSM, 4, 0, 0, 0, SBI_ERR_NOT_SUPPORTED, 0);
	check(SBI_EXT_SRST, 1, 0, 0, 0, SBI_ERR_NOT_SUPPORTED, 0);
	check(SBI_EXT_DBCN, 3, 0, 0, 0, SBI_ERR_NOT_SUPPORTED, 0);
	assert_int_equal(asked.ipis | asked.fenced | asked.stops | asked.timer,
			 0);
}

/* ---- TIME, IPI, RFENCE -------------------------------------------------- */

static void test_time_and_ipi(void **state)
{
	start(3);
	check(SBI_EXT_TIME, 0, 0x123456789abcdef0, 0, 0, SBI_SUCCESS, 0);
	assert_int_equal(asked.timer, 0x123456789abcdef0);
	check(SBI_EXT_IPI, 0, 5, 0, 0, SBI_SUCCESS, 0);
	assert_int_equal(asked.ipis, 5);
	asked.ipis = 0;
	check(SBI_EXT_IPI, 0, 1, 1, 0, SBI_SUCCESS, 0);
	assert_int_equal(asked.ipis, 2);
	check(SBI_EXT_IPI, 0, 0, ~0UL, 0, SBI_SUCCESS, 0);
	assert_int_equal(asked.ipis, 7);
	asked.ipis = 0;
	check(SBI_EXT_IPI, 0, 9, 0, 0, SBI_ERR_INVALID_PARAM, 0);
	check(SBI_EXT_IPI, 0, 1, 3, 0, SBI_ERR_INVALID_PARAM, 0);
	assert_int_equal(asked.ipis, 0);
	call(SBI_EXT_LEGACY_SET_TIMER, 0, 99, 0, 0);
	assert_int_equal(asked.timer, 99);
	call(SBI_EXT_LEGACY_SEND_IPI, 0, ~0UL, 0, 0);
	assert_int_equal(asked.ipis, 7);
}

/* Whatever is asked for is covered; long ranges, or odd ones, are whole. */
static void test_fences(void **state)
{
	static const struct {
		u64 start, size, first, bytes;
	} rows[] = {
		{0, 0, 0, ~0UL},
		{0, ~0UL, 0, ~0UL},
		{0x5000, ~0UL, 0, ~0UL},
		{0x5000, 0x1000, 0x5000, 0x1000},
		{0x5008, 8, 0x5000, 0x1000},
		{0x5fff, 2, 0x5000, 0x2000},
		{0x5000, 64 * 0x1000, 0x5000, 64 * 0x1000},
		{0x5000, 64 * 0x1000 + 1, 0, ~0UL},
		{0x5001, 64 * 0x1000, 0, ~0UL},
		{~0xfffUL, 0x1000, ~0xfffUL, 0x1000},
		{~0UL, ~0UL, 0, ~0UL},
		{1, ~0UL - 1, 0, ~0UL},
	};

	start(3);
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		for (u32 fid = 1; fid <= 2; fid++) {
			asked.fenced = 0;
			self->state.gpr[A0 + 3] = rows[i].size;
			self->state.gpr[A0 + 4] = 77;
			check(SBI_EXT_RFENCE, fid, 6, 0, rows[i].start,
			      SBI_SUCCESS, 0);
			assert_int_equal(asked.fenced, 6);
			assert_int_equal(asked.fence.kinds, FENCE_VMA);
			assert_int_equal(asked.fence.size, rows[i].bytes);
			if (rows[i].bytes != ~0UL)
				assert_int_equal(asked.fence.start,
						 rows[i].first);
			assert_int_equal(asked.fence.has_asid, fid == 2);
			if (fid == 2)
				assert_int_equal(asked.fence.asid, 77);
		}
	}
	check(SBI_EXT_RFENCE, 0, 0, ~0UL, 0, SBI_SUCCESS, 0);
	assert_int_equal(asked.fenced, 7);
	assert_int_equal(asked.fence.kinds, FENCE_I);
	asked.fenced = 0;
	check(SBI_EXT_RFENCE, 1, 8, 0, 0, SBI_ERR_INVALID_PARAM, 0);
	assert_int_equal(asked.fenced, 0);
	for (u64 ext = 5; ext <= 7; ext++) {
		call(ext, 0, 0, 0, 0);
		assert_int_equal(asked.fenced, 7);
		assert_int_equal(asked.fence.kinds, FENCE_I | FENCE_VMA);
		asked.fenced = 0;
	}
}

/* ---- HSM, SRST --------------------------------------------------------- */

static void test_hsm(void **state)
{
	start(3);
	check(SBI_EXT_HSM, 2, 0, 0, 0, SBI_SUCCESS, SBI_HSM_STOPPED);
	check(SBI_EXT_HSM, 2, 1, 0, 0, SBI_SUCCESS, SBI_HSM_STARTED);
	check(SBI_EXT_HSM, 2, 3, 0, 0, SBI_ERR_INVALID_PARAM, 0);
	check(SBI_EXT_HSM, 2, 1UL << 32, 0, 0, SBI_ERR_INVALID_PARAM, 0);
	check(SBI_EXT_HSM, 0, 3, RAM, 0, SBI_ERR_INVALID_PARAM, 0);
	check(SBI_EXT_HSM, 0, ~0UL, RAM, 0, SBI_ERR_INVALID_PARAM, 0);
	check(SBI_EXT_HSM, 0, 2, RAM - 4, 0, SBI_ERR_INVALID_ADDRESS, 0);
	check(SBI_EXT_HSM, 0, 2, RAM + SIZE, 0, SBI_ERR_INVALID_ADDRESS, 0);
	check(SBI_EXT_HSM, 0, 1, RAM, 0, SBI_ERR_ALREADY_AVAILABLE, 0);
	assert_int_equal(asked.started, 0);
	check(SBI_EXT_HSM, 0, 2, RAM + 8, 0xfedcba9876543210, SBI_SUCCESS, 0);
	assert_int_equal(asked.started, 4);
	assert_int_equal(asked.start_pc, RAM + 8);
	assert_int_equal(asked.start_arg, 0xfedcba9876543210);
	assert_int_not_equal(vm.vcpu[2].hsm, SBI_HSM_STOPPED);
	check(SBI_EXT_HSM, 0, 2, RAM, 0, SBI_ERR_ALREADY_AVAILABLE, 0);
	assert_int_equal(call(SBI_EXT_HSM, 1, 0, 0, 0), HALT);
	assert_int_equal(call(SBI_EXT_HSM, 3, 0, 0, 0), BLOCK);
	assert_int_equal(self->state.gpr[A0], SBI_SUCCESS);
	check(SBI_EXT_HSM, 3, 0x80000000, RAM, 0, SBI_ERR_NOT_SUPPORTED, 0);
}

static void test_reset(void **state)
{
	static const struct {
		u64 type, reason;
		enum vm_end end;
	} rows[] = {
		{0, 0, VM_END_POWEROFF}, {0, 1, VM_END_FAILED},
		{1, 0, VM_END_REBOOT},   {2, 0, VM_END_REBOOT},
		{2, 1, VM_END_REBOOT},   {3, 0, VM_END_NONE},
		{0, 2, VM_END_NONE},     {0xf0000000, 0, VM_END_NONE},
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		bool stops = rows[i].end != VM_END_NONE;

		start(2);
		assert_int_equal(
			call(SBI_EXT_SRST, 0, rows[i].type, rows[i].reason, 0),
			stops ? STOP : ADVANCE);
		assert_int_equal(asked.stops, stops);
		assert_int_equal(asked.end, rows[i].end);
		if (!stops)
			assert_int_equal((long)self->state.gpr[A0],
					 SBI_ERR_INVALID_PARAM);
	}
	start(2);
	assert_int_equal(call(SBI_EXT_LEGACY_SHUTDOWN, 0, 0, 0, 0), STOP);
	assert_int_equal(asked.end, VM_END_POWEROFF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_base),
		cmocka_unit_test(test_time_and_ipi),
		cmocka_unit_test(test_fences),
		cmocka_unit_test(test_hsm),
		cmocka_unit_test(test_reset),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
