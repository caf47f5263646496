/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests physical memory protection against a rule for each byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fuzz.h"
#include "hyp/util.h"
#include "vcpu/pmp.h"

#define SPAN 256 /* bytes that are looked at */

static u8 byte_of(const struct pmp *p, u32 n)
{
	return p->cfg[n / 8] >> n % 8 * 8;
}

/* Privileged, "Physical Memory Protection", "Address Matching". */
static bool covers(const struct pmp *p, u32 n, u64 at)
{
	u64 word = at >> 2, addr = p->addr[n];
	u32 ones = 0;

	switch (byte_of(p, n) & PMP_A) {
	case PMP_TOR:
		return word >= (n ? p->addr[n - 1] : 0) && word < addr;
	case PMP_NA4:
		return word == addr;
	case PMP_NAPOT:
		while (addr >> ones & 1)
			ones++;
		return word >> (ones + 1) == addr >> (ones + 1);
	default:
		return false;
	}
}

/* The entry that decides the byte; PMP_ENTRIES: none. */
static u32 decides(const struct pmp *p, u64 at)
{
	u32 n = 0;

	while (n < PMP_ENTRIES && !covers(p, n, at))
		n++;
	return n;
}

/* The lowest entry that matches any byte has to match all. */
static u32 model(const struct pmp *p, enum priv priv, u64 at, u64 len)
{
	u32 n = PMP_ENTRIES;

	for (u64 i = 0; i < len; i++)
		n = MIN(n, decides(p, at + i));
	if (n == PMP_ENTRIES)
		return priv == PRIV_M ? PMP_RWX : 0;
	for (u64 i = 0; i < len; i++) {
		if (!covers(p, n, at + i))
			return 0;
	}
	if (priv == PRIV_M && !(byte_of(p, n) & PMP_L))
		return PMP_RWX;
	return byte_of(p, n) & PMP_RWX;
}

static void fill(struct pmp *p, u64 *seed)
{
	for (u32 n = 0; n < PMP_ENTRIES; n++) {
		u64 r = fuzz_random(seed);

		p->addr[n] = r % (SPAN / 4);
		if (r >> 20 & 1)
			p->addr[n] |= (1 << (r >> 21) % 7) - 1;
		if (r >> 30 & 1)
			p->addr[n] = r >> 40 & (BIT(54) - 1);
	}
	p->cfg[0] = fuzz_random(seed) & 0x9f9f9f9f9f9f9f9f;
	p->cfg[1] = fuzz_random(seed) & 0x9f9f9f9f9f9f9f9f;
}

static void test_random(void **state)
{
	static const enum priv privs[] = {PRIV_U, PRIV_S, PRIV_M};
	u64 seed = fuzz_seed(), parts = 0, alike = 0;

	for (u32 round = 0; round < 3000; round++) {
		struct pmp p;

		fill(&p, &seed);
		for (u32 i = 0; i < 50; i++) {
			u64 r = fuzz_random(&seed), at = r % SPAN;
			u64 len = 1UL << (r >> 20) % 7;
			enum priv priv = privs[(r >> 30) % 3];
			u32 got = pmp_allows(&p, priv, GPA(at), len);
			bool same = true;

			assert_int_equal(got, model(&p, priv, at, len));
			for (u64 k = 0; k < len; k++)
				same &= decides(&p, at + k) == decides(&p, at);
			/* It may not know that two entries make up one. */
			if (pmp_same(&p, GPA(at), len))
				assert_true(same);
			alike += same;
			parts += !same;
		}
	}
	assert_true(parts > 1000 && alike > 1000);
}

static bool alike(const struct pmp *p, u64 a, u64 b)
{
	for (u32 n = 0; n < PMP_ENTRIES; n++) {
		if (covers(p, n, a) != covers(p, n, b))
			return false;
	}
	return true;
}

static void test_span(void **state)
{
	u64 seed = fuzz_seed();

	for (u32 round = 0; round < 3000; round++) {
		u64 at = fuzz_random(&seed) % SPAN, from, to;
		struct pmp p;

		fill(&p, &seed);
		pmp_span(&p, GPA(at), &from, &to);
		assert_true(from <= at && at < to);
		for (u64 i = from; i < MIN(to, SPAN); i++)
			assert_true(alike(&p, at, i));
		if (from)
			assert_false(alike(&p, at, from - 1));
		if (to < SPAN)
			assert_false(alike(&p, at, to));
	}
}

static void test_all_of_it(void **state)
{
	struct pmp p = {.cfg = {PMP_NAPOT | PMP_RWX}, .addr = {BIT(54) - 1}};

	assert_int_equal(pmp_allows(&p, PRIV_S, GPA(0x80000000), GiB(1)),
			 PMP_RWX);
	assert_true(pmp_same(&p, GPA(0), 1UL << 55));
	p = (struct pmp){0};
	assert_int_equal(pmp_allows(&p, PRIV_S, GPA(0), 1), 0);
	assert_int_equal(pmp_allows(&p, PRIV_M, GPA(0), GiB(4)), PMP_RWX);
}

static void test_writes(void **state)
{
	struct pmp p = {0};

	pmp_write_addr(&p, 3, ~0UL);
	assert_int_equal(p.addr[3], BIT(54) - 1);
	/* Bits 5 and 6 are zero; W without R is reserved. */
	pmp_write_cfg(&p, 0, 0x7f02);
	assert_int_equal(p.cfg[0], 0x1f00);
	/* Entry 2 locked, of TOR: its own address and that below. */
	pmp_write_cfg(&p, 0, 0x890000);
	pmp_write_addr(&p, 1, 5);
	pmp_write_addr(&p, 2, 5);
	assert_int_equal(p.addr[1], 0);
	assert_int_equal(p.addr[2], 0);
	pmp_write_addr(&p, 0, 5);
	assert_int_equal(p.addr[0], 5);
	pmp_write_cfg(&p, 0, 0);
	assert_int_equal(p.cfg[0], 0x890000);
	pmp_write_cfg(&p, 1, 0x9fUL << 56);
	pmp_write_addr(&p, 15, 7);
	assert_int_equal(p.addr[15], 0);
	pmp_write_addr(&p, 14, 7);
	assert_int_equal(p.addr[14], 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_span),
		cmocka_unit_test(test_all_of_it),
		cmocka_unit_test(test_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
