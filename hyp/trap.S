/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traps of the VMM itself. Its interrupts are off, so there are two reasons:
 * an access to guest memory that faulted (the hart's fixup says where to go
 * on) or a mistake of ours.
 */
#include "hyp/csr.h"
#include "offsets.h"

	.text
	.balign	4
	.globl trap_vector
trap_vector:
	csrw	sscratch, t0
	ld	t0, HART_FIXUP(tp)
	beqz	t0, 1f
	csrw	sepc, t0
	sd	zero, HART_FIXUP(tp)
	csrw	sscratch, zero
	li	t0, 1			/* tells the fixup that it faulted */
	sret

	/* A fresh stack: ours may be what faulted. */
1:	ld	t0, HART_PANIC_STACK(tp)
	addi	t0, t0, -TRAP_FRAME_SIZE
	sd	sp, TRAP_FRAME_GPR + 2 * 8(t0)
	mv	sp, t0
	csrr	t0, sscratch
	csrw	sscratch, zero
	.irp n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, \
		19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, TRAP_FRAME_GPR + \n * 8(sp)
	.endr
	mv	a0, sp
	call	trap_panic
	j	.
