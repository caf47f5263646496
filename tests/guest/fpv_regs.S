/* SPDX-License-Identifier: BSD-2-Clause */
/* The FP and vector instructions that fpv.c needs. */

	.option	arch, +d, +v
	.text
	.globl	fp_touch, fp_look, fcsr_read, fcsr_write
fp_touch:				/* writes f7 alone */
	fmv.d.x	f7, zero
	ret
fp_look:				/* reads f7 */
	fmv.x.d	a0, f7
	ret
fcsr_read:
	frcsr	a0
	ret
fcsr_write:
	fscsr	a0
	ret

	.globl	v_load, v_save, v_set, v_touch
/* void v_load(const u8 *p): v0..v31 from 32 * vlenb bytes. */
v_load:
	csrr	t0, vlenb
	slli	t0, t0, 3
	.irp	n, 0,8,16,24
	vl8re8.v v\n, (a0)
	add	a0, a0, t0
	.endr
	ret
v_save:
	csrr	t0, vlenb
	slli	t0, t0, 3
	.irp	n, 0,8,16,24
	vs8r.v	v\n, (a0)
	add	a0, a0, t0
	.endr
	ret
/* u64 v_set(u64 avl, u64 vtype): vl. */
v_set:
	vsetvl	a0, a0, a1
	ret
v_touch:				/* writes v3[0] alone */
	vsetivli zero, 1, e8, m1, tu, mu
	vmv.s.x	v3, zero
	ret
