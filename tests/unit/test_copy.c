/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of every alignment and length: what is copied, and nothing around it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/copy.h"

#define MOST   100
#define AROUND 16

static u8 from[AROUND + MOST + AROUND] __attribute__((aligned(8)));
static u8 to[AROUND + MOST + AROUND] __attribute__((aligned(8)));

static void check(u64 src, u64 dst, u64 len)
{
	u8 want[sizeof(to)];

	memset(to, 0xee, sizeof(to));
	memcpy(want, to, sizeof(to));
	memcpy(want + dst, from + src, len);
	copy_bytes(to + dst, from + src, len);
	assert_memory_equal(to, want, sizeof(to));
}

static void test_all(void **state)
{
	for (u32 i = 0; i < sizeof(from); i++)
		from[i] = i * 37 + 11;
	for (u64 src = 0; src < 8; src++) {
		for (u64 dst = 0; dst < 8; dst++) {
			for (u64 len = 0; len <= MOST; len++)
				check(AROUND + src, AROUND + dst, len);
		}
	}
}

/* No word is read that has none of the bytes: here a page ends. */
static void test_ends(void **state)
{
	for (u64 len = 0; len <= 40; len++) {
		for (u64 dst = 0; dst < 8; dst++) {
			u8 *exact = aligned_alloc(8, 8 + len / 8 * 8 + 8);
			u8 *end = exact + 8 + len / 8 * 8;

			memset(exact, 0x5a, end - exact);
			copy_bytes(to + dst, end - len, len);
			for (u64 i = 0; i < len; i++)
				assert_int_equal(to[dst + i], 0x5a);
			free(exact);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
