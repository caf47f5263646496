/* SPDX-License-Identifier: BSD-2-Clause */
/* Moves FP and vector registers; the caller has turned the units on. */
#include "offsets.h"

	.text
	/* void fp_save(struct vcpu_fp *); void fp_load(const struct vcpu_fp *) */
	.globl fp_save
fp_save:
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, \
		18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fsd	f\n, FP_F + \n * 8(a0)
	.endr
	frcsr	t0
	sd	t0, FP_FCSR(a0)
	ret

	.globl fp_load
fp_load:
	ld	t0, FP_FCSR(a0)
	fscsr	t0
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, \
		18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fld	f\n, FP_F + \n * 8(a0)
	.endr
	ret

	/* u64 fp_get(u32 n); void fp_set(u32 n, u64 value) */
	.option	push
	.option	norvc
	.globl fp_get
fp_get:
	lla	t0, 1f
	slli	a0, a0, 3
	add	t0, t0, a0
	jr	t0
1:	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, \
		18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fmv.x.d	a0, f\n
	ret
	.endr

	.globl fp_set
fp_set:
	lla	t0, 1f
	slli	a0, a0, 3
	add	t0, t0, a0
	jr	t0
1:	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, \
		18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fmv.d.x	f\n, a1
	ret
	.endr
	.option	pop

	/* void vec_save(void *regs, u64 eight), vec_load: eight = 8 * vlenb. */
	.option arch, +v
	.globl vec_save
vec_save:
	.irp n, 0, 8, 16, 24
	vs8r.v	v\n, (a0)
	add	a0, a0, a1
	.endr
	ret

	.globl vec_load
vec_load:
	.irp n, 0, 8, 16, 24
	vl8re8.v v\n, (a0)
	add	a0, a0, a1
	.endr
	ret

	/* void vec_set_config(u64 vl, u64 vtype) */
	.globl vec_set_config
vec_set_config:
	vsetvl	zero, a0, a1
	ret
