/* SPDX-License-Identifier: BSD-2-Clause */
/* A driver of virtio devices: registers and rings, for tests to misuse. Virtio
 * 1.2, "Virtio Over MMIO", "Split Virtqueues". */
#ifndef GUEST_VIRTIO_H
#define GUEST_VIRTIO_H

#include "tests/guest/rt/rt.h"

#define RING_SIZE     16 /* entries of a queue */

#define VR_MAGIC      0x000
#define VR_ID         0x008
#define VR_FEATURES   0x010
#define VR_FEAT_SEL   0x014
#define VR_DRV        0x020
#define VR_DRV_SEL    0x024
#define VR_Q_SEL      0x030
#define VR_Q_MAX      0x034
#define VR_Q_NUM      0x038
#define VR_Q_READY    0x044
#define VR_NOTIFY     0x050
#define VR_ISR        0x060
#define VR_ACK        0x064
#define VR_STATUS     0x070
#define VR_Q_DESC     0x080
#define VR_Q_AVAIL    0x090
#define VR_Q_USED     0x0a0
#define VR_GENERATION 0x0fc
#define VR_CONFIG     0x100

#define VS_NEEDS      0x40 /* NEEDS_RESET, of the status */

#define DESC_NEXT     1
#define DESC_WRITE    2
#define DESC_INDIRECT 4

#define VF_INDIRECT   BIT(28)
#define VF_EVENT      BIT(29)
#define VF_VERSION_1  BIT(32)

struct desc {
	u64 addr;
	u32 len;
	u16 flags, next;
};

/* A queue's three parts; QEMU's device wants none of them to move. */
struct ring {
	struct desc desc[RING_SIZE] __attribute__((aligned(64)));
	struct {
		u16 flags, idx, ring[RING_SIZE], event;
	} avail __attribute__((aligned(64)));
	struct {
		u16 flags, idx;
		struct {
			u32 id, len;
		} ring[RING_SIZE];
		u16 event;
	} used __attribute__((aligned(64)));
};

/* The nth device of that kind (Virtio 1.2, "Device Types"): the address of its
 * registers; 0: none. */
u64 virtio_find(u32 id, u32 nth);

u32 virtio_in(u64 base, u32 reg);
void virtio_out(u64 base, u32 reg, u32 value);
u64 virtio_features(u64 base);

/* Reset; ACKNOWLEDGE, DRIVER, these features and VERSION_1, FEATURES_OK. */
void virtio_reset(u64 base, u64 features);

/* A queue whose parts are at these addresses, made ready. */
void virtio_queue_at(u64 base, u32 queue, u64 desc, u64 avail, u64 used);
/* The same with a ring, which is cleared. */
void virtio_queue(u64 base, u32 queue, struct ring *r);

/* DRIVER_OK too. */
void virtio_go(u64 base);

/* To the driver's ring; the device is not told. */
void ring_put(struct ring *r, u16 head);
void virtio_notify(u64 base, u32 queue);

/* Until the device's index is no more `before`. False: it needs a reset. */
bool ring_wait(u64 base, struct ring *r, u16 before);

#endif
