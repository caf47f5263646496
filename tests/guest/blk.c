/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtio disk as a driver of our own sees it: found, set up, written, read,
 * zeroed, asked for what it does not have; then with rings that make no sense.
 * Virtio 1.2, "Virtio Over MMIO", "Split Virtqueues", "Block Device".
 */
#include "tests/guest/rt/virtio.h"

#define SECTOR 512

static struct ring ring;
static struct desc other[RING_SIZE] __attribute__((aligned(16)));
static struct {
	u32 type, reserved;
	u64 sector;
} header;
static volatile u8 status;
static u8 data[8 * SECTOR], back[8 * SECTOR];
static u64 base;

static u32 in(u32 reg)
{
	return virtio_in(base, reg);
}

static void out(u32 reg, u32 value)
{
	virtio_out(base, reg, value);
}

/* Reset and set up anew, with these features beside VERSION_1. */
static void start(u64 want)
{
	virtio_reset(base, want);
	virtio_queue(base, 0, &ring);
	virtio_go(base);
}

static void offer(u16 head)
{
	ring_put(&ring, head);
	virtio_notify(base, 0);
}

/* Until it is answered, or the device gives up. */
static bool answered(u16 before)
{
	return ring_wait(base, &ring, before);
}

/* Header, data if there is any, status: in t. */
static void chain(struct desc *t, void *p, u32 len, bool to_us)
{
	t[0] = (struct desc){(u64)&header, sizeof(header), DESC_NEXT,
			     len ? 1 : 2};
	t[1] = (struct desc){(u64)p, len, DESC_NEXT | (to_us ? DESC_WRITE : 0),
			     2};
	t[2] = (struct desc){(u64)&status, 1, DESC_WRITE, 0};
}

/* A request's status; 99: no answer. */
static u32 request(u32 type, u64 sector, void *p, u32 len, bool to_us)
{
	u16 before = ring.used.idx;

	header.type = type;
	header.sector = sector;
	status = 77;
	chain(ring.desc, p, len, to_us);
	offer(0);
	return answered(before) ? status : 99;
}

/* InterruptStatus, some time after the answer: QEMU's comes a little later. */
static u32 interrupts(void)
{
	u64 until = csr_read(time) + timebase() / 100;

	while (csr_read(time) < until)
		;
	return in(VR_ISR);
}

static bool same(const u8 *a, const u8 *b, u32 len)
{
	while (len--)
		if (*a++ != *b++)
			return false;
	return true;
}

static void fill(u8 seed)
{
	for (u32 i = 0; i < sizeof(data); i++)
		data[i] = i * 7 + i / 256 + seed;
}

static void test_disk(u64 sectors)
{
	struct {
		u64 sector;
		u32 sectors, flags;
	} range = {3, 2, 0};

	fill(1);
	expect("write", request(1, 2, data, sizeof(data), false), 0);
	expect("read", request(0, 2, back, sizeof(back), true), 0);
	check("the same", same(data, back, sizeof(data)));
	expect("bytes written to us",
	       ring.used.ring[(ring.used.idx - 1) % RING_SIZE].len,
	       sizeof(back) + 1);
	expect("flush", request(4, 0, data, 0, false), 0);
	expect("write zeroes", request(13, 0, &range, sizeof(range), false), 0);
	expect("read", request(0, 2, back, sizeof(back), true), 0);
	memset(data + SECTOR, 0, 2 * SECTOR);
	check("two sectors are zero", same(data, back, sizeof(data)));
	expect("last sector", request(0, sectors - 1, back, SECTOR, true), 0);
	expect("beyond the end", request(0, sectors, back, SECTOR, true), 1);
	expect("over the end", request(1, sectors - 1, data, 2 * SECTOR, false),
	       1);
	expect("of no type", request(99, 0, back, SECTOR, true), 2);
}

/* A table elsewhere; the interrupt that was asked for. */
static void test_ring(void)
{
	u16 before;

	start(VF_INDIRECT);
	chain(other, back, SECTOR, true);
	header.type = 0;
	header.sector = 2;
	ring.desc[5] =
		(struct desc){(u64)other, 3 * sizeof(*other), DESC_INDIRECT, 0};
	before = ring.used.idx;
	status = 77;
	offer(5);
	check("indirect is answered", answered(before) && !status);
	expect("its head", ring.used.ring[before % RING_SIZE].id, 5);
	check("and data", same(data, back, SECTOR));
	expect("interrupt", interrupts(), 1);
	out(VR_ACK, 1);
	expect("acknowledged", interrupts(), 0);
	ring.avail.flags = 1;
	request(0, 2, back, SECTOR, true);
	expect("no interrupt wanted", interrupts(), 0);
	start(VF_EVENT);
	request(0, 2, back, SECTOR, true); /* QEMU tells of the first anyway */
	interrupts();
	out(VR_ACK, 1);
	ring.avail.event = 2; /* the third */
	request(0, 2, back, SECTOR, true);
	expect("second: none", interrupts(), 0);
	request(0, 2, back, SECTOR, true);
	expect("third: one", interrupts(), 1);
	expect("tell us of the next", ring.used.event, ring.avail.idx);
}

