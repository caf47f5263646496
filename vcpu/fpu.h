/* SPDX-License-Identifier: BSD-2-Clause */
/* Floating-point and vector state: moved only when somebody else needs it. */
#ifndef VCPU_FPU_H
#define VCPU_FPU_H

#include "vcpu/vcpu.h"

#define VTYPE_VILL (1UL << 63) /* vtype after reset */

/*
 * The VMM does not use these registers, so a guest's stay where they are
 * across exits. They are saved when the vcpu is unloaded and they are dirty,
 * and loaded when the vcpu comes back and the hart holds another's.
 */
void fpu_load(struct vcpu *v);
void fpu_save(struct vcpu *v);

/* Register n of v, as FLD/FSD see it. v is loaded. */
u64 fpu_read(struct vcpu *v, u32 n);

/* Load `width` bytes (2, 4 or 8) into register n, NaN-boxed; dirties FS. */
void fpu_write(struct vcpu *v, u32 n, u64 data, u32 width);

/* Register n itself, of the vcpu that is loaded; the hart's FS is not off. */
u64 fp_get(u32 n);
void fp_set(u32 n, u64 value);

/* Memory for v's vector registers; false: there is none. */
bool fpu_init(struct vcpu *v);
void fpu_destroy(struct vcpu *v);

#endif
