/* SPDX-License-Identifier: BSD-2-Clause */
/* The SBI's extensions: each a function of the call's registers. */
#ifndef DIRECT_SBI_H
#define DIRECT_SBI_H

#include "hyp/sbi.h"
#include "hyp/types.h"

/* a0 (the error) and a1 (the value): as one number, gcc leaves it in registers
 * where it would build a struct in memory. */
typedef unsigned __int128 sbi_answer_t;

/*
 * A call's registers, in the order in which C passes arguments: a0 to a5, then
 * a6 (the function) and a7 (the extension). The answer is in a0 and a1 as well,
 * so nothing is moved on the way from the trap to an extension and back.
 */
#define SBI_ARGS \
	u64 a0, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, u64 fid, u64 ext

sbi_answer_t sbi_ecall(SBI_ARGS); /* from entry.S */
sbi_answer_t sbi_time(SBI_ARGS);
sbi_answer_t sbi_ipi(SBI_ARGS);
sbi_answer_t sbi_rfence(SBI_ARGS);
sbi_answer_t sbi_hsm(SBI_ARGS);
sbi_answer_t sbi_dbcn(SBI_ARGS);
sbi_answer_t sbi_legacy(SBI_ARGS);

static inline sbi_answer_t sbi_answer(long error, u64 value)
{
	return (sbi_answer_t)value << 64 | (u64)error;
}

#endif
