/* SPDX-License-Identifier: BSD-2-Clause */
/* A network card: its frames go to a switch, and come from there. */
#include <stddef.h>
#include <string.h>

#include "hyp/util.h"
#include "vdev/virtio_net.h"

#define DEVICE_NET      1

/* Feature bits. */
#define F_MTU           (1UL << 3)
#define F_MAC           (1UL << 5)
#define F_MRG_RXBUF     (1UL << 15)
#define F_STATUS        (1UL << 16)
#define F_CTRL_VQ       (1UL << 17)
#define F_CTRL_RX       (1UL << 18)
#define F_CTRL_MAC_ADDR (1UL << 23)

#define LINK_UP         1

#define Q_RECEIVE       0
#define Q_SEND          1
#define Q_CONTROL       2

/* Commands of the control queue: class in the lower byte. */
#define RX_PROMISC      0x0000
#define RX_ALLMULTI     0x0100
#define MAC_TABLE_SET   0x0001
#define MAC_ADDR_SET    0x0101

#define CTRL_OK         0
#define CTRL_ERR        1

/* Before each frame. No offload is offered: all zero but for the last. */
struct header {
	u8 flags, gso_type;
	u16 hdr_len, gso_size, csum_start, csum_offset;
	u16 num_buffers;
};

#define HEADER 12

/* ---- to the guest -------------------------------------------------------- */

/* With the switch's lock. Not its own address, nor a group's: only if asked. */
static bool wanted(const struct net *n, const u8 *frame)
{
	return n->promiscuous || frame[0] & 1 ||
	       !memcmp(frame, n->port.addr, ETH_ADDR);
}

/* A frame on its way into buffers: how many, and how much of it. */
struct filling {
	struct net *n;
	struct virtq *q;
	const u8 *frame;
	u32 len, done; /* of the frame, without the header */
	u16 buffers;
};

/* As much as fits into one more buffer; the header comes first. */
static bool fill(struct filling *f, const struct virtq_chain *c, u32 head)
{
	u32 room, part;

	if (c->in_len <= head)
		return false;
	room = MIN(c->in_len - head, f->len);
	part = MIN(room, f->len - f->done);
	if (!virtq_write(f->q, c, head, f->frame + f->done, part) ||
	    !virtq_put(f->q, c->head, head + part, f->buffers))
		return false;
	f->done += part;
	f->buffers++;
	return true;
}

static bool merges(const struct net *n)
{
	return n->virtio.accepted & F_MRG_RXBUF;
}

static enum virtq_found fill_all(struct filling *f)
{
	struct header header = {0};
	enum virtq_found found = virtq_pop(f->q, &f->n->first);

	if (found != VIRTQ_REQUEST)
		return found;
	if (!fill(f, &f->n->first, HEADER))
		return VIRTQ_BROKEN;
	while (f->done < f->len) {
		if (!merges(f->n) || f->buffers == f->q->size)
			return VIRTQ_EMPTY; /* never room enough */
		found = virtq_pop(f->q, &f->n->more);
		if (found != VIRTQ_REQUEST)
			return found;
		if (!fill(f, &f->n->more, 0))
			return VIRTQ_BROKEN;
	}
	header.num_buffers = f->buffers;
	return virtq_write(f->q, &f->n->first, 0, &header, HEADER)
		       ? VIRTQ_REQUEST
		       : VIRTQ_BROKEN;
}

/* What does not fit whole is as if it had not been begun. */
static bool take_frame(struct net *n, const u8 *frame, u32 len)
{
	struct virtio *v = &n->virtio;
	struct virtq *q = &v->queue[Q_RECEIVE];
	struct filling f = {.n = n, .q = q, .frame = frame, .len = len};
	struct virtq_mark before = virtq_mark(q);
	enum virtq_found found = fill_all(&f);

	if (found == VIRTQ_REQUEST && virtq_publish(q, f.buffers)) {
		virtio_used(v, q);
		return true;
	}
	virtq_back(q, before);
	if (found != VIRTQ_EMPTY)
		virtio_broken(v);
	return false;
}

static bool receive(struct port *p, const u8 *frame, u32 len)
{
	struct net *n = container_of(p, struct net, port);

	if (!wanted(n, frame))
		return true;
	return virtio_usable(&n->virtio) && n->virtio.queue[Q_RECEIVE].ready &&
	       take_frame(n, frame, len);
}

/* ---- from the guest ------------------------------------------------------ */

static bool send(struct net *n, struct virtq *q, const struct virtq_chain *c)
{
	u64 len = c->out_len - HEADER;

	if (c->out_len < HEADER)
		return false;
	if (len > sizeof(n->out))
		len = 0; /* the switch refuses it, and counts */
	if (!virtq_read(q, c, HEADER, n->out, len))
		return false;
	switch_send(&n->port, n->out, len);
	return virtq_push(q, c, 0);
}

