/* SPDX-License-Identifier: BSD-2-Clause */
/* Random bytes: as many as a request has room for, or as are made at once. */
#include "hyp/random.h"
#include "hyp/util.h"
#include "vdev/virtio_rng.h"

#define DEVICE_RNG 4
#define AT_ONCE    KiB(4) /* of a request; it may ask again */

static bool serve(struct virtio *v, struct virtq *q,
		  const struct virtq_chain *c)
{
	struct rng *r = container_of(v, struct rng, virtio);
	u64 len = MIN(c->in_len, AT_ONCE), n;

	if (!len)
		return false;
	for (u64 at = 0; at < len; at += n) {
		n = MIN(len - at, sizeof(r->buffer));
		random_bytes(r->buffer, n);
		if (!virtq_write(q, c, at, r->buffer, n))
			return false;
	}
	return virtq_push(q, c, len);
}

static const struct virtio_ops ops = {
	.bus = {.name = "rng",
		.access = virtio_access,
		.reset = virtio_reset,
		.show = virtio_show},
	.id = DEVICE_RNG,
	.queues = 1,
	.serve = serve,
};

void rng_init(struct rng *r, u32 slot, struct irq_line *irq, struct gmap *mem)
{
	virtio_init(&r->virtio, &ops, slot, irq, mem, 0, NULL);
}
