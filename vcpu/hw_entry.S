/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * World switch of the hw backend. The guest's CSRs stay in their VS copies, so
 * only general registers move; see world.inc.
 */
#include "vcpu/world.inc"

	.text
	world_enter hw

	.balign	4
	.globl hw_vector
hw_vector:
	csrrw	a0, sscratch, a0
	beqz	a0, from_vmm
	world_mark
	world_exit hw, hw_light, run_exit, WORLD_BEFORE

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
