/* SPDX-License-Identifier: BSD-2-Clause */
/* What the device tests share: accesses through a bus, seeded randomness. */
#ifndef TESTS_UNIT_MMIO_H
#define TESTS_UNIT_MMIO_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "hyp/types.h"
#include "vdev/vdev.h"

/* The bus of the test program; a test's setup fills it. */
static struct vbus bus;

static inline bool mmio_try(u64 addr, u8 len, bool write, u64 *data)
{
	struct mmio m = {.data = *data, .len = len, .write = write};
	bool ok = vbus_access(&bus, GPA(addr), &m);

	*data = m.data;
	return ok;
}

static inline u64 mmio_read(u64 addr, u8 len)
{
	u64 data = 0xa5a5a5a5a5a5a5a5;

	assert_true(mmio_try(addr, len, false, &data));
	return data;
}

static inline void mmio_write(u64 addr, u8 len, u64 data)
{
	assert_true(mmio_try(addr, len, true, &data));
}

static inline void mmio_refused(u64 addr, u8 len)
{
	u64 data = 0;

	assert_false(mmio_try(addr, len, false, &data));
	assert_false(mmio_try(addr, len, true, &data));
}

static u64 rnd_state;

/* SEED=n in the environment repeats a run. */
static inline void rnd_init(void)
{
	const char *seed = getenv("SEED");

	rnd_state = seed ? strtoull(seed, NULL, 0) : (u64)time(NULL);
	printf("SEED=%llu\n", (unsigned long long)rnd_state);
}

/* splitmix64: any seed will do. */
static inline u64 rnd(void)
{
	u64 z = rnd_state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static inline u64 rnd_below(u64 n)
{
	return rnd() % n;
}

/* One wild access of any width somewhere in [base, base + size). */
static inline void mmio_wild(u64 base, u64 size)
{
	u64 data = rnd();

	mmio_try(base + rnd_below(size), 1 << rnd_below(4), rnd() & 1, &data);
}

#endif
