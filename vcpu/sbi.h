/* SPDX-License-Identifier: BSD-2-Clause */
/* The SBI that a guest calls: the VMM in the place of firmware. */
#ifndef VCPU_SBI_H
#define VCPU_SBI_H

#include "hyp/sbi.h"
#include "vcpu/exit.h"

#define A0 10
#define A1 11
#define A6 16
#define A7 17

/*
 * Serve the call in a7, a6, a0-a5 and leave the answer in a0, a1 (RISC-V SBI,
 * "Binary Encoding"). Unknown calls are answered SBI_ERR_NOT_SUPPORTED.
 */
enum verdict sbi_serve(struct vcpu *v);

/* The answer of an extension's function. */
static inline enum verdict sbi_reply(struct vcpu *v, long error, long value)
{
	v->state.gpr[A0] = error;
	v->state.gpr[A1] = value;
	return ADVANCE;
}

/* The harts that (mask, base) names, as a mask by id; false: not all exist. */
bool sbi_hart_mask(const struct vm *vm, u64 mask, u64 base, u64 *ids);

#define SBI(id, name, serve) enum verdict sbi_##serve(struct vcpu *v, u64 fid);
#include "vcpu/sbi.def"
#undef SBI

#endif
