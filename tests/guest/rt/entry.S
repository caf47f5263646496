/* SPDX-License-Identifier: BSD-2-Clause */
/* Entry of the first and of the other harts, traps from S, a turn in U. */
#include "tests/guest/rt/frame.h"

/* Load or store registers at their places in a frame. */
	.macro	each	insn, base, regs:vararg
	.irp	n, \regs
	\insn	x\n, \n*8(\base)
	.endr
	.endm

	.section .head, "ax"
	.globl	_start, hart_start
/* The first 64 bytes are a RISC-V Linux image header, so that the flat file
 * tells a loader how much memory it takes (Linux, "Boot image header in
 * RISC-V Linux"). */
_start:
	j	first
	.balign	8
	.dword	0x200000		/* load offset from the start of RAM */
	.dword	_end - _start		/* image size with .bss */
	.dword	0			/* flags: little endian */
	.word	2			/* header version 0.2 */
	.word	0
	.dword	0
	.ascii	"RISCV\0\0\0"
	.ascii	"RSC\005"
	.word	0

first:
	la	t0, _bss
	la	t1, _end
1:	sd	zero, (t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b
	la	t0, boot_fdt
	sd	a1, (t0)
	la	t0, boot_hart
	sd	a0, (t0)
	la	a1, main
/* HSM entry: a0 = hart id, a1 = opaque: the function to run. */
hart_start:
	csrw	sie, zero
	mv	tp, a0
	li	t0, HARTS_MAX
	bgeu	a0, t0, 2f
	la	sp, stacks
	addi	t0, a0, 1
	slli	t0, t0, STACK_SHIFT
	add	sp, sp, t0
	la	t0, trap_vector
	csrw	stvec, t0
	csrw	sscratch, zero
	jalr	a1
	call	finish
2:	wfi
	j	2b

	.text
	.globl	trap_vector
	.balign	4
/* Traps from S only: sp is good. Saves all, so that a handler may change the
 * frame, and nests (scause, stval, sepc and sstatus are in the frame). */
trap_vector:
	addi	sp, sp, -FRAME_SIZE
	each	sd, sp, 1,3,4,5,6,7,8,9,10,11,12,13,14,15
	each	sd, sp, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	addi	t0, sp, FRAME_SIZE
	sd	t0, 2*8(sp)
	csrr	t0, sepc
	sd	t0, FRAME_SEPC(sp)
	csrr	t0, sstatus
	sd	t0, FRAME_SSTATUS(sp)
	csrr	t0, scause
	sd	t0, FRAME_SCAUSE(sp)
	csrr	t0, stval
	sd	t0, FRAME_STVAL(sp)
	mv	a0, sp
	call	trap_handle
	ld	t0, FRAME_SEPC(sp)
	csrw	sepc, t0
	ld	t0, FRAME_SSTATUS(sp)
	csrw	sstatus, t0
	each	ld, sp, 1,3,4,5,6,7,8,9,10,11,12,13,14,15
	each	ld, sp, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	addi	sp, sp, FRAME_SIZE
	sret

	.globl	user_run, super_run
/* void user_run(struct frame *u): run in U-mode from u->sepc with u's
 * registers until the first trap, which is then in u; super_run: in S-mode. */
super_run:
	li	t0, 0x100		/* sstatus.SPP = 1: to S */
	csrs	sstatus, t0
	j	run
user_run:
	li	t0, 0x100
	csrc	sstatus, t0
run:	addi	sp, sp, -FRAME_SIZE
	each	sd, sp, 1,3,4,8,9
	each	sd, sp, 18,19,20,21,22,23,24,25,26,27
	la	t0, run_back
	csrw	stvec, t0
	ld	t0, FRAME_SEPC(a0)
	csrw	sepc, t0
	sd	sp, 0(a0)
	csrw	sscratch, a0
	mv	x31, a0
	each	ld, x31, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	each	ld, x31, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	ld	x31, 31*8(x31)
	sret
	.balign	4
run_back:
	csrrw	x31, sscratch, x31
	each	sd, x31, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	each	sd, x31, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	csrrw	t0, sscratch, zero
	sd	t0, 31*8(x31)
	mv	a0, x31
	csrr	t0, sepc
	sd	t0, FRAME_SEPC(a0)
	csrr	t0, sstatus
	sd	t0, FRAME_SSTATUS(a0)
	csrr	t0, scause
	sd	t0, FRAME_SCAUSE(a0)
	csrr	t0, stval
	sd	t0, FRAME_STVAL(a0)
	ld	sp, 0(a0)
	la	t0, trap_vector
	csrw	stvec, t0
	each	ld, sp, 1,3,4,8,9
	each	ld, sp, 18,19,20,21,22,23,24,25,26,27
	addi	sp, sp, FRAME_SIZE
	ret

	.bss
	.balign	16
stacks:	.zero	HARTS_MAX << STACK_SHIFT
