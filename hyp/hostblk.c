/* SPDX-License-Identifier: BSD-2-Clause */
/* Driver of virtio disks (Virtio 1.2, "Block Device"). */
#include <stddef.h>

#include "hyp/hostblk.h"
#include "hyp/hostvirtio.h"
#include "hyp/irqchip.h"
#include "hyp/lock.h"
#include "hyp/log.h"
#include "hyp/util.h"

#define DEVICE_BLOCK 2
#define F_RO         (1UL << 5)
#define F_FLUSH      (1UL << 9)
#define F_ZEROES     (1UL << 14)

#define T_IN         0
#define T_OUT        1
#define T_FLUSH      4
#define T_ZEROES     13

#define CAPACITY     0 /* in the configuration */

/* A request has a page of its own, and the descriptor of its number. */
struct request {
	struct {
		u32 type, reserved;
		u64 sector;
	} header;
	struct {
		u64 sector;
		u32 sectors, flags;
	} range;                       /* to be zeroed */
	struct hostblk_client *client; /* NULL: drained, nobody is told */
	u64 tag;
	u16 next; /* free, or done and not yet told */
	u8 status;
	struct hostvq_desc desc[HOSTBLK_SEGS + 2] __attribute__((aligned(16)));
};

#define NONE HOSTVQ_SIZE

/* All under the lock, but for what is constant. */
struct disk {
	struct lock lock;
	const struct host_virtio *device; /* constant */
	u64 features, size;               /* constant */
	struct hostvq *queue;
	struct request *request[HOSTVQ_SIZE];
	bool waiting; /* of the ring's requests the device was not told */
	u16 free, done, last; /* lists: the first; of those done, the last */
};

static struct disk disks[HOSTBLK_MAX];
static u32 count;
static u32 telling; /* harts in a done(); atomic */

u32 hostblk_count(void)
{
	return count;
}

u64 hostblk_size(u32 disk)
{
	return disks[disk].size;
}

bool hostblk_read_only(u32 disk)
{
	return disks[disk].features & F_RO;
}

bool hostblk_zeroes(u32 disk)
{
	return disks[disk].features & F_ZEROES;
}

bool hostblk_ready(u32 disk)
{
	return __atomic_load_n(&disks[disk].free, __ATOMIC_RELAXED) != NONE;
}

/* ---- there --------------------------------------------------------------- */

static void put_desc(struct hostvq_desc *d, hpa_t at, u32 len, u32 flags)
{
	*d = (struct hostvq_desc){at.raw, len, flags | HOSTVQ_NEXT, 0};
}

/* Header, data, status; each goes on at the next. */
static u32 put_descs(struct request *r, const struct hostblk_seg *seg, u32 segs,
		     u32 data_flags)
{
	put_desc(&r->desc[0], ptr_hpa(&r->header), sizeof(r->header), 0);
	for (u32 i = 0; i < segs; i++)
		put_desc(&r->desc[i + 1], seg[i].at, seg[i].len, data_flags);
	put_desc(&r->desc[segs + 1], ptr_hpa(&r->status), 1, HOSTVQ_WRITE);
	for (u32 i = 0; i <= segs; i++)
		r->desc[i].next = i + 1;
	r->desc[segs + 1].flags = HOSTVQ_WRITE;
	return segs + 2;
}

/* A range instead of data. */
static u32 put_zero(struct request *r, u64 sector, u64 len)
{
	struct hostblk_seg range = {ptr_hpa(&r->range), sizeof(r->range)};

	r->range.sector = sector;
	r->range.sectors = len / HOSTBLK_SECTOR;
	r->range.flags = 0;
	r->header.sector = 0;
	return put_descs(r, &range, 1, 0);
}

static void offer(struct disk *d, u16 number, u32 descs)
{
	d->queue->desc[number] = (struct hostvq_desc){
		ptr_hpa(d->request[number]->desc).raw,
		descs * sizeof(struct hostvq_desc), HOSTVQ_INDIRECT, 0};
	hostvq_offer(d->queue, number);
	d->waiting = true;
}

static void kick_locked(struct disk *d)
{
	if (d->waiting)
		hostvirtio_notify(d->device, 0);
	d->waiting = false;
}

void hostblk_kick(u32 disk)
{
	struct disk *d = &disks[disk];

	lock_acquire(&d->lock);
	kick_locked(d);
	lock_release(&d->lock);
}

