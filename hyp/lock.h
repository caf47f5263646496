/* SPDX-License-Identifier: BSD-2-Clause */
/* Spinlocks with an owner; interrupts are off throughout the VMM. */
#ifndef HYP_LOCK_H
#define HYP_LOCK_H

#include "hyp/types.h"

/*
 * Lock order, outermost first; take only downwards:
 *   vdev (uart before plic) -> vm -> gmap -> page
 *   vdev -> console, timers, run queues: nothing is taken under these
 */
struct lock {
	u32 taken;         /* 0 or 1 */
	const void *owner; /* the hart that holds it, or NULL */
};

void lock_acquire(struct lock *l);
void lock_release(struct lock *l);

/* This hart holds l; for BUG_ON(!lock_held(l)) in *_locked(). */
bool lock_held(const struct lock *l);

#endif
