/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's network card: frames out, and in by its interrupt. */
#ifndef HYP_HOSTNET_H
#define HYP_HOSTNET_H

#include "hyp/types.h"

#define HOSTNET_FRAME_MAX 1518 /* bytes, without the check sequence */

/*
 * Find the host's first virtio card; on the hart that is to have its interrupt.
 * Each frame that comes is given to receive(), without a lock, from then on.
 * False: there is none that works.
 */
bool hostnet_init(void (*receive)(const u8 *frame, u32 len));

/* Send a copy. False: no room, or more than HOSTNET_FRAME_MAX bytes. */
bool hostnet_send(const u8 *frame, u32 len);

#endif
