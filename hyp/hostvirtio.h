/* SPDX-License-Identifier: BSD-2-Clause */
/* Drives the host's virtio devices (Virtio 1.2, "Virtio Over MMIO"). */
#ifndef HYP_HOSTVIRTIO_H
#define HYP_HOSTVIRTIO_H

#include "hyp/host.h"
#include "hyp/page.h"

#define HOSTVQ_SIZE 64 /* entries */

/* Virtio 1.2, "The Virtqueue Descriptor Table". */
struct hostvq_desc {
	u64 addr; /* host physical */
	u32 len;
	u16 flags, next;
};

#define HOSTVQ_NEXT     1
#define HOSTVQ_WRITE    2
#define HOSTVQ_INDIRECT 4

#define HOSTVQ_QUIET    1 /* of avail.flags: no interrupt */

/* A split virtqueue, in one page; its owner's lock. */
struct hostvq {
	struct hostvq_desc desc[HOSTVQ_SIZE];
	struct {
		u16 flags, idx, ring[HOSTVQ_SIZE], event;
	} avail;
	struct {
		u16 flags, idx;
		struct {
			u32 id, len;
		} ring[HOSTVQ_SIZE];
		u16 event;
	} used __attribute__((aligned(4)));
	u16 seen; /* of used.idx, so far */
};

/*
 * The n-th of the host's devices of that kind (Virtio 1.2, "Device Types"), by
 * address; NULL: there are fewer. Devices of before version 2 do not count.
 */
const struct host_virtio *hostvirtio_find(u32 id, u32 n);

/*
 * Reset it and accept VERSION_1, INDIRECT_DESC and of `wish` what it offers:
 * *features is what came of it. False: it will not have that.
 */
bool hostvirtio_begin(const struct host_virtio *d, u64 wish, u64 *features);

/* Set up queue n, which is zeroed. False: it has none, or a smaller one. */
bool hostvirtio_queue(const struct host_virtio *d, u32 n, struct hostvq *q);

/* From now on it works. */
void hostvirtio_go(const struct host_virtio *d);

u64 hostvirtio_config64(const struct host_virtio *d, u32 offset);

/* Queue n has something new. */
void hostvirtio_notify(const struct host_virtio *d, u32 n);

/* Lower its interrupt. */
void hostvirtio_acknowledge(const struct host_virtio *d);

/* Offer the chain that begins at that descriptor. */
void hostvq_offer(struct hostvq *q, u16 head);

/* The next one that is done; false: none. */
bool hostvq_take(struct hostvq *q, u32 *head, u32 *len);

#endif
