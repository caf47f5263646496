/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtio over MMIO and split virtqueues, seen from the driver. */
#include "hyp/hostvirtio.h"
#include "hyp/util.h"

/* Virtio 1.2, "MMIO Device Register Layout". */
#define MAGIC           0x000
#define VERSION         0x004
#define DEVICE_ID       0x008
#define FEATURES        0x010
#define FEATURES_SEL    0x014
#define ACCEPTED        0x020
#define ACCEPTED_SEL    0x024
#define QUEUE_SEL       0x030
#define QUEUE_NUM_MAX   0x034
#define QUEUE_NUM       0x038
#define QUEUE_READY     0x044
#define QUEUE_NOTIFY    0x050
#define INTERRUPTS      0x060
#define INTERRUPT_ACK   0x064
#define STATUS          0x070
#define QUEUE_DESC      0x080
#define QUEUE_DRIVER    0x090
#define QUEUE_DEVICE    0x0a0
#define CONFIG          0x100

#define MAGIC_VALUE     0x74726976

#define S_ACKNOWLEDGE   1
#define S_DRIVER        2
#define S_DRIVER_OK     4
#define S_FEATURES_OK   8

#define F_INDIRECT_DESC (1UL << 28)
#define F_VERSION_1     (1UL << 32)

static volatile u32 *reg(const struct host_virtio *d, u32 offset)
{
	return hpa_ptr(HPA(d->range.base + offset));
}

const struct host_virtio *hostvirtio_find(u32 id, u32 n)
{
	for (u32 i = 0; i < host.nvirtio; i++) {
		const struct host_virtio *d = &host.virtio[i];

		if (*reg(d, MAGIC) == MAGIC_VALUE && *reg(d, VERSION) == 2 &&
		    *reg(d, DEVICE_ID) == id && !n--)
			return d;
	}
	return NULL;
}

static u64 offered(const struct host_virtio *d)
{
	u64 low;

	*reg(d, FEATURES_SEL) = 0;
	low = *reg(d, FEATURES);
	*reg(d, FEATURES_SEL) = 1;
	return (u64)*reg(d, FEATURES) << 32 | low;
}

bool hostvirtio_begin(const struct host_virtio *d, u64 wish, u64 *features)
{
	u64 need = F_VERSION_1 | F_INDIRECT_DESC;

	*reg(d, STATUS) = 0;
	while (*reg(d, STATUS))
		;
	*reg(d, STATUS) = S_ACKNOWLEDGE;
	*reg(d, STATUS) = S_ACKNOWLEDGE | S_DRIVER;
	*features = offered(d) & (wish | need);
	*reg(d, ACCEPTED_SEL) = 0;
	*reg(d, ACCEPTED) = *features;
	*reg(d, ACCEPTED_SEL) = 1;
	*reg(d, ACCEPTED) = *features >> 32;
	*reg(d, STATUS) = S_ACKNOWLEDGE | S_DRIVER | S_FEATURES_OK;
	return (*features & need) == need && *reg(d, STATUS) & S_FEATURES_OK;
}

static void set_address(const struct host_virtio *d, u32 offset, void *p)
{
	u64 at = ptr_hpa(p).raw;

	*reg(d, offset) = at;
	*reg(d, offset + 4) = at >> 32;
}

bool hostvirtio_queue(const struct host_virtio *d, u32 n, struct hostvq *q)
{
	_Static_assert(sizeof(*q) <= PAGE_SIZE, "in one page");
	*reg(d, QUEUE_SEL) = n;
	if (*reg(d, QUEUE_NUM_MAX) < HOSTVQ_SIZE)
		return false;
	*reg(d, QUEUE_NUM) = HOSTVQ_SIZE;
	set_address(d, QUEUE_DESC, q->desc);
	set_address(d, QUEUE_DRIVER, &q->avail);
	set_address(d, QUEUE_DEVICE, &q->used);
	*reg(d, QUEUE_READY) = 1;
	return true;
}

void hostvirtio_go(const struct host_virtio *d)
{
	*reg(d, STATUS) = S_ACKNOWLEDGE | S_DRIVER | S_FEATURES_OK |
			  S_DRIVER_OK;
}

u64 hostvirtio_config64(const struct host_virtio *d, u32 offset)
{
	return (u64)*reg(d, CONFIG + offset + 4) << 32 |
	       *reg(d, CONFIG + offset);
}

void hostvirtio_notify(const struct host_virtio *d, u32 n)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	*reg(d, QUEUE_NOTIFY) = n;
}

void hostvirtio_acknowledge(const struct host_virtio *d)
{
	*reg(d, INTERRUPT_ACK) = *reg(d, INTERRUPTS);
	/* What is done from here on interrupts again. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void hostvq_offer(struct hostvq *q, u16 head)
{
	q->avail.ring[q->avail.idx % HOSTVQ_SIZE] = head;
	__atomic_store_n(&q->avail.idx, q->avail.idx + 1, __ATOMIC_RELEASE);
}

bool hostvq_take(struct hostvq *q, u32 *head, u32 *len)
{
	u32 at = q->seen % HOSTVQ_SIZE;

	if (__atomic_load_n(&q->used.idx, __ATOMIC_ACQUIRE) == q->seen)
		return false;
	*head = q->used.ring[at].id;
	*len = q->used.ring[at].len;
	q->seen++;
	return true;
}
