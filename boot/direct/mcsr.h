/* SPDX-License-Identifier: BSD-2-Clause */
/* M-level CSRs (Privileged, "CSR Listing") beside the S-level ones. */
#ifndef DIRECT_MCSR_H
#define DIRECT_MCSR_H

#include "hyp/csr.h"

#define CSR_MSTATUS    0x300
#define CSR_MISA       0x301
#define CSR_MEDELEG    0x302
#define CSR_MIDELEG    0x303
#define CSR_MIE        0x304
#define CSR_MTVEC      0x305
#define CSR_MCOUNTEREN 0x306
#define CSR_MENVCFG    0x30a
#define CSR_MSTATEEN0  0x30c
#define CSR_MSTATEEN1  0x30d
#define CSR_MSTATEEN2  0x30e
#define CSR_MSTATEEN3  0x30f
#define CSR_MSCRATCH   0x340
#define CSR_MEPC       0x341
#define CSR_MCAUSE     0x342
#define CSR_MTVAL      0x343
#define CSR_MIP        0x344
#define CSR_PMPCFG0    0x3a0
#define CSR_PMPADDR0   0x3b0
#define CSR_PMPADDR1   0x3b1
#define CSR_MVENDORID  0xf11
#define CSR_MARCHID    0xf12
#define CSR_MIMPID     0xf13
#define CSR_MHARTID    0xf14

/* mstatus ("Machine Status (mstatus and mstatush) Registers"). */
#define MSTATUS_MPP_S  (1UL << 11)
#define MSTATUS_XLENS  (15UL << 32) /* UXL and SXL */
#define MSTATUS_MDT    (1UL << 42)

#define MISA_H         (1UL << 7)

/* mie and mip. */
#define IRQ_M_SOFT     3
#define IRQ_M_TIMER    7
#define IRQ_OVERFLOW   13 /* Sscofpmf */

/* menvcfg; the other fields are those of henvcfg. */
#define ENVCFG_CBIE    (3UL << 4)

/* mstateen0 ("State Enable 0 Registers"): all but custom state. */
#define STATEEN0_CTR   (1UL << 54)
#define STATEEN0_TABLE (1UL << 55)
#define STATEEN0_P1P13 (1UL << 56)
#define STATEEN0_CTXT  (1UL << 57)
#define STATEEN0_IMSIC (1UL << 58)
#define STATEEN0_AIA   (1UL << 59)
#define STATEEN0_CSRIN (1UL << 60)
#define STATEEN0_ENVCF (1UL << 62)
#define STATEEN_SE     (1UL << 63)

/* pmpcfg ("Physical Memory Protection CSRs"). */
#define PMP_RWX        7UL
#define PMP_NAPOT      (3UL << 3)

#ifndef __ASSEMBLY__

/*
 * Set bits of a CSR that the hart may lack: false if it does. Takes the trap
 * itself, so mepc, mcause and mtval are lost.
 */
#define csr_try_set(csr, val)                                          \
	({                                                             \
		unsigned long ok_, vector_;                            \
		asm volatile("la %1, 1f\n\t"                           \
			     "csrrw %1, mtvec, %1\n\t"                 \
			     "li %0, 0\n\t"                            \
			     "csrs " CSR_STR(csr) ", %2\n\t"           \
						  "li %0, 1\n\t"       \
						  ".balign 4\n"        \
						  "1:\tcsrw mtvec, %1" \
			     : "=&r"(ok_), "=&r"(vector_)              \
			     : "r"(val)                                \
			     : "memory");                              \
		ok_ != 0;                                              \
	})

#endif
#endif
