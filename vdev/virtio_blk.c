/* SPDX-License-Identifier: BSD-2-Clause */
/* A disk: requests on its one queue are carried out as they come. */
#include <stddef.h>
#include <string.h>

#include "hyp/util.h"
#include "vdev/virtio_blk.h"

#define DEVICE_BLOCK   2

/* Feature bits. */
#define F_SIZE_MAX     (1UL << 1)
#define F_SEG_MAX      (1UL << 2)
#define F_RO           (1UL << 5)
#define F_BLK_SIZE     (1UL << 6)
#define F_FLUSH        (1UL << 9)
#define F_DISCARD      (1UL << 13)
#define F_WRITE_ZEROES (1UL << 14)

/* Types of requests, and how they end. */
#define T_IN           0
#define T_OUT          1
#define T_FLUSH        4
#define T_GET_ID       8
#define T_DISCARD      11
#define T_WRITE_ZEROES 13

#define S_OK           0
#define S_IOERR        1
#define S_UNSUPP       2

#define RANGE_SECTORS  (VIRTIO_AT_ONCE / BLK_SECTOR)
#define SEG_SIZE_MAX   8192
#define SEG_MAX        (VIRTQ_SEGS - 2)
#define HOST_SEG_MAX   (HOSTBLK_SEGS / 3) /* each may touch three pages */

struct header {
	u32 type, reserved;
	u64 sector;
};

/* Of discard and write-zeroes. */
struct range {
	u64 sector;
	u32 sectors, flags;
};

/* A request while it is carried out: so many bytes were written already. */
struct request {
	struct blk *b;
	struct virtq *q;
	const struct virtq_chain *c;
	struct header header;
	u64 written;
};

static u32 give(struct request *r, const void *from, u64 len)
{
	if (!virtq_write(r->q, r->c, r->written, from, len))
		return S_IOERR;
	r->written += len;
	return S_OK;
}

/* [sector, sector + len / 512) is on the disk, and not too much at once. */
static bool on_disk(const struct blk *b, u64 sector, u64 len)
{
	u64 size = b->size;

	return len % BLK_SECTOR == 0 && len <= VIRTIO_AT_ONCE && len <= size &&
	       sector <= (size - len) / BLK_SECTOR;
}

static u32 read_disk(struct request *r)
{
	u64 len = r->c->in_len - 1, at = r->header.sector * BLK_SECTOR;

	if (!on_disk(r->b, r->header.sector, len))
		return S_IOERR;
	while (len) {
		u64 n = MIN(len, sizeof(r->b->buffer));

		if (!store_read(r->b->store, at, r->b->buffer, n) ||
		    give(r, r->b->buffer, n))
			return S_IOERR;
		at += n;
		len -= n;
	}
	return S_OK;
}

static u32 write_disk(struct request *r)
{
	u64 from = sizeof(r->header), len = r->c->out_len - from;
	u64 at = r->header.sector * BLK_SECTOR;

	if (r->b->read_only || !on_disk(r->b, r->header.sector, len))
		return S_IOERR;
	while (len) {
		u64 n = MIN(len, sizeof(r->b->buffer));

		if (!virtq_read(r->q, r->c, from, r->b->buffer, n) ||
		    !store_write(r->b->store, at, r->b->buffer, n))
			return S_IOERR;
		from += n;
		at += n;
		len -= n;
	}
	return S_OK;
}

/* What is discarded reads as zero, as what is written so; a range at once. */
static u32 get_range(struct request *r, struct range *range)
{
	if (r->b->read_only ||
	    r->c->out_len != sizeof(r->header) + sizeof(*range) ||
	    !virtq_read(r->q, r->c, sizeof(r->header), range, sizeof(*range)))
		return S_IOERR;
	if (range->flags & ~1U)
		return S_UNSUPP;
	if (range->sectors > RANGE_SECTORS ||
	    !on_disk(r->b, range->sector, range->sectors * BLK_SECTOR))
		return S_IOERR;
	return S_OK;
}

static u32 zero_store(struct blk *b, const struct range *range)
{
	u64 at = range->sector * BLK_SECTOR;
	u64 len = range->sectors * BLK_SECTOR;

	memset(b->buffer, 0, sizeof(b->buffer));
	while (len) {
		u64 n = MIN(len, sizeof(b->buffer));

		if (!store_write(b->store, at, b->buffer, n))
			return S_IOERR;
		at += n;
		len -= n;
	}
	return S_OK;
}

static u32 zero(struct request *r)
{
	struct range range;
	u32 result = get_range(r, &range);

	return result == S_OK ? zero_store(r->b, &range) : result;
}

/* ---- on the host's disk -------------------------------------------------- */

/* It is on its way; the answer comes later. */
#define S_LATER 0x100
#define S_AGAIN 0x101 /* it is not: it is to be taken once more */

static const u32 begun[] = {
	[BLK_BEGUN] = S_LATER, [BLK_BUSY] = S_AGAIN, [BLK_REFUSED] = S_IOERR};

static u32 begin(struct request *r, enum hostblk_type type, u64 at, u64 len)
{
	if (!on_disk(r->b, r->header.sector, len))
		return S_IOERR;
	return begun[blk_host_begin(r->b, r->c, type, r->header.sector, at,
				    len)];
}

