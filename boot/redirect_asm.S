/* SPDX-License-Identifier: BSD-2-Clause */
/* Down to a lower mode for one instruction, and back by the trap it makes. */

	.text
	/*
	 * struct crossing redirect_cross(void): sret; returns from the trap
	 * that follows, if that comes to redirect_vector. a0: instructions on
	 * the way there and back, a1: 1 if it came there with V = 1. sscratch
	 * is 0 before and after.
	 */
	.globl redirect_cross
redirect_cross:
	addi	sp, sp, -256
	.irp n, 1, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	sd	x\n, \n * 8(sp)
	.endr
	csrw	sscratch, sp
	csrr	t0, instret
	sd	t0, 0(sp)
	sret

	/*
	 * With V = 1 this is vsscratch, which is 0: then it is a guest that
	 * runs here, under tables that have this page in the same place. It
	 * can still call (cause 10): that comes here with V = 0.
	 */
	.balign	4
	.globl redirect_vector
redirect_vector:
	csrrw	sp, sscratch, sp
	beqz	sp, 1f
	csrr	a0, instret
	csrw	sscratch, zero
	ld	t0, 0(sp)
	sub	a0, a0, t0
	.irp n, 1, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	ld	x\n, \n * 8(sp)
	.endr
	addi	sp, sp, 256
	ret
1:	ecall
	j	1b

	/* What is tried. No mode below HS has these CSRs, nor mret;
	 * the time, if scounteren lets it. */
	.balign	4
	.option push
	.option norvc
	nop
	.globl redirect_scsr
redirect_scsr:
	csrr	t0, sscratch
	.globl redirect_mcsr
redirect_mcsr:
	csrr	t0, mscratch
	.globl redirect_mret
redirect_mret:
	mret
	.globl redirect_time
redirect_time:
	rdtime	t0
	.globl redirect_ebreak
redirect_ebreak:
	ebreak
	.option pop
