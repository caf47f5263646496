/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What te_entry.S dispatches to: an instruction each, or an ecall. A handler is
 * entered with t1 = its site; it ends at te_fast_leave, or, having changed
 * nothing, at te_again.
 */
#include "vcpu/te.inc"

	.option norvc
	.text

	/* Thunks of 8 bytes each: t0 = register; register = t2; t0 = number. */
	.globl te_get, te_put, te_imm
	.balign	8
te_get:
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, \
		18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	.if \n >= 5 && \n <= 7
	ld	t0, GPR(\n)(a0)
	.elseif \n == 10
	ld	t0, GPR(10)(a0)
	.else
	mv	t0, x\n
	.endif
	jr	t2
	.endr

te_put:
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, \
		18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	.if \n >= 5 && \n <= 7
	sd	t2, GPR(\n)(a0)
	.elseif \n == 10
	sd	t2, GPR(10)(a0)
	.else
	mv	x\n, t2
	.endif
	j	advance
	.endr

te_imm:
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, \
		18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	li	t0, \n
	jr	t2
	.endr

advance:
	csrr	t2, sepc
	.if COUNTING
	ld	t0, SITE_COUNT(t1)
	addi	t0, t0, 1
	sd	t0, SITE_COUNT(t1)
	.endif
	addi	t2, t2, 4
	csrw	sepc, t2
	lbu	t0, SITE_ALONE(t1)
	bnez	t0, te_fast_leave

	/*
	 * Kernels enter and leave by several of these in a row. Not across a
	 * page's end, of which we can only read what comes; looking at every
	 * half a page also bounds how long interrupts are off.
	 */
	addi	t0, t2, 2
	andi	t0, t0, 0x7fc
	beqz	t0, te_fast_leave
te_peek_next:
	lwu	t0, 0(t2)
	find_site te_fast_leave
	ld	t2, SITE_DO(t1)
	jr	t2

	/*
	 * A CSR that is no more than its field: te_read_NAME, te_write_NAME
	 * (csrrw, with or without rd).
	 */
	.macro	plain name, field, mask
	.globl te_read_\name, te_write_\name
te_read_\name:
	ld	t2, \field(a0)
#ifdef BREAK_reads /* for a test that lockstep finds it */
	addi	t2, t2, 1
#endif
	result
te_write_\name:
	operand
	.ifnb \mask
	andi	t0, t0, \mask
	.endif
	ld	t2, \field(a0)
	sd	t0, \field(a0)
	result
	.endm

	plain	sscratch, VCPU_SSCRATCH
	plain	sepc, VCPU_SEPC, -2
	plain	scause, VCPU_SCAUSE
	plain	stval, VCPU_STVAL

	/* t2 = sstatus as the guest sees it: FS, VS and SD are the hart's. */
	.macro	status with
	csrr	\with, sstatus
	ld	t2, FAST_UNITS_SD(a0)
	and	\with, \with, t2
	ld	t2, VCPU_SSTATUS(a0)
	or	t2, t2, \with
	.endm

	.globl te_read_sstatus
te_read_sstatus:
	status	t0
	result

	.macro	status_enter
	operand
	sd	t3, GPR(28)(a0)
	sd	t4, GPR(29)(a0)
	status	t3
	.endm

	.globl te_write_sstatus, te_set_sstatus, te_clear_sstatus
te_write_sstatus:
	status_enter
	xor	t0, t0, t2
	j	status_change
te_clear_sstatus:
	status_enter
	and	t0, t0, t2
	j	status_change
te_set_sstatus:
	status_enter
	not	t3, t2
	and	t0, t0, t3

	/* t0 = the bits that would change, t2 = what rd gets. */
status_change:
	ld	t3, FAST_WRITABLE(a0)
	and	t0, t0, t3
	andi	t3, t0, ~(SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP)
	ld	t4, VCPU_SSTATUS(a0)
	bnez	t3, status_wide
	xor	t0, t0, t4
	andi	t3, t0, SSTATUS_SIE
	beqz	t3, status_store
	if_pending status_general, t3, t4
status_store:
	sd	t0, VCPU_SSTATUS(a0)
status_done:
	ld	t3, GPR(28)(a0)
	ld	t4, GPR(29)(a0)
	result

