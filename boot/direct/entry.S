/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reset, traps and the way down to S-mode.
 *
 * mscratch: below M-mode the hart's trap frame, in M-mode 0: so a trap of our
 * own is told from one of the supervisor's before anything is written. tp and
 * gp stay the supervisor's; C does not use them.
 */
#include "boot/direct/layout.h"
#include "boot/direct/mcsr.h"

	.macro	each	insn, regs:vararg
	.irp	n, \regs
	\insn	x\n, \n*8(sp)
	.endr
	.endm

	/* sp = the stack of this hart; clobbers t0. */
	.macro	own_stack
	csrr	t0, mhartid
	addi	t0, t0, 1
	slli	t0, t0, HART_SHIFT
	lla	sp, harts
	add	sp, sp, t0
	.endm

	.section .text.entry, "ax"
	.globl _start
/* All harts at once; a0 = hart id, a1 = device tree, a2 = fw_dynamic_info. */
_start:
	csrw	mie, zero
	csrw	mscratch, zero
	li	t0, MSTATUS_MDT		/* Smdbltrp: set by a reset */
	csrc	mstatus, t0
	lla	t0, trap_vector
	csrw	mtvec, t0
	li	t0, HARTS_MAX
	bgeu	a0, t0, 1f
	own_stack
	call	hart_reset
1:	wfi
	j	1b

	.text
	.balign	4
	.globl	trap_vector
trap_vector:
	csrrw	sp, mscratch, sp
	beqz	sp, trap_in_m
	sd	t0, 5*8(sp)
	csrrw	t0, mscratch, zero
	sd	t0, 2*8(sp)
	csrr	t0, mcause
	addi	t0, t0, -CAUSE_ECALL_HS
	bnez	t0, 1f
	/* An SBI call. Its registers are where the C function wants them, and
	 * a0 and a1 are its answer: the others are the caller's. */
	each	sd, 1,6,7,12,13,14,15,16,17,28,29,30,31
	csrr	t0, mepc
	addi	t0, t0, 4
	csrw	mepc, t0
	call	sbi_ecall
	each	ld, 1,6,7,12,13,14,15,16,17,28,29,30,31
	csrw	mscratch, sp
	each	ld, 5,2
	mret

	/* Interrupts: shift the top bit out, and twice the number is left. */
1:	csrr	t0, mcause
	bgez	t0, trap_unexpected
	slli	t0, t0, 1
	addi	t0, t0, -2 * IRQ_M_TIMER
	bnez	t0, 2f
	li	t0, 1 << IRQ_M_TIMER	/* once: set_timer enables it again */
	csrc	mie, t0
	li	t0, 1 << IRQ_S_TIMER
	csrs	mip, t0
	csrw	mscratch, sp
	each	ld, 5,2
	mret

2:	addi	t0, t0, 2 * (IRQ_M_TIMER - IRQ_M_SOFT)
	bnez	t0, trap_unexpected
	each	sd, 1,6,7,10,11,12,13,14,15,16,17,28,29,30,31
	call	mail_interrupt
	each	ld, 1,6,7,10,11,12,13,14,15,16,17,28,29,30,31
	csrw	mscratch, sp
	each	ld, 5,2
	mret

trap_in_m:
	own_stack
trap_unexpected:
	csrr	a0, mcause
	csrr	a1, mepc
	csrr	a2, mtval
	call	trap_fatal

	/* hart_launch(hart id, a1): to mepc in the mode of mstatus.MPP, with a
	 * clean stack for the next trap and nothing of ours in registers. */
	.globl	hart_launch
hart_launch:
	own_stack
	addi	sp, sp, -FRAME_SIZE
	csrw	mscratch, sp
	.irp	n, 1,2,3,4,5,6,7,8,9,12,13,14,15,16,17,18,19,20,21,22,23,24
	li	x\n, 0
	.endr
	.irp	n, 25,26,27,28,29,30,31
	li	x\n, 0
	.endr
	mret
