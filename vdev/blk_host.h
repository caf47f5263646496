/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest's disk that is one of the host's, or a slice of it. */
#ifndef VDEV_BLK_HOST_H
#define VDEV_BLK_HOST_H

#include "hyp/hostblk.h"
#include "vdev/virtq.h"

struct blk;

/* What becomes of a request whose head is that. */
struct blk_flight {
	gpa_t status; /* where the guest wants it */
	u32 written;  /* bytes, if all goes well; the status too */
};

/* All fields are under the device's lock. */
struct blk_host {
	bool used;  /* constant, as the next two */
	u32 disk;   /* the host's */
	u64 sector; /* where on it this one begins */
	struct hostblk_client client;
	u32 flying; /* requests begun and not told of: each has a pin */
	u16 epoch;  /* of the driver's life: what was begun before is void */
	struct blk_flight flight[VIRTQ_SIZE_MAX];
	struct hostblk_seg seg[HOSTBLK_SEGS];
};

void blk_host_init(struct blk *b);

enum blk_begun {
	BLK_BEGUN,
	BLK_BUSY,    /* no room: once more, later */
	BLK_REFUSED, /* an address is not RAM, or it is in too many pieces */
};

/*
 * Begin a request; the data is at `at` of the readable part, or of the writable
 * one for a read.
 */
enum blk_begun blk_host_begin(struct blk *b, const struct virtq_chain *c,
			      enum hostblk_type type, u64 sector, u64 at,
			      u64 len);

/* Likewise, to zero that many bytes. */
enum blk_begun blk_host_zero(struct blk *b, const struct virtq_chain *c,
			     u64 sector, u64 len);

/* Forget what was begun; the host's device is done with the guest's memory. */
void blk_host_reset(struct blk *b);

#endif
