/* SPDX-License-Identifier: BSD-2-Clause */
/* To U-mode for one instruction, and back by the trap that ends it. */
#include "vcpu/world.inc"

	.text
	/* void native_enter(struct vcpu *, u64 pc); stvec is native_vector */
	.globl native_enter
native_enter:
	addi	sp, sp, -256
	.irp n, 1, 3, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	sd	x\n, \n * 8(sp)
	.endr
	sd	sp, VCPU_HOST_SP(a0)
	sd	tp, VCPU_HOST_TP(a0)
	csrw	sepc, a1
	csrw	sscratch, a0
	.irp n, 1, 2, 4, 5, 6, 7, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	ld	x\n, GPR(\n)(a0)
	.endr
	load_rest a0
	ld	a0, GPR(10)(a0)
	sret

	.balign	4
	.globl native_vector
native_vector:
	csrrw	a0, sscratch, a0
	beqz	a0, from_vmm
	.irp n, 1, 2, 4, 5, 6, 7, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	sd	x\n, GPR(\n)(a0)
	.endr
	save_rest a0
	csrrw	t0, sscratch, zero
	sd	t0, GPR(10)(a0)
	ld	sp, VCPU_HOST_SP(a0)
	ld	tp, VCPU_HOST_TP(a0)
	.irp n, 1, 3, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	ld	x\n, \n * 8(sp)
	.endr
	addi	sp, sp, 256
	ret

from_vmm:
	csrrw	a0, sscratch, a0
	j	trap_vector
