/* SPDX-License-Identifier: BSD-2-Clause */
/* What a disk has on it: memory, over a file that does not change. */
#ifndef VDEV_STORE_H
#define VDEV_STORE_H

#include "gstage/gmap.h"

#define STORE_SIZE_MAX (1UL << 38) /* bytes */

struct store {
	struct gmap pages; /* what has been written, page by page */
	const u8 *base;    /* what was there before; NULL: zeros */
	u64 base_size;     /* bytes */
	u64 size;          /* bytes, a multiple of 512 */
};

/*
 * A store of that size; base stays valid, and what is not written is read from
 * it, and zero behind its end. False: no memory for the bookkeeping.
 */
bool store_init(struct store *s, u64 size, const u8 *base, u64 base_size,
		struct page_owner *owner);

/* Give all pages back. */
void store_destroy(struct store *s);

/* len bytes at off. False: beyond the end; when writing, no memory. */
bool store_read(struct store *s, u64 off, void *to, u64 len);
bool store_write(struct store *s, u64 off, const void *from, u64 len);

#endif
