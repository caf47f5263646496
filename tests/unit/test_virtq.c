/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtqueues and the disk behind them, with rings as a driver would write them,
 * and with memory full of nonsense: no request is wrong, and nothing hangs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "fuzz.h"
#include "hyp/pt.h"
#include "hyp/util.h"
#include "mmio.h"
#include "vdev/layout.h"
#include "vdev/virtio_blk.h"

#define RAM   0x80000000UL
#define BYTES MiB(2)
#define SIZE  8U
#define DESC  (RAM + 0x1000)
#define AVAIL (RAM + 0x2000)
#define USED  (RAM + 0x3000)
#define DATA  (RAM + 0x10000)
#define DISK  (64 * 1024)

static struct page_owner owner;
static struct gmap ram;
static struct virtq q;
static struct virtq_chain chain;
static struct store store;
static struct blk blk;
static struct irq_line irq;

static void put16(u64 at, u16 value)
{
	assert_true(gmap_write(&ram, GPA(at), &value, 2));
}

static void put_desc(u32 i, u64 addr, u32 len, u16 flags, u16 next)
{
	struct {
		u64 addr;
		u32 len;
		u16 flags, next;
	} d = {addr, len, flags, next};

	assert_true(gmap_write(&ram, GPA(DESC + 16 * i), &d, sizeof(d)));
}

static int begin(void **state)
{
	host_reset();
	assert_true(gmap_init(&ram, GPA(RAM), BYTES, PT_LEVEL_4K, &owner));
	q = (struct virtq){.mem = &ram,
			   .size = SIZE,
			   .desc = GPA(DESC),
			   .avail = GPA(AVAIL),
			   .used = GPA(USED)};
	assert_true(virtq_start(&q));
	return 0;
}

static int end(void **state)
{
	gmap_destroy(&ram);
	assert_int_equal(owner.pages, 0);
	return 0;
}

/* A chain over the ring's end, with parts of several lengths. */
static void test_chain(void **state)
{
	char text[12];

	put_desc(7, DATA, 5, 1, 2);
	put_desc(2, DATA + 100, 7, 1, 0);
	put_desc(0, DATA + 200, 4, 3, 5);
	put_desc(5, DATA + 300, 60, 2, 0);
	put16(AVAIL + 4, 7);
	assert_int_equal(virtq_pop(&q, &chain), VIRTQ_EMPTY);
	put16(AVAIL + 2, 1);
	assert_int_equal(virtq_pop(&q, &chain), VIRTQ_REQUEST);
	assert_int_equal(chain.head, 7);
	assert_int_equal(chain.outs, 2);
	assert_int_equal(chain.segs, 4);
	assert_int_equal(chain.out_len, 12);
	assert_int_equal(chain.in_len, 64);
	assert_true(gmap_write(&ram, GPA(DATA), "Hello", 5));
	assert_true(gmap_write(&ram, GPA(DATA + 100), ", world", 7));
	assert_true(virtq_read(&q, &chain, 0, text, 12));
	assert_memory_equal(text, "Hello, world", 12);
	assert_true(virtq_read(&q, &chain, 3, text, 4));
	assert_memory_equal(text, "lo, ", 4);
	assert_false(virtq_read(&q, &chain, 3, text, 10));
	assert_true(virtq_write(&q, &chain, 2, "abcdef", 6));
	assert_true(gmap_read(&ram, GPA(DATA + 300), text, 4));
	assert_memory_equal(text, "cdef", 4);
	assert_false(virtq_write(&q, &chain, 60, "abcdef", 6));
	assert_int_equal(virtq_pop(&q, &chain), VIRTQ_EMPTY);
}

/* Indices wrap at 2^16, entries at the ring's size. */
static void test_wraps(void **state)
{
	put_desc(3, DATA, 1, 2, 0);
	for (u32 i = 0; i < 0x10010; i++) {
		u32 used[2];

		put16(AVAIL + 4 + i % SIZE * 2, 3);
		put16(AVAIL + 2, i + 1);
		assert_int_equal(virtq_pop(&q, &chain), VIRTQ_REQUEST);
		assert_true(virtq_push(&q, &chain, i));
		assert_true(gmap_read(&ram, GPA(USED + 4 + i % SIZE * 8), used,
				      sizeof(used)));
		assert_int_equal(used[0], 3);
		assert_int_equal(used[1], i);
		assert_true(virtq_tell(&q));
		assert_false(virtq_tell(&q));
	}
}

