/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A balloon's driver: what was given away is zero when it is seen again, what
 * was not is as it was, for this hart and for another one, with and without
 * paging. Then what is no page of ours. Virtio 1.2, "Traditional Memory Balloon
 * Device".
 */
#include "tests/guest/rt/virtio.h"

#define BALLOON     5
#define F_REPORTING BIT(5)

#define INFLATE     0
#define DEFLATE     1
#define REPORT      3 /* behind the statistics, where there are some */

#define PAGE        4096UL
#define CHUNK       0x200000UL
#define PLAY        (RAM_BASE + 0x4000000) /* of CHUNKS chunks */
#define CHUNKS      6
#define WORDS       (CHUNKS * CHUNK / PAGE) /* one a page */

static struct ring ring[4];
static u32 numbers[RING_SIZE * 4];
static u64 base;
static bool gone[WORDS]; /* pages that were given away */

/* Somewhere in page n, at a place of its own. */
static volatile u64 *word(u64 n)
{
	return (volatile u64 *)(PLAY + n * PAGE + n * 8 % PAGE);
}

static void start(void)
{
	virtio_reset(base, F_REPORTING);
	for (u32 q = 0; q < ARRAY_SIZE(ring); q++)
		virtio_queue(base, q, &ring[q]);
	virtio_go(base);
}

static void fill(void)
{
	for (u64 n = 0; n < WORDS; n++) {
		*word(n) = n + 1;
		gone[n] = false;
	}
}

/* Each page is as it has to be. */
static bool right(void)
{
	for (u64 n = 0; n < WORDS; n++)
		if (*word(n) != (gone[n] ? 0 : n + 1))
			return false;
	return true;
}

/* One request of so many parts; false: the device needs a reset. */
static bool ask(u32 queue, u32 parts)
{
	u16 before = ring[queue].used.idx;

	for (u32 i = 0; i + 1 < parts; i++) {
		ring[queue].desc[i].flags |= DESC_NEXT;
		ring[queue].desc[i].next = i + 1;
	}
	ring_put(&ring[queue], 0);
	virtio_notify(base, queue);
	return ring_wait(base, &ring[queue], before);
}

static bool inflate(u32 count)
{
	ring[INFLATE].desc[0] =
		(struct desc){(u64)numbers, count * sizeof(u32), 0, 0};
	return ask(INFLATE, 1);
}

static void give(u64 n)
{
	gone[n] = true;
	numbers[0] = (PLAY + n * PAGE) / PAGE;
	inflate(1);
}

static bool report(u64 at, u64 len)
{
	ring[REPORT].desc[0] = (struct desc){at, len, DESC_WRITE, 0};
	return ask(REPORT, 1);
}

static void went(u64 at, u64 len)
{
	for (u64 n = 0; n < WORDS; n++)
		gone[n] |= PLAY + n * PAGE >= at &&
			   PLAY + (n + 1) * PAGE <= at + len;
}

/* ---- pages --------------------------------------------------------------- */

static void test_numbers(void)
{
	fill();
	give(0);
	give(WORDS - 1);
	give(77);
	check("three pages", right());
	for (u32 i = 0; i < 64; i++) { /* 32 in a row, others, some twice */
		u64 n = i < 32 ? 100 + i : 700 - i * 5 % 64;

		gone[n] = true;
		numbers[i] = (PLAY + n * PAGE) / PAGE;
	}
	inflate(64);
	check("many pages", right());
	for (u64 n = 600; n < 800; n++) {
		*word(n) = n + 1;
		gone[n] = false;
	}
	check("written again", right());
	for (u32 n = 512; n < 1024; n++)
		give(n);
	check("one by one, all of 2 MiB", right());
	ring[DEFLATE].desc[0] = (struct desc){(u64)numbers, 4, 0, 0};
	check("deflate", ask(DEFLATE, 1));
}

static void test_ranges(void)
{
	fill();
	report(PLAY + CHUNK, CHUNK);
	went(PLAY + CHUNK, CHUNK);
	check("2 MiB", right());
	report(PLAY + 3 * CHUNK - 5 * PAGE, 2 * CHUNK);
	went(PLAY + 3 * CHUNK - 5 * PAGE, 2 * CHUNK);
	check("4 MiB over four parts", right());
	ring[REPORT].desc[0] = (struct desc){PLAY, PAGE, DESC_WRITE, 0};
	ring[REPORT].desc[1] =
		(struct desc){PLAY + 8 * PAGE, 2 * PAGE, DESC_WRITE, 0};
	ring[REPORT].desc[2] = (struct desc){PLAY + CHUNK, PAGE, DESC_WRITE, 0};
	ask(REPORT, 3);
	went(PLAY, PAGE);
	went(PLAY + 8 * PAGE, 2 * PAGE);
	check("three ranges, one gone before", right());
	fill();
	check("all written again", right());
	report(PLAY, CHUNKS * CHUNK);
	went(PLAY, CHUNKS * CHUNK);
	check("all of it", right());
	fill();
	check("and again", right());
}

/* Code that was there is not run any more. */
static void test_code(void)
{
	u32 *code = (u32 *)PLAY;
	u64 (*call)(void) = (u64(*)(void))PLAY;

	for (u32 i = 1; i <= 3; i++) {
		code[0] = 0x00000513 | i << 20; /* li a0, i */
		code[1] = 0x00008067;           /* ret */
		asm volatile("fence.i" ::: "memory");
		expect("code", call(), i);
		report(PLAY, CHUNK);
		expect("is gone", *(volatile u32 *)code, 0);
	}
}

