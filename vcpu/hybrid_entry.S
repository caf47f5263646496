/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * World switch of the hybrid backend: that of hw, but a virtual instruction,
 * any of whose operands may be asked for, brings all registers home.
 */
#include "vcpu/world.inc"

	.text
	world_enter hybrid

	.balign	4
	.globl hybrid_vector
hybrid_vector:
	csrrw	a0, sscratch, a0
	beqz	a0, from_vmm
	world_mark
	world_exit hybrid, light, run_exit, WORLD_BEFORE

from_vmm:
	csrrw	a0, sscratch, a0
	j	trap_vector

light:
	csrr	t0, scause
	addi	t0, t0, -CAUSE_VIRTUAL_INSN
	bnez	t0, hybrid_light
	save_rest a0
	j	hybrid_virtual
