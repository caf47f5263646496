/* SPDX-License-Identifier: BSD-2-Clause */
/* A console of one port (Virtio 1.2, "Console Device"): lines, not bytes. */
#ifndef VDEV_VIRTIO_CONSOLE_H
#define VDEV_VIRTIO_CONSOLE_H

#include "hyp/console.h"
#include "vdev/virtio.h"

/* All fields are under virtio.dev.lock. */
struct hvc {
	struct virtio virtio;
	struct console_port port;
	struct virtq_chain room; /* for a byte that was typed: large */
	u8 buffer[256];
};

/* Make h a console in that slot; its port is named so. */
void hvc_init(struct hvc *h, u32 slot, struct irq_line *irq, struct gmap *mem,
	      const char *name);

#endif
