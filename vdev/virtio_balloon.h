/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A balloon (Virtio 1.2, "Traditional Memory Balloon Device"): the guest says
 * which pages it can do without, on demand (the balloon) or unasked (free page
 * reporting), and they go back to the host.
 */
#ifndef VDEV_VIRTIO_BALLOON_H
#define VDEV_VIRTIO_BALLOON_H

#include "vdev/virtio.h"

#define BALLOON_PAGES 256 /* page numbers that are read at once */

struct balloon_client {
	/* There is work: somebody is to stop the vcpus and to call
	 * balloon_work(), once. Under virtio.dev.lock. */
	void (*ask)(void *owner);
	/* Give these pages back: how many were. False: not now. */
	bool (*release)(void *owner, gpa_t at, u64 len, u64 *pages);
	void *owner;
};

/* All fields are under virtio.dev.lock. */
struct balloon {
	struct virtio virtio;
	struct {
		u32 wanted, actual; /* pages of 4 KiB */
	} config;
	struct balloon_client client; /* constant */
	bool waiting;                 /* for balloon_work(); atomic */
	u64 inflated, reported;       /* pages given back, ever */
	u32 pages[BALLOON_PAGES];
};

/* Make b a balloon in that slot. */
void balloon_init(struct balloon *b, u32 slot, struct irq_line *irq,
		  struct gmap *mem, const struct balloon_client *client);

/* The guest has said something that balloon_work() has not seen. */
static inline bool balloon_waits(const struct balloon *b)
{
	return __atomic_load_n(&b->waiting, __ATOMIC_ACQUIRE);
}

/*
 * Give back what the guest can do without; no vcpu of it runs. False: not all
 * of it, call again.
 */
bool balloon_work(struct balloon *b);

/* Ask the guest for so many pages of 4 KiB, in all. Any hart. */
void balloon_want(struct balloon *b, u32 pages);

#endif