static u32 begin_zero(struct request *r)
{
	struct range range;
	u32 result = get_range(r, &range);

	if (result != S_OK || !range.sectors)
		return result;
	return begun[blk_host_zero(r->b, r->c, range.sector,
				   range.sectors * BLK_SECTOR)];
}

static u32 carry_out_by_host(struct request *r)
{
	const struct virtq_chain *c = r->c;

	switch (r->header.type) {
	case T_IN:
		return begin(r, HOSTBLK_READ, 0, c->in_len - 1);
	case T_OUT:
		if (r->b->read_only)
			return S_IOERR;
		return begin(r, HOSTBLK_WRITE, sizeof(r->header),
			     c->out_len - sizeof(r->header));
	case T_FLUSH:
		r->header.sector = 0;
		return begin(r, HOSTBLK_FLUSH, 0, 0);
	case T_GET_ID:
		return give(r, r->b->id, MIN(c->in_len - 1, sizeof(r->b->id)));
	case T_DISCARD:
	case T_WRITE_ZEROES:
		return hostblk_zeroes(r->b->host.disk) ? begin_zero(r)
						       : S_UNSUPP;
	default:
		return S_UNSUPP;
	}
}

void blk_finish(struct blk *b, u16 head, gpa_t status, bool ok, u32 written)
{
	struct virtio *v = &b->virtio;
	struct virtq *q = &v->queue[0];
	u8 answer = ok ? S_OK : S_IOERR;

	if (!virtio_usable(v) || !q->ready)
		return;
	if (!gmap_write(q->mem, status, &answer, sizeof(answer)) ||
	    !virtq_put(q, head, ok ? written : 1, 0) || !virtq_publish(q, 1))
		virtio_broken(v);
	else
		virtio_used(v, q);
	gmap_wrote(q->mem);
}

static bool ready(struct virtio *v)
{
	const struct blk *b = container_of(v, struct blk, virtio);

	return b->store || hostblk_ready(b->host.disk);
}

static void served(struct virtio *v)
{
	const struct blk *b = container_of(v, struct blk, virtio);

	if (!b->store)
		hostblk_kick(b->host.disk);
}

static void reset(struct virtio *v)
{
	blk_host_reset(container_of(v, struct blk, virtio));
}

/* ---- one request --------------------------------------------------------- */

static u32 carry_out(struct request *r)
{
	switch (r->header.type) {
	case T_IN:
		return read_disk(r);
	case T_OUT:
		return write_disk(r);
	case T_FLUSH: /* memory: it is where it will be */
		return S_OK;
	case T_GET_ID:
		return give(r, r->b->id,
			    MIN(r->c->in_len - 1, sizeof(r->b->id)));
	case T_DISCARD:
	case T_WRITE_ZEROES:
		return zero(r);
	default:
		return S_UNSUPP;
	}
}

/* The status is the last byte that the device writes; without one, or without
 * a header, nothing can be answered. */
static bool serve(struct virtio *v, struct virtq *q,
		  const struct virtq_chain *c)
{
	struct request r = {
		.b = container_of(v, struct blk, virtio), .q = q, .c = c};
	u32 result;
	u8 status;

	if (!c->in_len || !virtq_read(q, c, 0, &r.header, sizeof(r.header)))
		return false;
	result = r.b->store ? carry_out(&r) : carry_out_by_host(&r);
	if (result == S_AGAIN)
		virtq_back(q, v->before);
	if (result == S_AGAIN || result == S_LATER)
		return true;
	status = result;
	if (!virtq_write(q, c, c->in_len - 1, &status, sizeof(status)))
		return false;
	return virtq_push(q, c, MIN(r.written + 1, 0xffffffffUL));
}

static const struct virtio_ops ops = {
	.bus = {.name = "blk",
		.access = virtio_access,
		.reset = virtio_reset,
		.show = virtio_show},
	.id = DEVICE_BLOCK,
	.lenient = true,
	.queues = 1,
	.config_size = 60, /* to the end of unused1 */
	.serve = serve,
	.ready = ready,
	.served = served,
	.reset = reset,
};

static bool zeroes(const struct blk *b)
{
	return b->store || hostblk_zeroes(b->host.disk);
}

void blk_init(struct blk *b, u32 slot, struct irq_line *irq, struct gmap *mem,
	      struct store *store, u64 size, bool read_only, const char *id)
{
	u64 features = F_SIZE_MAX | F_SEG_MAX | F_BLK_SIZE | F_FLUSH |
		       (read_only ? F_RO : 0);

	_Static_assert(offsetof(struct blk_config, unused1) == 57,
		       "as Virtio lays it out");
	b->store = store;
	if (zeroes(b))
		features |= F_DISCARD | F_WRITE_ZEROES;
	b->size = size;
	b->read_only = read_only;
	blk_host_init(b);
	strncpy(b->id, id, sizeof(b->id));
	b->config = (struct blk_config){
		.capacity = size / BLK_SECTOR,
		.size_max = SEG_SIZE_MAX,
		.seg_max = store ? SEG_MAX : HOST_SEG_MAX,
		.blk_size = BLK_SECTOR,
		.num_queues = 1,
		.max_discard_sectors = RANGE_SECTORS,
		.max_discard_seg = 1,
		.discard_sector_alignment = 1,
		.max_write_zeroes_sectors = RANGE_SECTORS,
		.max_write_zeroes_seg = 1,
	};
	virtio_init(&b->virtio, &ops, slot, irq, mem, features, &b->config);
}
