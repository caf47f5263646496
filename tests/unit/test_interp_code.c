/* SPDX-License-Identifier: BSD-2-Clause */
/* How the interpreter finds and keeps the code that it runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "interp_bench.h"

/* The registers of the code below. */
#define value   cpu->state.gpr[5]
#define address cpu->state.gpr[6]

/* ---- fetches ------------------------------------------------------------- */

static void test_fetch_faults(void **state)
{
	struct vexit x;

	start();
	cpu->state.pc = VA;
	assert_int_equal(interp_step(cpu, &x), INTERP_FAULT);
	assert_int_equal(cpu->fault_cause, CAUSE_FETCH_PAGE);
	assert_int_equal(cpu->fault_tval, VA);
	/* The second half of an instruction has a fault of its own. */
	put(PAGE(8) + PAGE_SIZE - 2, &(u16){0x0293}, 2); /* addi x5, x0, */
	put(PAGE(1), &(u16){0x07b0}, 2);                 /* 123 */
	map(3, PAGE(1), 0);
	cpu->state.pc = VA + 3 * PAGE_SIZE - 2;
	assert_int_equal(interp_step(cpu, &x), INTERP_FAULT);
	assert_int_equal(cpu->fault_cause, CAUSE_FETCH_PAGE);
	assert_int_equal(cpu->fault_tval, VA + 3 * PAGE_SIZE);
	assert_int_equal(cpu->state.pc, VA + 3 * PAGE_SIZE - 2);
	map(3, PAGE(1), RX);
	assert_true(step());
	assert_int_equal(value, 123);
	assert_int_equal(cpu->state.pc, VA + 3 * PAGE_SIZE + 2);
	bench_end();
}

/* Run from pc until an ecall; gives how many instructions before it. */
static s64 until_ecall(u64 pc, s64 slice)
{
	s64 done = 0;

	cpu->state.pc = pc;
	for (;;) {
		enum interp_stop stop =
			jump(cpu, cpu->state.pc, slice, cpu->interp);

		done += slice - cpu->interp->left;
		if (stop == INTERP_EXIT)
			break;
		assert_int_equal(stop, INTERP_AGAIN);
	}
	assert_int_equal(cpu->interp->exit.kind, EXIT_sbi);
	return done;
}

/*
 * c.addi x5, 1 all over two pages that lie apart, an addi of 4 bytes across
 * each end of a line and of the page, then ecall.
 */
static s64 write_run(void)
{
	s64 count = 0;
	u64 off = 0;

	while (off < 2 * PAGE_SIZE - 8) {
		u64 gpa = off < PAGE_SIZE ? PAGE(8) : PAGE(1) - PAGE_SIZE;
		u32 wide = 0x00128293;
		bool end = off % LINE_SIZE == LINE_SIZE - 2;

		if (!end) {
			put(gpa + off, &(u16){0x0285}, 2);
		} else {
			put(gpa + off, &wide, 2);
			put(off + 2 < PAGE_SIZE ? PAGE(8) + off + 2
						: PAGE(1) + off + 2 - PAGE_SIZE,
			    (u8 *)&wide + 2, 2);
		}
		off += end ? 4 : 2;
		count++;
	}
	put_insn(PAGE(1) + off - PAGE_SIZE, 0x00000073);
	return count;
}

/* Whatever the slices, each instruction is carried out once. */
static void test_straight_line(void **state)
{
	static const s64 slices[] = {1, 2, 7, 100, 100000};
	s64 count;

	start();
	count = write_run();
	for (u32 i = 0; i < ARRAY_SIZE(slices); i++) {
		value = 0;
		assert_int_equal(until_ecall(VA + 2 * PAGE_SIZE, slices[i]),
				 count);
		assert_int_equal(value, count);
	}
	bench_end();
}

/* Loops, within a line and from one to another. */
static void test_loops(void **state)
{
	/* addi x5,x5,1; addi x6,x6,-1; bnez x6, back; ecall */
	static const u32 code[] = {0x00128293, 0xfff30313, 0xfe031ce3, 0x73};

	start();
	for (u64 at = 0; at < LINE_SIZE + 16; at += 4) {
		u64 off = at + 2 * LINE_SIZE - 16;

		put(PAGE(8) + off, code, sizeof(code));
		fence_i();
		value = 0;
		address = 1000;
		assert_int_equal(until_ecall(VA + 2 * PAGE_SIZE + off, 64),
				 3000);
		assert_int_equal(value, 1000);
		put(PAGE(8) + off, (u8[4]){0}, 4);
	}
	bench_end();
}

/* Old code may live on until fence.i, and no longer. */
static void test_changed_code(void **state)
{
	u64 pc = VA + 2 * PAGE_SIZE;

	start();
	put_insn(PAGE(8), 0x0285); /* c.addi x5, 1 */
	put_insn(PAGE(8) + 2, 0x00000073);
	value = 0;
	until_ecall(pc, 64);
	assert_int_equal(value, 1);
	put_insn(PAGE(8), 0x0289); /* c.addi x5, 2 */
	fence_i();
	until_ecall(pc, 64);
	assert_int_equal(value, 3);
	/* By the instruction itself: fence.i, then the next one. */
	put_insn(PAGE(8), 0x0000100f);
	put_insn(PAGE(8) + 4, 0x0285);
	put_insn(PAGE(8) + 6, 0x00000073);
	fence_i();
	until_ecall(pc, 64);
	put_insn(PAGE(8) + 4, 0x0289);
	until_ecall(pc, 64);
	assert_int_equal(value, 3 + 1 + 2);
	/* The page is another one now, without any fence.i. */
	put_insn(PAGE(9), 0x028d); /* c.addi x5, 3 */
	put_insn(PAGE(9) + 2, 0x00000073);
	map(2, PAGE(9), RX);
	fence(pc, PAGE_SIZE);
	until_ecall(pc, 64);
	assert_int_equal(value, 9);
	bench_end();
}

/* More code than the cache has room for. */
static void test_much_code(void **state)
{
	u64 lines = CODE_BLOCKS * CODE_BLOCK_LINES + 100;

	bench_start();
	value = 0;
	for (u64 n = 0; n < lines; n++) {
		u64 at = RAM + MiB(2) + n * LINE_SIZE;

		put_insn(at, 0x0285);
		put_insn(at + 2, n + 1 < lines ? 0x1fe0006f : 0x73); /* j */
	}
	for (u32 turn = 0; turn < 2; turn++) {
		until_ecall(RAM + MiB(2), 64);
		assert_int_equal(value, (turn + 1) * lines);
	}
	bench_end();
}

static int setup(void **state)
{
	host_memory(MiB(256));
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fetch_faults),
		cmocka_unit_test(test_straight_line),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_changed_code),
		cmocka_unit_test(test_much_code),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
