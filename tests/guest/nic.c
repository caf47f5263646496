/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two virtio network cards on one switch, driven by a driver of our own: frames
 * from one to the other, large ones over several buffers; then rings and frames
 * that make no sense. Virtio 1.2, "Network Device".
 */
#include "tests/guest/rt/virtio.h"

#define HEADER  12
#define F_MAC   BIT(5)
#define F_MRG   BIT(15)
#define RECEIVE 0
#define SEND    1
#define CONTROL 2
#define ROOM    2048

static struct card {
	u64 base;
	struct ring ring[3]; /* RECEIVE, SEND, CONTROL */
	u8 in[RING_SIZE][ROOM];
	u8 out[HEADER + ROOM];
	u16 seen; /* of those received */
} cards[2];

static struct card *const a = &cards[0], *const b = &cards[1];

static void pause_a_while(void)
{
	u64 until = csr_read(time) + timebase() / 50;

	while (csr_read(time) < until)
		;
}

/* Buffers of so many bytes, all that the ring takes. */
static void give_room(struct card *c, u32 len)
{
	for (u32 i = 0; i < RING_SIZE; i++) {
		c->ring[RECEIVE].desc[i] =
			(struct desc){(u64)c->in[i], len, DESC_WRITE, 0};
		ring_put(&c->ring[RECEIVE], i);
	}
	virtio_notify(c->base, RECEIVE);
}

static void start(struct card *c, u64 features, u32 room)
{
	virtio_reset(c->base, F_MAC | features);
	for (u32 q = 0; q < 2; q++)
		virtio_queue(c->base, q, &c->ring[q]);
	virtio_go(c->base);
	c->seen = 0;
	give_room(c, room);
}

static u8 content(u32 i, u8 seed)
{
	return i * 11 + i / 256 + seed;
}

/* A frame to everybody of len bytes, in two parts. */
static void send(struct card *c, u32 len, u8 seed)
{
	struct ring *r = &c->ring[SEND];
	u16 before = r->used.idx;

	memset(c->out, 0, HEADER);
	for (u32 i = 0; i < len; i++)
		c->out[HEADER + i] = i < 6 ? 0xff : content(i, seed);
	c->out[HEADER + 6] &= ~1; /* its sender is no group */
	r->desc[0] = (struct desc){(u64)c->out, HEADER, DESC_NEXT, 1};
	r->desc[1] = (struct desc){(u64)c->out + HEADER, len, 0, 0};
	ring_put(r, 0);
	virtio_notify(c->base, SEND);
	ring_wait(c->base, r, before);
}

/* The buffers that one more frame has taken; 0: none came. */
static u32 arrived(struct card *c)
{
	struct ring *r = &c->ring[RECEIVE];
	u64 until = csr_read(time) + timebase();

	while (__atomic_load_n(&r->used.idx, __ATOMIC_ACQUIRE) == c->seen)
		if (csr_read(time) > until)
			return 0;
	return c->in[r->used.ring[c->seen % RING_SIZE].id][10];
}

/* It is that frame, over so many buffers. */
static bool same(struct card *c, u32 buffers, u32 len, u8 seed)
{
	struct ring *r = &c->ring[RECEIVE];
	u32 at = 0;

	for (u32 n = 0; n < buffers; n++) {
		u32 i = (c->seen + n) % RING_SIZE, from = n ? 0 : HEADER;
		const u8 *p = c->in[r->used.ring[i].id];

		for (u32 k = from; k < r->used.ring[i].len; k++, at++) {
			u8 want = at < 6 ? 0xff : content(at, seed);

			if (at == 6)
				want &= ~1;
			if (p[k] != want)
				return false;
		}
	}
	c->seen += buffers;
	return at == len;
}

static bool passes(struct card *from, struct card *to, u32 len, u8 seed)
{
	u32 buffers;

	send(from, len, seed);
	buffers = arrived(to);
	return buffers && same(to, buffers, len, seed);
}

static void test_frames(u32 frames)
{
	start(a, F_MRG, ROOM);
	start(b, F_MRG, 600);
	send(a, 60, 1);
	expect("buffers of a small one", arrived(b), 1);
	check("as it was sent", same(b, 1, 60, 1));
	send(a, 1514, 2);
	expect("buffers of a large one", arrived(b), 3);
	check("as it was sent", same(b, 3, 1514, 2));
	check("the other way", passes(b, a, 1000, 3));
	for (u32 i = 0; i < frames; i++)
		send(a, 600, 4 + i);
	pause_a_while();
	check("the first of many", same(b, 2, 600, 4));
	expect("those that fit", (b->ring[RECEIVE].used.idx - 4) / 2, 6);
	start(b, F_MRG, ROOM);
	check("and on", passes(a, b, 1514, 20));
}

/* ---- what makes no sense ------------------------------------------------- */

/* The card is broken; the other one is not; and it works again. */
static void need_reset(const char *name, struct card *c)
{
	struct card *other = c == a ? b : a;

	pause_a_while();
	check(name, virtio_in(c->base, VR_STATUS) & VS_NEEDS);
	check("the other is well",
	      !(virtio_in(other->base, VR_STATUS) & VS_NEEDS));
	start(a, F_MRG, ROOM);
	start(b, F_MRG, ROOM);
	check("a frame passes", passes(a, b, 100, 30) && passes(b, a, 99, 31));
}

