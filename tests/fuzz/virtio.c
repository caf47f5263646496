/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver that libFuzzer makes up: a disk, two network cards on one switch, a
 * source of random bytes, a console and a balloon, whose registers and rings
 * are what the input says. Nothing may hang, be read or written beyond its end,
 * or reach a BUG_ON().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "hyp/pt.h"
#include "hyp/util.h"
#include "vdev/layout.h"
#include "vdev/virtio_balloon.h"
#include "vdev/virtio_blk.h"
#include "vdev/virtio_console.h"
#include "vdev/virtio_net.h"
#include "vdev/virtio_rng.h"

#define RAM     0x80000000UL
#define BYTES   MiB(2)
#define USED    0x5000 /* bytes of it that inputs name */
#define CLEARED 0x6000 /* and all that rings are in */
#define DEVICES 6
#define CONSOLE 4
#define CONTROL 10 /* the first of two rings */
#define RINGS   5  /* of the last one the rings are the second card's */
#define STEPS   64 /* of an input */

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static struct page_owner owner;
static struct gmap ram;
static struct store store;
static struct blk blk;
static struct net nets[2];
static struct rng rng;
static struct hvc hvc;
static struct balloon balloon;
static struct irq_line irq[DEVICES];
static struct vbus bus;
static u32 mirror[DEVICES][1024];
static u64 pages_at_first;

/*
 * Which card is the first: one bit of an input changes all that it does to the
 * one into what it does to the other.
 */
static u32 swapped;

static u32 slot(u32 device)
{
	return device == 1 || device == 2 ? 1 + (device - 1 + swapped) % 2
					  : device;
}

/* How far inputs got, for the test to judge. */
static u64 answered, broken, promiscuous, random_given, packed, typed,
	hvc_printed, given, told;

/* What is left of the input. */
struct input {
	const u8 *at;
	size_t left;
};

static u64 take(struct input *in, u32 bytes)
{
	u64 value = 0;
	u32 n = MIN(bytes, in->left);

	memcpy(&value, in->at, n);
	in->at += n;
	in->left -= n;
	return value;
}

/* In place of host.c's, which keeps what is printed. */
bool console_port_put(struct console_port *p, u8 byte)
{
	return p && byte != 0;
}

static void asked(void *owner)
{
}

static bool release(void *owner, gpa_t at, u64 len, u64 *pages)
{
	return gmap_release(&ram, at, len, pages);
}

static void set_up(void)
{
	const struct balloon_client client = {asked, release, NULL};
	static char ports[1][HVC_NAME_MAX] = {"port"};
	const u8 mac[2][ETH_ADDR] = {{2, 0, 0, 0, 0, 1}, {2, 0, 0, 0, 0, 2}};

	host_reset();
	host_memory(MiB(64));
	BUG_ON(!gmap_init(&ram, GPA(RAM), BYTES, PT_LEVEL_2M, &owner));
	BUG_ON(!store_init(&store, KiB(64), NULL, 0, &owner));
	blk_init(&blk, 0, &irq[0], &ram, &store, store.size, false, "fuzz");
	BUG_ON(!vbus_add(&bus, &blk.virtio.dev));
	for (u32 i = 0; i < 2; i++) {
		BUG_ON(!net_init(&nets[i], i + 1, &irq[i + 1], &ram, "fuzz",
				 mac[i], i));
		BUG_ON(!vbus_add(&bus, &nets[i].virtio.dev));
	}
	rng_init(&rng, 3, &irq[3], &ram);
	BUG_ON(!vbus_add(&bus, &rng.virtio.dev));
	hvc_init(&hvc, 4, &irq[4], &ram, "fuzz", ports, 1);
	BUG_ON(!vbus_add(&bus, &hvc.virtio.dev));
	balloon_init(&balloon, 5, &irq[5], &ram, &client);
	BUG_ON(!vbus_add(&bus, &balloon.virtio.dev));
	virtio_offer(&balloon.virtio, VIRTIO_F_RING_PACKED);
	virtio_offer(&hvc.virtio, VIRTIO_F_RING_PACKED);
	virtio_offer(&blk.virtio, VIRTIO_F_RING_PACKED);
	virtio_offer(&nets[0].virtio, VIRTIO_F_RING_PACKED);
	virtio_offer(&nets[1].virtio, VIRTIO_F_RING_PACKED);
	virtio_offer(&rng.virtio, VIRTIO_F_RING_PACKED);
	for (u32 i = 0; i < bus.count; i++)
		vdev_set_mirror(bus.devs[i], mirror[i]);
}

