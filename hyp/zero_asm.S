/* SPDX-License-Identifier: BSD-2-Clause */
/* Three ways to zero [a0, a1), a multiple of 4 KiB; a2 = cbo.zero's block. */
#include "hyp/csr.h"

	.text
	.globl zero_plain
zero_plain:
	.irp off, 0, 8, 16, 24, 32, 40, 48, 56
	sd	zero, \off(a0)
	.endr
	addi	a0, a0, 64
	bltu	a0, a1, zero_plain
	ret

	.globl zero_cboz
zero_cboz:
	.rept 16
	cbo.zero (a0)
	add	a0, a0, a2
	.endr
	bltu	a0, a1, zero_cboz
	ret

	/*
	 * Whole-register stores use neither vl nor vtype, only vstart: save
	 * that and v0-v7, which may be a guest's.
	 */
	.option arch, +v
	.globl vec_zero
vec_zero:
	csrr	t0, sstatus
	li	t1, SSTATUS_VS
	csrs	sstatus, t1
	csrr	t2, vstart
	csrw	vstart, zero
	csrr	t3, vlenb
	slli	t3, t3, 3		/* bytes in eight registers */
	addi	t5, sp, 0
	sub	sp, sp, t3
	andi	sp, sp, -16
	vs8r.v	v0, (sp)
	mv	t4, sp
	sub	sp, sp, t3
	mv	t6, sp
1:	sd	zero, 0(t6)
	addi	t6, t6, 8
	bltu	t6, t4, 1b
	vl8re8.v v0, (sp)
2:	.rept 4
	vs8r.v	v0, (a0)
	add	a0, a0, t3
	.endr
	bltu	a0, a1, 2b
	vl8re8.v v0, (t4)
	csrw	vstart, t2
	csrw	sstatus, t0
	mv	sp, t5
	ret
