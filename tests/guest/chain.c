/* SPDX-License-Identifier: BSD-2-Clause */
/* Privileged instructions one behind another: pages end, interrupts come. */
#include "tests/guest/rt/rt.h"

#define CODE_VA     0x100000000UL
#define NEXT_VA     (CODE_VA + PAGE_SIZE)
#define LINE_BYTES  0x400000UL
#define LINE        (RAM_BASE + 0x2000000)

#define CSRW_STVAL  0x14329073 /* csrw stval, t0 */
#define CSRW_SCAUSE 0x14229073 /* csrw scause, t0 */
#define SET_SIE     0x10016073 /* csrsi sstatus, 2 */
#define CLEAR_SIE   0x10017073 /* csrci sstatus, 2 */
#define RET         0x00008067

static u64 *root;
static u8 *here, *next;

static void put16(u64 off, u16 half)
{
	u8 *page = off < PAGE_SIZE ? here : next;

	*(volatile u16 *)(page + off % PAGE_SIZE) = half;
}

static void put(u64 off, u32 insn)
{
	put16(off, insn);
	put16(off + 2, insn >> 16);
}

static void call(u64 pc)
{
	((void (*)(void))pc)();
}

static void map_next(u64 flags)
{
	*mmu_slot(root, NEXT_VA, 0) = PTE_PA((u64)next) | flags;
	sfence_all();
	asm volatile("fence.i" ::: "memory");
}

/*
 * The second of two instructions starts at off, or ends behind it, in a page
 * that can be read but not executed. Both have been executed before.
 */
static void across(const char *name, u64 off, u64 flags)
{
	struct caught c;

	put(off - 4, CSRW_STVAL);
	put(off, CSRW_SCAUSE);
	put(off + 4, RET);
	map_next(PTE_KERNEL);
	call(CODE_VA + off - 4);
	call(CODE_VA + off - 4);
	map_next(flags);
	csr_set(sstatus, SSTATUS_SUM);
	read64(NEXT_VA);
	csr_write(scause, 77);
	c = TRY(call(CODE_VA + off - 4));
	csr_clear(sstatus, SSTATUS_SUM);
	print("%s\n", name);
	expect("  scause", c.scause, CAUSE_FETCH_PAGE);
	expect("  sepc", c.sepc, CODE_VA + off);
	expect("  stval", c.stval, NEXT_VA);
}

static void test_across(void)
{
	u64 no_x = PTE_KERNEL & ~PTE_X;

	across("behind the page", PAGE_SIZE, no_x);
	across("half of it", PAGE_SIZE - 2, no_x);
	across("behind it, U", PAGE_SIZE, PTE_USER);
	across("half of it, U", PAGE_SIZE - 2, PTE_USER);
}

/* ---- interrupts ---------------------------------------------------------- */

static u64 taken_at, taken;

static void soft(u64 irq)
{
	taken_at = csr_read(sepc);
	taken++;
	csr_clear(sip, BIT(irq));
}

/* One that is pending comes as soon as it may, not later. */
static void test_window(void)
{
	u64 off = 0x100;

	put(off, SET_SIE);
	put(off + 4, CLEAR_SIE);
	put(off + 8, RET);
	asm volatile("fence.i" ::: "memory");
	irq_hook = soft;
	csr_write(sie, BIT(IRQ_SOFT));
	for (int i = 0; i < 3; i++) {
		taken = taken_at = 0;
		csr_set(sip, BIT(IRQ_SOFT));
		call(CODE_VA + off);
		expect("interrupts", taken, 1);
		expect("at", taken_at, CODE_VA + off + 4);
		call(CODE_VA + off);
		expect("and no more", taken, 1);
	}
	csr_write(sie, 0);
}

static void timer(u64 irq)
{
	taken_at = csr_read(sepc);
	taken++;
	taken += irq != IRQ_TIMER;
	sbi(SBI_TIME, 0, -1UL);
}

/* Where in the line, or around it, the timer found us. */
static u64 interrupted_at(void)
{
	taken = 0;
	sbi(SBI_TIME, 0, csr_read(time) + timebase() / 200);
	csr_set(sstatus, SSTATUS_SIE);
	while (!taken)
		call(LINE);
	csr_clear(sstatus, SSTATUS_SIE);
	return taken_at;
}

/*
 * A million of them, without end: the timer still comes in between. Where it
 * comes first is chance, so it has some tries.
 */
static void test_timer(void)
{
	u32 *line = (u32 *)LINE;
	u64 count = LINE_BYTES / 4 - 1;
	bool between = false;

	for (u64 i = 0; i < count; i++)
		line[i] = CSRW_STVAL;
	line[count] = RET;
	asm volatile("fence.i" ::: "memory");
	call(LINE);
	irq_hook = timer;
	csr_write(sie, BIT(IRQ_TIMER));
	for (int tries = 0; tries < 50 && !between; tries++) {
		u64 at = interrupted_at();

		between = at >= LINE + 4 && at < LINE + 4 * count;
	}
	csr_write(sie, 0);
	check("the timer comes between two of them", between);
}

int main(void)
{
	begin("chain");
	here = page_new();
	next = page_new();
	root = mmu_new();
	mmu_map(root, CODE_VA, (u64)here, PTE_KERNEL);
	mmu_on(root, 0);
	test_across();
	map_next(PTE_KERNEL);
	test_window();
	test_timer();
	mmu_off();
	finish();
}
