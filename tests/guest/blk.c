/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtio disk as a driver of our own sees it: found, set up, written, read,
 * zeroed, asked for what it does not have; then with rings that make no sense.
 * Virtio 1.2, "Virtio Over MMIO", "Split Virtqueues", "Block Device".
 */
#include "tests/guest/rt/rt.h"

#define SIZE       16 /* entries of the queue */
#define SECTOR     512

#define MAGIC      0x000
#define ID         0x008
#define FEATURES   0x010
#define FEAT_SEL   0x014
#define DRV        0x020
#define DRV_SEL    0x024
#define Q_SEL      0x030
#define Q_MAX      0x034
#define Q_NUM      0x038
#define Q_READY    0x044
#define NOTIFY     0x050
#define ISR        0x060
#define ACK        0x064
#define STATUS     0x070
#define Q_DESC     0x080
#define Q_AVAIL    0x090
#define Q_USED     0x0a0
#define CONFIG     0x100

#define NEXT       1
#define WRITE      2
#define INDIRECT   4
#define INDIRECT_F BIT(28)
#define EVENT_F    BIT(29)
#define VERSION_F  BIT(32)

struct desc {
	u64 addr;
	u32 len;
	u16 flags, next;
};

static struct desc table[SIZE] __attribute__((aligned(16)));
static struct desc other[SIZE] __attribute__((aligned(16)));
static struct {
	u16 flags, idx, ring[SIZE], event;
} avail __attribute__((aligned(64)));
static struct {
	u16 flags, idx;
	struct {
		u32 id, len;
	} ring[SIZE];
	u16 event;
} used __attribute__((aligned(64)));
static struct {
	u32 type, reserved;
	u64 sector;
} header;
static volatile u8 status;
static u8 data[8 * SECTOR], back[8 * SECTOR];
static u64 base;

static u32 in(u32 reg)
{
	return *(volatile u32 *)(base + reg);
}

static void out(u32 reg, u32 value)
{
	*(volatile u32 *)(base + reg) = value;
}

static void out64(u32 reg, const void *p)
{
	out(reg, (u64)p);
	out(reg + 4, (u64)p >> 32);
}

static bool find(void)
{
	const u8 *reg;
	u32 len;

	for (u32 i = 0; (reg = fdt_prop("virtio_mmio", i, "reg", &len)); i++) {
		base = (u64)fdt_u32(reg) << 32 | fdt_u32(reg + 4);
		if (in(MAGIC) == 0x74726976 && in(ID) == 2)
			return true;
	}
	return false;
}

static u64 features(void)
{
	u64 low;

	out(FEAT_SEL, 0);
	low = in(FEATURES);
	out(FEAT_SEL, 1);
	return (u64)in(FEATURES) << 32 | low;
}

/* Reset and set up anew, with these features beside VERSION_1. */
static void start(u64 want)
{
	u64 f = want | VERSION_F;

	out(STATUS, 0);
	while (in(STATUS))
		;
	memset(&avail, 0, sizeof(avail));
	memset(&used, 0, sizeof(used));
	out(STATUS, 1);
	out(STATUS, 3);
	out(DRV_SEL, 0);
	out(DRV, f);
	out(DRV_SEL, 1);
	out(DRV, f >> 32);
	out(STATUS, 11);
	out(Q_SEL, 0);
	out(Q_NUM, SIZE);
	out64(Q_DESC, table);
	out64(Q_AVAIL, &avail);
	out64(Q_USED, &used);
	out(Q_READY, 1);
	out(STATUS, 15);
}

