/* SPDX-License-Identifier: BSD-2-Clause */
/* Where all harts begin, in M-mode; traps to M-mode; the way down and back. */
#include "tests/guest/rt/frame.h"

/* Behind a frame: what lower() has to find again. */
#define KEPT        FRAME_SIZE

	.macro	each	insn, base, regs:vararg
	.irp	n, \regs
	\insn	x\n, \n*8(\base)
	.endr
	.endm

	.macro	kept	insn
	\insn	ra, KEPT(sp)
	\insn	s0, KEPT+8(sp)
	\insn	s1, KEPT+16(sp)
	\insn	s2, KEPT+24(sp)
	\insn	s3, KEPT+32(sp)
	\insn	s4, KEPT+40(sp)
	\insn	s5, KEPT+48(sp)
	\insn	s6, KEPT+56(sp)
	\insn	s7, KEPT+64(sp)
	\insn	s8, KEPT+72(sp)
	\insn	s9, KEPT+80(sp)
	\insn	s10, KEPT+88(sp)
	\insn	s11, KEPT+96(sp)
	\insn	gp, KEPT+104(sp)
	\insn	tp, KEPT+112(sp)
	.endm

	.section .head, "ax"
	.globl	_start
_start:
	csrr	t0, mhartid
	li	t1, HARTS_MAX
	bgeu	t0, t1, 2f
	la	sp, stacks
	addi	t1, t0, 1
	slli	t1, t1, STACK_SHIFT
	add	sp, sp, t1
	la	t1, m_vectors
	csrw	mtvec, t1
	csrw	mscratch, zero
	bnez	t0, 1f
	la	t1, boot_fdt
	sd	a1, (t1)
	call	main
	call	finish
1:	la	t1, hart_go
	ld	t1, (t1)
	beqz	t1, 1b
	mv	a0, t0
	jalr	t1
2:	wfi
	j	2b

	.text
/* Vectored, if a test wants it: an interrupt's mtval tells which one it was. */
	.balign	256
	.globl	m_vectors
m_vectors:
	.option	push
	.option	norvc
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11
	j	1f + 8 * \n
	.endr
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11
	.if	\n == 0
1:	nop
	.else
	csrwi	mtval, \n
	.endif
	j	m_trap
	.endr
	.option	pop
m_trap:
	csrrw	sp, mscratch, sp
	beqz	sp, from_m
	each	sd, sp, 1,3,4,5,6,7,8,9,10,11,12,13,14,15
	each	sd, sp, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	csrrw	t0, mscratch, zero
	sd	t0, 2*8(sp)
	csrr	t0, mepc
	sd	t0, FRAME_SEPC(sp)
	csrr	t0, mstatus
	sd	t0, FRAME_SSTATUS(sp)
	csrr	t0, mcause
	sd	t0, FRAME_SCAUSE(sp)
	csrr	t0, mtval
	sd	t0, FRAME_STVAL(sp)
	kept	ld
	mv	a0, sp
	ld	sp, KEPT+120(sp)
	ret

from_m:
	csrrw	sp, mscratch, sp
	addi	sp, sp, -FRAME_SIZE
	each	sd, sp, 1,3,4,5,6,7,8,9,10,11,12,13,14,15
	each	sd, sp, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	mv	a0, sp
	call	m_from_m
	each	ld, sp, 1,3,4,5,6,7,8,9,10,11,12,13,14,15
	each	ld, sp, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	addi	sp, sp, FRAME_SIZE
	mret

/* m_down(frame): mstatus and mepc are set. */
	.globl	m_down
m_down:
	mv	t0, sp
	mv	sp, a0
	kept	sd
	sd	t0, KEPT+120(sp)
	csrw	mscratch, sp
	each	ld, sp, 1,3,4,5,6,7,8,9,10,11,12,13,14,15
	each	ld, sp, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	ld	sp, 2*8(sp)
	mret

/* Where a function of a lower mode returns to. */
	.globl	m_returned
m_returned:
	li	a7, 77
	ecall
	j	m_returned

	.bss
	.balign	16
stacks:	.skip	HARTS_MAX << STACK_SHIFT
	.globl	hart_go
hart_go:
	.skip	8
