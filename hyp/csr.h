/* SPDX-License-Identifier: BSD-2-Clause */
/* CSR numbers and bits of the privileged specification, and access to them. */
#ifndef HYP_CSR_H
#define HYP_CSR_H

/* S-level and HS-level CSRs (Privileged, "CSR Listing"). */
#define CSR_FCSR               0x003
#define CSR_VSTART             0x008
#define CSR_VCSR               0x00f
#define CSR_SSTATUS            0x100
#define CSR_SIE                0x104
#define CSR_STVEC              0x105
#define CSR_SCOUNTEREN         0x106
#define CSR_SENVCFG            0x10a
#define CSR_SSTATEEN0          0x10c
#define CSR_SSCRATCH           0x140
#define CSR_SEPC               0x141
#define CSR_SCAUSE             0x142
#define CSR_STVAL              0x143
#define CSR_SIP                0x144
#define CSR_STIMECMP           0x14d
#define CSR_SATP               0x180
#define CSR_VSSTATUS           0x200
#define CSR_VSIE               0x204
#define CSR_VSTVEC             0x205
#define CSR_VSSCRATCH          0x240
#define CSR_VSEPC              0x241
#define CSR_VSCAUSE            0x242
#define CSR_VSTVAL             0x243
#define CSR_VSIP               0x244
#define CSR_VSTIMECMP          0x24d
#define CSR_VSATP              0x280
#define CSR_HSTATUS            0x600
#define CSR_HEDELEG            0x602
#define CSR_HIDELEG            0x603
#define CSR_HIE                0x604
#define CSR_HTIMEDELTA         0x605
#define CSR_HCOUNTEREN         0x606
#define CSR_HGEIE              0x607
#define CSR_HENVCFG            0x60a
#define CSR_HSTATEEN0          0x60c
#define CSR_HTVAL              0x643
#define CSR_HIP                0x644
#define CSR_HVIP               0x645
#define CSR_HTINST             0x64a
#define CSR_HGATP              0x680
#define CSR_CYCLE              0xc00
#define CSR_TIME               0xc01
#define CSR_INSTRET            0xc02
#define CSR_VL                 0xc20
#define CSR_VTYPE              0xc21
#define CSR_VLENB              0xc22

/* sstatus and vsstatus ("Supervisor Status Register"). */
#define SSTATUS_SIE            (1UL << 1)
#define SSTATUS_SPIE           (1UL << 5)
#define SSTATUS_SPP            (1UL << 8)
#define SSTATUS_VS_SHIFT       9
#define SSTATUS_VS             (3UL << 9)
#define SSTATUS_FS_SHIFT       13
#define SSTATUS_FS             (3UL << 13)
#define SSTATUS_SUM_SHIFT      18
#define SSTATUS_SUM            (1UL << 18)
#define SSTATUS_MXR_SHIFT      19
#define SSTATUS_MXR            (1UL << 19)
#define MSTATUS_MIE            (1UL << 3)
#define MSTATUS_MPIE           (1UL << 7)
#define MSTATUS_MPP_SHIFT      11
#define MSTATUS_MPP            (3UL << 11)
#define MSTATUS_MPRV           (1UL << 17)
#define MSTATUS_TVM            (1UL << 20)
#define MSTATUS_TW             (1UL << 21)
#define MSTATUS_TSR            (1UL << 22)
#define SSTATUS_UXL_64         (2UL << 32)
#define SSTATUS_SD             (1UL << 63)

#define XS_OFF                 0UL
#define XS_INITIAL             1UL
#define XS_CLEAN               2UL
#define XS_DIRTY               3UL

/* hstatus ("Hypervisor Status Register"). */
#define HSTATUS_GVA            (1UL << 6)
#define HSTATUS_SPV            (1UL << 7)
#define HSTATUS_SPVP           (1UL << 8)
#define HSTATUS_VTVM           (1UL << 20)
#define HSTATUS_VTW            (1UL << 21)
#define HSTATUS_VTSR           (1UL << 22)
#define HSTATUS_VSXL64         (2UL << 32)

/* Interrupt numbers, as bits of sie, sip, hie, hip, hvip, hideleg. */
#define IRQ_S_SOFT             1
#define IRQ_VS_SOFT            2
#define IRQ_S_TIMER            5
#define IRQ_VS_TIMER           6
#define IRQ_S_EXT              9
#define IRQ_VS_EXT             10
#define IRQ_S_GUEST            12

