/* SPDX-License-Identifier: BSD-2-Clause */
/* A vector table whose entries leave 1 + their number, and mask the timer. */

	.option	norvc
	.text
	.globl	timer_vectors
	.balign	256
timer_vectors:
	.rept	16
	jal	t6, 1f
	.endr
/* t5 and t6 are not saved: the code that waits expects it. */
1:	la	t5, timer_vectors
	sub	t6, t6, t5		/* 4 * (number + 1) */
	srli	t6, t6, 2
	la	t5, timer_vectored_at
	sd	t6, (t5)
	li	t5, 0x20		/* STIE */
	csrc	sie, t5
	sret

	.bss
	.balign	8
	.globl	timer_vectored_at
timer_vectored_at:
	.zero	8
