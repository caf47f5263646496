/* SPDX-License-Identifier: BSD-2-Clause */
/* Driver of a virtio network card (Virtio 1.2, "Network Device"). */
#include <string.h>

#include "hyp/hostnet.h"
#include "hyp/hostvirtio.h"
#include "hyp/irqchip.h"
#include "hyp/lock.h"
#include "hyp/log.h"
#include "hyp/util.h"

#define DEVICE_NET 1
#define Q_RECEIVE  0
#define Q_SEND     1

#define HEADER     12 /* zero: no offloads */

/* A frame behind its header; the descriptor of the same number is its. */
struct buffer {
	u8 header[HEADER];
	u8 frame[HOSTNET_FRAME_MAX];
};

/* A queue and a buffer for each of its descriptors. */
struct half {
	struct hostvq *queue;
	struct buffer *buffer[HOSTVQ_SIZE];
};

static const struct host_virtio *card;
static void (*deliver)(const u8 *frame, u32 len);
static struct half in;  /* the interrupt's */
static struct half out; /* out_lock's, as the next two */
static u16 idle[HOSTVQ_SIZE];
static u32 idles;
static struct lock out_lock = {.class = LOCK_HOSTNET};

static void offer(struct half *h, u16 n, u32 len, u32 flags)
{
	h->queue->desc[n] =
		(struct hostvq_desc){ptr_hpa(h->buffer[n]).raw, len, flags, 0};
	hostvq_offer(h->queue, n);
}

static void offer_empty(u16 n)
{
	offer(&in, n, sizeof(struct buffer), HOSTVQ_WRITE);
}

static void interrupt(void)
{
	u32 n, len;

	hostvirtio_acknowledge(card);
	while (hostvq_take(in.queue, &n, &len)) {
		BUG_ON(n >= HOSTVQ_SIZE); /* the host's device */
		if (len > HEADER && len <= sizeof(struct buffer))
			deliver(in.buffer[n]->frame, len - HEADER);
		offer_empty(n);
		hostvirtio_notify(card, Q_RECEIVE);
	}
}

bool hostnet_send(const u8 *frame, u32 len)
{
	bool room;
	u32 n, unused;

	if (!card || len > HOSTNET_FRAME_MAX)
		return false;
	lock_acquire(&out_lock);
	while (hostvq_take(out.queue, &n, &unused))
		idle[idles++] = n;
	room = idles;
	if (room) {
		n = idle[--idles];
		memcpy(out.buffer[n]->frame, frame, len);
		offer(&out, n, HEADER + len, 0);
		hostvirtio_notify(card, Q_SEND);
	}
	lock_release(&out_lock);
	return room;
}

static void *new_page(void)
{
	hpa_t page = page_alloc_zeroed(ORDER_4K, &page_vmm);

	return page.raw ? hpa_ptr(page) : NULL;
}

static bool make(struct half *h)
{
	_Static_assert(2 * sizeof(struct buffer) <= PAGE_SIZE, "two in a page");
	h->queue = new_page();
	for (u32 i = 0; i < HOSTVQ_SIZE; i += 2) {
		h->buffer[i] = new_page();
		if (!h->buffer[i])
			return false;
		h->buffer[i + 1] = h->buffer[i] + 1;
	}
	return h->queue;
}

static bool begin(const struct host_virtio *d)
{
	u64 features;

	if (!make(&in) || !make(&out) || !hostvirtio_begin(d, 0, &features) ||
	    !hostvirtio_queue(d, Q_RECEIVE, in.queue) ||
	    !hostvirtio_queue(d, Q_SEND, out.queue))
		return false;
	out.queue->avail.flags = HOSTVQ_QUIET; /* what was sent, we see later */
	card = d;
	if (irqchip_enable(d->irq, interrupt))
		return true;
	card = NULL;
	return false;
}

bool hostnet_init(void (*receive)(const u8 *frame, u32 len))
{
	const struct host_virtio *d = hostvirtio_find(DEVICE_NET, 0);

	if (!d)
		return false;
	deliver = receive;
	if (!begin(d)) {
		log_error("the host's network card does not work");
		return false;
	}
	hostvirtio_go(d);
	for (u16 n = 0; n < HOSTVQ_SIZE; n++) {
		offer_empty(n);
		idle[idles++] = n;
	}
	hostvirtio_notify(d, Q_RECEIVE);
	return true;
}
