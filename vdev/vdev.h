/* SPDX-License-Identifier: BSD-2-Clause */
/* A memory-mapped virtual device, and the bus that finds it by address. */
#ifndef VDEV_VDEV_H
#define VDEV_VDEV_H

#include "hyp/lock.h"
#include "hyp/types.h"

/* One access as a device sees it. */
struct mmio {
	u64 off;  /* bytes from the device's base */
	u64 data; /* written: upper bytes clear; read: 0, the device fills it */
	u8 len;   /* 1, 2, 4 or 8 bytes */
	bool write;
};

struct vdev;

struct vdev_ops {
	const char *name;
	/*
	 * Optional; called first, without the lock. Answers a read that guests
	 * poll, if it changes nothing and looks at each field once (by an
	 * atomic load); leaves all else to vdev_access(), as its last act.
	 */
	bool (*quick)(struct vdev *d, struct mmio *m);
	/* Under d->lock. False: the bus makes it an access fault. */
	bool (*access)(struct vdev *d, struct mmio *m);
	/* Under d->lock: back to the power-on state. */
	void (*reset)(struct vdev *d);
	/* Optional: d->mirror is there, all zero; fill it, and from now on keep
	 * it current. */
	void (*show)(struct vdev *d);
};

struct vdev {
	const struct vdev_ops *ops;
	gpa_t base; /* where the guest sees it; constant */
	u64 size;   /* bytes; constant */
	struct lock lock;
	u64 accesses; /* statistics; atomic */
	/*
	 * A page of registers that reading does not change, as the guest sees
	 * it: the device keeps it current, and the owner may let the guest
	 * read it without asking. (Reads of other widths than a register's then
	 * succeed, which the specifications leave open.) NULL: none. Set before
	 * use; its contents are the device's, word by word.
	 */
	u32 *mirror;
	u64 mirror_off; /* the page's offset from base; constant */
};

/* A device of `size` bytes at base; it has no mirror. */
void vdev_init(struct vdev *d, const struct vdev_ops *ops, gpa_t base,
	       u64 size);

/* A page of 4 KiB, all zero, for the mirror; NULL takes it away. */
void vdev_set_mirror(struct vdev *d, void *page);

/* For devices: what a read of that offset from base gives, from now on. */
static inline void vdev_show(struct vdev *d, u64 off, u32 value)
{
	if (d->mirror)
		__atomic_store_n(&d->mirror[(off - d->mirror_off) / 4], value,
				 __ATOMIC_RELEASE);
}

#define VBUS_MAX 24

/*
 * The devices of one VM; all zero is an empty bus. Built before the VM starts,
 * constant afterwards, the hint apart.
 */
struct vbus {
	struct vdev *devs[VBUS_MAX];
	u32 count;
	struct vdev *last; /* hit last, or NULL: a hint; atomic, no lock */
};

/*
 * Put d on the bus at [d->base, d->base + d->size). False: it is empty, wraps
 * around, overlaps another, or the bus is full. Add interrupt controllers
 * before the devices that drive them: see vbus_reset().
 */
bool vbus_add(struct vbus *bus, struct vdev *d);

/* The device that covers all len bytes at addr, or NULL. */
struct vdev *vbus_find(struct vbus *bus, gpa_t addr, u32 len);

/*
 * Carry out an access of m->len bytes at addr; m->off is filled in here, and
 * m->data is cut to m->len bytes. False: no device, or the device refuses it:
 * an access fault for the guest.
 */
bool vbus_access(struct vbus *bus, gpa_t addr, struct mmio *m);

/* ops->access() with m, which is filled in, under d's lock. */
bool vdev_access(struct vdev *d, struct mmio *m);

/*
 * Reset every device, the last added first, so that a device has lowered its
 * line when the interrupt controller samples it.
 */
void vbus_reset(struct vbus *bus);

#endif
