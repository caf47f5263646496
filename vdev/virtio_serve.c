/* SPDX-License-Identifier: BSD-2-Clause */
/* Serves queues: as much at a time as is fair to the rest of the hart. */
#include "hyp/host.h"
#include "hyp/util.h"
#include "vdev/virtio.h"

#define REST_PER_SECOND 50000

/* What a request may cost, whatever becomes of it. */
static u64 weight(const struct virtq_chain *c)
{
	return 1024 + MIN(c->out_len + c->in_len, VIRTIO_AT_ONCE);
}

/*
 * As much as is done at once, of what the driver adds meanwhile too; EMPTY:
 * that was all.
 */
static enum virtq_found serve_some(struct virtio *v, struct virtq *q, u64 *done)
{
	while (*done < VIRTIO_AT_ONCE) {
		enum virtq_found found;

		if (v->ops->ready && !v->ops->ready(v))
			return VIRTQ_REQUEST;
		v->before = virtq_mark(q);
		found = virtq_pop(q, &v->chain);
		if (found != VIRTQ_REQUEST)
			return found;
		*done += weight(&v->chain);
		if (!v->ops->serve(v, q, &v->chain))
			return VIRTQ_BROKEN;
	}
	return VIRTQ_REQUEST;
}

/* The rest, when others have had the hart for as long. */
static void rest(struct virtio *v, u64 begun)
{
	u64 now = time_now();

	timer_arm(&v->later,
		  now + (now - begun) + host.timebase / REST_PER_SECOND);
}

/* Between the last look and the wish to be told, something may have come. */
static void serve_queue(struct virtio *v, struct virtq *q)
{
	u64 done = 0, begun = time_now();
	enum virtq_found found = serve_some(v, q, &done);

	if (found == VIRTQ_EMPTY) {
		virtq_listen(q);
		found = serve_some(v, q, &done);
	}
	if (v->ops->served)
		v->ops->served(v);
	virtio_used(v, q);
	if (found == VIRTQ_BROKEN)
		virtio_broken(v);
	else if (found == VIRTQ_REQUEST)
		rest(v, begun);
}

void virtio_serve(struct virtio *v, u32 number)
{
	if (number >= v->ops->queues || !virtio_usable(v) ||
	    !v->queue[number].ready)
		return;
	if (!(v->ops->passive & BIT(number)))
		serve_queue(v, &v->queue[number]);
	else if (v->ops->offered)
		v->ops->offered(v, number);
}

void virtio_go_on(struct timer *t)
{
	struct virtio *v = container_of(t, struct virtio, later);

	lock_acquire(&v->dev.lock);
	for (u32 i = 0; i < v->ops->queues; i++)
		virtio_serve(v, i);
	lock_release(&v->dev.lock);
}
