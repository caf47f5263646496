/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * World switch of the te backend. The guest is in U-mode under a shadow root
 * that maps the VMM as well, so a trap changes no address space; see world.inc.
 */
#include "vcpu/world.inc"

	.option norvc

	.text
	world_enter te

	.balign	4
	.globl te_vector
te_vector:
	csrrw	a0, sscratch, a0
	beqz	a0, from_vmm
	j	te_fast

	/* The general way: from te_fast, t0-t2 marked. */
	.globl te_general
te_general:
	world_exit te, te_light, te_full

from_vmm:
	csrrw	a0, sscratch, a0
	j	trap_vector

	/*
	 * struct { u64 value, fault; } te_fetch16(u64 gva): two bytes of the
	 * guest under its shadow root. The caller sets SUM and MXR.
	 */
	.globl te_fetch16
te_fetch16:
	lla	t1, 1f
	li	t0, 0
	sd	t1, HART_FIXUP(tp)
	lhu	a0, (a0)
1:	sd	zero, HART_FIXUP(tp)
	mv	a1, t0
	ret
