/* SPDX-License-Identifier: BSD-2-Clause */
/* Device accesses that a device need not take: widths, alignments, atomics. */
#include "tests/guest/hostile.h"

#define UART_END (UART_BASE + 0x100)
#define PLIC_END (PLIC_BASE + 0x600000)

static u64 load(u64 a, u32 size)
{
	switch (size) {
	case 1:
		return read8(a);
	case 2:
		return read16(a);
	case 4:
		return read32(a);
	default:
		return read64(a);
	}
}

static void store(u64 a, u32 size)
{
	switch (size) {
	case 1:
		write8(a, 0);
		return;
	case 2:
		write16(a, 0);
		return;
	case 4:
		write32(a, 0);
		return;
	default:
		write64(a, 0);
	}
}

/*
 * A load or store either works or faults: misaligned or access fault, with an
 * stval in what it touched ("Supervisor Trap Value (stval) Register": the
 * part that faulted).
 */
static void judge(const char *kind, u64 a, u32 size, struct caught c,
		  u64 misaligned, u64 refused)
{
	bool fault = c.scause != CAUSE_NONE;

	print("%s of %u at 0x%lx: cause %lu, ", kind, size, a, c.scause);
	check("allowed", !fault || ((c.scause == refused ||
				     (c.scause == misaligned && a % size)) &&
				    c.stval >= a && c.stval < a + size));
}

static void both(u64 a, u32 size)
{
	u64 v = 0;
	struct caught c = TRY(v = load(a, size));

	judge("load", a, size, c, CAUSE_LOAD_MISALIGNED, CAUSE_LOAD_ACCESS);
	if (c.scause == CAUSE_NONE && size == 1)
		check("value of one byte", v < 256);
	c = TRY(store(a, size));
	judge("store", a, size, c, CAUSE_STORE_MISALIGNED, CAUSE_STORE_ACCESS);
}

/* Stores go to registers without effect: 0 disables, masks and acknowledges. */
static void widths(void)
{
	static const u64 at[] = {
		UART_BASE + 1,     UART_BASE + 7,
		UART_BASE + 8,     UART_END - 1,
		UART_END - 2,      UART_END - 4,
		UART_END - 8,      UART_END,
		UART_BASE + 0xffc, UART_BASE + 0xfff,
		PLIC_BASE + 4,     PLIC_BASE + 6,
		PLIC_BASE + 7,     PLIC_BASE + 0xffc,
		PLIC_BASE + 0xffe, PLIC_END - 2,
		PLIC_END - 4,      PLIC_END,
		RTC_BASE + 0xa,    RTC_BASE + 0xffe,
		RAM_BASE - 4,      RAM_BASE + RAM_SIZE - 4,
	};

	for (u32 i = 0; i < ARRAY_SIZE(at); i++)
		for (u32 size = 1; size <= 8; size *= 2)
			both(at[i], size);
}

#define ATOMIC(insn, a)                                                      \
	do {                                                                 \
		struct caught c_ = TRY(asm volatile(                         \
			"li t0, 0\n\t" insn " t0, t0, (%0)" ::"r"(a) : "t0", \
			"memory"));                                          \
		judge(insn, a, 4, c_, CAUSE_STORE_MISALIGNED,                \
		      CAUSE_STORE_ACCESS);                                   \
		expect("atomic on a device", c_.scause, CAUSE_STORE_ACCESS); \
	} while (0)

/* Devices are "AMONone" and "RsrvNone" ("Physical Memory Attributes"). */
static void atomics(u64 a)
{
	struct caught c;

	ATOMIC("amoswap.w", a);
	ATOMIC("amoadd.w", a);
	ATOMIC("amoor.w", a);
	ATOMIC("amoand.w", a);
	ATOMIC("amoxor.w", a);
	ATOMIC("amomax.w", a);
	ATOMIC("amominu.w", a);
	ATOMIC("amoswap.d", a & ~7UL);
	c = TRY(asm volatile("lr.w t0, (%0)" ::"r"(a) : "t0", "memory"));
	check("lr on a device",
	      c.scause == CAUSE_LOAD_ACCESS || c.scause == CAUSE_STORE_ACCESS);
	c = TRY(asm volatile("sc.w t0, t0, (%0)" ::"r"(a) : "t0", "memory"));
	check("sc on a device without a reservation",
	      c.scause == CAUSE_NONE || c.scause == CAUSE_STORE_ACCESS);
}

/* The same with translation on, where a page's neighbour may be missing. */
static void across_pages(void)
{
	u64 *root = mmu_new(), va = 0xc0000000;
	struct caught c;

	mmu_map(root, va, PLIC_BASE, PTE_KERNEL);
	mmu_map(root, va + PAGE_SIZE, 0, 0);
	mmu_map(root, va + 2 * PAGE_SIZE, RAM_BASE + 0x4000000, PTE_KERNEL);
	mmu_map(root, va + 3 * PAGE_SIZE, PLIC_BASE, PTE_KERNEL);
	mmu_on(root, 0);
	c = TRY(read32(va + 4));
	expect("device by virtual address", c.scause, CAUSE_NONE);
	c = TRY(read32(va + PAGE_SIZE - 2));
	check("device, then nothing",
	      c.scause == CAUSE_LOAD_PAGE || c.scause == CAUSE_LOAD_ACCESS ||
		      c.scause == CAUSE_LOAD_MISALIGNED);
	c = TRY(read64(va + 3 * PAGE_SIZE - 4));
	check("RAM, then a device", c.scause == CAUSE_NONE ||
					    c.scause == CAUSE_LOAD_ACCESS ||
					    c.scause == CAUSE_LOAD_MISALIGNED);
	c = TRY(write64(va + 3 * PAGE_SIZE - 4, 0));
	check("a store to both", c.scause == CAUSE_NONE ||
					 c.scause == CAUSE_STORE_ACCESS ||
					 c.scause == CAUSE_STORE_MISALIGNED);
	mmu_off();
}

/* "Cache-Block Management": cbo.zero is a store, which no device takes. */
static void cache_blocks(void)
{
	static const u64 at[] = {UART_BASE, PLIC_BASE, HOLE_BASE};

	if (!fdt_isa_has("zicboz"))
		return;
	for (u32 i = 0; i < ARRAY_SIZE(at); i++) {
		struct caught c = TRY(
			asm volatile("cbo.zero (%0)" ::"r"(at[i]) : "memory"));

		show("cbo.zero at", at[i]);
		expect("cause", c.scause, CAUSE_STORE_ACCESS);
	}
}

void hostile_mmio_widths(void)
{
	widths();
	atomics(PLIC_BASE + 4);
	atomics(UART_BASE + 4);
	across_pages();
	cache_blocks();
}
