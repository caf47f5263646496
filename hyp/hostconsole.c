/* SPDX-License-Identifier: BSD-2-Clause */
/* Driver of a virtio console's first port (Virtio 1.2, "Console Device"). */
#include <string.h>

#include "hyp/hostconsole.h"
#include "hyp/hostvirtio.h"
#include "hyp/irqchip.h"
#include "hyp/log.h"
#include "hyp/util.h"

#define DEVICE_CONSOLE 3
#define Q_RECEIVE      0
#define Q_SEND         1

#define BUFFERS        32
#define BUFFER         128 /* bytes */

/* A queue and a page of buffers: the descriptor of the same number has one. */
struct half {
	struct hostvq *queue;
	u8 (*buffer)[BUFFER];
};

static const struct host_virtio *device;
static struct half in, out;
static u32 idle[BUFFERS], idles; /* of those to be sent */
static struct {
	u32 buffer, at, end; /* at == end: none is being read */
} reading;

static void offer(struct half *h, u32 n, u32 len, u32 flags)
{
	h->queue->desc[n] =
		(struct hostvq_desc){ptr_hpa(h->buffer[n]).raw, len, flags, 0};
	hostvq_offer(h->queue, n);
}

static void take_back(void)
{
	u32 n, len;

	while (hostvq_take(out.queue, &n, &len)) {
		BUG_ON(n >= BUFFERS); /* the host's device */
		idle[idles++] = n;
	}
}

u32 hostconsole_write(const u8 *bytes, u32 len)
{
	u32 done = 0;

	take_back();
	while (done < len && idles) {
		u32 n = idle[--idles], part = MIN(len - done, BUFFER);

		memcpy(out.buffer[n], bytes + done, part);
		offer(&out, n, part, 0);
		done += part;
	}
	if (done)
		hostvirtio_notify(device, Q_SEND);
	return done;
}

bool hostconsole_room(void)
{
	out.queue->avail.flags = 0;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	take_back();
	if (!idles)
		return false;
	out.queue->avail.flags = HOSTVQ_QUIET;
	return true;
}

int hostconsole_get(void)
{
	int byte;

	if (reading.at == reading.end) {
		if (!hostvq_take(in.queue, &reading.buffer, &reading.end))
			return -1;
		BUG_ON(reading.buffer >= BUFFERS || !reading.end ||
		       reading.end > BUFFER);
		reading.at = 0;
	}
	byte = in.buffer[reading.buffer][reading.at++];
	if (reading.at == reading.end) {
		offer(&in, reading.buffer, BUFFER, HOSTVQ_WRITE);
		hostvirtio_notify(device, Q_RECEIVE);
	}
	return byte;
}

void hostconsole_acknowledge(void)
{
	hostvirtio_acknowledge(device);
}

bool hostconsole_enable(void (*handler)(void))
{
	return irqchip_enable(device->irq, handler);
}

static bool make(struct half *h)
{
	hpa_t queue = page_alloc_zeroed(ORDER_4K, &page_vmm);
	hpa_t buffers = page_alloc_zeroed(ORDER_4K, &page_vmm);

	_Static_assert(BUFFERS * BUFFER <= PAGE_SIZE, "one page");
	_Static_assert(BUFFERS <= HOSTVQ_SIZE, "a descriptor each");
	h->queue = queue.raw ? hpa_ptr(queue) : NULL;
	h->buffer = buffers.raw ? hpa_ptr(buffers) : NULL;
	return h->queue && h->buffer;
}

bool hostconsole_init(void)
{
	const struct host_virtio *d = hostvirtio_find(DEVICE_CONSOLE, 0);
	u64 features;

	if (!d || !d->irq)
		return false;
	if (!make(&in) || !make(&out) || !hostvirtio_begin(d, 0, &features) ||
	    !hostvirtio_queue(d, Q_RECEIVE, in.queue) ||
	    !hostvirtio_queue(d, Q_SEND, out.queue)) {
		log_error("the host's virtio console does not work");
		return false;
	}
	device = d;
	out.queue->avail.flags = HOSTVQ_QUIET;
	hostvirtio_go(d);
	for (u32 n = 0; n < BUFFERS; n++) {
		offer(&in, n, BUFFER, HOSTVQ_WRITE);
		idle[idles++] = n;
	}
	hostvirtio_notify(d, Q_RECEIVE);
	return true;
}
