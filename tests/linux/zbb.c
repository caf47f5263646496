/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks itself: compiled for Zbb, what the compiler makes of these functions
 * has to give what counting bit by bit does. Prints "zbb ok", or the first
 * difference.
 */
#include <stdint.h>
#include <stdio.h>

#ifndef __riscv_zbb
#error "to be compiled with _zbb in -march"
#endif

/* Nothing here can be recognized as one instruction. */
static volatile unsigned one = 1;

static uint64_t slow_count(uint64_t x)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < 64; i += one)
		n += x >> i & 1;
	return n;
}

static uint64_t slow_leading(uint64_t x)
{
	uint64_t n = 0;

	for (unsigned i = 63; n < 64 && !(x >> i & 1); i -= one)
		n++;
	return n;
}

static uint64_t slow_reverse(uint64_t x)
{
	uint64_t r = 0;

	for (unsigned i = 0; i < 8; i += one)
		r |= (x >> 8 * i & 0xff) << (56 - 8 * i);
	return r;
}

static uint64_t slow_rotate(uint64_t x, unsigned by)
{
	for (unsigned i = 0; i < by; i += one)
		x = x << one | x >> (64 - one);
	return x;
}

static int same(const char *what, uint64_t x, uint64_t got, uint64_t want)
{
	if (got != want)
		printf("zbb: %s of 0x%lx: 0x%lx, not 0x%lx\n", what, x, got,
		       want);
	return got == want;
}

int main(void)
{
	uint64_t x = 0x123456789abcdef1;
	int good = 1;

	for (unsigned i = 0; i < 2000 && good; i++) {
		int64_t a = x, b = x * 3;
		unsigned by = i % 64;

		good = same("cpop", x, __builtin_popcountl(x), slow_count(x)) &&
		       same("clz", x, __builtin_clzl(x | 1),
			    slow_leading(x | 1)) &&
		       same("rev8", x, __builtin_bswap64(x), slow_reverse(x)) &&
		       same("rol", x, x << by | x >> (-by & 63),
			    slow_rotate(x, by)) &&
		       same("max", x, a > b ? a : b,
			    (a > b) * a + (a <= b) * b) &&
		       same("andn", x, x & ~(uint64_t)b, x - (x & (uint64_t)b));
		x ^= x >> 12;
		x ^= x << 25;
		x ^= x >> 27;
	}
	if (good)
		puts("zbb ok");
	return !good;
}
