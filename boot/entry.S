/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * First instructions on every hart: from the physical address where the
 * firmware put us, MMU off, to C in the direct window.
 *
 * The window is the upper half of the address space: hva = hpa + window. Two
 * leaves in a root table are enough to get there, one where we are and one in
 * the window, and they have the same form in Sv39, Sv48 and Sv57: entry
 * (pa >> shift) and entry 256 + (pa >> shift).
 */
#include "hyp/csr.h"
#include "offsets.h"

	.section .text.entry, "ax"
	.globl _start
_start:
	/* A RISC-V Linux Image header: loaders other than QEMU want one
	 * (Linux, Documentation/arch/riscv/boot-image-header). */
	j	1f
	.balign 8
	.dword	0x200000		/* text offset */
	.dword	image_end - _start	/* effective image size */
	.dword	0			/* flags: little endian */
	.word	2			/* header version 0.2 */
	.word	0
	.dword	0
	.ascii	"RISCV\0\0\0"
	.ascii	"RSC\x05"
	.word	0

	/* a0 = hart id, a1 = the FDT's physical address. */
1:	csrw	sie, zero
	csrw	sscratch, zero
	mv	s4, a0			/* s0 is fp */
	mv	s1, a1
	lla	t0, bss_start
	lla	t1, bss_end
2:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 2b
	lla	s2, image_start		/* physical */
	mv	a0, s2
	call	to_window		/* a0 = window */
	add	s3, s2, a0		/* the image's address in it */

	/* Every absolute address in the image: link address + where we are. */
	lla	t0, rela_start
	lla	t1, rela_end
3:	bgeu	t0, t1, 4f
	ld	t2, 0(t0)		/* r_offset */
	ld	t3, 16(t0)		/* r_addend */
	add	t2, t2, s3
	add	t3, t3, s3
	sd	t3, 0(t2)
	addi	t0, t0, 24
	j	3b

4:	lla	t0, boot_window
	sub	t1, s3, s2
	sd	t1, 0(t0)
	lla	t0, boot_image
	sd	s2, 0(t0)
	lla	t0, trap_vector
	csrw	stvec, t0
	lla	sp, boot_stack_end
	lla	tp, harts		/* struct hart of index 0 */
	li	fp, 0
	mv	a0, s4
	mv	a1, s1
	call	boot_main
	j	.

	/*
	 * The other harts, by SBI HSM: a0 = hart id, a1 = physical address of
	 * struct hart_boot: final satp, stack, struct hart.
	 */
	.globl hart_entry
hart_entry:
	csrw	sie, zero
	csrw	sscratch, zero
	ld	s1, HART_BOOT_SATP(a1)
	ld	s2, HART_BOOT_STACK(a1)
	ld	s3, HART_BOOT_HART(a1)
	lla	a0, image_start
	call	to_window
	csrw	satp, s1
	sfence.vma
	lla	t0, trap_vector
	csrw	stvec, t0
	mv	sp, s2
	mv	tp, s3
	li	fp, 0
	mv	a0, tp
	call	hart_main
	j	.

	/*
	 * Turn the MMU on and return in the window. a0 = any physical address
	 * in the image; returns a0 = window base. The largest mode that there
	 * is: a MODE that is not supported leaves satp as it was (Privileged,
	 * "Supervisor Address Translation and Protection Register").
	 * Clobbers t0-t6, a1.
	 */
to_window:
	lla	t0, boot_root
	li	t1, 48			/* shift of a root entry, Sv57 */
	li	t2, ATP_SV57
1:	srl	t3, a0, t1		/* root index */
	sll	t4, t3, t1		/* the leaf's base */
	srli	t4, t4, 12 - PTE_PPN_SHIFT
	ori	t4, t4, PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D
	slli	t5, t3, 3
	add	t5, t5, t0
	sd	t4, 0(t5)
	li	t6, 256 * 8
	add	t5, t5, t6
	sd	t4, 0(t5)
	slli	t5, t2, ATP_MODE_SHIFT
	srli	t6, t0, 12
	or	t6, t6, t5
	sfence.vma
	csrw	satp, t6
	sfence.vma
	csrr	a1, satp
	beq	a1, t6, 2f
	addi	t1, t1, -9
	addi	t2, t2, -1
	j	1b
2:	addi	t1, t1, 8
	li	a0, -1
	sll	a0, a0, t1		/* window base */
	add	ra, ra, a0
	ret

	/* void boot_on_stack(u64 stack, void (*fn)(void)) */
	.text
	.globl boot_on_stack
boot_on_stack:
	mv	sp, a0
	li	fp, 0
	li	ra, 0
	jr	a1

	.section .bss.boot_root, "aw", @nobits
	.balign 4096
	.globl boot_root
boot_root:
	.zero	4096
	.balign 16
	.zero	16384
	.globl boot_stack_end
boot_stack_end:
