/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A disk's rings under a driver without manners, and how the device writes
 * them: its index as another hart sees it never goes back; rings where no
 * memory is; resets while requests are on their way.
 */
#include "tests/guest/rt/virtio.h"

#define SECTOR 512
#define DEPTH  5 /* requests at once: three descriptors each */
#define MARK   0x5a

static struct ring ring;
static struct {
	u32 type, reserved;
	u64 sector;
} header;
static volatile u8 status[DEPTH];
static u8 data[DEPTH][SECTOR];
static u64 base;

/* Read the disk's first sectors, each to its own place. */
static void put_reads(u32 count)
{
	for (u32 i = 0; i < count; i++) {
		struct desc *d = &ring.desc[3 * i];

		d[0] = (struct desc){(u64)&header, sizeof(header), DESC_NEXT,
				     3 * i + 1};
		d[1] = (struct desc){(u64)data[i], SECTOR,
				     DESC_NEXT | DESC_WRITE, 3 * i + 2};
		d[2] = (struct desc){(u64)&status[i], 1, DESC_WRITE, 0};
		ring_put(&ring, 3 * i);
	}
	virtio_notify(base, 0);
}

static void start(void)
{
	virtio_reset(base, 0);
	virtio_queue(base, 0, &ring);
	virtio_go(base);
}

/* One request, which has to be answered well. */
static bool works(void)
{
	u16 before = ring.used.idx;

	status[0] = 77;
	put_reads(1);
	return ring_wait(base, &ring, before) && !status[0];
}

/* ---- seen by another hart ------------------------------------------------ */

static bool watching, enough;
static u64 back;

static void watch(void)
{
	u16 last = __atomic_load_n(&ring.used.idx, __ATOMIC_ACQUIRE);

	__atomic_store_n(&watching, true, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&enough, __ATOMIC_ACQUIRE)) {
		u16 now = __atomic_load_n(&ring.used.idx, __ATOMIC_ACQUIRE);

		back += (int16_t)(now - last) < 0;
		last = now;
	}
	__atomic_store_n(&watching, false, __ATOMIC_RELEASE);
	sbi(SBI_HSM, 1);
}

extern char hart_start[];

/* 0x00ff becomes 0x0100 in one store, and so on. */
static void test_whole(void)
{
	u32 ids[2] = {0}, harts = fdt_harts(ids, 2);
	bool good = true;

	start();
	expect("harts", harts, 2);
	sbi(SBI_HSM, 0, ids[ids[0] == boot_hart], (u64)hart_start, (u64)watch);
	while (!__atomic_load_n(&watching, __ATOMIC_ACQUIRE))
		;
	for (u32 i = 0; i < bootargs_number("requests", 20000); i++)
		good &= works();
	__atomic_store_n(&enough, true, __ATOMIC_RELEASE);
	while (__atomic_load_n(&watching, __ATOMIC_ACQUIRE))
		;
	check("all are answered", good);
	expect("steps back of the index", back, 0);
}

/* ---- where no memory is -------------------------------------------------- */

/* Its answer may come later, from the host's disk. */
static bool broken(void)
{
	u64 until = csr_read(time) + timebase();

	while (!(virtio_in(base, VR_STATUS) & VS_NEEDS))
		if (csr_read(time) > until)
			return false;
	return true;
}

static void test_part(const char *name, u64 at, u32 part)
{
	u64 where[3] = {(u64)ring.desc, (u64)&ring.avail, (u64)&ring.used};

	where[part] = at;
	virtio_reset(base, 0);
	memset(&ring, 0, sizeof(ring));
	virtio_queue_at(base, 0, where[0], where[1], where[2]);
	virtio_go(base);
	put_reads(1);
	check(name, broken());
}

static void test_places(void)
{
	static const struct {
		const char *name;
		u64 at;
	} places[] = {
		{"on the UART", UART_BASE},
		{"on the PLIC", PLIC_BASE},
		{"in a hole", HOLE_BASE},
		{"behind the end of RAM", RAM_BASE + RAM_SIZE},
		{"over the end of RAM", RAM_BASE + RAM_SIZE - 16},
		{"at the end of all", -16UL},
	};
	static const char *const parts[] = {"descriptors", "driver's ring",
					    "device's ring"};

	for (u32 part = 0; part < 3; part++) {
		print("%s\n", parts[part]);
		for (u32 i = 0; i < ARRAY_SIZE(places); i++)
			test_part(places[i].name, places[i].at, part);
		test_part("on its own registers", base, part);
	}
	start();
	check("works again", works());
}

/* ---- resets -------------------------------------------------------------- */

static void wait_ticks(u64 ticks)
{
	u64 until = csr_read(time) + ticks;

	while (csr_read(time) < until)
		;
}

/* What was reset writes nothing any more: neither data nor status nor ring. */
static bool quiet_after_reset(u64 ticks)
{
	start();
	memset(data, 0, sizeof(data));
	put_reads(DEPTH);
	wait_ticks(ticks);
	virtio_out(base, VR_STATUS, 0);
	while (virtio_in(base, VR_STATUS))
		;
	memset(data, MARK, sizeof(data));
	memset((void *)status, MARK, sizeof(status));
	memset(&ring, MARK, sizeof(ring));
	wait_ticks(timebase() / 2000);
	for (u32 i = 0; i < sizeof(data); i++)
		if (data[i / SECTOR][i % SECTOR] != MARK)
			return false;
	for (u32 i = 0; i < sizeof(ring); i++)
		if (((volatile u8 *)&ring)[i] != MARK)
			return false;
	return status[0] == MARK && status[DEPTH - 1] == MARK;
}

static void test_resets(void)
{
	u64 loud = 0, seed = 1;

	for (u32 i = 0; i < 200; i++)
		loud += !quiet_after_reset(random_next(&seed) % 4000);
	expect("writes after a reset", loud, 0);
	start();
	check("works again", works());
}

int main(void)
{
	begin("rings");
	base = virtio_find(2, 0);
	check("a disk", base);
	test_whole();
	if (!bootargs_has("gentle"))
		test_places();
	test_resets();
	finish();
}
