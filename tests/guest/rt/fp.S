/* SPDX-License-Identifier: BSD-2-Clause */
/* Moves all floating-point registers; C itself is built without them. */

	.option	arch, +d
	.text
	.globl	fp_load, fp_save

	.macro	each	insn, regs:vararg
	.irp	n, \regs
	\insn	f\n, \n*8(a0)
	.endr
	.endm

	.macro	all	insn
	each	\insn, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	each	\insn, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	.endm

fp_load:
	all	fld
	ret

fp_save:
	all	fsd
	ret
