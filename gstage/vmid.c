/* SPDX-License-Identifier: BSD-2-Clause */
/* VMID allocation (Privileged, "Hypervisor Memory-Management Fence..."). */
#include "gstage/vmid.h"
#include "hyp/lock.h"

static struct lock lock;
static u64 generation = 1;                       /* lock */
static u32 next, count = 1;                      /* lock */
static u64 hart_generation[HOST_HARTS_MAX];      /* its own hart */
static const void *hart_last_vm[HOST_HARTS_MAX]; /* its own hart */

void vmid_init(u32 bits)
{
	count = 1U << bits;
	next = 0;
	generation++;
}

/* Out of ids: a new generation, in which everybody needs a new one. */
static void renew(struct vmid *v)
{
	lock_acquire(&lock);
	if (v->generation != generation) {
		if (next == count) {
			next = 0;
			generation++;
		}
		v->id = next++;
		v->generation = generation;
	}
	lock_release(&lock);
}

bool vmid_use(struct vmid *v, u32 hart, const void *vm)
{
	bool flush;

	if (count == 1) {
		flush = hart_last_vm[hart] != vm;
		hart_last_vm[hart] = vm;
		return flush;
	}
	if (v->generation != __atomic_load_n(&generation, __ATOMIC_ACQUIRE))
		renew(v);
	flush = hart_generation[hart] != v->generation;
	hart_generation[hart] = v->generation;
	return flush;
}
