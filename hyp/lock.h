/* SPDX-License-Identifier: BSD-2-Clause */
/* Spinlocks with an owner; interrupts are off throughout the VMM. */
#ifndef HYP_LOCK_H
#define HYP_LOCK_H

#include "hyp/types.h"

/* What a lock guards: its place in the lock order, which lock.def states. */
enum lock_class {
	LOCK_NONE, /* nobody called lock_init() */
#define LOCK_CLASS(name, what) LOCK_##name,
#include "hyp/lock.def"
#undef LOCK_CLASS
	LOCK_CLASSES
};

struct lock {
	u32 taken;         /* 0 or 1 */
	u32 class;         /* enum lock_class; constant */
	const void *owner; /* the hart that holds it, or NULL */
};

/* A free lock: for static ones. */
#define LOCK_INIT(lock_class) ((struct lock){.class = (lock_class)})

static inline void lock_init(struct lock *l, enum lock_class c)
{
	*l = LOCK_INIT(c);
}

void lock_acquire(struct lock *l);
void lock_release(struct lock *l);

/* This hart holds l; for BUG_ON(!lock_held(l)) in *_locked(). */
bool lock_held(const struct lock *l);

#endif
