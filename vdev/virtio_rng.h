/* SPDX-License-Identifier: BSD-2-Clause */
/* A source of random bytes (Virtio 1.2, "Entropy Device"). */
#ifndef VDEV_VIRTIO_RNG_H
#define VDEV_VIRTIO_RNG_H

#include "vdev/virtio.h"

/* All fields are under virtio.dev.lock. */
struct rng {
	struct virtio virtio;
	u8 buffer[256];
};

/* Make r such a source in that slot. */
void rng_init(struct rng *r, u32 slot, struct irq_line *irq, struct gmap *mem);

#endif