static u8 set_address(struct net *n, struct virtq *q,
		      const struct virtq_chain *c)
{
	u8 mac[ETH_ADDR];

	if (n->port.locked || !virtq_read(q, c, 2, mac, sizeof(mac)))
		return CTRL_ERR;
	lock_acquire(&n->port.at->lock);
	memcpy(n->port.addr, mac, sizeof(mac));
	lock_release(&n->port.at->lock);
	memcpy(n->config.mac, mac, sizeof(mac));
	virtio_config_changed(&n->virtio);
	return CTRL_OK;
}

static u8 set_promiscuous(struct net *n, struct virtq *q,
			  const struct virtq_chain *c)
{
	u8 on;

	if (!virtq_read(q, c, 2, &on, sizeof(on)))
		return CTRL_ERR;
	lock_acquire(&n->port.at->lock);
	n->promiscuous = on;
	lock_release(&n->port.at->lock);
	return CTRL_OK;
}

/* It gets every group's frames in any case. */
static u8 carry_out(struct net *n, struct virtq *q, const struct virtq_chain *c,
		    u16 command)
{
	switch (command) {
	case RX_PROMISC:
		return set_promiscuous(n, q, c);
	case RX_ALLMULTI:
	case MAC_TABLE_SET:
		return CTRL_OK;
	case MAC_ADDR_SET:
		return set_address(n, q, c);
	default:
		return CTRL_ERR;
	}
}

static bool control(struct net *n, struct virtq *q, const struct virtq_chain *c)
{
	u16 command;
	u8 ack;

	if (!virtq_read(q, c, 0, &command, sizeof(command)))
		return false;
	ack = carry_out(n, q, c, command);
	return virtq_write(q, c, 0, &ack, sizeof(ack)) &&
	       virtq_push(q, c, sizeof(ack));
}

static bool serve(struct virtio *v, struct virtq *q,
		  const struct virtq_chain *c)
{
	struct net *n = container_of(v, struct net, virtio);

	return q == &v->queue[Q_SEND] ? send(n, q, c) : control(n, q, c);
}

/* ---- set-up -------------------------------------------------------------- */

/* The switch is at the receive queue whenever a frame comes. */
static bool access(struct vdev *d, struct mmio *m)
{
	struct net *n = container_of(d, struct net, virtio.dev);
	struct lock *lock = &n->port.at->lock;
	bool ok;

	if (!m->write || virtio_is_notify(m))
		return virtio_access(d, m);
	lock_acquire(lock);
	ok = virtio_access(d, m);
	lock_release(lock);
	return ok;
}

static void reset(struct vdev *d)
{
	struct net *n = container_of(d, struct net, virtio.dev);
	struct lock *lock = &n->port.at->lock;

	lock_acquire(lock);
	virtio_reset(d);
	lock_release(lock);
}

/* Another driver finds a card that does what a card does. */
static void forget(struct virtio *v)
{
	struct net *n = container_of(v, struct net, virtio);

	n->promiscuous = false;
	memcpy(n->port.addr, n->mac, ETH_ADDR);
	memcpy(n->config.mac, n->mac, ETH_ADDR);
	virtio_config_changed(v);
}

static const struct virtio_ops ops = {
	.bus = {.name = "net",
		.access = access,
		.reset = reset,
		.show = virtio_show},
	.id = DEVICE_NET,
	.queues = 3,
	.config_size = sizeof(struct net_config),
	.passive = 1 << Q_RECEIVE,
	.serve = serve,
	.reset = forget,
};

bool net_init(struct net *n, u32 slot, struct irq_line *irq, struct gmap *mem,
	      const char *switch_name, const u8 mac[ETH_ADDR], bool locked)
{
	u64 features = F_MTU | F_MAC | F_MRG_RXBUF | F_STATUS | F_CTRL_VQ |
		       F_CTRL_RX | (locked ? 0 : F_CTRL_MAC_ADDR);

	_Static_assert(sizeof(struct header) == HEADER, "as Virtio has it");
	n->port = (struct port){.receive = receive, .locked = locked};
	memcpy(n->mac, mac, ETH_ADDR);
	n->config = (struct net_config){
		.status = LINK_UP, .max_virtqueue_pairs = 1, .mtu = ETH_MTU};
	virtio_init(&n->virtio, &ops, slot, irq, mem, features, &n->config);
	return switch_plug(&n->port, switch_name);
}

void net_destroy(struct net *n)
{
	if (n->port.at)
		switch_unplug(&n->port);
}
