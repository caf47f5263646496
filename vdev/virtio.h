/* SPDX-License-Identifier: BSD-2-Clause */
/* A virtio device on MMIO (Virtio 1.2, "Virtio Over MMIO"), version 2. */
#ifndef VDEV_VIRTIO_H
#define VDEV_VIRTIO_H

#include "hyp/timer.h"
#include "hyp/util.h"
#include "vdev/irq.h"
#include "vdev/vdev.h"
#include "vdev/virtq.h"

#define VIRTIO_QUEUES_MAX      10

/*
 * Bytes of requests that are carried out at once; the rest comes a moment
 * later, so that nobody else waits for long. Devices refuse larger requests.
 */
#define VIRTIO_AT_ONCE         MiB(1)

/* Virtio 1.2, "Reserved Feature Bits". */
#define VIRTIO_F_INDIRECT_DESC (1UL << 28)
#define VIRTIO_F_EVENT_IDX     (1UL << 29)
#define VIRTIO_F_VERSION_1     (1UL << 32)
#define VIRTIO_F_RING_PACKED   (1UL << 34)

struct virtio;

/* A kind of device. All calls come under the device's lock. */
struct virtio_ops {
	struct vdev_ops bus; /* its name; virtio.c's functions */
	u32 id;              /* Virtio 1.2, "Device Types" */
	u32 queues;          /* 1..VIRTIO_QUEUES_MAX */
	u32 config_size;     /* bytes; reads beyond give 0 */
	u32 passive;         /* a bit a queue that serve() is not called for */
	/* Nothing of it depends on VERSION_1, which simple drivers do not
	 * accept. */
	bool lenient;
	/* A request of queue q, to be answered by virtq_push(). False: the
	 * driver has broken the ring. */
	bool (*serve)(struct virtio *v, struct virtq *q,
		      const struct virtq_chain *c);
	/* A passive queue has something new; optional. */
	void (*offered)(struct virtio *v, u32 queue);
	/* There is room for one more request; optional. */
	bool (*ready)(struct virtio *v);
	/* What serve() was called for is all, for the moment; optional. */
	void (*served)(struct virtio *v);
	/* The driver writes to the configuration; optional. False: it may not.
	 */
	bool (*configure)(struct virtio *v, u64 off, u32 len, u64 value);
	/* Back to the power-on state; optional. */
	void (*reset)(struct virtio *v);
};

/* All fields are under dev.lock; a passive queue, its device's to say. */
struct virtio {
	struct vdev dev;
	const struct virtio_ops *ops;
	struct irq_line *irq;
	struct gmap *mem;
	const void *config; /* what the driver reads; the pointer is constant */
	u32 generation;     /* of *config */
	u64 offered;        /* features; constant */
	u64 accepted;
	struct lock tell;           /* for these two and irq */
	u32 status;                 /* Virtio 1.2, "Device Status Field" */
	u32 interrupts;             /* InterruptStatus */
	u32 device_sel, driver_sel; /* which word of the features */
	u32 queue_sel;
	struct virtq queue[VIRTIO_QUEUES_MAX];
	struct timer later;       /* to go on with what waits */
	struct virtq_chain chain; /* the request that is served: large */
	struct virtq_mark before; /* where it was taken from */
};

/*
 * Make v a device of that kind in slot 0..7 of the guest's machine, reset:
 * irq is its wire, mem the guest's RAM. features: beside those that every
 * device has.
 */
void virtio_init(struct virtio *v, const struct virtio_ops *ops, u32 slot,
		 struct irq_line *irq, struct gmap *mem, u64 features,
		 const void *config);

/* One more feature, before anybody looks at v. */
static inline void virtio_offer(struct virtio *v, u64 feature)
{
	v->offered |= feature;
}

/* For those who serve a passive queue, dev.lock or not. */
bool virtio_usable(struct virtio *v); /* its driver is ready, and no mistake */
void virtio_used(struct virtio *v,
		 struct virtq *q);    /* tell, if it wants to know */
void virtio_broken(struct virtio *v); /* the driver broke a ring */

/* A write that says no more than that a queue has something new. */
bool virtio_is_notify(const struct mmio *m);

/* For struct virtio_ops.bus. */
bool virtio_access(struct vdev *d, struct mmio *m);
void virtio_reset(struct vdev *d);
void virtio_show(struct vdev *d);

/*
 * Between virtio.c and virtio_serve.c, under dev.lock: what the driver has put
 * into a queue, if there is one; and, as a timer's, into all of them.
 */
void virtio_serve(struct virtio *v, u32 number);
void virtio_go_on(struct timer *t);

/*
 * Its device has written to *config: ConfigGeneration says so, and the driver
 * is told by virtio_tell_config(). Under dev.lock.
 */
void virtio_config_changed(struct virtio *v);
void virtio_tell_config(struct virtio *v);

/* The slot of that number (below GUEST_VIRTIO_SLOTS) without a device. */
void virtio_empty_init(struct vdev *d, u32 slot);

#endif
