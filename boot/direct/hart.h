/* SPDX-License-Identifier: BSD-2-Clause */
/* The harts, their mailboxes and how they start. */
#ifndef DIRECT_HART_H
#define DIRECT_HART_H

#include "boot/direct/layout.h"
#include "boot/direct/mcsr.h"
#include "hyp/types.h"

/* A fence that one hart asks of others. */
struct fence {
	u64 function;    /* of the RFENCE extension */
	u64 start, size; /* bytes; size ~0: everything */
	u64 id;          /* ASID or VMID, where the function has one */
	u64 hgatp;       /* the asking hart's: hfence.vvma's VMID */
	u64 left;        /* harts that have not done it yet */
};

/* Bits of mail; those below are the harts that wait for a fence. */
#define MAIL_SOFT   (1UL << 32) /* raise SSIP */
#define MAIL_START  (1UL << 33) /* entry and opaque are set: go */
#define MAIL_FENCES ((1UL << HARTS_MAX) - 1)

/*
 * By hart id, at the bottom of the hart's stack. Others write mail and, while
 * they hold START_PENDING, entry and opaque; the rest is the hart's own.
 */
struct hart {
	u64 mail;
	u64 state; /* SBI_HSM_* */
	u64 entry, opaque;
	struct fence fence;
} __attribute__((aligned(1 << HART_SHIFT)));

extern struct hart harts[HARTS_MAX];

static inline u64 hart_id(void)
{
	return csr_read(CSR_MHARTID);
}

/* First C function on each hart, from entry.S. */
__attribute__((noreturn)) void hart_reset(u64 id, u64 fdt, u64 info);

/* M-level CSRs of this hart: delegation, counters, PMP; hart.c. */
void hart_init(void);

/* In S-mode at entry with a0 = hart id, a1 = opaque. */
__attribute__((noreturn)) void hart_enter(u64 entry, u64 opaque);

/* Sleep as a stopped hart until somebody starts it. */
__attribute__((noreturn)) void hart_park(void);

/* entry.S */
__attribute__((noreturn)) void hart_launch(u64 id, u64 a1);

/* A trap of our own, or one that should have been delegated: the end. */
__attribute__((noreturn)) void trap_fatal(u64 cause, u64 epc, u64 tval);

#endif
