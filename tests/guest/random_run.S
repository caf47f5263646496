/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a random stream in S or U until its next trap. */
#include "tests/guest/rt/frame.h"

	.macro	each	insn, base, regs:vararg
	.irp	n, \regs
	\insn	x\n, \n*8(\base)
	.endr
	.endm

	.text
	.globl	random_run
/* Unlike rt's user_run, nothing of the frame's is in sscratch, which is the
 * stream's: tp finds the frame, and no stream changes tp. */
random_run:
	addi	sp, sp, -FRAME_SIZE
	each	sd, sp, 1,3,4,8,9
	each	sd, sp, 18,19,20,21,22,23,24,25,26,27
	sd	sp, 0(a0)
	la	t0, random_back
	csrw	stvec, t0
	ld	t0, FRAME_SSTATUS(a0)
	csrw	sstatus, t0
	ld	t0, FRAME_SEPC(a0)
	csrw	sepc, t0
	mv	tp, a0
	each	ld, tp, 1,2,3,5,6,7,8,9,10,11,12,13,14,15
	each	ld, tp, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	sret
	.balign	4
random_back:
	each	sd, tp, 1,2,3,5,6,7,8,9,10,11,12,13,14,15
	each	sd, tp, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	mv	a0, tp
	csrr	t0, sepc
	sd	t0, FRAME_SEPC(a0)
	csrr	t0, sstatus
	sd	t0, FRAME_SSTATUS(a0)
	csrr	t0, scause
	sd	t0, FRAME_SCAUSE(a0)
	csrr	t0, stval
	sd	t0, FRAME_STVAL(a0)
	la	t0, trap_vector
	csrw	stvec, t0
	ld	sp, 0(a0)
	each	ld, sp, 1,3,4,8,9
	each	ld, sp, 18,19,20,21,22,23,24,25,26,27
	addi	sp, sp, FRAME_SIZE
	ret
