/* SPDX-License-Identifier: BSD-2-Clause */
/* What keep.c needs to hold registers for a while. */

	.option	arch, +d, +v
	.text
	.globl	keep_spin, keep_v_load, keep_v_save
	/* Counts x31 down, leaves all others alone, and traps. In a page of
	 * its own: user mode runs it as well. */
	.balign	4096
keep_spin:
1:	addi	x31, x31, -1
	bnez	x31, 1b
	ebreak
	.balign	4096

	/* void keep_v_load(const u8 *p): v0..v31 from 32 * vlenb bytes. */
keep_v_load:
	csrr	t0, vlenb
	slli	t0, t0, 3
	.irp	n, 0,8,16,24
	vl8re8.v v\n, (a0)
	add	a0, a0, t0
	.endr
	ret
keep_v_save:
	csrr	t0, vlenb
	slli	t0, t0, 3
	.irp	n, 0,8,16,24
	vs8r.v	v\n, (a0)
	add	a0, a0, t0
	.endr
	ret
