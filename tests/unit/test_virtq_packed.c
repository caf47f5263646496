/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packed virtqueues against a driver that keeps its own books: random requests,
 * given back in any order, one or several at once; who is told when; nonsense.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "host.h"
#include "hyp/pt.h"
#include "hyp/util.h"
#include "vdev/virtq.h"

#define RAM           0x80000000UL
#define BYTES         MiB(2)
#define RING          (RAM + 0x1000)
#define DRIVER        (RAM + 0x2000)
#define DEVICE        (RAM + 0x3000)
#define TABLES        (RAM + 0x10000)
#define DATA          0x90000000UL /* is not looked at */

#define NEXT          1
#define WRITE         2
#define INDIRECT      4
#define AVAIL         0x80
#define USED          0x8000

#define SIZE_MAX_HERE 9U

static struct page_owner owner;
static struct gmap ram;
static struct virtq q;
static struct virtq_chain chain;

/* The driver's books. */
static struct {
	u32 at, free; /* the next place to fill; places left */
	bool wrap;    /* of what it fills */
	u32 seen;     /* the next place to look at */
	bool seen_wrap;
	u32 descs[SIZE_MAX_HERE]; /* by id: places it takes, 0: not in use */
	u32 segs[SIZE_MAX_HERE];
} d;

struct desc {
	u64 addr;
	u32 len;
	u16 id, flags;
};

static struct desc ring(u32 i)
{
	struct desc x;

	assert_true(gmap_read(&ram, GPA(RING + 16 * i), &x, sizeof(x)));
	return x;
}

static void put_desc(u64 at, u64 addr, u32 len, u16 id, u16 flags)
{
	struct desc x = {addr, len, id, flags};

	assert_true(gmap_write(&ram, GPA(at), &x, sizeof(x)));
}

static void start(u32 size, bool event)
{
	const u8 zeros[64] = {0};

	gmap_write(&ram, GPA(RING), zeros, sizeof(zeros));
	gmap_write(&ram, GPA(RING + 64), zeros, sizeof(zeros));
	gmap_write(&ram, GPA(RING + 128), zeros, 16);
	gmap_write(&ram, GPA(DRIVER), zeros, 4);
	q = (struct virtq){.mem = &ram,
			   .size = size,
			   .packed = true,
			   .event_idx = event,
			   .desc = GPA(RING),
			   .avail = GPA(DRIVER),
			   .used = GPA(DEVICE)};
	assert_true(virtq_start(&q));
	memset(&d, 0, sizeof(d));
	d.free = size;
	d.wrap = d.seen_wrap = true;
}

static u16 fresh(bool wrap)
{
	return wrap ? AVAIL : USED;
}

static void step(u32 *at, bool *wrap, u32 by)
{
	*at += by;
	if (*at >= q.size) {
		*at -= q.size;
		*wrap = !*wrap;
	}
}

/* One request of so many parts, in the ring or in a table. */
static void offer(u16 id, u32 parts, bool table)
{
	u32 places = table ? 1 : parts, first = d.at;
	bool wrap = d.wrap;
	u16 flags = fresh(wrap);

	if (table) {
		for (u32 i = 0; i < parts; i++)
			put_desc(TABLES + id * 1024 + i * 16, DATA + i, i + 1,
				 99, i ? WRITE : 0);
		put_desc(RING + 16 * d.at, TABLES + id * 1024, parts * 16, id,
			 flags | INDIRECT);
		step(&d.at, &d.wrap, 1);
	} else {
		for (u32 i = 0; i < parts; i++) {
			put_desc(RING + 16 * d.at, DATA + i, i + 1, id,
				 fresh(d.wrap) | (i ? WRITE : 0) |
					 (i + 1 < parts ? NEXT : 0));
			step(&d.at, &d.wrap, 1);
		}
	}
	assert_int_equal(ring(first).flags & (AVAIL | USED), flags);
	d.descs[id] = places;
	d.segs[id] = parts;
	d.free -= places;
}

