/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traps of a te guest, which runs in U-mode under a shadow root that maps the
 * VMM as well: no address space changes. Those that a guest kernel makes all
 * the time are dealt with here, without a stack and without C: moves to and
 * from the CSRs of its trap entry, sstatus, sret, and a process's ecall. An
 * instruction that was decoded once is found again by its bits (struct
 * te_site), which say all there is to it, so nothing here can go stale; and one
 * that follows at once is done in the same trap. Whatever is not plain goes the
 * general way, untouched.
 *
 * a0 is the vcpu; t0-t2 and the guest's a0 are in v->state.gpr; all else is the
 * guest's. sscratch is PEEKING: the only trap there can be is a fault at
 * te_peek, or at te_peek_next in te_fast.S, which read the guest's code through
 * its own shadow root (sstatus.SUM is set).
 */
#include "vcpu/te.inc"

/* In sscratch, where a vcpu is negative, being in the window, and 0 is the
 * VMM's. */
#define PEEKING	    1

/* Before the first look at instret: csrrw, bgez, sd; the last look and what
 * comes after it. */
#define FAST_UNSEEN (3 + 13)

	.option norvc
	.text
	world_enter te

	.balign	4
	.globl te_vector
te_vector:
	csrrw	a0, sscratch, a0
	bgez	a0, no_guest
	sd	t0, GPR(5)(a0)
	.if COUNTING
	csrr	t0, instret
	sd	t0, VCPU_EXIT_MARK(a0)
	.endif
	sd	t1, GPR(6)(a0)
	li	t1, PEEKING
	csrr	t0, scause
	sd	t2, GPR(7)(a0)
	csrrw	t2, sscratch, t1
	addi	t1, t0, -CAUSE_ILLEGAL
	sd	t2, GPR(10)(a0)
	bnez	t1, te_not_illegal

	/* The bits in memory decide: stval may be another instruction's. */
	csrr	t2, sepc
	li	t1, 1
te_peek:
	lwu	t0, 0(t2)
	find_site te_unknown
	ld	t2, SITE_DO(t1)
	jr	t2

	/*
	 * The general way. stval becomes the instruction, or 0: it is to be
	 * read again.
	 */
	.globl te_decoded
te_decoded:
	operand
	sd	t0, FAST_OPERAND(a0)
	ld	t0, SITE_TAG(t1)
te_unknown:
	csrw	stval, t0
	j	te_general
	.globl te_again, te_general
te_again:
	csrw	stval, zero
te_general:
	csrw	sscratch, zero
	world_exit te, te_light, te_full, WORLD_BEFORE - 2

	/* From the VMM, or from te_peek (t1 = 1) or te_peek_next (t1 = a site). */
no_guest:
	bnez	a0, 1f
	csrrw	a0, sscratch, a0
	j	trap_vector

	/* t2 is the guest's pc; all else as if nothing had been tried. */
1:	csrrw	a0, sscratch, a0
	csrw	sepc, t2
	li	t2, SSTATUS_SPP
	csrc	sstatus, t2
	li	t2, SSTATUS_SPIE
	csrs	sstatus, t2
	addi	t1, t1, -1
	bnez	t1, te_fast_leave
	li	t2, CAUSE_ILLEGAL
	csrw	scause, t2
	j	te_again

	/* sepc is where the guest goes on. */
	.globl te_fast_leave
te_fast_leave:
	.if COUNTING
	csrr	t0, instret
	ld	t1, VCPU_EXIT_MARK(a0)
	ld	t2, VCPU_VMM_INSTRUCTIONS(a0)
	sub	t0, t0, t1
	add	t2, t2, t0
	addi	t2, t2, FAST_UNSEEN
	sd	t2, VCPU_VMM_INSTRUCTIONS(a0)
	.endif
	csrw	sscratch, a0
	ld	t0, GPR(5)(a0)
	ld	t1, GPR(6)(a0)
	ld	t2, GPR(7)(a0)
	ld	a0, GPR(10)(a0)
	sret

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
