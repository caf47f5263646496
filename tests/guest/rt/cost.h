/* SPDX-License-Identifier: BSD-2-Clause */
/* What an operation costs: a loop with it, less the same loop without it. */
#ifndef GUEST_COST_H
#define GUEST_COST_H

#include "tests/guest/rt/rt.h"

/* instret over n turns of body; setup comes before, %[x] and %[y] are inputs,
 * a0-a7 and t0-t2 are free for use. */
#define TURNS(n, setup, body, xv, yv)                                          \
	({                                                                     \
		u64 from_, to_, n_ = (n);                                      \
		asm volatile(                                                  \
			".option push\n.option norvc\n\t" setup                \
			"\n\trdinstret %[from]\n"                              \
			"1:\t" body "\n\t"                                     \
			"addi %[left], %[left], -1\n\tbnez %[left], 1b\n\t"    \
			"rdinstret %[to]\n.option pop"                         \
			:                                                      \
			[from] "=&r"(from_), [to] "=&r"(to_), [left] "+&r"(n_) \
			: [x] "r"(xv), [y] "r"(yv)                             \
			: "memory", "a0", "a1", "a2", "a3", "a4", "a5", "a6",  \
			  "a7", "t0", "t1", "t2");                             \
		to_ - from_;                                                   \
	})

/* Ten times the cost of body less that of base, a turn; after a warm-up. */
#define COST10(n, setup, base, body, xv, yv)            \
	({                                              \
		u64 base_, body_;                       \
		TURNS(10, setup, body, xv, yv);         \
		base_ = TURNS(n, setup, base, xv, yv);  \
		body_ = TURNS(n, setup, body, xv, yv);  \
		((body_ - base_) * 10 + (n) / 2) / (n); \
	})

static inline void row(const char *name, u64 tenths)
{
	print("bench %s %lu.%lu\n", name, tenths / 10, tenths % 10);
}

#endif
