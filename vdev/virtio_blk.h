/* SPDX-License-Identifier: BSD-2-Clause */
/* A disk (Virtio 1.2, "Block Device"). */
#ifndef VDEV_VIRTIO_BLK_H
#define VDEV_VIRTIO_BLK_H

#include "vdev/blk_host.h"
#include "vdev/store.h"
#include "vdev/virtio.h"

#define BLK_SECTOR  512UL
#define BLK_ID_SIZE 20
#define BLK_CHUNK   4096 /* bytes that are copied at once */

/* Virtio 1.2, "Device configuration layout" of the block device. */
struct blk_config {
	u64 capacity; /* sectors */
	u32 size_max, seg_max;
	u8 geometry[4];
	u32 blk_size;
	u8 topology[8];
	u8 writeback, unused;
	u16 num_queues;
	u32 max_discard_sectors, max_discard_seg, discard_sector_alignment;
	u32 max_write_zeroes_sectors, max_write_zeroes_seg;
	u8 write_zeroes_may_unmap, unused1[3];
};

/* All fields are under virtio.dev.lock. */
struct blk {
	struct virtio virtio;
	struct store *store; /* of somebody who keeps it longer; or NULL: */
	struct blk_host host;
	u64 size;       /* bytes, a multiple of BLK_SECTOR; constant */
	bool read_only; /* constant */
	struct blk_config config;
	char id[BLK_ID_SIZE];
	u8 buffer[BLK_CHUNK] __attribute__((aligned(8))); /* for mem_copy() */
};

/*
 * Make b a disk in that slot, with what the store has, or, if that is NULL, of
 * size bytes from b->host.sector of b->host.disk on. id: for the driver to
 * read, cut to BLK_ID_SIZE bytes.
 */
void blk_init(struct blk *b, u32 slot, struct irq_line *irq, struct gmap *mem,
	      struct store *store, u64 size, bool read_only, const char *id);

/* With the device's lock: a request of blk_host_begin() has ended. */
void blk_finish(struct blk *b, u16 head, gpa_t status, bool ok, u32 written);

#endif