/* ---- what makes no sense ------------------------------------------------- */

static void need_reset(const char *name)
{
	interrupts();
	check(name, in(VR_STATUS)&VS_NEEDS);
	start(VF_INDIRECT);
	expect("and works again", request(0, 2, back, SECTOR, true), 0);
}

static void test_broken(void)
{
	start(VF_INDIRECT);
	offer(RING_SIZE + 3);
	need_reset("a head beyond the ring");
	ring.avail.idx += RING_SIZE + 1;
	out(VR_NOTIFY, 0);
	need_reset("an index that jumps");
	ring.desc[0] = (struct desc){(u64)&header, 16, DESC_NEXT, 1};
	ring.desc[1] = (struct desc){(u64)data, 16, DESC_NEXT, 0};
	offer(0);
	need_reset("a chain that goes round");
	chain(ring.desc, data, SECTOR, false);
	ring.desc[0].next = RING_SIZE;
	offer(0);
	need_reset("a descriptor beyond the table");
	other[0] = (struct desc){(u64)other, 16, DESC_INDIRECT, 0};
	ring.desc[0] = (struct desc){(u64)other, 16, DESC_INDIRECT, 0};
	offer(0);
	need_reset("an indirect table in another");
	ring.desc[0] = (struct desc){(u64)other, 15, DESC_INDIRECT, 0};
	offer(0);
	need_reset("an indirect table of 15 bytes");
	ring.desc[0] =
		(struct desc){(u64)&status, 1, DESC_WRITE | DESC_NEXT, 1};
	ring.desc[1] = (struct desc){(u64)&header, 16, 0, 0};
	offer(0);
	need_reset("to be read behind to be written");
	ring.desc[0] = (struct desc){(u64)&header, 16, 0, 0};
	offer(0);
	need_reset("no room for a status");
}

/*
 * As the drivers of teaching kernels do it: only the low word of the features,
 * all that is offered of it but what they name, so no VERSION_1; and they want
 * to see QEMU.
 */
static void test_simple_driver(void)
{
	u32 features;

	show("vendor", in(0x00c));
	out(VR_STATUS, 0);
	out(VR_STATUS, 1);
	out(VR_STATUS, 3);
	out(VR_FEAT_SEL, 0);
	out(VR_DRV_SEL, 1);
	out(VR_DRV, 0);
	out(VR_DRV_SEL, 0);
	features = in(VR_FEATURES);
	features &= ~(BIT(5) | BIT(7) | BIT(11) | BIT(12) | BIT(27) | BIT(28) |
		      BIT(29)); /* RO, SCSI, CONFIG_WCE, MQ, ANY_LAYOUT... */
	out(VR_DRV, features);
	out(VR_STATUS, 11);
	expect("without VERSION_1", in(VR_STATUS), 11);
	virtio_queue(base, 0, &ring);
	virtio_go(base);
	memset(data, 0x5a, 512);
	expect("a write", request(1, 5, data, 512, false), 0);
	memset(data, 0, 512);
	expect("a read", request(0, 5, data, 512, true), 0);
	expect("what was written", data[511], 0x5a);
}

int main(void)
{
	u64 sectors;

	begin("blk");
	base = virtio_find(2, 0);
	check("a disk", base);
	expect("version", in(4), 2);
	check("features", (virtio_features(base) &
			   (VF_VERSION_1 | VF_EVENT | VF_INDIRECT)) ==
				  (VF_VERSION_1 | VF_EVENT | VF_INDIRECT));
	sectors = in(VR_CONFIG) | (u64)in(VR_CONFIG + 4) << 32;
	expect("sectors", sectors, 2048);
	start(0);
	check("FEATURES_OK sticks", in(VR_STATUS) == 15);
	test_disk(sectors);
	test_ring();
	test_simple_driver();
	if (!bootargs_has("gentle"))
		test_broken();
	finish();
}
