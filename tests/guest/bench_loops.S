/* SPDX-License-Identifier: BSD-2-Clause */
/* The handlers and the U-mode loop that bench.c measures. */

	.option	norvc
	.text
	.globl	bench_skip, bench_ipi, bench_timer, bench_user, bench_user_turns
	.globl	bench_nothing

	.balign	4
/* Skips what trapped; call number 0 (a7) is the exit from U-mode. */
bench_skip:
	beqz	a7, bench_exit
	csrr	t1, sepc
	addi	t1, t1, 4
	csrw	sepc, t1
	sret

	.balign	4
bench_ipi:
	csrci	sip, 2			/* SSIP */
	li	t1, 1
	sret

/* The timer's interrupt: none before it is asked for again (a7, a6 are set). */
	.balign	4
bench_timer:
	li	a0, -1
	ecall
	li	t1, 1
	sret

bench_nothing:
	jr	t1

/* u64 bench_user_turns(u64 page, u64 n): instret over n turns of the loop of
 * system calls in U-mode, whose page is mapped there. */
bench_user_turns:
	la	t0, bench_skip
	csrw	stvec, t0
	li	t0, 0x100		/* sstatus.SPP = 0: to U */
	csrc	sstatus, t0
	la	t0, bench_user
	slli	t0, t0, 52
	srli	t0, t0, 52		/* the offset in its page */
	add	a0, a0, t0
	csrw	sepc, a0
	sret
bench_exit:
	la	t0, trap_vector
	csrw	stvec, t0
	sub	a0, a3, a2
	ret

	.balign	64			/* all of it in one page */
bench_user:
	li	a7, 1
	rdinstret a2
1:	ecall
	addi	a1, a1, -1
	bnez	a1, 1b
	rdinstret a3
	li	a7, 0
	ecall
