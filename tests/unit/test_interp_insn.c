/* SPDX-License-Identifier: BSD-2-Clause */
/* The interpreter's instructions, each against what a manual says of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "interp_bench.h"

/* rd, rs1 and rs2 as numbers, a and b in the latter two. */
struct vector {
	u32 raw;
	u8 rd, rs1, rs2;
	u64 a, b, result;
};

struct branch {
	u32 raw;
	u8 rs1, rs2;
	u64 a, b;
	s32 off;
};

struct atomic {
	u32 raw;
	u8 width, rd, rs2;
	u64 b, before, result, after;
};

struct sample {
	u32 raw;
	bool known;
};

#include "interp_vectors.h"

#define DATA (RAM + 0x20000)

/* What a register holds that has nothing to do with a test. */
static u64 filling(u32 n)
{
	return n ? 0x5a00f0c3e1000000 + n : 0;
}

static void fill_registers(void)
{
	for (u32 n = 0; n < 32; n++)
		cpu->state.gpr[n] = filling(n);
}

/* All registers but those two (by number) are as they were filled. */
static void check_others(u32 raw, u32 n1, u32 n2)
{
	for (u32 n = 0; n < 32; n++) {
		if (n != n1 && n != n2 && cpu->state.gpr[n] != filling(n))
			fail_msg("%x: x%u became %lx", raw, n,
				 cpu->state.gpr[n]);
	}
}

static void execute(u32 raw)
{
	struct fence f = {.kinds = FENCE_I};

	put_insn(CODE, raw);
	interp_fence(cpu, &f);
	cpu->state.pc = CODE;
	if (!step())
		fail_msg("%x: not carried out", raw);
}

static void check(u32 raw, const char *what, u64 got, u64 want)
{
	if (got != want)
		fail_msg("%x: %s is %lx, not %lx", raw, what, got, want);
}

static void test_computed(void **state)
{
	bench_start();
	for (u32 i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *t = &vectors[i];
		u64 *gpr = cpu->state.gpr;

		fill_registers();
		gpr[t->rs1] = t->a;
		gpr[t->rs2] = t->b;
		execute(t->raw);
		check(t->raw, "rd", gpr[t->rd], t->result);
		check(t->raw, "pc", cpu->state.pc, CODE + 4);
		gpr[t->rd] = filling(t->rd);
		if (t->rs1 != t->rd)
			check(t->raw, "rs1", gpr[t->rs1], t->a);
		if (t->rs2 != t->rd)
			check(t->raw, "rs2", gpr[t->rs2], t->b);
		check_others(t->raw, t->rs1, t->rs2);
	}
	bench_end();
}

static void test_branches(void **state)
{
	bench_start();
	for (u32 i = 0; i < ARRAY_SIZE(branches); i++) {
		const struct branch *t = &branches[i];

		fill_registers();
		cpu->state.gpr[t->rs1] = t->a;
		cpu->state.gpr[t->rs2] = t->b;
		execute(t->raw);
		check(t->raw, "pc", cpu->state.pc, CODE + t->off);
		check_others(t->raw, t->rs1, t->rs2);
	}
	bench_end();
}

static void test_atomics(void **state)
{
	bench_start();
	for (u32 i = 0; i < ARRAY_SIZE(atomics); i++) {
		const struct atomic *t = &atomics[i];
		u64 after;

		fill_registers();
		cpu->state.gpr[1] = DATA;
		cpu->state.gpr[t->rs2] = t->b;
		put(DATA, &t->before, 8);
		execute(t->raw);
		memcpy(&after, ram(DATA), 8);
		check(t->raw, "rd", cpu->state.gpr[t->rd], t->result);
		check(t->raw, "memory", after, t->after);
		check(t->raw, "pc", cpu->state.pc, CODE + 4);
		cpu->state.gpr[1] = filling(1);
		check_others(t->raw, t->rd, t->rs2);
	}
	bench_end();
}

/* ---- encodings ----------------------------------------------------------- */

static bool same(const struct slot *a, const struct slot *b)
{
	return a->run == b->run && a->rd == b->rd && a->rs1 == b->rs1 &&
	       a->rs2 == b->rs2 && a->imm == b->imm;
}

/* Only for x0: there is nothing to be compared. */
static bool is_nop(u32 word)
{
	struct slot s;

	interp_decode(&s, word, ALONE);
	return BITS(word, 11, 7) == 0 &&
	       ((word & 0x7f) == 0x13 || (word & 0x7f) == 0x37 ||
		(word & 0x7f) == 0x33);
}

/*
 * A compressed instruction is decoded to the same slot as the one that it
 * stands for, whatever follows it in memory; what is none is not decoded.
 */
static void test_compressed(void **state)
{
	u32 known = 0;

	bench_start();
	for (u32 raw = 0; raw < 65536; raw++) {
		struct slot s, want;

		if ((raw & 3) == 3)
			continue;
		interp_decode(&s, raw | 0xabcd0000, ALONE);
		assert_int_equal(s.size, 2 << SLOT_SHIFT);
		if (!shorts[raw]) {
			if (s.run != op_native)
				fail_msg("%x is decoded", raw);
			continue;
		}
		known++;
		interp_decode(&want, shorts[raw], ALONE);
		if (is_nop(shorts[raw]) ? s.run != want.run : !same(&s, &want))
			fail_msg("%x is not %x", raw, shorts[raw]);
	}
	assert_true(known > 40000);
	bench_end();
}

/* Jumps within a line and out of it are the same instruction. */
static void test_near_and_far(void **state)
{
	bench_start();
	for (u32 raw = 0; raw < 65536; raw++) {
		struct slot alone;

		if (!shorts[raw])
			continue;
		interp_decode(&alone, raw, ALONE);
		for (u32 at = 0; at < LINE_SIZE; at += 254) {
			struct slot s;

			interp_decode(&s, raw, at);
			if (s.run == alone.run) {
				assert_true(same(&s, &alone));
				continue;
			}
			assert_int_equal(s.imm, alone.imm * 8);
			assert_true(at + alone.imm < LINE_SIZE);
		}
	}
	bench_end();
}

static void test_encodings(void **state)
{
	u32 known = 0;

	bench_start();
	for (u32 i = 0; i < ARRAY_SIZE(samples); i++) {
		struct slot s;

		interp_decode(&s, samples[i].raw, ALONE);
		assert_int_equal(s.size, 4 << SLOT_SHIFT);
		if ((s.run != op_native) != samples[i].known)
			fail_msg("%x: known: %d", samples[i].raw,
				 s.run != op_native);
		known += samples[i].known;
	}
	assert_true(known > 1000 && known < ARRAY_SIZE(samples) / 2);
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
		cmocka_unit_test(test_computed),
		cmocka_unit_test(test_branches),
		cmocka_unit_test(test_atomics),
		cmocka_unit_test(test_compressed),
		cmocka_unit_test(test_near_and_far),
		cmocka_unit_test(test_encodings),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
