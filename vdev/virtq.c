/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtqueues: from rings in a guest's memory to requests, and back. Here are
 * split ones; of packed ones there is more in virtq_packed.c.
 */
#include "hyp/util.h"
#include "vdev/virtq_packed.h"

struct desc {
	u64 addr;
	u32 len;
	u16 flags, next;
};

#define AVAIL_NO_IRQ 1 /* of avail.flags */

/* Offsets in the driver's and in the device's ring. */
#define RING_IDX     2
#define RING_ENTRIES 4
#define AVAIL_ENTRY  2
#define USED_ENTRY   8

static gpa_t plus(gpa_t at, u64 bytes)
{
	return GPA(at.raw + bytes);
}

static bool read16(struct virtq *q, gpa_t at, u16 *value)
{
	return gmap_read(q->mem, at, value, sizeof(*value));
}

static bool split_start(struct virtq *q)
{
	u32 n = q->size;

	if (!n || n > VIRTQ_SIZE_MAX || n & (n - 1))
		return false;
	if (q->desc.raw % 16 || q->avail.raw % 2 || q->used.raw % 4)
		return false;
	if (!gmap_covers(q->mem, q->desc, n * sizeof(struct desc)) ||
	    !gmap_covers(q->mem, q->avail,
			 RING_ENTRIES + n * AVAIL_ENTRY + 2) ||
	    !gmap_covers(q->mem, q->used, RING_ENTRIES + n * USED_ENTRY + 2))
		return false;
	return true;
}

bool virtq_start(struct virtq *q)
{
	q->seen = q->done = q->told = 0;
	q->ready = q->packed ? packed_start(q) : split_start(q);
	return q->ready;
}

/* ---- taking -------------------------------------------------------------- */

/* A descriptor table. */
struct table {
	gpa_t at;
	u32 size;
	bool indirect; /* not the ring's own */
};

bool virtq_add(struct virtq_chain *c, u64 addr, u32 len, u32 flags)
{
	bool in = flags & DESC_WRITE;

	if (c->segs == VIRTQ_SEGS || (!in && c->segs > c->outs))
		return false;
	c->seg[c->segs++] = (struct virtq_seg){GPA(addr), len};
	if (in) {
		c->in_len += len;
	} else {
		c->out_len += len;
		c->outs = c->segs;
	}
	return true;
}

/* Go on in the table that d has; not from one of its kind. */
static bool descend(const struct desc *d, struct table *t)
{
	if (t->indirect || d->flags & DESC_NEXT || d->len % sizeof(*d) ||
	    !d->len)
		return false;
	*t = (struct table){GPA(d->addr), d->len / sizeof(*d), true};
	return true;
}

/* More steps than the table has entries come round again. */
static bool walk(struct virtq *q, struct virtq_chain *c)
{
	struct table t = {q->desc, q->size, false};
	u32 next = c->head, steps = 0;
	struct desc d;

	for (;;) {
		if (next >= t.size || steps++ >= t.size ||
		    !gmap_read(q->mem, plus(t.at, next * sizeof(d)), &d,
			       sizeof(d)))
			return false;
		if (d.flags & DESC_INDIRECT) {
			if (!descend(&d, &t))
				return false;
			next = steps = 0;
			continue;
		}
		if (!virtq_add(c, d.addr, d.len, d.flags))
			return false;
		if (!(d.flags & DESC_NEXT))
			return true;
		next = d.next;
	}
}

static enum virtq_found split_pop(struct virtq *q, struct virtq_chain *c)
{
	u16 avail;
	gpa_t at;

	if (!read16(q, plus(q->avail, RING_IDX), &avail))
		return VIRTQ_BROKEN;
	if (avail == q->seen)
		return VIRTQ_EMPTY;
	if ((u16)(avail - q->seen) > q->size)
		return VIRTQ_BROKEN;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	at = plus(q->avail, RING_ENTRIES + q->seen % q->size * AVAIL_ENTRY);
	if (!read16(q, at, &c->head) || !walk(q, c))
		return VIRTQ_BROKEN;
	return VIRTQ_REQUEST;
}

