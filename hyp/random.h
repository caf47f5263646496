/* SPDX-License-Identifier: BSD-2-Clause */
/* Random bytes that nobody can foretell who has not seen the host's seed. */
#ifndef HYP_RANDOM_H
#define HYP_RANDOM_H

#include "hyp/types.h"

/* The firmware has left a seed for us; else the bytes are not worth much. */
bool random_seeded(void);

/* len bytes of picolibc's arc4random (ChaCha20), seeded by the host's
 * /chosen/rng-seed. */
void random_bytes(void *buf, u64 len);

#endif
