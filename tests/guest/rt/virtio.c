/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers and rings of virtio devices. */
#include "tests/guest/rt/virtio.h"

u32 virtio_in(u64 base, u32 reg)
{
	return *(volatile u32 *)(base + reg);
}

void virtio_out(u64 base, u32 reg, u32 value)
{
	*(volatile u32 *)(base + reg) = value;
}

static void out64(u64 base, u32 reg, u64 value)
{
	virtio_out(base, reg, value);
	virtio_out(base, reg + 4, value >> 32);
}

u64 virtio_find(u32 id, u32 nth)
{
	const u8 *reg;
	u32 len;

	for (u32 i = 0; (reg = fdt_prop("virtio_mmio", i, "reg", &len)); i++) {
		u64 base = (u64)fdt_u32(reg) << 32 | fdt_u32(reg + 4);

		if (virtio_in(base, VR_MAGIC) == 0x74726976 &&
		    virtio_in(base, VR_ID) == id && !nth--)
			return base;
	}
	return 0;
}

u64 virtio_features(u64 base)
{
	u64 low;

	virtio_out(base, VR_FEAT_SEL, 0);
	low = virtio_in(base, VR_FEATURES);
	virtio_out(base, VR_FEAT_SEL, 1);
	return (u64)virtio_in(base, VR_FEATURES) << 32 | low;
}

void virtio_reset(u64 base, u64 features)
{
	u64 f = features | VF_VERSION_1;

	virtio_out(base, VR_STATUS, 0);
	while (virtio_in(base, VR_STATUS))
		;
	virtio_out(base, VR_STATUS, 1);
	virtio_out(base, VR_STATUS, 3);
	virtio_out(base, VR_DRV_SEL, 0);
	virtio_out(base, VR_DRV, f);
	virtio_out(base, VR_DRV_SEL, 1);
	virtio_out(base, VR_DRV, f >> 32);
	virtio_out(base, VR_STATUS, 11);
}

void virtio_queue_at(u64 base, u32 queue, u64 desc, u64 avail, u64 used)
{
	virtio_out(base, VR_Q_SEL, queue);
	virtio_out(base, VR_Q_NUM, RING_SIZE);
	out64(base, VR_Q_DESC, desc);
	out64(base, VR_Q_AVAIL, avail);
	out64(base, VR_Q_USED, used);
	virtio_out(base, VR_Q_READY, 1);
}

void virtio_queue(u64 base, u32 queue, struct ring *r)
{
	memset(r, 0, sizeof(*r));
	virtio_queue_at(base, queue, (u64)r->desc, (u64)&r->avail,
			(u64)&r->used);
}

void virtio_go(u64 base)
{
	virtio_out(base, VR_STATUS, 15);
}

void ring_put(struct ring *r, u16 head)
{
	r->avail.ring[r->avail.idx % RING_SIZE] = head;
	__atomic_store_n(&r->avail.idx, r->avail.idx + 1, __ATOMIC_RELEASE);
}

void virtio_notify(u64 base, u32 queue)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	virtio_out(base, VR_NOTIFY, queue);
}

bool ring_wait(u64 base, struct ring *r, u16 before)
{
	while (__atomic_load_n(&r->used.idx, __ATOMIC_ACQUIRE) == before)
		if (virtio_in(base, VR_STATUS) & VS_NEEDS)
			return false;
	return true;
}