bool hostblk_submit(u32 disk, struct hostblk_client *c, enum hostblk_type type,
		    u64 sector, const struct hostblk_seg *seg, u32 segs,
		    u64 tag)
{
	static const u32 types[] = {T_IN, T_OUT, T_FLUSH, T_ZEROES};
	struct disk *d = &disks[disk];
	struct request *r;
	u16 number;

	if (segs > HOSTBLK_SEGS)
		return false;
	lock_acquire(&d->lock);
	number = d->free;
	if (number != NONE) {
		r = d->request[number];
		d->free = r->next;
		r->header.type = types[type];
		r->header.sector = sector;
		r->client = c;
		r->tag = tag;
		r->status = 0xff;
		c->flying++;
		if (type == HOSTBLK_ZERO)
			offer(d, number, put_zero(r, sector, seg->len));
		else
			offer(d, number,
			      put_descs(r, seg, segs,
					type == HOSTBLK_READ ? HOSTVQ_WRITE
							     : 0));
	}
	lock_release(&d->lock);
	return number != NONE;
}

/* ---- and back ------------------------------------------------------------ */

/* From the device's ring to the list of those that are done. */
static void collect_locked(struct disk *d)
{
	u32 number, len;

	BUG_ON(!lock_held(&d->lock));
	while (hostvq_take(d->queue, &number, &len)) {
		struct request *r;

		BUG_ON(number >= HOSTVQ_SIZE); /* the host's device */
		r = d->request[number];
		r->next = NONE;
		if (r->client)
			r->client->flying--;
		if (d->done == NONE)
			d->done = number;
		else
			d->request[d->last]->next = number;
		d->last = number;
	}
}

/* Tell one of them, if there is one. */
static bool tell(struct disk *d)
{
	struct request *r = NULL;
	struct hostblk_client *client = NULL;
	u64 tag = 0;
	bool ok = false;

	lock_acquire(&d->lock);
	collect_locked(d);
	if (d->done != NONE) {
		u16 number = d->done;

		r = d->request[number];
		d->done = r->next;
		client = r->client;
		tag = r->tag;
		ok = r->status == 0;
		r->next = d->free;
		d->free = number;
		if (client)
			__atomic_add_fetch(&telling, 1, __ATOMIC_ACQ_REL);
	}
	lock_release(&d->lock);
	if (client) {
		client->done(client, tag, ok);
		__atomic_sub_fetch(&telling, 1, __ATOMIC_ACQ_REL);
	}
	return r;
}

static void interrupt(void)
{
	for (u32 i = 0; i < count; i++) {
		hostvirtio_acknowledge(disks[i].device);
		while (tell(&disks[i]))
			;
	}
}

/* Its requests, on their way or done, are nobody's any more. */
void hostblk_drain(u32 disk, struct hostblk_client *c)
{
	struct disk *d = &disks[disk];

	lock_acquire(&d->lock);
	kick_locked(d);
	while (c->flying)
		collect_locked(d);
	for (u16 i = d->done; i != NONE; i = d->request[i]->next) {
		if (d->request[i]->client == c)
			d->request[i]->client = NULL;
	}
	lock_release(&d->lock);
}

void hostblk_settle(void)
{
	while (__atomic_load_n(&telling, __ATOMIC_ACQUIRE))
		;
}

/* ---- set-up -------------------------------------------------------------- */

static void *new_page(void)
{
	hpa_t page = page_alloc_zeroed(ORDER_4K, &page_vmm);

	return page.raw ? hpa_ptr(page) : NULL;
}

static bool allocate(struct disk *d)
{
	_Static_assert(sizeof(struct request) <= PAGE_SIZE, "in one page");
	d->queue = new_page();
	for (u16 i = 0; i < HOSTVQ_SIZE; i++) {
		d->request[i] = new_page();
		if (!d->request[i])
			return false;
		d->request[i]->next = i + 1; /* the last one's is NONE */
	}
	d->free = 0;
	d->done = NONE;
	return d->queue;
}

static bool begin(struct disk *d, const struct host_virtio *device)
{
	d->device = device;
	lock_init(&d->lock, LOCK_HOSTBLK);
	if (!allocate(d) ||
	    !hostvirtio_begin(device, F_RO | F_FLUSH | F_ZEROES,
			      &d->features) ||
	    !hostvirtio_queue(device, 0, d->queue) ||
	    !irqchip_enable(device->irq, interrupt))
		return false;
	d->size = hostvirtio_config64(device, CAPACITY) * HOSTBLK_SECTOR;
	hostvirtio_go(device);
	return true;
}

void hostblk_init(void)
{
	const struct host_virtio *device;

	while (count < HOSTBLK_MAX &&
	       (device = hostvirtio_find(DEVICE_BLOCK, count))) {
		if (!begin(&disks[count], device)) {
			log_error("the host's disk %u does not work", count);
			return;
		}
		count++;
	}
}