enum virtq_found virtq_pop(struct virtq *q, struct virtq_chain *c)
{
	enum virtq_found found;

	c->outs = c->segs = 0;
	c->out_len = c->in_len = 0;
	found = q->packed ? packed_pop(q, c) : split_pop(q, c);
	if (found == VIRTQ_REQUEST)
		q->seen++;
	return found;
}

struct virtq_mark virtq_mark(const struct virtq *q)
{
	return (struct virtq_mark){q->seen, q->next};
}

void virtq_back(struct virtq *q, struct virtq_mark mark)
{
	q->seen = mark.seen;
	q->next = mark.next;
}

/* ---- giving back --------------------------------------------------------- */

bool virtq_put(struct virtq *q, u16 head, u32 written, u32 n)
{
	u32 entry[2] = {head, written};
	u32 at = (q->done + n) % q->size;

	if (q->packed)
		return packed_put(q, head, written, n);
	return gmap_write(q->mem, plus(q->used, RING_ENTRIES + at * USED_ENTRY),
			  entry, sizeof(entry));
}

bool virtq_publish(struct virtq *q, u32 count)
{
	u16 done = q->done + count;

	if (q->packed)
		return packed_publish(q, count);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	q->done = done;
	return gmap_write(q->mem, plus(q->used, RING_IDX), &done, sizeof(done));
}

bool virtq_push(struct virtq *q, const struct virtq_chain *c, u32 written)
{
	return virtq_put(q, c->head, written, 0) && virtq_publish(q, 1);
}

/* Virtio 1.2, "Used Buffer Notification Suppression". */
bool virtq_tell(struct virtq *q)
{
	u16 now = q->done, before = q->told, event;

	if (now == before)
		return false;
	q->told = now;
	if (q->packed)
		return packed_tell(q);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* the index, then the wish */
	if (!q->event_idx)
		return !read16(q, q->avail, &event) || !(event & AVAIL_NO_IRQ);
	if (!read16(q, plus(q->avail, RING_ENTRIES + q->size * AVAIL_ENTRY),
		    &event))
		return true;
	return (u16)(now - event - 1) < (u16)(now - before);
}

void virtq_listen(struct virtq *q)
{
	if (q->packed) {
		packed_listen(q);
		return;
	}
	if (q->event_idx)
		gmap_write(q->mem,
			   plus(q->used, RING_ENTRIES + q->size * USED_ENTRY),
			   &q->seen, sizeof(q->seen));
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* ---- copying ------------------------------------------------------------- */

/* The segment from *i on that has byte *at of those from the i-th on. */
static bool find(const struct virtq_chain *c, u32 end, u32 *i, u64 *at)
{
	for (; *i < end; ++*i) {
		if (*at < c->seg[*i].len)
			return true;
		*at -= c->seg[*i].len;
	}
	return false;
}

bool virtq_read(struct virtq *q, const struct virtq_chain *c, u64 at, void *to,
		u64 len)
{
	for (u32 i = 0; len; at = 0, i++) {
		u64 n;

		if (!find(c, c->outs, &i, &at))
			return false;
		n = MIN(len, c->seg[i].len - at);
		if (!gmap_read(q->mem, plus(c->seg[i].at, at), to, n))
			return false;
		to = (char *)to + n;
		len -= n;
	}
	return true;
}

bool virtq_write(struct virtq *q, const struct virtq_chain *c, u64 at,
		 const void *from, u64 len)
{
	for (u32 i = c->outs; len; at = 0, i++) {
		u64 n;

		if (!find(c, c->segs, &i, &at))
			return false;
		n = MIN(len, c->seg[i].len - at);
		if (!gmap_write(q->mem, plus(c->seg[i].at, at), from, n))
			return false;
		from = (const char *)from + n;
		len -= n;
	}
	return true;
}