status_general:
	ld	t3, GPR(28)(a0)
	ld	t4, GPR(29)(a0)
	j	te_again

	/*
	 * t4 = the state's sstatus. SUM is another root, FS and VS are the
	 * hart's; MXR, which nobody changes often, is left to C.
	 */
status_wide:
	or	t3, t0, t4
	srli	t3, t3, SSTATUS_MXR_SHIFT
	andi	t3, t3, 1
	bnez	t3, status_general
	xor	t4, t4, t0
	andi	t3, t4, SSTATUS_SIE
	beqz	t3, 1f
	if_pending status_general, t3, t4
	ld	t4, VCPU_SSTATUS(a0)
	xor	t4, t4, t0
1:	srli	t3, t4, SSTATUS_SUM_SHIFT
	andi	t3, t3, 1
	slli	t3, t3, FAST_SATP_SUM_SHIFT
	add	t3, t3, a0
	ld	t3, FAST_SATP(t3)
	beqz	t3, status_general
	csrw	satp, t3

	/* The stored FS, VS and SD become 0: the hart has them. */
	ld	t3, FAST_UNITS_SD(a0)
	not	t3, t3
	and	t4, t4, t3
	sd	t4, VCPU_SSTATUS(a0)
	ld	t3, FAST_UNITS(a0)
	and	t0, t0, t3
	beqz	t0, status_done
	csrr	t4, sstatus
	and	t4, t4, t3
	csrc	sstatus, t3
	xor	t0, t0, t4
	csrs	sstatus, t0
	ld	t3, FAST_UNSAVED(a0)
	or	t3, t3, t4
	sd	t3, FAST_UNSAVED(a0)
	j	status_done

	.globl te_sret
te_sret:
	if_pending te_again, t0, t1
	ld	t0, VCPU_SSTATUS(a0)
	srli	t1, t0, SSTATUS_MXR_SHIFT
	andi	t1, t1, 1
	bnez	t1, te_again
	andi	t2, t0, SSTATUS_SPP
	ld	t1, FAST_SATP_USER(a0)
	bnez	t2, 1f
	beqz	t1, te_again
	csrw	satp, t1
	sw	zero, VCPU_PRIV(a0)
	environment FAST_COUNTERS_U, FAST_ENV_U, FAST_SITES_U
1:	andi	t1, t0, SSTATUS_SPIE
	srli	t1, t1, 4		/* SPIE to SIE */
	andi	t0, t0, ~(SSTATUS_SIE | SSTATUS_SPP)
	or	t0, t0, t1
	ori	t0, t0, SSTATUS_SPIE
	sd	t0, VCPU_SSTATUS(a0)
	ld	t1, VCPU_SEPC(a0)
	csrw	sepc, t1
	count	VCPU_EXITS_SRET
	j	te_fast_leave

	/* A process calls its kernel. */
	.globl te_not_illegal
te_not_illegal:
	addi	t1, t0, -CAUSE_ECALL_U
	bnez	t1, te_general
	lw	t1, VCPU_PRIV(a0)
	bnez	t1, te_general
	ld	t0, VCPU_SSTATUS(a0)
	srli	t1, t0, SSTATUS_SUM_SHIFT
	andi	t1, t1, 3		/* SUM, MXR */
	bnez	t1, te_general
	ld	t1, FAST_SATP(a0)
	beqz	t1, te_general
	csrw	satp, t1
	environment FAST_COUNTERS_S, FAST_ENV_S, FAST_SITES_S
	andi	t1, t0, SSTATUS_SIE
	slli	t1, t1, 4		/* SIE to SPIE */
	andi	t0, t0, ~(SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP)
	or	t0, t0, t1
	sd	t0, VCPU_SSTATUS(a0)
	li	t0, PRIV_NUMBER_S
	sw	t0, VCPU_PRIV(a0)
	csrr	t0, sepc
	sd	t0, VCPU_SEPC(a0)
	li	t0, CAUSE_ECALL_U
	sd	t0, VCPU_SCAUSE(a0)
	sd	zero, VCPU_STVAL(a0)
	ld	t0, VCPU_STVEC(a0)
	andi	t0, t0, -4		/* exceptions are not vectored */
	csrw	sepc, t0
	count	VCPU_EXITS_REFLECT
	j	te_fast_leave
