/* SPDX-License-Identifier: BSD-2-Clause */
/* The decoder against the assembler, the disassembler and random bits. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#include "host.h"
#include "hyp/util.h"
#include "vcpu/decode.h"

struct vector {
	u32 raw;
	u8 kind, len, width, sign, rd, rs1, rs2, uimm;
	s16 imm;
	u16 csr;
	u8 op;
};

struct sample {
	u32 raw;
	u8 kind;
};

#include "decode_vectors.h"

static void differ(u64 raw, struct insn i)
{
	fail_msg("%lx: kind %d len %d width %d sign %d rd %d rs1 %d rs2 %d "
		 "uimm %d imm %ld csr %x op %d",
		 raw, i.kind, i.len, i.width, i.sign, i.rd, i.rs1, i.rs2,
		 i.uimm, i.imm, i.csr, i.op);
}

static void check(const struct vector *v, struct insn i)
{
	if (i.kind != v->kind || i.len != v->len || i.width != v->width ||
	    i.sign != v->sign || i.rd != v->rd || i.rs1 != v->rs1 ||
	    i.rs2 != v->rs2 || i.uimm != v->uimm)
		differ(v->raw, i);
	if (v->kind == INSN_CSR && (i.csr != v->csr || i.op != v->op))
		differ(v->raw, i);
	if (v->kind != INSN_CSR && i.imm != v->imm)
		differ(v->raw, i);
}

static void test_assembled(void **state)
{
	for (u32 n = 0; n < ARRAY_SIZE(vectors); n++)
		check(&vectors[n], insn_decode(vectors[n].raw));
}

/* Whatever lies behind a compressed instruction must not matter. */
static void test_short_in_word(void **state)
{
	for (u32 n = 0; n < ARRAY_SIZE(vectors); n++)
		if (vectors[n].len == 2)
			check(&vectors[n],
			      insn_decode(vectors[n].raw | 0xffff0000));
}

/* Bits 4:0 all set begin an instruction of 48 bits or more: none is known. */
static void test_longer(void **state)
{
	for (u32 n = 0; n < ARRAY_SIZE(vectors); n++) {
		struct insn i = insn_decode(vectors[n].raw | 0x1f);

		assert_int_equal(i.kind, INSN_UNKNOWN);
		assert_int_equal(i.len, 4);
	}
}

static void test_htinst(void **state)
{
	for (u32 n = 0; n < ARRAY_SIZE(htinst_vectors); n++)
		check(&htinst_vectors[n],
		      insn_decode_htinst(htinst_vectors[n].raw));
}

/*
 * For the future, Privileged asks to check bits 63:32, and allows to ignore
 * what may come in the immediate's place.
 */
static void test_htinst_future(void **state)
{
	struct insn i = insn_decode_htinst(0xfff5b503); /* ld a0, -1(a1) */

	assert_int_equal(i.kind, INSN_LOAD);
	assert_int_equal(i.rd, 10);
	assert_int_equal(i.imm, 0);
	i = insn_decode_htinst(0xfea5bfa3); /* sd a0, -1(a1) */
	assert_int_equal(i.kind, INSN_STORE);
	assert_int_equal(i.rs2, 10);
	assert_int_equal(i.imm, 0);
	for (u32 bit = 32; bit < 64; bit++) {
		i = insn_decode_htinst(0x3503 | BIT(bit)); /* ld a0, 0(x0) */
		assert_int_equal(i.kind, INSN_UNKNOWN);
	}
}

/* Bit 0 clear: zero, pseudoinstructions and nothing known. */
static void test_htinst_even(void **state)
{
	static const u32 pseudo[] = {0, 0x2000, 0x2020, 0x3000, 0x3020};
	struct insn i;

	for (u32 n = 0; n < ARRAY_SIZE(pseudo); n++) {
		i = insn_decode_htinst(pseudo[n]);
		assert_int_equal(i.kind, INSN_UNKNOWN);
		assert_int_equal(i.len, 0);
	}
	for (u32 n = 0; n < ARRAY_SIZE(htinst_vectors); n++) {
		u32 raw = htinst_vectors[n].raw;

		i = insn_decode_htinst(raw & ~1U);
		assert_int_equal(i.kind, INSN_UNKNOWN);
		i = insn_decode_htinst((raw & ~1U) | 2);
		assert_int_equal(i.kind, INSN_UNKNOWN);
	}
}

