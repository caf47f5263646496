/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel in the style of those for teaching: begins in M-mode on all harts
 * (teach_boot.S), and does the usual in S-mode: Sv39, ticks, processes that are
 * taken turns with, the PLIC, a disk that interrupts. "stimecmp" among the boot
 * arguments: S-mode has its own timer instead of M-mode's ticks.
 */
#include "tests/guest/rt/virtio.h"

#define PROCESSES        3
#define ROUNDS           8
#define USER_VA          0x40000000UL
#define WORK             20000UL
#define TICKS            5
#define SECTOR           512

#define PLIC_PRIORITY(n) (PLIC_BASE + 4 * (n))
#define PLIC_ENABLE_S    (PLIC_BASE + 0x2080) /* of hart 0 */
#define UART_SOURCE      10
#define PLIC_S           (PLIC_BASE + 0x201000)

extern u64 hart_go;
extern char user_code[], user_end[];

static u64 *root;
static bool own_timer;
static u64 ticks[HARTS_MAX];
static u64 counter, done;
static u64 disk, disk_source;
static volatile bool disk_answered;
static volatile bool uart_busy;
static volatile u32 uart_interrupts;

/* Such kernels leave A and D to the hart. */
#define AD (PTE_A | PTE_D)

static void lazy(u64 va)
{
	*mmu_slot(root, va, 2) &= ~AD;
}

static u64 this_hart(void)
{
	u64 id;

	asm volatile("mv %0, tp" : "=r"(id));
	return id;
}

static void set_timer(u64 at)
{
	asm volatile("csrw 0x14d, %0" ::"r"(at)); /* stimecmp */
}

/* Reading IIR is the answer to a transmitter that has become empty. */
static void uart_interrupt(void)
{
	u8 why = read8(UART_BASE + 2);

	uart_interrupts += (why & 0xf) == 2;
	if (read8(UART_BASE + 5) & 0x20)
		uart_busy = false;
}

static void external(void)
{
	u32 source = read32(PLIC_S + 4);

	if (source && source == disk_source) {
		virtio_out(disk, VR_ACK, virtio_in(disk, VR_ISR));
		disk_answered = true;
	}
	if (source == UART_SOURCE)
		uart_interrupt();
	write32(PLIC_S + 4, source);
}

static void interrupt(u64 number)
{
	switch (number) {
	case IRQ_SOFT:
		csr_clear(sip, 2UL);
		ticks[this_hart()]++;
		break;
	case IRQ_TIMER:
		set_timer(csr_read(time) + 20000);
		ticks[this_hart()]++;
		break;
	case IRQ_EXT:
		external();
		break;
	}
}

static void begin_hart(void)
{
	mmu_on(root, 0);
	if (own_timer) {
		register u64 a7 asm("a7") = 0x99;

		asm volatile("ecall" ::"r"(a7) : "memory");
		set_timer(csr_read(time) + 20000);
	}
	csr_write(sie, BIT(IRQ_SOFT) | BIT(IRQ_TIMER) | BIT(IRQ_EXT));
	csr_set(sstatus, SSTATUS_SIE);
}

static void work(void)
{
	begin_hart();
	for (u64 i = 0; i < WORK; i++)
		__atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&ticks[this_hart()], __ATOMIC_RELAXED) < TICKS)
		asm volatile("wfi");
	__atomic_fetch_add(&done, 1, __ATOMIC_RELEASE);
	for (;;)
		asm volatile("wfi");
}

static void test_harts(u32 harts)
{
	__atomic_store_n(&hart_go, (u64)work, __ATOMIC_RELEASE);
	while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) < harts - 1)
		;
	expect("counted by the others", counter, (harts - 1) * WORK);
}

static void test_ticks(void)
{
	while (__atomic_load_n(&ticks[0], __ATOMIC_RELAXED) < TICKS)
		asm volatile("wfi");
	check("ticks", true);
}

/* ---- processes ----------------------------------------------------------- */

static struct frame process[PROCESSES];
static u64 said[PROCESSES];

/* Until it has ended: true. Ticks are taken in between. */
static bool turn(u32 n)
{
	struct frame *p = &process[n];

	*mmu_slot(root, USER_VA, 0) = 0;
	mmu_map(root, USER_VA, p->x[0], PTE_USER & ~AD);
	sfence_all();
	user_run(p);
	if (p->scause & SCAUSE_IRQ) {
		interrupt(p->scause & ~SCAUSE_IRQ);
		return false;
	}
	expect("a call", p->scause == CAUSE_ECALL_U, 1);
	p->sepc += 4;
	said[n] = p->x[10];
	return p->x[17] == 2;
}

