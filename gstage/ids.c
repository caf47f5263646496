/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocation of VMIDs and ASIDs (Privileged, "Hypervisor Memory-Management
 * Fence Instructions", "Supervisor Address Translation and Protection"). */
#include "gstage/ids.h"
#include "hyp/util.h"

struct id_space ids_none = {
	.lock = LOCK_INIT(LOCK_ID), .generation = 1, .count = 1};
struct id_space ids_vmid = {
	.lock = LOCK_INIT(LOCK_ID), .generation = 1, .count = 1};
struct id_space ids_asid = {
	.lock = LOCK_INIT(LOCK_ID), .generation = 1, .count = 1};
struct id_space ids_vasid = {
	.lock = LOCK_INIT(LOCK_ID), .generation = 1, .count = 1};

void id_space_init(struct id_space *s, u32 bits, u32 first)
{
	s->count = 1U << bits;
	s->first = bits ? first : 0;
	BUG_ON(s->first >= s->count);
	s->next = s->first;
	s->generation++;
}

static bool valid(const struct id_space *s, const struct hw_id *v)
{
	u64 g = __atomic_load_n(&v->generation, __ATOMIC_ACQUIRE);

	return g && (s->count == 1 ||
		     g == __atomic_load_n(&s->generation, __ATOMIC_ACQUIRE));
}

/* Out of ids: a new generation, in which everybody needs a new one. */
static void assign(struct id_space *s, struct hw_id *v)
{
	lock_acquire(&s->lock);
	if (valid(s, v)) { /* another vcpu of the VM was faster */
		lock_release(&s->lock);
		return;
	}
	if (s->next == s->count) {
		s->next = s->first;
		__atomic_store_n(&s->generation, s->generation + 1,
				 __ATOMIC_RELEASE);
	}
	v->id = s->next++;
	__atomic_store_n(&v->generation, s->generation, __ATOMIC_RELEASE);
	lock_release(&s->lock);
}

bool id_renew(struct id_space *s, struct hw_id *v, u32 hart)
{
	bool flush;

	if (!valid(s, v))
		assign(s, v);
	flush = s->hart[hart] != v->generation;
	s->hart[hart] = v->generation;
	return flush;
}