static void put_out(struct card *c, u64 addr, u32 len, u16 flags, u16 next)
{
	c->ring[SEND].desc[0] = (struct desc){addr, len, flags, next};
	ring_put(&c->ring[SEND], 0);
	virtio_notify(c->base, SEND);
}

static void test_send(void)
{
	u64 wild[] = {UART_BASE, HOLE_BASE, RAM_BASE + RAM_SIZE, -16UL};

	put_out(a, (u64)a->out, HEADER - 1, 0, 0);
	need_reset("less than a header", a);
	put_out(a, (u64)a->out, 60, DESC_NEXT, 0);
	need_reset("a chain that goes round", a);
	put_out(a, (u64)a->out, 60, DESC_NEXT, RING_SIZE);
	need_reset("a descriptor beyond the table", a);
	for (u32 i = 0; i < ARRAY_SIZE(wild); i++) {
		put_out(a, wild[i], 100, 0, 0);
		need_reset("a frame where no memory is", a);
	}
	a->ring[SEND].avail.idx += RING_SIZE + 1;
	virtio_notify(a->base, SEND);
	need_reset("an index that jumps", a);
	put_out(a, (u64)a->out, -1U, 0, 0); /* refused, not broken */
	put_out(a, (u64)a->out, HEADER, 0, 0);
	check("lengths that are no frame's",
	      !(virtio_in(a->base, VR_STATUS) & VS_NEEDS));
	check("nobody gets them", passes(a, b, 64, 40));
}

/* What b's ring has for the next frame. */
static void test_receive(void)
{
	static const struct {
		const char *name;
		struct desc d;
	} bad[] = {
		{"room for no header", {0, HEADER - 2, DESC_WRITE, 0}},
		{"nothing to be written", {0, ROOM, 0, 0}},
		{"on the UART", {UART_BASE, ROOM, DESC_WRITE, 0}},
		{"a chain that goes round", {0, 8, DESC_WRITE | DESC_NEXT, 0}},
	};

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		struct desc *d = &b->ring[RECEIVE].desc[b->seen % RING_SIZE];

		*d = bad[i].d;
		if (!d->addr)
			d->addr = (u64)b->in[0];
		if (d->flags & DESC_NEXT)
			d->next = b->seen % RING_SIZE;
		send(a, 100, 50);
		need_reset(bad[i].name, b);
	}
	virtio_out(b->base, VR_STATUS, 0);
	send(a, 100, 51);
	check("to one that is off",
	      !(virtio_in(a->base, VR_STATUS) & VS_NEEDS));
	start(b, F_MRG, ROOM);
	check("and on", passes(a, b, 100, 52));
}

static u8 command[16];

/* The answer to so many bytes of the command; 99: none. */
static u32 order(u32 len)
{
	static volatile u8 ack;
	struct ring *r = &a->ring[CONTROL];
	u16 before = r->used.idx;

	ack = 7;
	r->desc[0] = (struct desc){(u64)command, len, DESC_NEXT, 1};
	r->desc[1] = (struct desc){(u64)&ack, 1, DESC_WRITE, 0};
	ring_put(r, 0);
	virtio_notify(a->base, CONTROL);
	return ring_wait(a->base, r, before) ? ack : 99;
}

/* Commands; those that there are not, or that are cut short. */
static void test_control(void)
{
	static const u8 set[] = {1, 1, 2, 0, 0, 0, 0, 9};
	struct ring *r = &a->ring[CONTROL];
	u32 generation;

	virtio_reset(a->base, F_MAC | BIT(17)); /* VIRTIO_NET_F_CTRL_VQ */
	virtio_queue(a->base, CONTROL, r);
	virtio_go(a->base);
	generation = virtio_in(a->base, VR_GENERATION);
	memcpy(command, set, sizeof(set));
	expect("set an address", order(sizeof(set)), 0);
	expect("it is there", virtio_in(a->base, VR_CONFIG), 2);
	check("the configuration is another",
	      virtio_in(a->base, VR_GENERATION) != generation);
	for (u32 len = 2; len < sizeof(command); len++) {
		command[0] = 1; /* VIRTIO_NET_CTRL_MAC */
		command[1] = len & 1;
		if (order(len) > 1)
			check("a command is answered", false);
	}
	r->desc[0] = (struct desc){(u64)command, 1, 0, 0};
	ring_put(r, 0);
	virtio_notify(a->base, CONTROL);
	need_reset("half a command", a);
}

int main(void)
{
	begin("nic");
	a->base = virtio_find(1, 0);
	b->base = virtio_find(1, 1);
	check("two cards", a->base && b->base);
	check("addresses", virtio_features(a->base) & F_MAC);
	/* What finds no room is lost; QEMU's card waits with it for ever. */
	test_frames(bootargs_has("gentle") ? 6 : 8);
	if (!bootargs_has("gentle")) {
		/* Without F_MRG num_buffers is 1 all the same: QEMU's is 0. */
		start(a, 0, ROOM);
		check("without F_MRG", passes(b, a, 1000, 25));
		start(a, F_MRG, ROOM);
		start(b, F_MRG, ROOM);
		test_send();
		test_receive();
		test_control();
	}
	finish();
}