/* Exception causes ("Supervisor Cause Register", as H extends it). */
#define CAUSE_FETCH_MISALIGNED 0
#define CAUSE_FETCH_ACCESS     1
#define CAUSE_ILLEGAL          2
#define CAUSE_BREAKPOINT       3
#define CAUSE_LOAD_MISALIGNED  4
#define CAUSE_LOAD_ACCESS      5
#define CAUSE_STORE_MISALIGNED 6
#define CAUSE_STORE_ACCESS     7
#define CAUSE_ECALL_U          8
#define CAUSE_ECALL_HS         9
#define CAUSE_ECALL_VS         10
#define CAUSE_ECALL_M          11
#define CAUSE_FETCH_PAGE       12
#define CAUSE_LOAD_PAGE        13
#define CAUSE_STORE_PAGE       15
#define CAUSE_SW_CHECK         18
#define CAUSE_HW_ERROR         19
#define CAUSE_FETCH_GUEST_PAGE 20
#define CAUSE_LOAD_GUEST_PAGE  21
#define CAUSE_VIRTUAL_INSN     22
#define CAUSE_STORE_GUEST_PAGE 23
#define CAUSE_INTERRUPT        (1UL << 63)

/* henvcfg ("Hypervisor Environment Configuration Register"). */
#define ENVCFG_FIOM            (1UL << 0)
#define ENVCFG_CBIE            (3UL << 4)
#define ENVCFG_CBIE_FLUSH      (1UL << 4)
#define ENVCFG_CBCFE           (1UL << 6)
#define ENVCFG_CBZE            (1UL << 7)
#define ENVCFG_ADUE            (1UL << 61)
#define ENVCFG_PBMTE           (1UL << 62)
#define ENVCFG_STCE            (1UL << 63)

/* hcounteren and scounteren. */
#define COUNTEREN_CY           (1UL << 0)
#define COUNTEREN_TM           (1UL << 1)
#define COUNTEREN_IR           (1UL << 2)

/* satp, vsatp and hgatp: MODE in 63:60. */
#define ATP_BARE               0UL
#define ATP_SV39               8UL
#define ATP_SV48               9UL
#define ATP_SV57               10UL
#define ATP_MODE_SHIFT         60
#define ATP_PPN                ((1UL << 44) - 1)
#define ATP_ASID               (0xffffUL << 44)
#define ATP_ASID_SHIFT         44
#define HGATP_VMID(x)          (((x) >> 44) & 0x3fff)
#define HGATP_VMID_SHIFT       44

/* Page-table entries ("Sv39: Page-Based 39-bit Virtual-Memory System"). */
#define PTE_V                  (1UL << 0)
#define PTE_R                  (1UL << 1)
#define PTE_W                  (1UL << 2)
#define PTE_X                  (1UL << 3)
#define PTE_U                  (1UL << 4)
#define PTE_G                  (1UL << 5)
#define PTE_A                  (1UL << 6)
#define PTE_D                  (1UL << 7)
#define PTE_PPN_SHIFT          10
#define PTE_PPN                (((1UL << 44) - 1) << PTE_PPN_SHIFT)
#define PTE_PBMT               (3UL << 61)
#define PTE_N                  (1UL << 63)

#ifndef __ASSEMBLY__

#define CSR_STR_(x) #x
#define CSR_STR(x)  CSR_STR_(x)

#define csr_read(csr)                                                        \
	({                                                                   \
		unsigned long v_;                                            \
		asm volatile("csrr %0, " CSR_STR(csr) : "=r"(v_)::"memory"); \
		v_;                                                          \
	})

#define csr_write(csr, val) \
	asm volatile("csrw " CSR_STR(csr) ", %0" ::"rK"(val) : "memory")

#define csr_set(csr, val) \
	asm volatile("csrs " CSR_STR(csr) ", %0" ::"rK"(val) : "memory")

#define csr_clear(csr, val) \
	asm volatile("csrc " CSR_STR(csr) ", %0" ::"rK"(val) : "memory")

#define csr_swap(csr, val)                                    \
	({                                                    \
		unsigned long v_;                             \
		asm volatile("csrrw %0, " CSR_STR(csr) ", %1" \
			     : "=r"(v_)                       \
			     : "rK"(val)                      \
			     : "memory");                     \
		v_;                                           \
	})

#endif
#endif