static void offer(u16 head)
{
	avail.ring[avail.idx % SIZE] = head;
	__atomic_store_n(&avail.idx, avail.idx + 1, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	out(NOTIFY, 0);
}

/* Until it is answered, or the device gives up. */
static bool answered(u16 before)
{
	while (__atomic_load_n(&used.idx, __ATOMIC_ACQUIRE) == before)
		if (in(STATUS) & 0x40)
			return false;
	return true;
}

/* Header, data if there is any, status: in t. */
static void chain(struct desc *t, void *p, u32 len, bool to_us)
{
	t[0] = (struct desc){(u64)&header, sizeof(header), NEXT, len ? 1 : 2};
	t[1] = (struct desc){(u64)p, len, NEXT | (to_us ? WRITE : 0), 2};
	t[2] = (struct desc){(u64)&status, 1, WRITE, 0};
}

/* A request's status; 99: no answer. */
static u32 request(u32 type, u64 sector, void *p, u32 len, bool to_us)
{
	u16 before = used.idx;

	header.type = type;
	header.sector = sector;
	status = 77;
	chain(table, p, len, to_us);
	offer(0);
	return answered(before) ? status : 99;
}

/* InterruptStatus, some time after the answer: QEMU's comes a little later. */
static u32 interrupts(void)
{
	u64 until = csr_read(time) + timebase() / 100;

	while (csr_read(time) < until)
		;
	return in(ISR);
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
	expect("bytes written to us", used.ring[(used.idx - 1) % SIZE].len,
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

	start(INDIRECT_F);
	chain(other, back, SECTOR, true);
	header.type = 0;
	header.sector = 2;
	table[5] = (struct desc){(u64)other, 3 * sizeof(*other), INDIRECT, 0};
	before = used.idx;
	status = 77;
	offer(5);
	check("indirect is answered", answered(before) && !status);
	expect("its head", used.ring[before % SIZE].id, 5);
	check("and data", same(data, back, SECTOR));
	expect("interrupt", interrupts(), 1);
	out(ACK, 1);
	expect("acknowledged", interrupts(), 0);
	avail.flags = 1;
	request(0, 2, back, SECTOR, true);
	expect("no interrupt wanted", interrupts(), 0);
	start(EVENT_F);
	request(0, 2, back, SECTOR, true); /* QEMU tells of the first anyway */
	interrupts();
	out(ACK, 1);
	avail.event = 2; /* the third */
	request(0, 2, back, SECTOR, true);
	expect("second: none", interrupts(), 0);
	request(0, 2, back, SECTOR, true);
	expect("third: one", interrupts(), 1);
	expect("tell us of the next", used.event, avail.idx);
}

/* ---- what makes no sense ------------------------------------------------- */

static void need_reset(const char *name)
{
	interrupts();
	check(name, in(STATUS) & 0x40);
	start(INDIRECT_F);
	expect("and works again", request(0, 2, back, SECTOR, true), 0);
}

static void test_broken(void)
{
	start(INDIRECT_F);
	offer(SIZE + 3);
	need_reset("a head beyond the ring");
	avail.idx += SIZE + 1;
	out(NOTIFY, 0);
	need_reset("an index that jumps");
	table[0] = (struct desc){(u64)&header, 16, NEXT, 1};
	table[1] = (struct desc){(u64)data, 16, NEXT, 0};
	offer(0);
	need_reset("a chain that goes round");
	chain(table, data, SECTOR, false);
	table[0].next = SIZE;
	offer(0);
	need_reset("a descriptor beyond the table");
	other[0] = (struct desc){(u64)other, 16, INDIRECT, 0};
	table[0] = (struct desc){(u64)other, 16, INDIRECT, 0};
	offer(0);
	need_reset("an indirect table in another");
	table[0] = (struct desc){(u64)other, 15, INDIRECT, 0};
	offer(0);
	need_reset("an indirect table of 15 bytes");
	table[0] = (struct desc){(u64)&status, 1, WRITE | NEXT, 1};
	table[1] = (struct desc){(u64)&header, 16, 0, 0};
	offer(0);
	need_reset("to be read behind to be written");
	table[0] = (struct desc){(u64)&header, 16, 0, 0};
	offer(0);
	need_reset("no room for a status");
}

int main(void)
{
	u64 sectors;

	begin("blk");
	check("a disk", find());
	expect("version", in(4), 2);
	check("features", (features() & (VERSION_F | EVENT_F | INDIRECT_F)) ==
				  (VERSION_F | EVENT_F | INDIRECT_F));
	sectors = in(CONFIG) | (u64)in(CONFIG + 4) << 32;
	expect("sectors", sectors, 2048);
	start(0);
	check("FEATURES_OK sticks", in(STATUS) == 15);
	test_disk(sectors);
	test_ring();
	if (!bootargs_has("gentle"))
		test_broken();
	finish();
}
