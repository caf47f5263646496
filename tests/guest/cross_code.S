/* SPDX-License-Identifier: BSD-2-Clause */
/* One access each: a0 its address, a1 what is stored, a0 what was loaded. */

	.option	arch, +d
	.macro	begin	name
	.globl	\name
\name:
	.endm
	.macro	end
	.option	push
	.option	norvc
	ebreak
	.option	pop
	.endm
	.macro	code	name, insn:vararg
	begin	\name
	\insn
	end
	.endm

	.text
	.balign	4096
	.globl	cross_code
cross_code:
	code	c_lh, lh a0, (a0)
	code	c_lhu, lhu a0, (a0)
	code	c_lw, c.lw a0, 0(a0)
	code	c_lwu, lwu a0, (a0)
	code	c_ld, c.ld a0, 0(a0)
	code	c_sh, sh a1, (a0)
	code	c_sw, sw a1, (a0)
	code	c_csw, c.sw a1, 0(a0)
	code	c_sd, sd a1, (a0)
	code	c_csd, c.sd a1, 0(a0)
	begin	c_flw
	flw	fa0, (a0)
	fmv.x.w	a0, fa0
	end
	begin	c_fld
	fld	fa0, (a0)
	fmv.x.d	a0, fa0
	end
	begin	c_fsw
	fmv.w.x	fa0, a1
	fsw	fa0, (a0)
	end
	begin	c_fsd
	fmv.d.x	fa0, a1
	fsd	fa0, (a0)
	end

	.macro	amo	name
	code	a_\name\()_w, amo\name\().w a0, a1, (a0)
	code	a_\name\()_d, amo\name\().d a0, a1, (a0)
	.endm
	amo	swap
	amo	add
	amo	xor
	amo	and
	amo	or
	amo	min
	amo	max
	amo	minu
	amo	maxu

	.option	norvc
	code	l_lr_w, lr.w a0, (a0)
	code	l_lr_d, lr.d a0, (a0)
/* Load and store what was a1: a0 is 0 in the end. a2 is what was loaded. */
	begin	l_pair_w
1:	lr.w	a2, (a0)
	sc.w	t0, a1, (a0)
	bnez	t0, 1b
	mv	a0, t0
	end
	begin	l_pair_d
1:	lr.d	a2, (a0)
	sc.d	t0, a1, (a0)
	bnez	t0, 1b
	mv	a0, t0
	end
/* Once more, without a load: a0 is not 0. */
	begin	l_again
1:	lr.w	a2, (a0)
	sc.w	t0, a1, (a0)
	bnez	t0, 1b
	sc.w	a0, a1, (a0)
	end
/* The load was from a page away. */
	begin	l_elsewhere
	li	t1, 0x800
	sub	t1, a0, t1
	lr.w	a2, (t1)
	sc.w	a0, a1, (a0)
	end
	.balign	4096
