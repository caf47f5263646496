/* SPDX-License-Identifier: BSD-2-Clause */
/* Damages good input at random: SEED=n in the environment repeats a run. */
#ifndef TESTS_UNIT_FUZZ_H
#define TESTS_UNIT_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hyp/types.h"

#define FUZZ_ROUNDS 100000

/* The seed, printed: of the environment, or of the clock. */
static inline u64 fuzz_seed(void)
{
	const char *env = getenv("SEED");
	u64 seed = env ? strtoull(env, NULL, 0) : (u64)time(NULL);

	fprintf(stderr, "SEED=%lu\n", (unsigned long)seed);
	return seed;
}

/* splitmix64: a full period, whatever the state. */
static inline u64 fuzz_random(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/*
 * Copy good over bad and change 1 to 8 bytes of bad: mostly one bit, else to
 * a value that parsers stumble over, or to any.
 */
static inline void fuzz_damage(u64 *state, u8 *bad, const u8 *good, u64 size)
{
	static const u8 nasty[] = {0, 1, 0x7f, 0x80, 0xff, '0', 'f', '@'};
	u64 changes = 1 + fuzz_random(state) % 8;

	memcpy(bad, good, size);
	while (changes--) {
		u64 r = fuzz_random(state);
		u8 *byte = &bad[(r >> 16) % size];

		if (r % 4 < 2)
			*byte ^= 1 << (r >> 4) % 8;
		else if (r % 4 == 2)
			*byte = nasty[(r >> 4) % sizeof(nasty)];
		else
			*byte = r >> 4;
	}
}

#endif
