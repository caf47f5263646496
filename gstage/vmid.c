/* SPDX-License-Identifier: BSD-2-Clause */
/* VMID allocation (Privileged, "Hypervisor Memory-Management Fence..."). */
#include "gstage/vmid.h"
#include "hyp/lock.h"

static struct lock lock = LOCK_INIT(LOCK_VMID);
static u64 generation = 1;                  /* lock */
static u32 next, count = 1;                 /* lock */
static u64 hart_generation[HOST_HARTS_MAX]; /* its own hart */

void vmid_init(u32 bits)
{
	count = 1U << bits;
	next = 0;
	generation++;
}

static bool valid(const struct vmid *v)
{
	u64 g = __atomic_load_n(&v->generation, __ATOMIC_ACQUIRE);

	return g && (count == 1 ||
		     g == __atomic_load_n(&generation, __ATOMIC_ACQUIRE));
}

/* Out of ids: a new generation, in which everybody needs a new one. */
static void renew(struct vmid *v)
{
	lock_acquire(&lock);
	if (valid(v)) { /* another vcpu of the VM was faster */
		lock_release(&lock);
		return;
	}
	if (next == count) {
		next = 0;
		generation++;
	}
	v->id = next++;
	__atomic_store_n(&v->generation, generation, __ATOMIC_RELEASE);
	lock_release(&lock);
}

bool vmid_use(struct vmid *v, u32 hart)
{
	bool flush;

	if (!valid(v))
		renew(v);
	flush = hart_generation[hart] != v->generation;
	hart_generation[hart] = v->generation;
	return flush;
}
