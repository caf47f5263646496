/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the SBI's console, and calls with wild arguments. */
#include "fuzz.h"
#include "sbi_bench.h"

/* ---- the console ("Debug Console Extension") --------------------------- */

static void test_write(void **state)
{
	char text[600];

	start(2);
	memset(text, 'x', sizeof(text));
	memcpy(text, "first", 5);
	assert_true(gmap_write(&vm.gmap, GPA(RAM + KiB(4) - 3), text, 600));
	check(SBI_EXT_DBCN, 0, 5, RAM + KiB(4) - 3, 0, SBI_SUCCESS, 5);
	assert_string_equal(host_out, "first");
	/* A long text goes in pieces; the caller is told how far it came. */
	host_reset();
	call(SBI_EXT_DBCN, 0, 600, RAM + KiB(4) - 3, 0);
	assert_int_equal(self->state.gpr[A0], SBI_SUCCESS);
	assert_in_range(self->state.gpr[A1], 1, 600);
	assert_int_equal(strlen(host_out), self->state.gpr[A1]);
	assert_memory_equal(host_out, text, strlen(host_out));
	host_reset();
	check(SBI_EXT_DBCN, 0, 0, RAM, 0, SBI_SUCCESS, 0);
	check(SBI_EXT_DBCN, 2, 'A' | 0x100, 0, 0, SBI_SUCCESS, 0);
	call(SBI_EXT_LEGACY_PUTCHAR, 0, 'B', 0, 0);
	assert_int_equal(self->state.gpr[A0], 0);
	assert_string_equal(host_out, "AB");
}

static void test_read(void **state)
{
	char got[4] = "...";

	start(2);
	check(SBI_EXT_DBCN, 1, 8, RAM, 0, SBI_SUCCESS, 0);
	call(SBI_EXT_LEGACY_GETCHAR, 0, 0, 0, 0);
	assert_int_equal((long)self->state.gpr[A0], -1);
	/* As long as no driver turns the FIFO on, a byte at a time. */
	assert_true(uart_receive(&vm.uart, 'a'));
	check(SBI_EXT_DBCN, 1, 2, RAM, 0, SBI_SUCCESS, 1);
	check(SBI_EXT_DBCN, 1, 2, RAM, 0, SBI_SUCCESS, 0);
	assert_true(uart_receive(&vm.uart, 'b'));
	check(SBI_EXT_DBCN, 1, 0, RAM, 0, SBI_SUCCESS, 0);
	call(SBI_EXT_LEGACY_GETCHAR, 0, 0, 0, 0);
	assert_int_equal(self->state.gpr[A0], 'b');
	assert_true(uart_receive(&vm.uart, 0xff));
	call(SBI_EXT_LEGACY_GETCHAR, 0, 0, 0, 0);
	assert_int_equal(self->state.gpr[A0], 0xff);
	assert_true(uart_receive(&vm.uart, 'c'));
	check(SBI_EXT_DBCN, 1, 8, RAM + 1, 0, SBI_SUCCESS, 1);
	assert_true(gmap_read(&vm.gmap, GPA(RAM), got, 2));
	assert_string_equal(got, "ac.");
}

static void test_pointers(void **state)
{
	static const struct {
		u64 len, low, high;
	} wild[] = {
		{1, RAM - 1, 0},
		{1, RAM + SIZE, 0},
		{2, RAM + SIZE - 1, 0},
		{SIZE + 1, RAM, 0},
		{~0UL, RAM, 0},
		{~0UL, RAM + 8, 0},
		{-(RAM + 8), RAM + 8, 0},
		{1, ~0UL, 0},
		{1, RAM, 1},
		{1, RAM, ~0UL},
		{1, 0, 0},
		{0, 0, 0},
	};

	start(2);
	for (u32 i = 0; i < ARRAY_SIZE(wild); i++) {
		for (u32 fid = 0; fid < 2; fid++)
			check(SBI_EXT_DBCN, fid, wild[i].len, wild[i].low,
			      wild[i].high, SBI_ERR_INVALID_PARAM, 0);
	}
	assert_string_equal(host_out, "");
	check(SBI_EXT_DBCN, 0, 1, RAM + SIZE - 1, 0, SBI_SUCCESS, 1);
	check(SBI_EXT_DBCN, 1, SIZE, RAM, 0, SBI_SUCCESS, 0);
}

/* The guest's page is not there, and the host has none left. */
static void test_no_memory(void **state)
{
	start(2);
	host_exhaust(0);
	check(SBI_EXT_DBCN, 0, 1, RAM + MiB(1), 0, SBI_SUCCESS, 1);
	assert_true(uart_receive(&vm.uart, 'a'));
	check(SBI_EXT_DBCN, 1, 1, RAM + MiB(1), 0, SBI_ERR_FAILED, 0);
	host_relieve();
	assert_true(uart_receive(&vm.uart, 'b'));
	check(SBI_EXT_DBCN, 1, 1, RAM + MiB(1), 0, SBI_SUCCESS, 1);
}

/* ---- anything ---------------------------------------------------------- */

static u64 wild_value(u64 *seed)
{
	static const u64 nasty[] = {
		0,    1,        2,       3,          63,         64,
		RAM,  RAM - 1,  RAM + 1, RAM + SIZE, 1UL << 31,  1UL << 32,
		~0UL, ~0UL - 1, ~0U,     1UL << 63,  0xf0000000,
	};
	u64 r = fuzz_random(seed);

	if (r % 4)
		return nasty[(r >> 8) % ARRAY_SIZE(nasty)];
	return fuzz_random(seed) >> (r >> 16) % 64;
}

static u64 wild_extension(u64 *seed)
{
	static const u64 known[] = {
#define SBI(id, name, serve) id,
#include "vcpu/sbi.def"
#undef SBI
	};
	u64 r = fuzz_random(seed);

	return r % 16 ? known[(r >> 8) % ARRAY_SIZE(known)] : wild_value(seed);
}

/* All of them but "clear IPI", which is not there. */
static bool is_legacy(u64 ext)
{
	return ext <= SBI_EXT_LEGACY_SHUTDOWN && ext != 3;
}

static void check_answer(enum verdict verdict, u64 ext)
{
	long error = self->state.gpr[A0];

	assert_true(verdict == ADVANCE || verdict == BLOCK || verdict == HALT ||
		    verdict == STOP);
	assert_int_equal(verdict == STOP, asked.stops == 1);
	if (verdict != ADVANCE || is_legacy(ext))
		return;
	assert_true(error <= SBI_SUCCESS && error >= SBI_ERR_ALREADY_STOPPED);
}

static void test_wild(void **state)
{
	u64 seed = fuzz_seed();

	for (u32 i = 0; i < 100000; i++) {
		u64 ext = wild_extension(&seed), before[32];
		u64 *x = self->state.gpr;

		start(2 + i % (VM_VCPUS_MAX - 1));
		for (u32 r = 1; r < 32; r++)
			x[r] = wild_value(&seed);
		x[A6] = fuzz_random(&seed) % 8 ? i / 7 % 5 : x[A6];
		x[A7] = ext;
		memcpy(before, x, sizeof(before));
		check_answer(sbi_serve(self), ext);
		/* Only a0 and a1 may change; legacy calls keep a1 too. */
		before[A0] = x[A0];
		if (!is_legacy(ext))
			before[A1] = x[A1];
		assert_memory_equal(before, x, sizeof(before));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_wild),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
