/* SPDX-License-Identifier: BSD-2-Clause */
/* What watched.c copies into its page, runs in U-mode, or cannot say in C. */
#include "tests/guest/watched.h"

	.option	arch, +d, +v, +svinval, +zicboz
	.text

	/* To be copied: 11 instructions in S-mode, one of them an ebreak. */
	.globl	page_code, page_code_end
	.balign	4
page_code:
	addi	a0, a0, 1
	csrr	a1, satp
	sfence.vma
	rdtime	a2
	auipc	a4, 0
	ld	a3, 0(a4)
	.option	push
	.option	norvc
	ebreak
	.option	pop
	li	a7, 0x10
	li	a6, 0
	ecall
	ret
page_code_end:

	/* To be copied: 3 in U-mode. a2: the page as it sees it. */
	.globl	page_user, page_user_end
	.balign	4
page_user:
	addi	a0, a0, 7
	ld	a1, DATA(a2)
	ecall
page_user_end:

	/* To be copied, over the page's begin and over its end: 6 bytes. */
	.globl	straddle
	.balign	4
straddle:
	.option	push
	.option	norvc
	addi	a0, a0, 3
	.option	pop
	ret

	/* A page for U-mode; a0: the watched page, as it sees it. */
	.balign	4096
	.globl	user_events, user_break, user_satp, user_wfi, user_sret
user_events:
	rdtime	a1
	rdcycle	a2
	rdinstret a3
	ld	a4, DATA(a0)
	addi	a4, a4, 1
	sd	a4, DATA + 8(a0)
	ecall
	.balign	4
user_break:
	ebreak
	.balign	4
user_satp:
	csrr	a0, satp
	.balign	4
user_wfi:
	wfi
	.balign	4
user_sret:
	sret
	.balign	4096

	/* From a0 to a1, by an FP and by a vector register; the rest. */
	.globl	fp_move, vector_move, zero_block, invalidate
fp_move:
	fld	ft0, 0(a0)
	fsd	ft0, 0(a1)
	ret
vector_move:
	vsetivli zero, 16, e8, m1, ta, ma
	vle8.v	v1, (a0)
	vse8.v	v1, (a1)
	ret
zero_block:
	cbo.zero (a0)
	ret
invalidate:
	sfence.w.inval
	sinval.vma a0, zero
	sfence.inval.ir
	ret