static void write_reg(u32 device, u64 off, u64 value, u32 len)
{
	struct mmio m = {.len = len, .write = true, .data = value};

	vbus_access(
		&bus,
		GPA(GUEST_VIRTIO_BASE + slot(device) * GUEST_VIRTIO_SIZE + off),
		&m);
}

static u64 read_reg(u32 device, u64 off, u32 len)
{
	struct mmio m = {.len = len};

	vbus_access(
		&bus,
		GPA(GUEST_VIRTIO_BASE + slot(device) * GUEST_VIRTIO_SIZE + off),
		&m);
	return m.data;
}

/* What the guest reads without asking is what it would be told. */
static void compare_mirror(u32 device)
{
	for (u32 off = 0; off < 0x140; off += 4)
		BUG_ON(mirror[slot(device)][off / 4] !=
		       (u32)read_reg(device, off, 4));
}

static void set_queue(u32 device, u32 q, u32 size, u32 ring)
{
	u64 at = RAM + ring * 0x600;

	write_reg(device, 0x030, q, 4);
	write_reg(device, 0x038, size, 4);
	write_reg(device, 0x080, at, 4);
	write_reg(device, 0x090, at + 0x200, 4);
	write_reg(device, 0x0a0, at + 0x400, 4);
	write_reg(device, 0x044, 1, 4);
}

/* As a good driver does it, so that not each input has to find that out. */
static void start(u32 device, u32 features, u32 queue_size, bool packed)
{
	write_reg(device, 0x070, 0, 4);
	write_reg(device, 0x070, 3, 4);
	write_reg(device, 0x024, 0, 4);
	write_reg(device, 0x020, features, 4);
	write_reg(device, 0x024, 1, 4);
	write_reg(device, 0x020, packed ? 5 : 1, 4);
	write_reg(device, 0x070, 11, 4);
	for (u32 q = 0; q < (device == CONSOLE ? 2 : 3); q++)
		set_queue(device, q, queue_size,
			  (device == RINGS ? 2 : device) * 3 + q);
	/* Its control queues have rings that the random bytes do not use. */
	for (u32 q = 2; device == CONSOLE && q < 4; q++)
		set_queue(device, q, queue_size, CONTROL + q - 2);
	write_reg(device, 0x070, 15, 4);
}

static void write_ram(struct input *in)
{
	u64 off = take(in, 2) % USED, len = take(in, 1) % 65;
	u8 bytes[64] = {0};
	u32 n = MIN(len, in->left);

	memcpy(bytes, in->at, n);
	in->at += n;
	in->left -= n;
	gmap_write(&ram, GPA(RAM + off), bytes, n);
}

/* Numbers from `others` on are the later devices': so the meaning of inputs
 * that are older than these stays. */
static u32 ring_of(u32 number, u32 others)
{
	return number < others ? number % 9
			       : 9 + (number - others) % (3 * (RINGS - 3));
}

static u32 device_of(u32 number)
{
	return number < 28 ? number % 3 : 3 + (number - 28) % (DEVICES - 3);
}

static bool is_packed(u32 ring)
{
	struct vdev *dev = bus.devs[slot(ring / 3)];

	return container_of(dev, struct virtio, dev)->queue[0].packed;
}

/* A descriptor in the first ring places, whose address is near at hand. */
static void write_desc(struct input *in)
{
	u32 where = take(in, 1), ring = ring_of(where >> 4, 15);
	struct {
		u64 addr;
		u32 len;
		u16 a, b;
	} d = {RAM + take(in, 2) % USED, take(in, 2), 0, 0};
	u16 flags = take(in, 1), other = take(in, 1) % 9;

	if (is_packed(ring)) { /* an id, and AVAIL and USED among the flags */
		d.a = other;
		d.b = flags | (flags & 0x40 ? 0x8000 : 0);
	} else {
		d.a = flags;
		d.b = other;
	}
	gmap_write(&ram, GPA(RAM + ring * 0x600 + where % 16 * 16), &d,
		   sizeof(d));
}