static void take(u16 want)
{
	assert_int_equal(virtq_pop(&q, &chain), VIRTQ_REQUEST);
	assert_int_equal(chain.head, want);
	assert_int_equal(chain.segs, d.segs[want]);
	assert_int_equal(chain.outs, 1);
	for (u32 i = 0; i < chain.segs; i++) {
		assert_int_equal(chain.seg[i].at.raw, DATA + i);
		assert_int_equal(chain.seg[i].len, i + 1);
	}
}

/* What the driver finds: this id, with that length; false: nothing new. */
static bool found(u16 id, u32 len)
{
	struct desc x = ring(d.seen);

	if (!(x.flags & AVAIL) == d.seen_wrap ||
	    !(x.flags & USED) == d.seen_wrap)
		return false;
	assert_int_equal(x.id, id);
	assert_int_equal(x.len, len);
	step(&d.seen, &d.seen_wrap, d.descs[id]);
	d.free += d.descs[id];
	d.descs[id] = 0;
	return true;
}

static u32 below(u64 *seed, u32 n)
{
	return fuzz_random(seed) % n;
}

/* Ids in flight, in the order in which they were taken. */
struct flight {
	u16 id[SIZE_MAX_HERE];
	u32 count;
};

static u16 leave(struct flight *f, u32 i)
{
	u16 id = f->id[i];

	f->count--;
	memmove(&f->id[i], &f->id[i + 1], (f->count - i) * sizeof(f->id[0]));
	return id;
}

static void offer_some(u64 *seed, struct flight *f)
{
	for (u32 tries = below(seed, 4); tries; tries--) {
		u32 parts = 1 + below(seed, 4);
		bool table = below(seed, 2);
		u16 id = below(seed, q.size);

		if (d.descs[id] || (table ? 1 : parts) > d.free)
			continue;
		offer(id, parts, table);
		if (!below(seed, 8)) { /* taken, and as if it was not */
			struct virtq_mark before = virtq_mark(&q);

			take(id);
			virtq_back(&q, before);
		}
		take(id);
		f->id[f->count++] = id;
	}
	assert_int_equal(virtq_pop(&q, &chain), VIRTQ_EMPTY);
}

static void give_some(u64 *seed, struct flight *f)
{
	u32 n = f->count ? below(seed, f->count + 1) : 0;
	u16 ids[SIZE_MAX_HERE];

	for (u32 i = 0; i < n; i++) {
		ids[i] = leave(f, below(seed, f->count));
		assert_true(virtq_put(&q, ids[i], ids[i] * 3 + i, i));
		/* The driver sees none before all are there. */
		assert_false(found(ids[0], 0));
	}
	if (n)
		assert_true(virtq_publish(&q, n));
	for (u32 i = 0; i < n; i++)
		assert_true(found(ids[i], ids[i] * 3 + i));
	assert_false(found(0, 0));
}

static void test_random(void **state)
{
	u64 seed = fuzz_seed();

	for (u32 round = 0; round < 300; round++) {
		struct flight f = {.count = 0};

		start(1 + below(&seed, SIZE_MAX_HERE), false);
		for (u32 i = 0; i < 100; i++) {
			offer_some(&seed, &f);
			give_some(&seed, &f);
		}
	}
}

/* Told if the wish's place is among those given back since; by brute force. */
static void test_told(void **state)
{
	u64 seed = fuzz_seed();

	for (u32 round = 0; round < 300; round++) {
		u32 size = 2 + below(&seed, SIZE_MAX_HERE - 1), n, at = 0;
		bool wrap = true;

		start(size, true);
		for (u32 i = 0; i < 60; i++) {
			u32 place = below(&seed, size), wish;
			bool wish_wrap = below(&seed, 2), want = false;

			wish = place | (wish_wrap ? 1 << 15 : 0) | 2 << 16;
			gmap_write(&ram, GPA(DRIVER), &wish, sizeof(wish));
			n = 1 + below(&seed, size);
			for (u32 k = 0; k < n; k++) {
				offer(k, 1, false);
				take(k);
			}
			for (u32 k = 0; k < n; k++) {
				assert_true(virtq_push(
					&q, &(struct virtq_chain){.head = k},
					0));
				assert_true(found(k, 0));
				want |= at == place && wrap == wish_wrap;
				step(&at, &wrap, 1);
			}
			assert_int_equal(virtq_tell(&q), want);
			assert_false(virtq_tell(&q)); /* nothing new */
		}
	}
}

