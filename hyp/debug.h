/* SPDX-License-Identifier: BSD-2-Clause */
/* Constant conditions: `make DEBUG=1 vmm`, `make COUNT=0 vmm`. */
#ifndef HYP_DEBUG_H
#define HYP_DEBUG_H

/*
 * A constant condition for checks that cost too much to be always there:
 * if (DEBUG_CHECKS) ...; a usual build has no trace of them.
 */
#ifndef DEBUG_CHECKS
#define DEBUG_CHECKS 0
#endif

/* For tests that are to see it: a remote fence is 100 instructions slower. */
#ifndef BREAK_slow
#define BREAK_slow 0
#endif

/* Counting exits and instructions costs some, which can be measured without. */
#ifndef ACCOUNTING
#define ACCOUNTING 1
#endif

#define COUNT(counter)               \
	do {                         \
		if (ACCOUNTING)      \
			(counter)++; \
	} while (0)

#endif
