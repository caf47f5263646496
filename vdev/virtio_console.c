/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed is one request a line; what is typed, one a byte. */
#include <string.h>

#include "hyp/util.h"
#include "vdev/virtio_console.h"

#define DEVICE_CONSOLE 3

/* Queues. */
#define Q_IN           0
#define Q_OUT          1

static bool serve(struct virtio *v, struct virtq *q,
		  const struct virtq_chain *c)
{
	struct hvc *h = container_of(v, struct hvc, virtio);
	u64 n;

	if (c->out_len > VIRTIO_AT_ONCE)
		return false;
	for (u64 at = 0; at < c->out_len; at += n) {
		n = MIN(c->out_len - at, sizeof(h->buffer));
		if (!virtq_read(q, c, at, h->buffer, n))
			return false;
		for (u64 i = 0; i < n; i++)
			console_port_put(&h->port, h->buffer[i]);
	}
	return virtq_push(q, c, 0);
}

static void offered(struct virtio *v, u32 queue)
{
	console_port_ready(&container_of(v, struct hvc, virtio)->port);
}

/* Into the driver's next buffer, if there is one. */
static bool give_locked(struct hvc *h, u8 byte)
{
	struct virtio *v = &h->virtio;
	struct virtq *q = &v->queue[Q_IN];
	enum virtq_found found;

	if (!virtio_usable(v) || !q->ready)
		return false;
	found = virtq_pop(q, &h->room);
	if (found == VIRTQ_EMPTY) {
		virtq_listen(q);
		found = virtq_pop(q, &h->room);
	}
	if (found == VIRTQ_EMPTY)
		return false;
	if (found == VIRTQ_BROKEN ||
	    !virtq_write(q, &h->room, 0, &byte, sizeof(byte)) ||
	    !virtq_push(q, &h->room, sizeof(byte)))
		virtio_broken(v);
	else
		virtio_used(v, q);
	return true;
}

static bool receive(struct console_port *p, u8 byte)
{
	struct hvc *h = container_of(p, struct hvc, port);
	struct lock *lock = &h->virtio.dev.lock;
	bool taken;

	lock_acquire(lock);
	taken = give_locked(h, byte);
	lock_release(lock);
	return taken;
}

/* It has none: forgotten. */
static bool send_break(struct console_port *p)
{
	return true;
}

static const struct virtio_ops ops = {
	.bus = {.name = "console",
		.access = virtio_access,
		.reset = virtio_reset,
		.show = virtio_show},
	.id = DEVICE_CONSOLE,
	.queues = 2,
	.passive = 1 << Q_IN,
	.serve = serve,
	.offered = offered,
};

void hvc_init(struct hvc *h, u32 slot, struct irq_line *irq, struct gmap *mem,
	      const char *name)
{
	h->port.name = name;
	h->port.receive = receive;
	h->port.send_break = send_break;
	virtio_init(&h->virtio, &ops, slot, irq, mem, 0, NULL);
}
