/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * World switch of the hw backend. The guest's CSRs stay in their VS copies, so
 * only general registers move, and of these only what C may clobber:
 *
 *	light	ra sp tp t0-t6 a0-a7	saved at each exit
 *	rest	gp s0-s11		C preserves them (and we never use gp);
 *					saved when a handler wants to see them
 *
 * sscratch holds the vcpu while the guest runs, and 0 in the VMM.
 */
#include "hyp/csr.h"
#include "offsets.h"

#define GPR(n) (VCPU_GPR + (n) * 8)

	.macro save_rest v
	.irp n, 3, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	sd	x\n, GPR(\n)(\v)
	.endr
	.endm

	.macro load_rest v
	.irp n, 3, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	ld	x\n, GPR(\n)(\v)
	.endr
	.endm

	.text
	/* void hw_enter(struct vcpu *): returns when hw_light() or
	 * run_exit() say leave. */
	.globl hw_enter
hw_enter:
	addi	sp, sp, -256
	.irp n, 1, 3, 8, 9, 10, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	sd	x\n, \n * 8(sp)
	.endr
	sd	sp, VCPU_HOST_SP(a0)
	sd	tp, VCPU_HOST_TP(a0)

	j	enter_full

	.balign	4
	.globl hw_vector
hw_vector:
	csrrw	a0, sscratch, a0
	beqz	a0, from_vmm
	.irp n, 1, 2, 4, 5, 6, 7, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	sd	x\n, GPR(\n)(a0)
	.endr
	csrrw	t0, sscratch, zero
	csrr	t1, sepc
	csrr	t2, instret
	sd	t0, GPR(10)(a0)
	sd	t1, VCPU_PC(a0)
	sd	t2, VCPU_EXIT_MARK(a0)
	ld	sp, VCPU_HOST_SP(a0)
	ld	tp, VCPU_HOST_TP(a0)
	call	hw_light
	bnez	a0, slow
	ld	a0, 10 * 8(sp)		/* the vcpu */

enter_light:
	/* What the VMM used since the exit. */
	csrr	t0, instret
	ld	t1, VCPU_EXIT_MARK(a0)
	ld	t2, VCPU_VMM_INSTRUCTIONS(a0)
	ld	t3, VCPU_PC(a0)
	sub	t0, t0, t1
	add	t2, t2, t0
	sd	t2, VCPU_VMM_INSTRUCTIONS(a0)
	csrw	sepc, t3
	csrw	sscratch, a0
	.irp n, 1, 2, 4, 5, 6, 7, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31, 10
	ld	x\n, GPR(\n)(a0)
	.endr
	sret

	/* RUN_FULL or RUN_LEAVE. */
slow:	addi	t0, a0, -RUN_NEXT_LEAVE
	ld	a0, 10 * 8(sp)
	save_rest a0
	beqz	t0, leave
	li	a1, 1
	call	run_exit
	mv	t0, a0
	ld	a0, 10 * 8(sp)
	bnez	t0, leave
enter_full:
	load_rest a0
	j	enter_light

leave:
	.irp n, 1, 3, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	ld	x\n, \n * 8(sp)
	.endr
	addi	sp, sp, 256
	ret

from_vmm:
	csrrw	a0, sscratch, a0
	j	trap_vector

	/*
	 * struct { u64 value, fault; } hw_fetch16(u64 gva): two bytes as the
	 * guest would fetch them (HLVX.HU). The caller saves hstatus, sstatus.
	 */
	.option arch, +h
	.globl hw_fetch16
hw_fetch16:
	lla	t1, 1f
	li	t0, 0
	sd	t1, HART_FIXUP(tp)
	hlvx.hu	a0, (a0)
1:	sd	zero, HART_FIXUP(tp)
	mv	a1, t0
	ret
