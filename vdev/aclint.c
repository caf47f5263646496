/* SPDX-License-Identifier: BSD-2-Clause */
/* The ACLINT's MSWI and MTIMER devices behind one window (RISC-V ACLINT). */
#include <string.h>

#include "hyp/util.h"
#include "vdev/aclint.h"

/* RISC-V ACLINT, "Backward Compatibility With SiFive CLINT". */
#define ACLINT_MSIP     0x0
#define ACLINT_MTIMECMP 0x4000
#define ACLINT_MTIME    0xbff8
#define ACLINT_END      0xc000

static u64 mtime(const struct aclint *a)
{
	return time_now() + *a->delta +
	       __atomic_load_n(&a->offset, __ATOMIC_RELAXED);
}

/*
 * mtip is mtime >= mtimecmp, unsigned (RISC-V ACLINT, "MTIMER Device"): it
 * changes when mtime gets there, and then when mtime wraps to 0. Either may
 * lie beyond the end of the host's time, which must not wrap: then never.
 */
static void update(struct aclint_hart *h)
{
	u64 now = mtime(h->aclint);
	bool never = h->mtimecmp == TIMER_NEVER;
	bool due = !never && now >= h->mtimecmp;
	u64 left = (due ? 0 : h->mtimecmp) - now;
	u64 deadline;

	if (never || !left ||
	    __builtin_add_overflow(time_now(), left, &deadline))
		deadline = TIMER_NEVER;
	timer_arm(&h->timer, deadline);
	irq_line_set(&h->mtip, due);
}

static void update_all(struct aclint *a)
{
	for (u32 i = 0; i < a->harts; i++)
		update(&a->hart[i]);
}

/* Where in its 8-byte register an access of 4 or 8 bytes lies. */
static u32 shift(const struct mmio *m)
{
	return m->off % 8 * 8;
}

static u64 mask(const struct mmio *m)
{
	return ~0UL >> (64 - 8 * m->len);
}

/* The register's value after a write to a part of it. */
static u64 merge(u64 value, const struct mmio *m)
{
	return (value & ~(mask(m) << shift(m))) | m->data << shift(m);
}

static u64 extract(u64 value, const struct mmio *m)
{
	return (value >> shift(m)) & mask(m);
}

static void access_msip(struct aclint *a, struct mmio *m)
{
	u64 i = (m->off - ACLINT_MSIP) / 4;

	if (i >= a->harts)
		return;
	if (m->write)
		irq_line_set(&a->hart[i].msip, m->data & 1);
	else
		m->data = a->hart[i].msip.level;
}

static void access_mtimecmp(struct aclint *a, struct mmio *m)
{
	u64 i = (m->off - ACLINT_MTIMECMP) / 8;
	struct aclint_hart *h;

	if (i >= a->harts)
		return;
	h = &a->hart[i];
	if (m->write) {
		h->mtimecmp = merge(h->mtimecmp, m);
		update(h);
	} else {
		m->data = extract(h->mtimecmp, m);
	}
}

static void access_mtime(struct aclint *a, struct mmio *m)
{
	u64 now = mtime(a);

	if (m->write) {
		a->offset += merge(now, m) - now;
		update_all(a);
	} else {
		m->data = extract(now, m);
	}
}

/* Words everywhere, double words in MTIMER; what is reserved reads zero. */
static bool aclint_access(struct vdev *d, struct mmio *m)
{
	struct aclint *a = container_of(d, struct aclint, dev);

	if ((m->len != 4 && m->len != 8) || m->off % m->len)
		return false;
	if (m->off < ACLINT_MTIMECMP && m->len != 4)
		return false;
	if (m->off < ACLINT_MTIMECMP)
		access_msip(a, m);
	else if (m->off < ACLINT_MTIME)
		access_mtimecmp(a, m);
	else if (m->off < ACLINT_END)
		access_mtime(a, m);
	return true;
}

/* The time, which M-mode guests read over and over. */
static bool aclint_quick(struct vdev *d, struct mmio *m)
{
	struct aclint *a = container_of(d, struct aclint, dev);

	if (m->off != ACLINT_MTIME || m->len != 8 || m->write)
		return vdev_access(d, m);
	m->data = mtime(a);
	return true;
}

/* mtimecmp may come up with anything: never, so that no guest is surprised. */
static void aclint_reset(struct vdev *d)
{
	struct aclint *a = container_of(d, struct aclint, dev);

	a->offset = 0;
	for (u32 i = 0; i < a->harts; i++) {
		a->hart[i].mtimecmp = TIMER_NEVER;
		update(&a->hart[i]);
		irq_line_set(&a->hart[i].msip, false);
	}
}

/* Only a hint: what is due is judged anew, under the lock. */
static void fire(struct timer *t)
{
	struct aclint_hart *h = container_of(t, struct aclint_hart, timer);

	lock_acquire(&h->aclint->dev.lock);
	update(h);
	lock_release(&h->aclint->dev.lock);
}

static const struct vdev_ops aclint_ops = {
	.name = "aclint",
	.quick = aclint_quick,
	.access = aclint_access,
	.reset = aclint_reset,
};

void aclint_update(struct aclint *a)
{
	lock_acquire(&a->dev.lock);
	update_all(a);
	lock_release(&a->dev.lock);
}

void aclint_init(struct aclint *a, u32 harts, const u64 *delta)
{
	BUG_ON(harts == 0 || harts > GUEST_HARTS_MAX);
	memset(a, 0, sizeof(*a));
	vdev_init(&a->dev, &aclint_ops, GPA(GUEST_ACLINT_BASE),
		  GUEST_ACLINT_SIZE);
	a->harts = harts;
	a->delta = delta;
	for (u32 i = 0; i < harts; i++) {
		struct aclint_hart *h = &a->hart[i];

		h->aclint = a;
		h->mtimecmp = TIMER_NEVER;
		h->timer.deadline = TIMER_NEVER;
		h->timer.fire = fire;
		h->msip.number = h->mtip.number = i;
	}
}
