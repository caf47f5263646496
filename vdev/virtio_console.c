/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed is one request a line; what is typed, one a byte. */
#include <stdio.h>
#include <string.h>

#include "hyp/util.h"
#include "vdev/virtio_console.h"

#define DEVICE_CONSOLE 3
#define F_MULTIPORT    (1UL << 1)

/* Queues: in and out of the first port, of control, and of the others. */
#define Q_IN           0
#define Q_CONTROL_IN   2
#define Q_CONTROL_OUT  3
#define QUEUES         (2 + 2 * HVC_PORTS)

/* Virtio 1.2, "Multiport Device Operation". */
enum event {
	DEVICE_READY, /* from the driver */
	DEVICE_ADD,
	DEVICE_REMOVE,
	PORT_READY, /* from the driver */
	CONSOLE_PORT,
	RESIZE,
	PORT_OPEN, /* from both */
	PORT_NAME, /* the name follows */
};

struct control {
	u32 port;
	u16 event, value;
};

static u32 in_queue(u32 port)
{
	return port ? 2 + 2 * port : Q_IN;
}

/* The port that an in or out queue belongs to, or NULL. */
static struct hvc_port *port_of(struct hvc *h, u32 queue)
{
	u32 number = queue < Q_CONTROL_IN ? 0 : queue / 2 - 1;

	return queue / 2 != Q_CONTROL_IN / 2 && number < h->config.ports
		       ? &h->port[number]
		       : NULL;
}

/* ---- to the driver ------------------------------------------------------- */

/* Into its next buffer of that queue, as much as has room; false: none. */
static bool give(struct hvc *h, u32 queue, const void *data, u64 len)
{
	struct virtio *v = &h->virtio;
	struct virtq *q = &v->queue[queue];
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
	len = MIN(len, h->room.in_len);
	if (found == VIRTQ_BROKEN || !len ||
	    !virtq_write(q, &h->room, 0, data, len) ||
	    !virtq_push(q, &h->room, len))
		virtio_broken(v);
	else
		virtio_used(v, q);
	return true;
}

/* Only the terminal makes a line's end of what the key for it sends. */
static bool receive(struct console_port *p, u8 byte)
{
	struct hvc_port *port = container_of(p, struct hvc_port, port);
	struct lock *lock = &port->hvc->virtio.dev.lock;
	bool taken;

	if (port->number && byte == '\r')
		byte = '\n';
	lock_acquire(lock);
	taken = give(port->hvc, in_queue(port->number), &byte, sizeof(byte));
	lock_release(lock);
	return taken;
}

/* It has none: forgotten. */
static bool send_break(struct console_port *p)
{
	return true;
}

/* ---- control ------------------------------------------------------------- */

static bool tell(struct hvc_port *p, enum event event)
{
	struct {
		struct control c;
		char name[HVC_NAME_MAX];
	} message = {.c = {p->number, event, 1}};
	u64 len = sizeof(message.c);

	if (event == PORT_NAME) {
		strcpy(message.name, p->name);
		len += strlen(p->name);
	}
	return give(p->hvc, Q_CONTROL_IN, &message, len);
}

/* What is owed, in the order of the events, as far as there is room. */
static void tell_all(struct hvc *h)
{
	for (u32 i = 0; i < h->config.ports; i++) {
		struct hvc_port *p = &h->port[i];

		while (p->owed) {
			u32 event = __builtin_ctz(p->owed);

			if (!tell(p, event))
				return;
			p->owed &= p->owed - 1;
		}
	}
}

/* Said by the driver; what makes no sense is nothing. */
static void listen(struct hvc *h, const struct control *c)
{
	if (c->event == DEVICE_READY && c->value) {
		for (u32 i = 0; i < h->config.ports; i++)
			h->port[i].owed = BIT(DEVICE_ADD);
	} else if (c->event == PORT_READY && c->value &&
		   c->port < h->config.ports) {
		h->port[c->port].owed |=
			BIT(PORT_OPEN) |
			(c->port ? BIT(PORT_NAME) : BIT(CONSOLE_PORT));
	}
	tell_all(h);
}

static bool serve_control(struct hvc *h, struct virtq *q,
			  const struct virtq_chain *c)
{
	struct control said;

	if (virtq_read(q, c, 0, &said, sizeof(said)))
		listen(h, &said);
	return virtq_push(q, c, 0);
}

/* ---- from the driver ----------------------------------------------------- */

static bool serve_output(struct hvc *h, struct hvc_port *p, struct virtq *q,
			 const struct virtq_chain *c)
{
	u64 n;

	if (c->out_len > VIRTIO_AT_ONCE)
		return false;
	for (u64 at = 0; at < c->out_len; at += n) {
		n = MIN(c->out_len - at, sizeof(h->buffer));
		if (!virtq_read(q, c, at, h->buffer, n))
			return false;
		for (u64 i = 0; i < n; i++)
			console_port_put(&p->port, h->buffer[i]);
	}
	return virtq_push(q, c, 0);
}

static bool serve(struct virtio *v, struct virtq *q,
		  const struct virtq_chain *c)
{
	struct hvc *h = container_of(v, struct hvc, virtio);
	u32 queue = q - v->queue;
	struct hvc_port *p = port_of(h, queue);

	if (p)
		return serve_output(h, p, q, c);
	return queue == Q_CONTROL_OUT ? serve_control(h, q, c)
				      : virtq_push(q, c, 0);
}

static void offered(struct virtio *v, u32 queue)
{
	struct hvc *h = container_of(v, struct hvc, virtio);
	struct hvc_port *p = port_of(h, queue);

	if (queue == Q_CONTROL_IN)
		tell_all(h);
	else if (p)
		console_port_ready(&p->port);
}

/* ---- the device ---------------------------------------------------------- */

static void reset(struct virtio *v)
{
	struct hvc *h = container_of(v, struct hvc, virtio);

	for (u32 i = 0; i < HVC_PORTS; i++)
		h->port[i].owed = 0;
}

static const struct virtio_ops ops = {
	.bus = {.name = "console",
		.access = virtio_access,
		.reset = virtio_reset,
		.show = virtio_show},
	.id = DEVICE_CONSOLE,
	.queues = QUEUES,
	.config_size = sizeof(((struct hvc *)0)->config),
	.passive = 0x55555555, /* all in queues */
	.serve = serve,
	.offered = offered,
	.reset = reset,
};

_Static_assert(QUEUES <= VIRTIO_QUEUES_MAX, "a queue each");

static void init_port(struct hvc *h, u32 n, const char *vm, const char *name)
{
	struct hvc_port *p = &h->port[n];

	p->hvc = h;
	p->number = n;
	p->name = name;
	snprintf(p->label, sizeof(p->label), "%s.%s", vm, name);
	p->port.name = p->label;
	p->port.receive = receive;
	p->port.send_break = send_break;
}

void hvc_init(struct hvc *h, u32 slot, struct irq_line *irq, struct gmap *mem,
	      const char *vm, char (*names)[HVC_NAME_MAX], u32 named)
{
	BUG_ON(named >= HVC_PORTS);
	h->config.ports = 1 + named;
	init_port(h, 0, vm, HVC_FIRST);
	for (u32 i = 0; i < named; i++)
		init_port(h, i + 1, vm, names[i]);
	virtio_init(&h->virtio, &ops, slot, irq, mem, named ? F_MULTIPORT : 0,
		    &h->config);
}
