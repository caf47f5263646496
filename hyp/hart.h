/* SPDX-License-Identifier: BSD-2-Clause */
/* A physical hart and what belongs to it; tp points to it in the VMM. */
#ifndef HYP_HART_H
#define HYP_HART_H

#include "hyp/host.h"
#include "hyp/lock.h"
#include "hyp/timer.h"
#include "hyp/types.h"

struct task;
struct vcpu;

/* What hart_entry needs before there is an address space; see boot/entry.S. */
struct hart_boot {
	u64 satp;
	u64 stack;
	u64 hart;
};

struct hart {
	u32 index; /* 0.. in host.hart_ids */
	u64 id;    /* the firmware's number (mhartid) */
	bool online;
	u64 fixup;        /* where a fault of our own resumes; 0: it is a bug */
	u64 panic_stack;  /* its top; traps of our own run on it */
	u64 stack_bottom; /* the lowest address of the stack */
	u64 stack_top;
	/* A page of code for U-mode: see map_scratch(). */
	u64 scratch_va, *scratch_pte;
	void *scratch; /* where we write to it */
	struct hart_boot boot;
	struct lock timer_lock;
	struct timer *timers; /* by deadline; timer_lock */
	u64 timer_set;        /* what the hardware timer is armed to */
	bool firing;          /* in a timer's fire(); set under timer_lock */
	u64 busy;             /* ticks that it ran tasks; its own */
	struct task *current; /* what it runs, or NULL; the scheduler's lock */
	struct timer slice;   /* ends current's turn; its own hart */
	/* Statistics, in instructions (instret). */
	u64 zeroing;
	u64 idle_zeroed; /* bytes */
	/* Whose registers this hart holds, or NULL: the backend's, and FP. */
	struct vcpu *loaded;
	struct vcpu *fp_owner;
};

extern struct hart harts[HOST_HARTS_MAX];

#ifdef __riscv
register struct hart *hart_tp asm("tp");

static inline struct hart *this_hart(void)
{
	return hart_tp;
}
#else
/* The unit tests' stand-in. */
struct hart *this_hart(void);
#endif

/* Interrupt another hart: it leaves its guest or its sleep. Any hart. */
void hart_kick(struct hart *h);

/* Answer the host interrupts that are pending now: timer, IPI, devices. */
void hart_interrupts(void);

/*
 * Nothing to do: zero a little memory, or sleep until an interrupt is pending.
 * It is not answered here.
 */
void hart_idle(void);

/* Start every other hart of the host at hart_main(). */
void hart_start_all(u64 satp);

#endif
