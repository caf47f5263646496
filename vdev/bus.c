/* SPDX-License-Identifier: BSD-2-Clause */
/* The bus: finds the device behind a guest physical address. */
#include "hyp/util.h"
#include "vdev/vdev.h"

/* Wraps where addr lies below the base: the offset is then beyond any size. */
static bool covers(const struct vdev *d, gpa_t addr, u32 len)
{
	u64 off = addr.raw - d->base.raw;

	return off < d->size && len <= d->size - off;
}

static bool overlap(const struct vdev *a, const struct vdev *b)
{
	return a->base.raw - b->base.raw < b->size ||
	       b->base.raw - a->base.raw < a->size;
}

void vdev_init(struct vdev *d, const struct vdev_ops *ops, gpa_t base, u64 size)
{
	*d = (struct vdev){.ops = ops, .base = base, .size = size};
	lock_init(&d->lock, LOCK_VDEV);
}

void vdev_set_mirror(struct vdev *d, void *page)
{
	BUG_ON(!d->ops->show);
	d->mirror = page;
	if (page)
		d->ops->show(d);
}

bool vbus_add(struct vbus *bus, struct vdev *d)
{
	if (bus->count == VBUS_MAX || !d->size)
		return false;
	if (d->base.raw + (d->size - 1) < d->base.raw)
		return false;
	for (u32 i = 0; i < bus->count; i++)
		if (overlap(bus->devs[i], d))
			return false;
	bus->devs[bus->count++] = d;
	return true;
}

static struct vdev *search(struct vbus *bus, gpa_t addr, u32 len)
{
	for (u32 i = 0; i < bus->count; i++) {
		if (!covers(bus->devs[i], addr, len))
			continue;
		__atomic_store_n(&bus->last, bus->devs[i], __ATOMIC_RELAXED);
		return bus->devs[i];
	}
	return NULL;
}

/* Guests mostly poke the device that they poked before. */
static inline struct vdev *last_hit(struct vbus *bus, gpa_t addr, u32 len)
{
	struct vdev *d = __atomic_load_n(&bus->last, __ATOMIC_RELAXED);

	return likely(d && covers(d, addr, len)) ? d : NULL;
}

struct vdev *vbus_find(struct vbus *bus, gpa_t addr, u32 len)
{
	struct vdev *d = last_hit(bus, addr, len);

	return d ? d : search(bus, addr, len);
}

bool vdev_access(struct vdev *d, struct mmio *m)
{
	bool ok;

	m->data &= m->write ? ~0UL >> (64 - 8 * m->len) : 0;
	lock_acquire(&d->lock);
	ok = d->ops->access(d, m);
	lock_release(&d->lock);
	return ok;
}

static inline bool enter(struct vdev *d, gpa_t addr, struct mmio *m)
{
	m->off = addr.raw - d->base.raw;
	__atomic_fetch_add(&d->accesses, 1, __ATOMIC_RELAXED);
	if (d->ops->quick)
		return d->ops->quick(d, m);
	return vdev_access(d, m);
}

static __attribute__((noinline)) bool
search_and_enter(struct vbus *bus, gpa_t addr, struct mmio *m)
{
	struct vdev *d = search(bus, addr, m->len);

	return d && enter(d, addr, m);
}

/* Each call is the last act: a register read on the way costs no frame. */
bool vbus_access(struct vbus *bus, gpa_t addr, struct mmio *m)
{
	struct vdev *d = last_hit(bus, addr, m->len);

	if (likely(d))
		return enter(d, addr, m);
	return search_and_enter(bus, addr, m);
}

void vbus_reset(struct vbus *bus)
{
	for (u32 i = bus->count; i-- > 0;) {
		struct vdev *d = bus->devs[i];

		lock_acquire(&d->lock);
		d->ops->reset(d);
		lock_release(&d->lock);
	}
}
