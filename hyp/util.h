/* SPDX-License-Identifier: BSD-2-Clause */
/* Small helpers without state: bits, alignment, containers, our own bugs. */
#ifndef HYP_UTIL_H
#define HYP_UTIL_H

#include "hyp/types.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define BIT(n)           (1UL << (n))

/* Bits hi..lo of x, shifted down. */
#define BITS(x, hi, lo)  (((u64)(x) >> (lo)) & (~0UL >> (63 - ((hi) - (lo)))))

#define ALIGN_DOWN(x, a) ((x) & ~((u64)(a) - 1))
#define ALIGN_UP(x, a)   ALIGN_DOWN((x) + (u64)(a) - 1, a)
#define IS_ALIGNED(x, a) (((x) & ((u64)(a) - 1)) == 0)

#define MIN(a, b)        ((a) < (b) ? (a) : (b))
#define MAX(a, b)        ((a) > (b) ? (a) : (b))

#define likely(x)        __builtin_expect(!!(x), 1)
#define unlikely(x)      __builtin_expect(!!(x), 0)

/* Sign-extend the low n bits of x, 1 <= n <= 64. */
static inline s64 sign_extend(u64 x, unsigned int n)
{
	return (s64)(x << (64 - n)) >> (64 - n);
}

/* [start, start + len) lies inside [base, base + size); no overflow. */
static inline bool range_inside(u64 start, u64 len, u64 base, u64 size)
{
	return start >= base && start - base <= size &&
	       len <= size - (start - base);
}

/*
 * For our own mistakes only, and never compiled out: prints what and where,
 * and stops the machine. A guest's mistake is a verdict instead.
 */
__attribute__((noreturn)) void bug(const char *what, const char *file,
				   int line);

#define BUG_ON(cond)                                    \
	do {                                            \
		if (unlikely(cond))                     \
			bug(#cond, __FILE__, __LINE__); \
	} while (0)

#endif
