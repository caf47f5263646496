/* SPDX-License-Identifier: BSD-2-Clause */
/* Zero-copy: the guest's buffers go to the host's ring by their addresses. */
#include "hyp/util.h"
#include "vdev/virtio_blk.h"

/* Where a part of the guest's RAM is, up to the end of its page. */
static bool locate(struct virtq *q, gpa_t at, u64 len, struct hostblk_seg *seg)
{
	struct gpage page;
	u64 off;

	if (!gmap_get(q->mem, at, &page))
		return false;
	off = at.raw - page.gpa.raw;
	*seg = (struct hostblk_seg){
		HPA(page.hpa.raw + off),
		MIN(len, (PAGE_SIZE << 9 * page.level) - off)};
	return true;
}

/* One more; what goes on where the one before ends is a part of that. */
static bool add(struct blk_host *h, u32 *segs, struct hostblk_seg seg)
{
	struct hostblk_seg *last = *segs ? &h->seg[*segs - 1] : NULL;

	if (last && last->at.raw + last->len == seg.at.raw) {
		last->len += seg.len;
		return true;
	}
	if (*segs == HOSTBLK_SEGS)
		return false;
	h->seg[(*segs)++] = seg;
	return true;
}

/* Bytes [at, at + len) of these segments of the chain, to h->seg. */
static bool gather(struct blk_host *h, struct virtq *q,
		   const struct virtq_seg *from, u64 at, u64 len, u32 *segs)
{
	for (; len; from++) {
		u64 here = from->len > at ? MIN(from->len - at, len) : 0;

		len -= here;
		while (here) {
			struct hostblk_seg seg;

			if (!locate(q, GPA(from->at.raw + at), here, &seg) ||
			    !add(h, segs, seg))
				return false;
			at += seg.len;
			here -= seg.len;
		}
		at -= from->len; /* 0, once the first byte was found */
	}
	return true;
}

/* Where the chain's last writable byte is. */
static gpa_t last_byte(const struct virtq_chain *c)
{
	u32 i = c->segs - 1;

	while (!c->seg[i].len)
		i--;
	return GPA(c->seg[i].at.raw + c->seg[i].len - 1);
}

/* While addresses are looked up, and while the device is at them. */
static void unpin(struct blk *b, u32 count)
{
	while (count--)
		gmap_unpin(b->virtio.mem);
}

/* The segments are there, and a pin: off they go. */
static enum blk_begun submit(struct blk *b, const struct virtq_chain *c,
			     enum hostblk_type type, u64 sector, u32 segs,
			     u32 written)
{
	struct blk_host *h = &b->host;
	u64 tag = (u64)h->epoch << 16 | c->head;

	h->flight[c->head] = (struct blk_flight){last_byte(c), written};
	h->flying++;
	if (hostblk_submit(h->disk, &h->client, type, h->sector + sector,
			   h->seg, segs, tag))
		return BLK_BEGUN;
	h->flying--;
	unpin(b, 1);
	return BLK_BUSY;
}

enum blk_begun blk_host_begin(struct blk *b, const struct virtq_chain *c,
			      enum hostblk_type type, u64 sector, u64 at,
			      u64 len)
{
	bool in = type == HOSTBLK_READ;
	u32 segs = 0;

	gmap_pin(b->virtio.mem);
	if (!gather(&b->host, &b->virtio.queue[0], &c->seg[in ? c->outs : 0],
		    at, len, &segs)) {
		unpin(b, 1);
		return BLK_REFUSED;
	}
	return submit(b, c, type, sector, segs, in ? len + 1 : 1);
}

enum blk_begun blk_host_zero(struct blk *b, const struct virtq_chain *c,
			     u64 sector, u64 len)
{
	gmap_pin(b->virtio.mem);
	b->host.seg[0] = (struct hostblk_seg){.len = len};
	return submit(b, c, HOSTBLK_ZERO, sector, 1, 1);
}

/* On some hart: the guest is told, and what waited for room can go on. */
static void done(struct hostblk_client *client, u64 tag, bool ok)
{
	struct blk *b = container_of(client, struct blk, host.client);
	struct lock *lock = &b->virtio.dev.lock;

	lock_acquire(lock);
	if (tag >> 16 == b->host.epoch) {
		const struct blk_flight *f = &b->host.flight[tag & 0xffff];

		blk_finish(b, tag & 0xffff, f->status, ok, f->written);
		b->host.flying--;
		unpin(b, 1);
	}
	lock_release(lock);
}

void blk_host_reset(struct blk *b)
{
	if (!b->host.used)
		return;
	hostblk_drain(b->host.disk, &b->host.client);
	b->host.epoch++;
	unpin(b, b->host.flying);
	b->host.flying = 0;
}

void blk_host_init(struct blk *b)
{
	b->host.client.done = done;
}