static void test_wishes(void **state)
{
	u32 wish = 1 << 16; /* disable */
	u16 device[2];

	start(4, false);
	gmap_write(&ram, GPA(DRIVER), &wish, sizeof(wish));
	offer(0, 1, false);
	take(0);
	assert_true(virtq_push(&q, &chain, 0));
	assert_false(virtq_tell(&q));
	wish = 0;
	gmap_write(&ram, GPA(DRIVER), &wish, sizeof(wish));
	offer(1, 1, false);
	take(1);
	assert_true(virtq_push(&q, &chain, 0));
	assert_true(virtq_tell(&q));
	virtq_listen(&q);
	gmap_read(&ram, GPA(DEVICE), device, sizeof(device));
	assert_int_equal(device[1], 0);
	q.event_idx = true;
	virtq_listen(&q);
	gmap_read(&ram, GPA(DEVICE), device, sizeof(device));
	assert_int_equal(device[0], 2 | 1 << 15);
	assert_int_equal(device[1], 2);
}

static void broken(void)
{
	assert_int_equal(virtq_pop(&q, &chain), VIRTQ_BROKEN);
	start(4, false);
}

static void test_nonsense(void **state)
{
	start(4, false);
	put_desc(RING, DATA, 1, 4, AVAIL);
	broken(); /* an id beyond the ring */
	for (u32 i = 0; i < 4; i++)
		put_desc(RING + 16 * i, DATA, 1, 0, AVAIL | NEXT);
	broken(); /* a chain without end */
	put_desc(RING, TABLES, 15, 0, AVAIL | INDIRECT);
	broken();
	put_desc(RING, TABLES, 0, 0, AVAIL | INDIRECT);
	broken();
	put_desc(RING, TABLES, 16, 0, AVAIL | INDIRECT | NEXT);
	broken();
	put_desc(TABLES, TABLES, 16, 0, INDIRECT);
	put_desc(RING, TABLES, 16, 0, AVAIL | INDIRECT);
	broken(); /* a table in a table */
	put_desc(RING, DATA, 1, 0, AVAIL | NEXT);
	put_desc(RING + 16, TABLES, 16, 0, AVAIL | INDIRECT);
	broken(); /* in the midst of a chain */
	put_desc(RING, DATA, 1, 0, AVAIL | NEXT | WRITE);
	put_desc(RING + 16, DATA, 1, 0, AVAIL);
	broken(); /* to be read behind to be written */
	put_desc(RING, RAM + BYTES, 16, 0, AVAIL | INDIRECT);
	broken(); /* outside of RAM */
	assert_false(virtq_put(&q, 4, 0, 0));
}

static void test_starts(void **state)
{
	static const struct {
		u32 size;
		u64 ring, driver, device;
	} bad[] = {
		{0, RING, DRIVER, DEVICE},
		{257, RING, DRIVER, DEVICE},
		{8, RING + 8, DRIVER, DEVICE},
		{8, RING, DRIVER + 2, DEVICE},
		{8, RING, DRIVER, DEVICE + 1},
		{8, RAM + BYTES - 64, DRIVER, DEVICE},
		{8, RING, RAM + BYTES, DEVICE},
		{8, RING, DRIVER, RAM - 4},
	};

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		q = (struct virtq){.mem = &ram,
				   .size = bad[i].size,
				   .packed = true,
				   .desc = GPA(bad[i].ring),
				   .avail = GPA(bad[i].driver),
				   .used = GPA(bad[i].device)};
		assert_false(virtq_start(&q));
	}
}

static int begin(void **state)
{
	host_reset();
	host_memory(MiB(64));
	assert_true(gmap_init(&ram, GPA(RAM), BYTES, PT_LEVEL_4K, &owner));
	return 0;
}

static int end(void **state)
{
	gmap_destroy(&ram);
	assert_int_equal(owner.pages, 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_random, begin, end),
		cmocka_unit_test_setup_teardown(test_told, begin, end),
		cmocka_unit_test_setup_teardown(test_wishes, begin, end),
		cmocka_unit_test_setup_teardown(test_nonsense, begin, end),
		cmocka_unit_test_setup_teardown(test_starts, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
