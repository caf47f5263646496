/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * M-mode of a teaching kernel: all harts begin here. It delegates what it can,
 * opens memory, and goes down to S-mode; its timer's interrupt becomes S-mode's
 * software interrupt. Two calls: a7 = 0x99 gives S-mode a timer of its own, any
 * other powers off.
 */
#define CLINT      0x2000000
#define MTIMECMP   (CLINT + 0x4000)
#define MTIME      (CLINT + 0xbff8)
#define TEST       0x100000
#define INTERVAL   20000
#define HARTS      4
/* Of a hart's scratch area. */
#define A1         0
#define A2         8
#define A3         16
#define COMPARE    24
#define SCRATCH    32

	.section .head, "ax"
	.globl	m_start
m_start:
	csrr	t0, mhartid
	li	t1, HARTS
	bgeu	t0, t1, 2f
	/* Down to S by mret, with interrupts off there. */
	li	t1, 3 << 11
	csrc	mstatus, t1
	li	t1, 1 << 11
	csrs	mstatus, t1
	csrw	satp, zero
	li	t1, 0xb1ff		/* all but ecalls from S */
	csrw	medeleg, t1
	li	t1, 0x222
	csrw	mideleg, t1
	li	t1, -1
	csrw	pmpaddr0, t1
	li	t1, 0x1f
	csrw	pmpcfg0, t1
	li	t1, 7
	csrw	mcounteren, t1
	/* The timer. */
	la	t1, scratch
	slli	t2, t0, 5
	add	t1, t1, t2
	csrw	mscratch, t1
	li	t3, MTIMECMP
	slli	t2, t0, 3
	add	t3, t3, t2
	sd	t3, COMPARE(t1)
	li	t2, MTIME
	ld	t2, (t2)
	li	t4, INTERVAL
	add	t2, t2, t4
	sd	t2, (t3)
	la	t1, m_vec
	csrw	mtvec, t1
	li	t1, 0x80
	csrs	mie, t1
	mv	a0, t0
	bnez	t0, 1f
	la	t1, _start
	csrw	mepc, t1
	mret
1:	la	t1, others
	csrw	mepc, t1
	mret
2:	wfi
	j	2b

/* In S-mode: until the first hart says what to run. */
others:
	la	t1, hart_go
	ld	a1, (t1)
	beqz	a1, others
	la	t1, hart_start
	jr	t1

	.text
	.balign	4
m_vec:	csrrw	a0, mscratch, a0
	sd	a1, A1(a0)
	sd	a2, A2(a0)
	sd	a3, A3(a0)
	csrr	a1, mcause
	bgez	a1, m_call
	ld	a1, COMPARE(a0)
	ld	a2, (a1)
	li	a3, INTERVAL
	add	a2, a2, a3
	sd	a2, (a1)
	li	a1, 2
	csrs	mip, a1
	j	m_back
m_call:	li	a2, 9			/* from S */
	bne	a1, a2, m_fail
	li	a2, 0x99
	bne	a7, a2, m_off
	li	a2, 1
	slli	a2, a2, 63
	csrs	menvcfg, a2
	ld	a1, COMPARE(a0)
	li	a2, -1
	sd	a2, (a1)
	csrr	a1, mepc
	addi	a1, a1, 4
	csrw	mepc, a1
m_back:	ld	a1, A1(a0)
	ld	a2, A2(a0)
	ld	a3, A3(a0)
	csrrw	a0, mscratch, a0
	mret
m_off:	ld	a1, A1(a0)
	li	a2, 0x5555
	beqz	a1, 1f
m_fail:	li	a2, 0x3333
1:	li	a3, TEST
	sw	a2, (a3)
	j	1b

/* A process: counts and tells the kernel, a0 times. */
	.globl	user_code, user_end
	.balign	4
user_code:
	mv	s0, a0
	li	s1, 0
1:	li	t0, 2000
2:	addi	s1, s1, 1
	addi	t0, t0, -1
	bnez	t0, 2b
	mv	a0, s1
	li	a7, 1
	ecall
	addi	s0, s0, -1
	bnez	s0, 1b
	li	a7, 2
	ecall
user_end:

	.data
	.balign	8
scratch:
	.skip	HARTS * SCRATCH
	.globl	hart_go
hart_go:
	.dword	0
