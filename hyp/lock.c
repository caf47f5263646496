/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spinlocks that whoever comes first takes. Fair ones (tickets) were tried: on
 * an emulator with fewer cores than harts the next in line is often not
 * running, and all wait for it; eight harts took fifty times as long.
 */
#include "hyp/debug.h"
#include "hyp/hart.h"
#include "hyp/lock.h"
#include "hyp/lock_check.h"
#include "hyp/util.h"

/* A hint that costs nothing where it means nothing ("Zihintpause"). */
static inline void pause(void)
{
	asm volatile(".option push; .option arch, +zihintpause; pause;"
		     ".option pop");
}

void lock_acquire(struct lock *l)
{
	BUG_ON(lock_held(l));
	if (DEBUG_CHECKS)
		lock_check_acquire(l, __builtin_return_address(0));
	while (__atomic_exchange_n(&l->taken, 1, __ATOMIC_ACQUIRE)) {
		while (__atomic_load_n(&l->taken, __ATOMIC_RELAXED))
			pause();
	}
	l->owner = this_hart();
}

void lock_release(struct lock *l)
{
	BUG_ON(!lock_held(l));
	if (DEBUG_CHECKS)
		lock_check_release(l, __builtin_return_address(0));
	l->owner = NULL;
	__atomic_store_n(&l->taken, 0, __ATOMIC_RELEASE);
}

bool lock_held(const struct lock *l)
{
	return l->owner == this_hart();
}
