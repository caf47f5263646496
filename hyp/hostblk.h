/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's disks: many requests at once, straight to and from memory. */
#ifndef HYP_HOSTBLK_H
#define HYP_HOSTBLK_H

#include "hyp/page.h"

#define HOSTBLK_MAX    8
#define HOSTBLK_SEGS   200 /* of memory, in a request */
#define HOSTBLK_SECTOR 512

enum hostblk_type { HOSTBLK_READ, HOSTBLK_WRITE, HOSTBLK_FLUSH, HOSTBLK_ZERO };

struct hostblk_seg {
	hpa_t at;
	u32 len; /* bytes */
};

/*
 * Somebody with requests on the way. Its fields are the disk's lock's, but
 * done(): called once for each request, on some hart, without a lock. What was
 * submitted before hostblk_drain() is not told any more.
 */
struct hostblk_client {
	void (*done)(struct hostblk_client *c, u64 tag, bool ok);
	u32 flying; /* the device may still be at their memory */
};

/* Find the host's disks; on the hart that is to have their interrupts. */
void hostblk_init(void);

u32 hostblk_count(void);

/* Bytes; and whether writes are refused. */
u64 hostblk_size(u32 disk);
bool hostblk_read_only(u32 disk);

/* It takes HOSTBLK_ZERO. */
bool hostblk_zeroes(u32 disk);

/* There is room for one more request; who found none is called by done(). */
bool hostblk_ready(u32 disk);

/*
 * Hand a request over: the segments have a multiple of 512 bytes together, on
 * the disk from that sector on. HOSTBLK_ZERO has one, of which only the length
 * counts, and HOSTBLK_FLUSH none. False: no room, or more than HOSTBLK_SEGS.
 * The device begins at hostblk_kick(), so that it does many at once.
 */
bool hostblk_submit(u32 disk, struct hostblk_client *c, enum hostblk_type type,
		    u64 sector, const struct hostblk_seg *seg, u32 segs,
		    u64 tag);

void hostblk_kick(u32 disk);

/*
 * Wait until the device is done with all that c has asked for; nothing of it is
 * told. Whoever forgets c calls hostblk_settle() after it, without a lock: the
 * last call of done() may be on its way.
 */
void hostblk_drain(u32 disk, struct hostblk_client *c);
void hostblk_settle(void);

#endif