static void test_all(void)
{
	start();
	test_numbers();
	test_ranges();
	test_code();
}

/* A table that is in what is given leads nowhere afterwards. */
static void test_table(u64 *root)
{
	u64 *table = (u64 *)PLAY, *last = table + 512;
	u64 va = 4UL << 30, at = PLAY + CHUNK;
	volatile u64 *p = (volatile u64 *)va;

	memset(table, 0, 2 * PAGE);
	root[4] = PTE_PA((u64)table) | PTE_V;
	table[0] = PTE_PA((u64)last) | PTE_V;
	last[0] = PTE_PA(at) | PTE_KERNEL;
	*(volatile u64 *)at = 1234;
	sfence_all();
	expect("through tables", *p, 1234);
	report((u64)last, PAGE);
	sfence_all();
	expect("the last is gone", TRY((void)*p).scause, CAUSE_LOAD_PAGE);
	last[0] = PTE_PA(at) | PTE_KERNEL;
	sfence_all();
	expect("there again", *p, 1234);
	report((u64)table, CHUNK);
	sfence_all();
	expect("both are gone", TRY((void)*p).scause, CAUSE_LOAD_PAGE);
	table[0] = PTE_PA((u64)last) | PTE_V;
	last[0] = PTE_PA(at) | PTE_KERNEL;
	sfence_all();
	*p = 4321;
	expect("there again", *(volatile u64 *)at, 4321);
	report(at, CHUNK);
	expect("what they lead to is gone", *p, 0);
}

/* The same where tables of ours lead there, some of them in what is given. */
static void test_paged(void)
{
	u64 *root = mmu_new();

	print("paged\n");
	mmu_on(root, 0);
	test_all();
	test_table(root);
	mmu_off();
}

/* ---- beside another hart ------------------------------------------------- */

static bool enough, ready;
static u64 rounds, wrong;

/* Pages between those that go; each is counted up, round by round. */
static void beside(void)
{
	__atomic_store_n(&ready, true, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&enough, __ATOMIC_ACQUIRE)) {
		for (u64 n = 1; n < WORDS; n += 2) {
			wrong += *word(n) != rounds;
			*word(n) = rounds + 1;
		}
		rounds++;
	}
	__atomic_store_n(&ready, false, __ATOMIC_RELEASE);
	sbi(SBI_HSM, 1);
}

extern char hart_start[];

static void test_beside(void)
{
	u32 ids[2] = {0};
	bool good = true;

	if (fdt_harts(ids, 2) < 2)
		return;
	start();
	for (u64 n = 0; n < WORDS; n++)
		*word(n) = 0;
	sbi(SBI_HSM, 0, ids[ids[0] == boot_hart], (u64)hart_start, (u64)beside);
	while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
		;
	for (u64 i = 0; i < bootargs_number("pages", 300); i++) {
		u64 n = i * 2 % WORDS;

		*word(n) = i + 1;
		give(n);
		good &= *word(n) == 0;
	}
	__atomic_store_n(&enough, true, __ATOMIC_RELEASE);
	while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
		;
	check("given beside another hart", good);
	expect("wrong pages there", wrong, 0);
	check("rounds", rounds > 0);
}

/* ---- what is no page of ours --------------------------------------------- */

static void test_wild(void)
{
	static const u64 places[] = {0,
				     UART_BASE,
				     RAM_BASE + RAM_SIZE,
				     RAM_BASE + RAM_SIZE - 1,
				     PLAY + 1,
				     -PAGE};

	start();
	fill();
	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		numbers[i] = places[i] / PAGE;
		report(places[i], PAGE);
		report(places[i], 0);
		report(places[i], 0xffffffff);
	}
	numbers[3] = 0xffffffff; /* else the last page of RAM */
	numbers[4] = 1;
	check("answered", inflate(5));
	went(PLAY, 0);
	check("nothing happened", right());
	report(PLAY + 1, 3 * PAGE);
	went(PLAY + PAGE, 2 * PAGE);
	check("whole pages inside", right());
	ring[INFLATE].desc[0] = (struct desc){(u64)numbers, 3, 0, 0};
	check("less than a number", ask(INFLATE, 1));
	ring[INFLATE].desc[0] = (struct desc){UART_BASE, 4, 0, 0};
	check("numbers on the UART", !ask(INFLATE, 1));
	start();
	ring[INFLATE].desc[0] = (struct desc){RAM_BASE, 0x200000, 0, 0};
	check("too many numbers", !ask(INFLATE, 1));
	start();
	ring[REPORT].desc[0] = (struct desc){PLAY, PAGE, DESC_NEXT, 0};
	ring_put(&ring[REPORT], 0);
	virtio_notify(base, REPORT);
	while (!(virtio_in(base, VR_STATUS) & VS_NEEDS))
		;
	check("a loop", true);
	start();
	check("and on", report(PLAY, PAGE));
	virtio_out(base, VR_CONFIG + 4, 1234);
	expect("actual", virtio_in(base, VR_CONFIG + 4), 1234);
	virtio_out(base, VR_CONFIG, 99);
	expect("wanted", virtio_in(base, VR_CONFIG), 0);
}

int main(void)
{
	begin("balloon");
	base = virtio_find(BALLOON, 0);
	check("a balloon", base);
	test_all();
	test_paged();
	if (!bootargs_has("gentle")) {
		test_beside();
		test_wild();
	}
	finish();
}