static void test_processes(void)
{
	u64 page[PROCESSES];
	u32 alive = PROCESSES, calls = 0;
	bool ended[PROCESSES] = {false};

	csr_clear(sstatus, SSTATUS_SIE);
	for (u32 n = 0; n < PROCESSES; n++) {
		page[n] = (u64)page_new();
		memcpy((void *)page[n], user_code, user_end - user_code);
		process[n] = (struct frame){.sepc = USER_VA};
		process[n].x[10] = ROUNDS + n;
	}
	asm volatile("fence.i" ::: "memory");
	for (u32 n = 0; alive; n = (n + 1) % PROCESSES) {
		if (ended[n])
			continue;
		process[n].x[0] = page[n];
		ended[n] = turn(n);
		alive -= ended[n];
		calls++;
	}
	for (u32 n = 0; n < PROCESSES; n++)
		expect("counted by it", said[n], (ROUNDS + n) * 2000);
	check("turns", calls >= PROCESSES * ROUNDS);
	csr_set(sstatus, SSTATUS_SIE);
}

/* ---- the terminal -------------------------------------------------------- */

/* A character at a time: the next goes when the interrupt has come. */
static void uart_write(const char *text)
{
	for (; *text; text++) {
		while (uart_busy)
			asm volatile("wfi");
		uart_busy = true;
		write8(UART_BASE, *text);
	}
	while (uart_busy)
		asm volatile("wfi");
}

static void test_uart(void)
{
	static const char text[] = "a line that went by interrupts\n";

	write32(PLIC_PRIORITY(UART_SOURCE), 1);
	write32(PLIC_ENABLE_S, BIT(UART_SOURCE));
	write32(PLIC_S, 0);
	write8(UART_BASE + 1, 2); /* IER: the transmitter */
	while (!uart_interrupts)  /* it is empty already */
		asm volatile("wfi");
	uart_write(text);
	write8(UART_BASE + 1, 0);
	check("an interrupt each", uart_interrupts >= sizeof(text) - 1);
}

/* ---- the disk ------------------------------------------------------------ */

static struct ring ring;
static struct {
	u32 type, reserved;
	u64 sector;
} header;
static volatile u8 status;
static u8 data[SECTOR];

static void request(u32 type, u64 sector)
{
	header.type = type;
	header.sector = sector;
	status = 77;
	disk_answered = false;
	ring.desc[0] =
		(struct desc){(u64)&header, sizeof(header), DESC_NEXT, 1};
	ring.desc[1] = (struct desc){(u64)data, SECTOR,
				     DESC_NEXT | (type ? 0 : DESC_WRITE), 2};
	ring.desc[2] = (struct desc){(u64)&status, 1, DESC_WRITE, 0};
	ring_put(&ring, 0);
	virtio_notify(disk, 0);
	while (!disk_answered)
		asm volatile("wfi");
}

static void test_disk(void)
{
	bool same = true;

	disk = virtio_find(2, 0);
	if (!disk)
		return check("a disk", false);
	disk_source = (disk - 0x10001000) / 0x1000 + 1;
	write32(PLIC_PRIORITY(disk_source), 1);
	write32(PLIC_ENABLE_S, BIT(disk_source));
	write32(PLIC_S, 0);
	virtio_reset(disk, 0);
	virtio_queue(disk, 0, &ring);
	virtio_go(disk);
	for (u32 i = 0; i < SECTOR; i++)
		data[i] = i * 7;
	request(1, 3);
	expect("written", status, 0);
	memset(data, 0, sizeof(data));
	request(0, 3);
	expect("read", status, 0);
	for (u32 i = 0; i < SECTOR; i++)
		same &= data[i] == (u8)(i * 7);
	check("the same", same);
}

int main(void)
{
	u32 ids[HARTS_MAX] = {0}, harts = fdt_harts(ids, HARTS_MAX);

	begin("teach");
	irq_hook = interrupt;
	own_timer = bootargs_has("stimecmp");
	expect("harts", harts, bootargs_number("harts", harts));
	root = mmu_new();
	lazy(0);
	lazy(RAM_BASE);
	begin_hart();
	test_ticks();
	test_harts(harts);
	test_processes();
	test_uart();
	test_disk();
	check("A and D", (*mmu_slot(root, RAM_BASE, 2) & AD) == AD);
	finish();
}
