/* SPDX-License-Identifier: BSD-2-Clause */
/* Zeroing and copying: [a0, end) is a multiple of 4 KiB. */
#include "hyp/csr.h"

	/*
	 * Whole-register accesses use neither vl nor vtype, only vstart. Save
	 * that and v0-v7, which may be a guest's, on the stack (at t4, with t5
	 * the old sp); t3 = bytes in eight registers.
	 */
	.macro borrow_vector
	csrr	t0, sstatus
	li	t1, SSTATUS_VS
	csrs	sstatus, t1
	csrr	t2, vstart
	csrw	vstart, zero
	csrr	t3, vlenb
	slli	t3, t3, 3
	mv	t5, sp
	sub	sp, sp, t3
	andi	sp, sp, -16
	vs8r.v	v0, (sp)
	mv	t4, sp
	.endm

	.macro return_vector
	vl8re8.v v0, (t4)
	csrw	vstart, t2
	csrw	sstatus, t0
	mv	sp, t5
	.endm

	.text
	/* void zero_*(p, end, cbo.zero block) */
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

	/* void copy_*(to, from, end of to) */
	.globl copy_plain
copy_plain:
	.irp off, 0, 32
	ld	t0, \off(a1)
	ld	t1, \off + 8(a1)
	ld	t2, \off + 16(a1)
	ld	t3, \off + 24(a1)
	sd	t0, \off(a0)
	sd	t1, \off + 8(a0)
	sd	t2, \off + 16(a0)
	sd	t3, \off + 24(a0)
	.endr
	addi	a0, a0, 64
	addi	a1, a1, 64
	bltu	a0, a2, copy_plain
	ret

	.option arch, +v
	.globl vec_zero
vec_zero:
	borrow_vector
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
	return_vector
	ret

	.globl vec_copy
vec_copy:
	borrow_vector
1:	.rept 4
	vl8re8.v v0, (a1)
	vs8r.v	v0, (a0)
	add	a1, a1, t3
	add	a0, a0, t3
	.endr
	bltu	a0, a2, 1b
	return_vector
	ret
