/* SPDX-License-Identifier: BSD-2-Clause */
/* A memory-mapped virtual device, and the bus that finds it by address. */
#ifndef VDEV_VDEV_H
#define VDEV_VDEV_H

#include "hyp/lock.h"
#include "hyp/types.h"

/* One access as a device sees it. */
struct mmio {
	u64 off;  /* bytes from the device's base */
	u64 data; /* in: what is written; out: what was read, zero-extended */
	u8 len;	  /* 1, 2, 4 or 8 bytes */
	bool write;
};

struct vdev;

struct vdev_ops {
	const char *name;
	/* Under d->lock. False: the bus makes it an access fault. */
	bool (*access)(struct vdev *d, struct mmio *m);
	/* Under d->lock: back to the power-on state. */
	void (*reset)(struct vdev *d);
};

struct vdev {
	const struct vdev_ops *ops;
	gpa_t base; /* where the guest sees it; constant */
	u64 size;   /* bytes; constant */
	struct lock lock;
	u64 accesses; /* statistics; d->lock */
};

#define VBUS_MAX 24

/* The devices of one VM; built before the VM starts, constant afterwards. */
struct vbus {
	struct vdev *devs[VBUS_MAX];
	u32 count;
};

/* Put d on the bus at [d->base, d->base + d->size); false: overlaps or full. */
bool vbus_add(struct vbus *bus, struct vdev *d);

/* The device that covers all len bytes at addr, or NULL. */
struct vdev *vbus_find(struct vbus *bus, gpa_t addr, u32 len);

/*
 * Carry out an access of m->len bytes at addr; m->off is filled in here.
 * False: no device, or the device refuses it: an access fault for the guest.
 */
bool vbus_access(struct vbus *bus, gpa_t addr, struct mmio *m);

/* Reset every device. */
void vbus_reset(struct vbus *bus);

#endif
