/* SPDX-License-Identifier: BSD-2-Clause */
/* Code to be interrupted, and a vector table that says which entry was it. */
#include "tests/guest/rt/frame.h"

	.option	norvc

/* An instruction that lets an interrupt in; it comes before the next one. */
	.macro	edge	name, insn:vararg
	.globl	\name, \name\()_after
\name:	\insn
\name\()_after:
	nop
	nop
	ebreak
	.endm

	.text
	.balign	4096
	.globl	irq_user_page
irq_user_page:
	.globl	u_ecall, u_spin, u_wfi
u_ecall:
	ecall
u_spin:	j	u_spin
u_wfi:	wfi
	ecall
	.balign	4096

	edge	e_sip_set, csrs sip, a0
	edge	e_sip_set_imm, csrsi sip, 2
	edge	e_sip_write, csrw sip, a0
	edge	e_sip_swap, csrrw a1, sip, a0
	edge	e_sie_set, csrs sie, a0
	edge	e_sie_set_imm, csrsi sie, 2
	edge	e_sie_write, csrw sie, a0
	edge	e_sie_set_read, csrrs a1, sie, a0
	edge	e_sstatus_set, csrs sstatus, a0
	edge	e_sstatus_set_imm, csrsi sstatus, 2
	edge	e_sstatus_write, csrw sstatus, a0
	edge	e_sstatus_swap, csrrw a0, sstatus, a0
	edge	e_none, nop

	.globl	e_sret, e_sret_after, s_spin, s_until, s_wfi, s_wfi_after
	.globl	s_break
/* To the next instruction, in S, with a0 for SPIE. */
e_sret:	la	t0, e_sret_after
	csrw	sepc, t0
	li	t0, 0x120
	csrc	sstatus, t0
	csrs	sstatus, a0
	li	t0, 0x100
	csrs	sstatus, t0
	sret
e_sret_after:
	nop
s_break:
	ebreak
s_spin:	j	s_spin
/* Until the time a0. */
s_until:
	rdtime	t0
	bltu	t0, a0, s_until
	ebreak
s_wfi:	wfi
s_wfi_after:
	ebreak

	.globl	irq_vectors, irq_entry, irq_cause, irq_resume
	.balign	256
irq_vectors:
	.rept	16
	jal	t6, 1f
	.endr
/* t5 and t6 are not saved: the code that waits expects it. Goes on at
 * irq_resume, in S. */
1:	la	t5, irq_vectors + 4
	sub	t6, t6, t5
	srli	t6, t6, 2
	la	t5, irq_entry
	sd	t6, (t5)
	csrr	t6, scause
	la	t5, irq_cause
	sd	t6, (t5)
	csrw	sie, zero
	la	t5, irq_resume
	ld	t5, (t5)
	csrw	sepc, t5
	li	t5, 0x100
	csrs	sstatus, t5
	sret

	.globl	irq_go
/* void irq_go(u64 pc, u64 spp): to pc with the vector table in force, and
 * back as soon as it has been taken. */
irq_go:	addi	sp, sp, -32
	sd	ra, 0(sp)
	la	t0, irq_vectors + 1
	csrw	stvec, t0
	la	t0, irq_back
	la	t1, irq_resume
	sd	t0, (t1)
	la	t1, irq_sp
	sd	sp, (t1)
	li	t0, 0x100
	csrc	sstatus, t0
	csrs	sstatus, a1
	csrw	sepc, a0
	sret
irq_back:
	la	t1, irq_sp
	ld	sp, (t1)
	la	t0, trap_vector
	csrw	stvec, t0
	ld	ra, 0(sp)
	addi	sp, sp, 32
	ret

	.bss
	.balign	8
irq_entry:
	.zero	8
irq_cause:
	.zero	8
irq_resume:
	.zero	8
irq_sp:	.zero	8
