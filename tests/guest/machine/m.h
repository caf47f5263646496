/* SPDX-License-Identifier: BSD-2-Clause */
/* What a bare kernel has that begins in M-mode, without firmware. */
#ifndef GUEST_M_H
#define GUEST_M_H

#include "tests/guest/rt/rt.h"

enum mode { MODE_U, MODE_S, MODE_M = 3 };

#define MSTATUS_MIE    BIT(3)
#define MSTATUS_MPIE   BIT(7)
#define MSTATUS_MPP    (3UL << 11)
#define MSTATUS_MPRV   BIT(17)
#define MSTATUS_TVM    BIT(20)
#define MSTATUS_TW     BIT(21)
#define MSTATUS_TSR    BIT(22)

#define CLINT_BASE     0x2000000UL
#define MSIP(hart)     (CLINT_BASE + 4 * (hart))
#define MTIMECMP(hart) (CLINT_BASE + 0x4000 + 8 * (hart))
#define MTIME          (CLINT_BASE + 0xbff8)

/*
 * Run fn(arg) in S- or U-mode until it returns or a trap comes to M-mode: that
 * is in the result's scause (mcause), stval, sepc, with sstatus as mstatus; and
 * x[10] is what it returned, then scause is RETURNED.
 */
#define RETURNED       77
struct frame *lower(enum mode mode, u64 (*fn)(u64 arg), u64 arg);

/* For lower() and TRY(): an access to that address; a store leaves two rets. */
u64 do_load(u64 at);
u64 do_store(u64 at);
u64 do_fetch(u64 at);

/* PMP entry 0: all of memory is for all. */
void pmp_open(void);

/* Called for each interrupt that M-mode takes, with its number. */
extern void (*m_irq)(u64 number);

/* mtvec: direct, or vectored, where an interrupt finds its number in mtval. */
extern char m_vectors[];

#endif
