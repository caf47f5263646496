/* SPDX-License-Identifier: BSD-2-Clause */
/* Between virtq.c, which has the doc comments, and virtq_packed.c. */
#ifndef VDEV_VIRTQ_PACKED_H
#define VDEV_VIRTQ_PACKED_H

#include "vdev/virtq.h"

/* Virtio 1.2, "The Virtqueue Descriptor Table", and flags of both kinds of
 * ring.
 */
#define DESC_NEXT     1
#define DESC_WRITE    2
#define DESC_INDIRECT 4

/* One more part of the request, of flags DESC_WRITE or not. */
bool virtq_add(struct virtq_chain *c, u64 addr, u32 len, u32 flags);

bool packed_start(struct virtq *q);
enum virtq_found packed_pop(struct virtq *q, struct virtq_chain *c);
bool packed_put(struct virtq *q, u16 id, u32 written, u32 n);
bool packed_publish(struct virtq *q, u32 count);
bool packed_tell(struct virtq *q);
void packed_listen(struct virtq *q);

#endif
