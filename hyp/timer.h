/* SPDX-License-Identifier: BSD-2-Clause */
/* One-shot timers on the hart that arms them, in host time-base ticks. */
#ifndef HYP_TIMER_H
#define HYP_TIMER_H

#include "hyp/types.h"

#define TIMER_NEVER (~0UL)

struct timer {
	u64 deadline;                  /* host time; TIMER_NEVER: not armed */
	void (*fire)(struct timer *t); /* called once, deadline passed */
	struct timer *next;            /* the hart's list, by deadline */
	struct hart *hart;             /* whose list it is on, or NULL */
};

/* Host time in time-base ticks (RISC-V Unprivileged, "Zicntr"). */
u64 time_now(void);

/* Arm t, again if it is armed; a deadline in the past fires at once. */
void timer_arm(struct timer *t, u64 deadline);

/*
 * Disarm t. It may be firing on another hart at this moment: what fire() does
 * must be harmless then. A timer has one owner: two do not arm or cancel it at
 * the same time.
 */
void timer_cancel(struct timer *t);

/* t waits to fire; false also while it does. */
static inline bool timer_armed(const struct timer *t)
{
	return __atomic_load_n(&t->hart, __ATOMIC_ACQUIRE);
}

/*
 * Wait until no other hart is in a fire() that began before: then a timer that
 * was cancelled may be forgotten. Not from a fire(), nor with a lock that one
 * may want.
 */
void timer_wait_fired(void);

#endif
