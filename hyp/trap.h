/* SPDX-License-Identifier: BSD-2-Clause */
/* Our own faults: registers, a backtrace with symbols, and the end. */
#ifndef HYP_TRAP_H
#define HYP_TRAP_H

#include "hyp/types.h"

struct trap_frame {
	u64 gpr[32];
};

/* From trap_vector: a trap of the VMM that nobody expected. */
__attribute__((noreturn)) void trap_panic(const struct trap_frame *f);

/* The stvec of a hart that has no guest loaded. */
extern char trap_vector[];

/*
 * The function that covers an address of our text, and the offset in it;
 * NULL where there is none.
 */
const char *symbol_name(u64 addr, u64 *offset);

#endif
