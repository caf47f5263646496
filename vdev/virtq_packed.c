/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packed virtqueues (Virtio 1.2, "Packed Virtqueues"): one ring, in which the
 * device writes over what the driver has put there.
 */
#include <stddef.h>

#include "hyp/util.h"
#include "vdev/virtq_packed.h"

struct desc {
	u64 addr;
	u32 len;
	u16 id, flags;
};

#define AVAIL          (1 << 7) /* of flags, beside DESC_* */
#define USED           (1 << 15)

/* "Event Suppression Structure Format": a place and its wrap, and flags. */
#define EVENT_SIZE     4
#define EVENT_FLAGS    2
#define EVENT_DISABLE  1
#define EVENT_AT_PLACE 2
#define PLACE_WRAP     (1 << 15)

static gpa_t desc_at(const struct virtq *q, u32 at)
{
	return GPA(q->desc.raw + at * sizeof(struct desc));
}

static struct virtq_place further(const struct virtq *q, struct virtq_place p,
				  u32 by)
{
	by += p.at;
	if (by / q->size % 2)
		p.wrap = !p.wrap;
	p.at = by % q->size;
	return p;
}

bool packed_start(struct virtq *q)
{
	struct virtq_place first = {0, true};

	if (!q->size || q->size > VIRTQ_SIZE_MAX)
		return false;
	if (q->desc.raw % 16 || q->avail.raw % 4 || q->used.raw % 4)
		return false;
	if (!gmap_covers(q->mem, q->desc, q->size * sizeof(struct desc)) ||
	    !gmap_covers(q->mem, q->avail, EVENT_SIZE) ||
	    !gmap_covers(q->mem, q->used, EVENT_SIZE))
		return false;
	q->next = q->give = q->told_at = first;
	q->pending = 0;
	return true;
}

/* ---- taking -------------------------------------------------------------- */

static bool available(u16 flags, bool wrap)
{
	return !(flags & AVAIL) != wrap && !(flags & USED) == wrap;
}

/* All of a table elsewhere, whose flags say only who writes. */
static bool walk_table(struct virtq *q, struct virtq_chain *c,
		       const struct desc *table)
{
	if (table->flags & DESC_NEXT || !table->len ||
	    table->len % sizeof(struct desc))
		return false;
	for (u64 at = 0; at < table->len; at += sizeof(struct desc)) {
		struct desc d;

		if (!gmap_read(q->mem, GPA(table->addr + at), &d, sizeof(d)) ||
		    d.flags & DESC_INDIRECT ||
		    !virtq_add(c, d.addr, d.len, d.flags))
			return false;
	}
	return true;
}

/* The id is the last one's. False: it makes no sense. */
static bool walk(struct virtq *q, struct virtq_chain *c, struct virtq_place *p,
		 u32 *taken)
{
	struct desc d;

	do {
		if (*taken == q->size ||
		    !gmap_read(q->mem, desc_at(q, p->at), &d, sizeof(d)))
			return false;
		*p = further(q, *p, 1);
		++*taken;
		c->head = d.id;
		if (d.flags & DESC_INDIRECT)
			return *taken == 1 && walk_table(q, c, &d);
		if (!virtq_add(c, d.addr, d.len, d.flags))
			return false;
	} while (d.flags & DESC_NEXT);
	return true;
}

enum virtq_found packed_pop(struct virtq *q, struct virtq_chain *c)
{
	struct virtq_place p = q->next;
	u32 taken = 0;
	u16 flags;

	if (!gmap_read(q->mem,
		       GPA(desc_at(q, p.at).raw + offsetof(struct desc, flags)),
		       &flags, sizeof(flags)))
		return VIRTQ_BROKEN;
	if (!available(flags, p.wrap))
		return VIRTQ_EMPTY;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (!walk(q, c, &p, &taken) || c->head >= q->size)
		return VIRTQ_BROKEN;
	q->count[c->head] = taken;
	q->next = p;
	return VIRTQ_REQUEST;
}

/* ---- giving back --------------------------------------------------------- */

static bool put_flags(struct virtq *q, struct virtq_place p)
{
	u16 flags = p.wrap ? AVAIL | USED : 0;

	return gmap_write(
		q->mem,
		GPA(desc_at(q, p.at).raw + offsetof(struct desc, flags)),
		&flags, sizeof(flags));
}

/* The driver does not look behind the first one, whose flags come last. */
bool packed_put(struct virtq *q, u16 id, u32 written, u32 n)
{
	struct virtq_place p;
	gpa_t at;

	if (!n)
		q->pending = 0;
	if (id >= q->size)
		return false;
	p = further(q, q->give, q->pending);
	at = desc_at(q, p.at);
	q->pending += q->count[id];
	return gmap_write(q->mem, GPA(at.raw + offsetof(struct desc, len)),
			  &written, sizeof(written)) &&
	       gmap_write(q->mem, GPA(at.raw + offsetof(struct desc, id)), &id,
			  sizeof(id)) &&
	       (!n || put_flags(q, p));
}

bool packed_publish(struct virtq *q, u32 count)
{
	struct virtq_place first = q->give;

	__atomic_thread_fence(__ATOMIC_RELEASE);
	q->give = further(q, first, q->pending);
	q->pending = 0;
	q->done += count;
	return put_flags(q, first);
}

/* Of twice the ring, which a place and its wrap tell apart. */
static u32 distance(const struct virtq *q, struct virtq_place from,
		    struct virtq_place to)
{
	u32 a = from.at + from.wrap * q->size, b = to.at + to.wrap * q->size;

	return (b + 2 * q->size - a) % (2 * q->size);
}

/* "Driver and Device Event Suppression"; the driver's place may be wild. */
bool packed_tell(struct virtq *q)
{
	struct virtq_place before = q->told_at, event;
	u16 place, flags;

	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* flags, then the wish */
	q->told_at = q->give;
	if (!gmap_read(q->mem, GPA(q->avail.raw + EVENT_FLAGS), &flags,
		       sizeof(flags)) ||
	    !gmap_read(q->mem, q->avail, &place, sizeof(place)))
		return true;
	if (!q->event_idx || flags != EVENT_AT_PLACE)
		return flags != EVENT_DISABLE;
	event.at = place & ~PLACE_WRAP;
	event.wrap = place & PLACE_WRAP;
	return event.at >= q->size ||
	       distance(q, before, event) < distance(q, before, q->give);
}

void packed_listen(struct virtq *q)
{
	u16 place = q->next.at | (q->next.wrap ? PLACE_WRAP : 0);
	u16 flags = q->event_idx ? EVENT_AT_PLACE : 0;

	gmap_write(q->mem, q->used, &place, sizeof(place));
	gmap_write(q->mem, GPA(q->used.raw + EVENT_FLAGS), &flags,
		   sizeof(flags));
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
