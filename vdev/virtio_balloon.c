/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the guest says of its pages waits until its vcpus stand still: then none
 * of them is at an address that goes back.
 */
#include <string.h>

#include "hyp/util.h"
#include "vdev/virtio_balloon.h"

#define DEVICE_BALLOON   5

#define F_DEFLATE_ON_OOM (1UL << 2)
#define F_REPORTING      (1UL << 5)

/*
 * Queues. Reports come in the fifth by the specification; drivers that count
 * but those whose features are offered (as Linux) call it the third.
 */
#define Q_INFLATE        0
#define Q_DEFLATE        1
#define Q_REPORTS        2
#define QUEUES           5

#define ACTUAL           4 /* in the configuration */

/* Whole pages inside [at, at + len). */
static bool give(struct balloon *b, gpa_t at, u64 len, u64 *given)
{
	u64 first = ALIGN_UP(at.raw, PAGE_SIZE), pages;
	u64 last = ALIGN_DOWN(at.raw + len, PAGE_SIZE);

	if (!gmap_covers(b->virtio.mem, at, len) || last <= first)
		return true; /* nothing of ours: answered all the same */
	if (!b->client.release(b->client.owner, GPA(first), last - first,
			       &pages))
		return false;
	*given += pages;
	return true;
}

/* Page numbers that follow each other are one range. */
static bool give_pages(struct balloon *b, u32 count)
{
	const u32 *p = b->pages;

	for (u32 i = 0, n; i < count; i += n) {
		for (n = 1; i + n < count && p[i + n] == p[i] + n; n++)
			;
		if (!give(b, GPA((u64)p[i] << PAGE_SHIFT), n * PAGE_SIZE,
			  &b->inflated))
			return false;
	}
	return true;
}

enum served { SERVED, LATER, BROKEN };

static enum served inflate(struct balloon *b, struct virtq *q,
			   const struct virtq_chain *c)
{
	u64 bytes = ALIGN_DOWN(c->out_len, sizeof(u32)), n;

	if (bytes > VIRTIO_AT_ONCE)
		return BROKEN;
	for (u64 at = 0; at < bytes; at += n) {
		n = MIN(bytes - at, sizeof(b->pages));
		if (!virtq_read(q, c, at, b->pages, n))
			return BROKEN;
		if (!give_pages(b, n / sizeof(u32)))
			return LATER;
	}
	return SERVED;
}

/* Each part to be written is memory that is free. */
static enum served report(struct balloon *b, const struct virtq_chain *c)
{
	for (u32 i = c->outs; i < c->segs; i++) {
		if (!give(b, c->seg[i].at, c->seg[i].len, &b->reported))
			return LATER;
	}
	return SERVED;
}

static enum served serve_one(struct balloon *b, u32 number,
			     const struct virtq_chain *c)
{
	struct virtq *q = &b->virtio.queue[number];
	enum served s = number == Q_INFLATE ? inflate(b, q, c) : report(b, c);

	if (s == SERVED && !virtq_push(q, c, 0))
		return BROKEN;
	return s;
}

/* Up to a ring of them: more cannot be there while no vcpu runs. */
static bool serve_queue(struct balloon *b, u32 number)
{
	struct virtio *v = &b->virtio;
	struct virtq *q = &v->queue[number];
	enum served s = SERVED;

	if (!virtio_usable(v) || !q->ready)
		return true;
	for (u32 i = 0; s == SERVED && i < VIRTQ_SIZE_MAX; i++) {
		struct virtq_mark mark = virtq_mark(q);
		enum virtq_found found = virtq_pop(q, &v->chain);

		if (found == VIRTQ_EMPTY)
			break;
		s = found == VIRTQ_BROKEN ? BROKEN
					  : serve_one(b, number, &v->chain);
		if (s == LATER)
			virtq_back(q, mark);
	}
	if (s == BROKEN) {
		virtio_broken(v);
		return true;
	}
	virtq_listen(q);
	virtio_used(v, q);
	return s != LATER;
}

bool balloon_work(struct balloon *b)
{
	bool done;

	lock_acquire(&b->virtio.dev.lock);
	done = serve_queue(b, Q_INFLATE);
	for (u32 i = Q_REPORTS; i < QUEUES; i++)
		done &= serve_queue(b, i);
	__atomic_store_n(&b->waiting, !done, __ATOMIC_RELEASE);
	lock_release(&b->virtio.dev.lock);
	return done;
}

void balloon_want(struct balloon *b, u32 pages)
{
	lock_acquire(&b->virtio.dev.lock);
	b->config.wanted = pages;
	virtio_config_changed(&b->virtio);
	virtio_tell_config(&b->virtio);
	lock_release(&b->virtio.dev.lock);
}

/* ---- the device ---------------------------------------------------------- */

static void offered(struct virtio *v, u32 queue)
{
	struct balloon *b = container_of(v, struct balloon, virtio);

	__atomic_store_n(&b->waiting, true, __ATOMIC_RELEASE);
	b->client.ask(b->client.owner);
}

/* What comes out of the balloon is backed when it is touched. */
static bool serve(struct virtio *v, struct virtq *q,
		  const struct virtq_chain *c)
{
	return virtq_push(q, c, 0);
}

static bool configure(struct virtio *v, u64 off, u32 len, u64 value)
{
	struct balloon *b = container_of(v, struct balloon, virtio);

	if (off != ACTUAL || len != sizeof(u32))
		return false;
	b->config.actual = value;
	return true;
}

static void reset(struct virtio *v)
{
	struct balloon *b = container_of(v, struct balloon, virtio);

	b->config.actual = 0;
	__atomic_store_n(&b->waiting, false, __ATOMIC_RELEASE);
	virtio_config_changed(v);
}

static const struct virtio_ops ops = {
	.bus = {.name = "balloon",
		.access = virtio_access,
		.reset = virtio_reset,
		.show = virtio_show},
	.id = DEVICE_BALLOON,
	.queues = QUEUES,
	.config_size = sizeof(((struct balloon *)0)->config),
	.passive = ~(u32)BIT(Q_DEFLATE),
	.serve = serve,
	.offered = offered,
	.configure = configure,
	.reset = reset,
};

void balloon_init(struct balloon *b, u32 slot, struct irq_line *irq,
		  struct gmap *mem, const struct balloon_client *client)
{
	b->client = *client;
	virtio_init(&b->virtio, &ops, slot, irq, mem,
		    F_DEFLATE_ON_OOM | F_REPORTING, &b->config);
}
