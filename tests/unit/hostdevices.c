/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for the host's disks and network card: it has none. */
#include "hyp/hostblk.h"
#include "hyp/hostnet.h"
#include "hyp/random.h"
#include "hyp/util.h"

u32 hostblk_count(void)
{
	return 0;
}

u64 hostblk_size(u32 disk)
{
	return 0;
}

bool hostblk_read_only(u32 disk)
{
	return false;
}

bool hostblk_zeroes(u32 disk)
{
	return false;
}

bool hostblk_ready(u32 disk)
{
	return false;
}

void hostblk_kick(u32 disk)
{
}

bool hostblk_submit(u32 disk, struct hostblk_client *c, enum hostblk_type type,
		    u64 sector, const struct hostblk_seg *seg, u32 segs,
		    u64 tag)
{
	return false;
}

void hostblk_drain(u32 disk, struct hostblk_client *c)
{
	BUG_ON(c->flying);
}

void hostblk_settle(void)
{
}

bool hostnet_init(void (*receive)(const u8 *frame, u32 len))
{
	return false;
}

bool hostnet_send(const u8 *frame, u32 len)
{
	return false;
}

bool random_seeded(void)
{
	return true;
}

void random_bytes(void *buf, u64 len)
{
	static u64 x = 1;

	for (u64 i = 0; i < len; i++)
		((u8 *)buf)[i] = (x = x * 6364136223846793005 + 1) >> 56;
}
