/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI extension STA: a guest hears how long its vcpus waited for a hart. */
#include "hyp/util.h"
#include "vcpu/sbi.h"
#include "vcpu/sta.h"
#include "vcpu/vm.h"

#define NS_PER_SECOND 1000000000UL
#define ALL_ONES      (~0UL)

/* "STA Shared Memory Structure". */
struct shmem {
	u32 sequence;
	u32 flags;
	u64 steal; /* ns */
	u8 preempted;
	u8 pad[47];
};

_Static_assert(sizeof(struct shmem) == 64, "as specified");

static u64 nanoseconds(u64 ticks)
{
	u64 hz = host.timebase;

	return ticks / hz * NS_PER_SECOND + ticks % hz * NS_PER_SECOND / hz;
}

/*
 * Where v's structure is; NULL only if its page could not be backed. It does
 * not cross pages: it is as long as it is aligned.
 */
static struct shmem *find(struct vcpu *v)
{
	gpa_t at = v->sta.shmem;
	struct gpage page;

	if (!gmap_get(&v->vm->gmap, at, &page))
		return NULL;
	return hpa_ptr(HPA(page.hpa.raw + (at.raw - page.gpa.raw)));
}

/*
 * The guest may look from another hart at any time: the sequence is odd as
 * long as steal is half written. It counts here, whatever the guest writes.
 */
static void report(struct vcpu *v)
{
	struct vcpu_sta *sta = &v->sta;
	struct shmem *s = find(v);

	if (!s)
		return;
	sta->stolen += v->task.waited - sta->waited;
	sta->waited = v->task.waited;
	sta->preempted = false;
	__atomic_store_n(&s->sequence, ++sta->sequence, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	__atomic_store_n(&s->steal, nanoseconds(sta->stolen), __ATOMIC_RELAXED);
	__atomic_store_n(&s->preempted, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&s->sequence, ++sta->sequence, __ATOMIC_RELEASE);
}

void sta_enter(struct vcpu *v)
{
	if (v->task.waited != v->sta.waited || v->sta.preempted)
		report(v);
}

void sta_leave(struct vcpu *v)
{
	struct shmem *s = find(v);

	if (!s)
		return;
	v->sta.preempted = true;
	__atomic_store_n(&s->preempted, 1, __ATOMIC_RELAXED);
}

/*
 * Steal goes on where it was when a guest registers again, as it does for a
 * CPU that it takes offline and online: a guest that sees it go back (Linux
 * subtracts what it has seen) would take all its time for stolen.
 */
static long set_shmem(struct vcpu *v, u64 low, u64 high, u64 flags)
{
	static const struct shmem zero;
	struct gmap *ram = &v->vm->gmap;

	if (flags)
		return SBI_ERR_INVALID_PARAM;
	if (low == ALL_ONES && high == ALL_ONES) {
		v->sta.shmem = STA_NONE;
		return SBI_SUCCESS;
	}
	if (!IS_ALIGNED(low, sizeof(zero)))
		return SBI_ERR_INVALID_PARAM;
	if (high || !gmap_covers(ram, GPA(low), sizeof(zero)))
		return SBI_ERR_INVALID_ADDRESS;
	if (!gmap_write(ram, GPA(low), &zero, sizeof(zero)))
		return SBI_ERR_FAILED;
	v->sta.shmem = GPA(low);
	v->sta.sequence = 0;
	v->sta.waited = v->task.waited;
	if (v->sta.stolen)
		report(v);
	return SBI_SUCCESS;
}

enum verdict sbi_sta(struct vcpu *v, u64 fid)
{
	const u64 *a = &v->state.gpr[A0];

	if (fid)
		return sbi_reply(v, SBI_ERR_NOT_SUPPORTED, 0);
	return sbi_reply(v, set_shmem(v, a[0], a[1], a[2]), 0);
}
