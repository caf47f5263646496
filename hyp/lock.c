/* SPDX-License-Identifier: BSD-2-Clause */
/* Ticket locks: first come, first served. */
#include "hyp/hart.h"
#include "hyp/lock.h"
#include "hyp/util.h"

void lock_acquire(struct lock *l)
{
	u32 ticket;

	BUG_ON(lock_held(l));
	ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&l->serving, __ATOMIC_ACQUIRE) != ticket)
		asm volatile("" ::: "memory");
	l->owner = this_hart();
}

void lock_release(struct lock *l)
{
	BUG_ON(!lock_held(l));
	l->owner = NULL;
	__atomic_store_n(&l->serving, l->serving + 1, __ATOMIC_RELEASE);
}

bool lock_held(const struct lock *l)
{
	return l->owner == this_hart();
}
