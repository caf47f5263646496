/* SPDX-License-Identifier: BSD-2-Clause */
/* A virtqueue, seen from the device (Virtio 1.2, "Virtqueues"). */
#ifndef VDEV_VIRTQ_H
#define VDEV_VIRTQ_H

#include "gstage/gmap.h"

#define VIRTQ_SIZE_MAX 256 /* entries, a power of two */
#define VIRTQ_SEGS     130 /* of a request: header, 128 of data, status */

/* In a packed ring; wrap changes each time round. */
struct virtq_place {
	u16 at;
	bool wrap;
};

/*
 * Everything below `mem` is the driver's to say, and may be wild or change at
 * any time: nothing is looked at twice. All fields are the device's lock's.
 */
struct virtq {
	struct gmap *mem;
	u32 size;
	bool ready, event_idx, packed;
	gpa_t desc, avail, used; /* the three parts; of a packed one, the ring
				    and the driver's and the device's wishes */
	u16 seen;                /* requests taken, modulo 2^16 */
	u16 done;                /* requests given back, likewise */
	u16 told;                /* done, when the driver was last told */
	/* Of a packed one: */
	struct virtq_place next, give, told_at; /* for seen, done, told */
	u32 pending;               /* descriptors put, not published */
	u16 count[VIRTQ_SIZE_MAX]; /* of the request with that id */
};

/* A part of a request. */
struct virtq_seg {
	gpa_t at;
	u32 len; /* bytes */
};

/* A request: first what the device reads, then what it writes. */
struct virtq_chain {
	u16 head;            /* what it is known by: below the queue's size */
	u32 outs, segs;      /* readable segments; all of them */
	u64 out_len, in_len; /* bytes to read, to write */
	struct virtq_seg seg[VIRTQ_SEGS];
};

enum virtq_found {
	VIRTQ_REQUEST,
	VIRTQ_EMPTY,
	VIRTQ_BROKEN, /* the driver's ring makes no sense */
};

/*
 * Start with a ring that the driver has set up: false if its size or an
 * alignment is none that there can be, or part of it is not in RAM.
 */
bool virtq_start(struct virtq *q);

/*
 * Take the next request. BROKEN: an index beyond the ring, a chain without end
 * or with too many segments, a table outside of RAM, an indirect table inside
 * another; what is readable behind what is writable.
 */
enum virtq_found virtq_pop(struct virtq *q, struct virtq_chain *c);

/* Where the next request is; and back to there, as if none was taken since. */
struct virtq_mark {
	u16 seen;
	struct virtq_place next;
};

struct virtq_mark virtq_mark(const struct virtq *q);
void virtq_back(struct virtq *q, struct virtq_mark mark);

/* Give it back, with so many bytes written. False: the ring is not in RAM. */
bool virtq_push(struct virtq *q, const struct virtq_chain *c, u32 written);

/*
 * The same for several at once: the n-th of them, 0 for the first, which nobody
 * sees until virtq_publish() says how many there are.
 */
bool virtq_put(struct virtq *q, u16 head, u32 written, u32 n);
bool virtq_publish(struct virtq *q, u32 count);

/* What has been given back is worth an interrupt. */
bool virtq_tell(struct virtq *q);

/* With EVENT_IDX: notify us of the next request; else nothing. */
void virtq_listen(struct virtq *q);

/*
 * Copy from the readable part, or to the writable one, from offset `at` of it
 * on. False: the request is shorter, or an address is not RAM.
 */
bool virtq_read(struct virtq *q, const struct virtq_chain *c, u64 at, void *to,
		u64 len);
bool virtq_write(struct virtq *q, const struct virtq_chain *c, u64 at,
		 const void *from, u64 len);

#endif