/* Nothing but loads, stores, atomics and cbo.* has a transformation. */
static void test_htinst_other(void **state)
{
	for (u32 n = 0; n < ARRAY_SIZE(samples); n++) {
		const struct sample *s = &samples[n];
		bool access = s->kind >= INSN_LOAD && s->kind <= INSN_CBO_ZERO;
		bool base = s->kind >= INSN_LOAD && s->kind <= INSN_FSTORE;
		struct insn i = insn_decode_htinst(s->raw);

		assert_int_equal(i.kind, access ? s->kind : INSN_UNKNOWN);
		assert_int_equal(i.len, access ? 4 : 0);
		/* No atomic and no cbo.* is compressed. */
		i = insn_decode_htinst(s->raw & ~2U);
		assert_int_equal(i.kind, base ? s->kind : INSN_UNKNOWN);
		assert_int_equal(i.len, base ? 2 : 0);
	}
}

/* All of the 16-bit patterns, against the disassembler. */
static void test_every_short(void **state)
{
	for (u32 raw = 0; raw < ARRAY_SIZE(short_kinds); raw++) {
		struct insn i = insn_decode(raw);

		if (i.len != (raw % 4 == 3 ? 4 : 2))
			differ(raw, i);
		if (i.len == 2 && i.kind != short_kinds[raw])
			differ(raw, i);
	}
}

/* Each opcode with each funct3 and funct7, against the disassembler. */
static void test_every_opcode(void **state)
{
	for (u32 n = 0; n < ARRAY_SIZE(samples); n++) {
		struct insn i = insn_decode(samples[n].raw);

		if (i.kind != samples[n].kind || i.len != 4)
			differ(samples[n].raw, i);
	}
}

/*
 * A long load or store is its opcode and funct3 as the assembler has them,
 * and what was decoded, put back in place, is the whole of the rest.
 */
static u32 encode(const struct vector *v, struct insn i)
{
	u32 base = v->raw & 0x707f, imm = (u32)i.imm & 0xfff;

	if (v->kind == INSN_LOAD || v->kind == INSN_FLOAD)
		return base | (u32)i.rd << 7 | (u32)i.rs1 << 15 | imm << 20;
	return base | (imm & 31) << 7 | (u32)i.rs1 << 15 | (u32)i.rs2 << 20 |
	       imm >> 5 << 25;
}

static bool is_base(u8 kind)
{
	return kind >= INSN_LOAD && kind <= INSN_FSTORE;
}

/* By opcode and funct3: some vector that is that long load or store. */
static const struct vector *bases[0x8000];

static void find_bases(void)
{
	for (u32 n = 0; n < ARRAY_SIZE(vectors); n++)
		if (is_base(vectors[n].kind) && vectors[n].len == 4)
			bases[vectors[n].raw & 0x707f] = &vectors[n];
}

static void check_random(u32 raw)
{
	const struct vector *v = bases[raw & 0x707f];
	struct insn i = insn_decode(raw);

	if (i.len != (raw % 4 == 3 ? 4 : 2) || i.kind > INSN_EBREAK)
		differ(raw, i);
	if (raw % 4 != 3 && i.kind != short_kinds[raw & 0xffff])
		differ(raw, i);
	if (raw % 4 != 3)
		return;
	if (is_base(i.kind) != !!v)
		differ(raw, i);
	if (v && (i.kind != v->kind || i.width != v->width ||
		  i.sign != v->sign || encode(v, i) != raw))
		differ(raw, i);
}

static void test_random(void **state)
{
	u64 x = 0x9e3779b97f4a7c15;

	find_bases();
	for (u32 n = 0; n < 2000000; n++) {
		/* xorshift64 */
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		check_random(x >> 32);
		insn_decode_htinst(x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_assembled),
		cmocka_unit_test(test_short_in_word),
		cmocka_unit_test(test_longer),
		cmocka_unit_test(test_htinst),
		cmocka_unit_test(test_htinst_future),
		cmocka_unit_test(test_htinst_even),
		cmocka_unit_test(test_htinst_other),
		cmocka_unit_test(test_every_short),
		cmocka_unit_test(test_every_opcode),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
