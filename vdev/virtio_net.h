/* SPDX-License-Identifier: BSD-2-Clause */
/* A network card on a switch (Virtio 1.2, "Network Device"). */
#ifndef VDEV_VIRTIO_NET_H
#define VDEV_VIRTIO_NET_H

#include "vdev/switch.h"
#include "vdev/virtio.h"

/* Virtio 1.2, "Device configuration layout" of the network device. */
struct net_config {
	u8 mac[ETH_ADDR];
	u16 status, max_virtqueue_pairs, mtu;
};

/*
 * All fields are under virtio.dev.lock, but for those of what is received:
 * these are under the switch's, as are all of the driver's writes that could
 * change the receive queue.
 */
struct net {
	struct virtio virtio;
	struct port port;
	struct net_config config;
	u8 mac[ETH_ADDR];      /* that it has after a reset; constant */
	u8 out[ETH_FRAME_MAX]; /* a frame on its way to the switch */
	/* What is received. */
	bool promiscuous;
	struct virtq_chain first, more; /* large */
};

/*
 * Make n a card in that slot with that address. It is on the switch of that
 * name until net_destroy(). locked: it may not send from another address, nor
 * change its own. False: as switch_plug().
 */
bool net_init(struct net *n, u32 slot, struct irq_line *irq, struct gmap *mem,
	      const char *switch_name, const u8 mac[ETH_ADDR], bool locked);

void net_destroy(struct net *n);

#endif