/* So many heads are there, and the device is told. */
static void offer(struct input *in)
{
	u32 ring = ring_of(take(in, 1), 250), heads = take(in, 1) % 17;
	u64 at = RAM + ring * 0x600 + 0x200;
	u16 idx;

	gmap_read(&ram, GPA(at + 2), &idx, 2);
	for (u32 i = 0; i < heads; i++) {
		u16 head = take(in, 1) % 17;

		gmap_write(&ram, GPA(at + 4 + idx++ % 16 * 2), &head, 2);
	}
	gmap_write(&ram, GPA(at + 2), &idx, 2);
	write_reg(ring / 3, 0x050, ring % 3, 4);
	if (ring == CONTROL || ring == CONTROL + 1)
		write_reg(CONSOLE, 0x050, 2 + ring - CONTROL, 4);
	if (ring / 3 == 2)
		write_reg(RINGS, 0x050, ring % 3, 4);
	if (ring / 3 == CONSOLE)
		typed += hvc.port[0].port.receive(&hvc.port[0].port, heads);
}

static void step(struct input *in)
{
	u32 what = take(in, 1), device = device_of(what / 8);
	u32 features, size;

	switch (what % 8) {
	case 0:
	case 1:
		write_ram(in);
		break;
	case 2:
	case 3:
		write_desc(in);
		break;
	case 4:
		features = take(in, 4);
		size = take(in, 1);
		start(device, features, 1 << size % 5, size & 0x80);
		break;
	case 5:
		write_reg(device, take(in, 1) * 4, take(in, 4), 4);
		break;
	case 6:
		read_reg(device, take(in, 2) % 0x1000, 1 << take(in, 1) % 4);
		break;
	default:
		offer(in);
	}
	if (balloon_waits(&balloon))
		BUG_ON(!balloon_work(&balloon));
}

static void report(void)
{
	printf("reached answered %lu\nreached broken %lu\n", answered, broken);
	printf("reached random %lu\nreached packed %lu\n", random_given,
	       packed);
	printf("reached typed %lu\nreached printed %lu\n", typed, hvc_printed);
	printf("reached given %lu\nreached told %lu\n", given, told);
	printf("reached promiscuous %lu\nreached written %lu\n", promiscuous,
	       (u64)(owner.pages > pages_at_first));
	for (u32 i = 0; i < 2; i++) {
		const struct port *p = &nets[i].port;

		printf("reached sent%u %lu\nreached received%u %lu\n", i,
		       p->sent, i, p->received);
		printf("reached lost%u %lu\nreached refused%u %lu\n", i,
		       p->lost, i, p->refused);
	}
}

static void look(const struct virtio *v)
{
	for (u32 q = 0; q < v->ops->queues; q++) {
		answered += v->queue[q].done;
		packed += v->queue[q].packed ? v->queue[q].done : 0;
	}
	broken += v->status >> 6 & 1;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	static const u8 zeros[CLEARED];
	struct input in = {data, size};

	swapped = take(&in, 1) & 1;
	if (!bus.count) {
		set_up();
		pages_at_first = owner.pages;
		atexit(report);
	}
	_Static_assert(3 * RINGS * 0x600 <= CLEARED, "each input alone");
	vbus_reset(&bus);
	gmap_write(&ram, GPA(RAM), zeros, sizeof(zeros));
	for (u32 i = 0; i < STEPS && in.left; i++)
		step(&in);
	host_advance(time_now() + 1000000); /* what waits for a timer */
	for (u32 i = 0; i < DEVICES; i++)
		compare_mirror(i);
	look(&blk.virtio);
	look(&nets[0].virtio);
	look(&nets[1].virtio);
	look(&rng.virtio);
	look(&hvc.virtio);
	look(&balloon.virtio);
	given = balloon.inflated + balloon.reported;
	told += hvc.virtio.queue[2].done;
	hvc_printed += hvc.virtio.queue[1].done;
	random_given += rng.virtio.queue[0].done;
	promiscuous += nets[0].promiscuous;
	return 0;
}
