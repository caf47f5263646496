/* SPDX-License-Identifier: BSD-2-Clause */
/* What picolibc's arc4random wants of a system. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hyp/host.h"
#include "hyp/lock.h"
#include "hyp/random.h"
#include "hyp/util.h"

static struct lock lock = LOCK_INIT(LOCK_RANDOM);
static u64 asked; /* how often it wanted a seed; lock */

int raise(int signal);

/* It does so where there is no seed, and there always is one. */
int raise(int signal)
{
	BUG_ON(true);
}

/*
 * The seed is that of the machine's start; each time a part further on. What
 * was said before is mixed in by arc4random itself.
 */
int getentropy(void *buf, size_t len)
{
	u8 *to = buf;

	for (size_t i = 0; i < len; i++)
		to[i] = host.rng_seed[(asked * 37 + i) % sizeof(host.rng_seed)];
	to[0] ^= asked;
	asked++;
	return 0;
}

bool random_seeded(void)
{
	return host.rng_seed_len;
}

void random_bytes(void *buf, u64 len)
{
	lock_acquire(&lock);
	arc4random_buf(buf, len);
	lock_release(&lock);
}
