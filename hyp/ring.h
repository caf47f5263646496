/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring of text: what was written last is kept, a part waits to be sent. */
#ifndef HYP_RING_H
#define HYP_RING_H

#include "hyp/types.h"

/* Places in a ring are counted from its first byte ever, so they only grow. */
struct ring {
	u8 *data;
	u64 size;  /* of data; a power of two */
	u64 end;   /* bytes written */
	u64 ready; /* bytes that may be sent */
	u64 sent;  /* bytes that were; the owner keeps ready - sent <= size */
};

static inline u8 *ring_at(const struct ring *r, u64 place)
{
	return &r->data[place & (r->size - 1)];
}

static inline void ring_put(struct ring *r, u8 byte)
{
	*ring_at(r, r->end++) = byte;
}

static inline void ring_put_text(struct ring *r, const char *s)
{
	while (*s)
		ring_put(r, *s++);
}

/* The oldest of the last `keep` bytes that is still there. */
static inline u64 ring_oldest(const struct ring *r, u64 keep)
{
	return r->end > keep ? r->end - keep : 0;
}

/* Behind the first end of a line in [from, end); end: there is none. */
static inline u64 ring_line_end(const struct ring *r, u64 from)
{
	while (from < r->end && *ring_at(r, from++) != '\n')
		;
	return from;
}

/* The first whole line of the last `keep` bytes; if there is none, all. */
static inline u64 ring_first_line(const struct ring *r, u64 keep)
{
	u64 oldest = ring_oldest(r, keep), line;

	if (!oldest || *ring_at(r, oldest - 1) == '\n')
		return oldest; /* keep < size: the byte before is there */
	line = ring_line_end(r, oldest);
	return line < r->end ? line : oldest;
}

/* The start of the last line, which may be unfinished, of `keep` bytes. */
static inline u64 ring_last_line(const struct ring *r, u64 keep)
{
	u64 oldest = ring_oldest(r, keep), place = r->end;

	while (place > oldest && *ring_at(r, place - 1) != '\n')
		place--;
	return place;
}

#endif