/* Virtio 1.2: told where used passes used_event, and only then. */
static void test_event(void **state)
{
	q.event_idx = true;
	put_desc(0, DATA, 1, 2, 0);
	for (u32 event = 0; event < 4; event++) {
		for (u32 batch = 1; batch < 5; batch++) {
			u16 before = q.done;
			bool passed = event < batch;

			put16(AVAIL + 4 + SIZE * 2, before + event);
			for (u32 i = 0; i < batch; i++)
				assert_true(virtq_push(&q, &chain, 0));
			assert_int_equal(virtq_tell(&q), passed);
		}
	}
}

static void test_set_up(void **state)
{
	static const u32 sizes[] = {0, 3, 512, 0x80000000};

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		q.size = sizes[i];
		assert_false(virtq_start(&q));
	}
	q.size = SIZE;
	q.used.raw += 2;
	assert_false(virtq_start(&q));
}

/* ---- nonsense -------------------------------------------------------------
 */

static void irq_set(struct irq_line *line, bool level)
{
	assert_true(lock_held(&blk.virtio.dev.lock));
}

static void reg(u32 off, u32 value)
{
	mmio_write(GUEST_VIRTIO_BASE + off, 4, value);
}

static void set_up(void)
{
	reg(0x70, 0);
	reg(0x24, 1);
	reg(0x20, 1);
	reg(0x24, 0);
	reg(0x20, random() & (1U << 28 | 1U << 29));
	reg(0x70, 11);
	reg(0x38, SIZE);
	reg(0x80, DESC);
	reg(0x90, AVAIL);
	reg(0xa0, USED);
	reg(0x44, 1);
	reg(0x70, 15);
}

/* An address near something, or anywhere. */
static u64 wild(void)
{
	static const u64 near[] = {DESC, AVAIL,           USED,
				   DATA, RAM + BYTES - 8, GUEST_VIRTIO_BASE,
				   0,    ~0UL - 64};

	return random() % 8 ? near[random() % ARRAY_SIZE(near)] + random() % 64
			    : (u64)random() << 32 | random();
}

/* A request as a driver would write it, */
static void plausible(void)
{
	static const u32 types[] = {0, 1, 4, 8, 11, 13};
	struct {
		u32 type, reserved;
		u64 sector;
	} header = {types[random() % ARRAY_SIZE(types)], 0, random() % 130};

	put16(AVAIL + 4 + random() % SIZE * 2, 0);
	assert_true(gmap_write(&ram, GPA(DATA), &header, sizeof(header)));
	put_desc(0, DATA, sizeof(header), 1, 1);
	put_desc(1, DATA + 64, random() % 20 * 512, random() % 2 ? 3 : 1, 2);
	put_desc(2, DATA + 32, 1, 2, 0);
}

/* and some of it as none would. */
static void scatter(void)
{
	u16 noise[64];

	for (u32 i = random() % 3; i < SIZE; i += 1 + random() % SIZE)
		put_desc(i, wild(), random() % 4 ? random() % 2000 : random(),
			 random() % 8, random() % (SIZE + 1));
	for (u32 i = 0; i < ARRAY_SIZE(noise); i++)
		noise[i] = random() % (SIZE + 1);
	if (random() % 2)
		gmap_write(&ram, GPA(AVAIL + 4), noise, SIZE * 2 + 2);
	for (u32 i = 0; i < ARRAY_SIZE(noise); i++)
		noise[i] = random() % 3 ? random() % 16 : random();
	if (random() % 2)
		gmap_write(&ram, GPA(DATA), noise, sizeof(noise));
}

/* Rings and requests at random; registers too. After a reset it works. */
static void test_nonsense(void **state)
{
	u64 seed = fuzz_seed(), rounds = 200000, served = 0;
	u16 idx = 0;

	srandom(seed);
	memset(&bus, 0, sizeof(bus));
	irq = (struct irq_line){.set = irq_set};
	assert_true(store_init(&store, DISK, NULL, 0, &owner));
	blk_init(&blk, 0, &irq, &ram, &store, store.size, false, "fuzz");
	assert_true(vbus_add(&bus, &blk.virtio.dev));
	for (u64 n = 0; n < rounds; n++) {
		if (random() % 4 == 0) {
			served += blk.virtio.queue[0].done;
			set_up();
			idx = 0;
			gmap_write(&ram, GPA(AVAIL + 2), &idx, 2);
		}
		plausible();
		if (random() % 2)
			scatter();
		idx += random() % 8 ? random() % 3 : random();
		gmap_write(&ram, GPA(AVAIL + 2), &idx, 2);
		reg(0x50, 0);
		if (random() % 16 == 0)
			reg(random() % 64 * 4, random());
	}
	set_up();
	assert_int_equal(mmio_read(GUEST_VIRTIO_BASE + 0x70, 4), 15);
	assert_true(served > rounds / 100);
	store_destroy(&store);
}

/* ---- not all at once --------------------------------------------------------
 */

#define BIG KiB(512)

static u16 done(void)
{
	u16 idx;

	assert_true(gmap_read(&ram, GPA(USED + 2), &idx, sizeof(idx)));
	return idx;
}

/* A ring full of large requests is served in parts; one that is too large, or
 * zeroes too much, is refused. */
static void test_at_once(void **state)
{
	struct {
		u32 type, reserved;
		u64 sector;
	} header = {0};
	u16 last = 0;
	u32 turns = 0;
	u8 status;

	memset(&bus, 0, sizeof(bus));
	irq = (struct irq_line){.set = irq_set};
	assert_true(store_init(&store, MiB(4), NULL, 0, &owner));
	blk_init(&blk, 0, &irq, &ram, &store, store.size, false, "parts");
	assert_true(vbus_add(&bus, &blk.virtio.dev));
	set_up();
	assert_true(gmap_write(&ram, GPA(DATA), &header, sizeof(header)));
	put_desc(0, DATA, sizeof(header), 1, 1);
	put_desc(1, RAM + MiB(1), BIG, 3, 2);
	put_desc(2, DATA + 32, 1, 2, 0);
	for (u32 i = 0; i < SIZE; i++)
		put16(AVAIL + 4 + i * 2, 0);
	put16(AVAIL + 2, SIZE);
	reg(0x50, 0);
	for (; done() < SIZE; turns++) {
		assert_true(done() > last || !turns);
		assert_in_range(done() - last, 1, VIRTIO_AT_ONCE / BIG + 1);
		last = done();
		host_advance(host_time + 1000);
	}
	assert_in_range(turns, 3, SIZE);
	put_desc(1, RAM + 512, MiB(2) - 512, 3, 2);
	put16(AVAIL + 2, SIZE + 1);
	reg(0x50, 0);
	assert_true(gmap_read(&ram, GPA(DATA + 32), &status, 1));
	assert_int_equal(status, 1);
	set_up(); /* a reset takes back what is still to come */
	host_advance(host_time + 1000);
	store_destroy(&store);
}

/* ---- what is stored --------------------------------------------------------
 */

static void test_store(void **state)
{
	static u8 file[10000], model[DISK], got[DISK];

	for (u32 i = 0; i < sizeof(file); i++)
		file[i] = model[i] = i * 31 + 7;
	srandom(fuzz_seed());
	assert_true(store_init(&store, DISK, file, sizeof(file), &owner));
	for (u32 n = 0; n < 2000; n++) {
		u64 off = random() % DISK, len = random() % 9000;
		bool fits = len <= DISK - off;

		memset(got, n, MIN(len, sizeof(got)));
		assert_int_equal(store_write(&store, off, got, len), fits);
		if (fits)
			memcpy(model + off, got, len);
		assert_true(store_read(&store, 0, got, DISK));
		if (n % 50 == 0)
			assert_memory_equal(got, model, DISK);
	}
	assert_false(store_read(&store, DISK, got, 1));
	assert_false(store_read(&store, ~0UL, got, 2));
	assert_true(store_read(&store, DISK, got, 0));
	store_destroy(&store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_chain, begin, end),
		cmocka_unit_test_setup_teardown(test_wraps, begin, end),
		cmocka_unit_test_setup_teardown(test_event, begin, end),
		cmocka_unit_test_setup_teardown(test_set_up, begin, end),
		cmocka_unit_test_setup_teardown(test_nonsense, begin, end),
		cmocka_unit_test_setup_teardown(test_at_once, begin, end),
		cmocka_unit_test_setup_teardown(test_store, begin, end),
	};

	host_memory(64 << 20);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
