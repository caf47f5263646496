/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest that misbehaves, in the way that a word of its bootargs names.
 *
 * For Trapeze only: what a machine does beyond the architecture's answer is
 * checked here by that answer, not by comparison. The modes that the README
 * calls endless never end by themselves: it is the VMM that has to go on.
 */
#include "tests/guest/hostile.h"

#define NOWHERE     0xdead0000UL
#define FLOOD_LINES 2000
#define FLOOD_LINE  100
#define SBI_CHUNK   4096

static void jump_to(u64 a)
{
	asm volatile("jalr ra, (%0)" ::"r"(a) : "ra", "memory");
}

static void expect_trap(const char *name, struct caught c, u64 cause, u64 stval)
{
	expect(name, c.scause, cause);
	expect("stval", c.stval, stval);
}

static void jump_nowhere(void)
{
	expect_trap("jump to nowhere", TRY(jump_to(NOWHERE)),
		    CAUSE_FETCH_ACCESS, NOWHERE);
	expect_trap("jump far beyond memory", TRY(jump_to(1UL << 50)),
		    CAUSE_FETCH_ACCESS, 1UL << 50);
}

/* Endless: the handler's first fetch faults, for ever. */
static void fault_in_handler(void)
{
	print("faulting in the handler\n");
	csr_write(stvec, NOWHERE);
	jump_to(NOWHERE);
}

static void exec_mmio(void)
{
	static const u64 devices[] = {UART_BASE, PLIC_BASE, TEST_BASE,
				      RTC_BASE};

	for (u32 i = 0; i < ARRAY_SIZE(devices); i++)
		expect_trap("fetch from a device", TRY(jump_to(devices[i])),
			    CAUSE_FETCH_ACCESS, devices[i]);
}

static void read_unmapped(void)
{
	static const u64 holes[] = {0x40000000,   0,
				    0x20000000,   0xfffffff8,
				    RAM_BASE - 8, RAM_BASE + RAM_SIZE,
				    1UL << 45};

	for (u32 i = 0; i < ARRAY_SIZE(holes); i++) {
		u64 a = holes[i];

		show("hole", a);
		expect_trap("load", TRY(read32(a)), CAUSE_LOAD_ACCESS, a);
		expect_trap("store", TRY(write32(a, 1)), CAUSE_STORE_ACCESS, a);
		expect_trap("amo",
			    TRY(asm volatile("amoswap.w zero, zero, (%0)" ::"r"(
				    a) : "memory")),
			    CAUSE_STORE_ACCESS, a);
	}
}

/* Endless, with nothing that could interrupt it but the VMM. */
static void spin(void)
{
	print("spinning\n");
	csr_write(sie, 0);
	csr_clear(sstatus, SSTATUS_SIE);
	for (;;)
		asm volatile("");
}

/* Lines too fast, a line too long, bytes that are no text, big SBI writes. */
static void console_flood(void)
{
	static char text[SBI_CHUNK];

	for (u32 i = 0; i < FLOOD_LINES; i++) {
		for (u32 c = 0; c < FLOOD_LINE; c++)
			write8(UART_BASE, 'a' + (i + c) % 26);
		write8(UART_BASE, '\n');
	}
	for (u32 c = 0; c < FLOOD_LINES; c++)
		write8(UART_BASE, '-');
	write8(UART_BASE, '\n');
	for (u32 c = 1; c < 256; c++)
		write8(UART_BASE, c);
	write8(UART_BASE, '\n');
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\n';
	for (u32 i = 0; i < 20; i++)
		sbi(SBI_DBCN, 0, sizeof(text), (u64)text, 0);
	print("flooded\n");
}

/* Endless: no instruction can be fetched, the handler's neither. */
static void bad_satp(void)
{
	print("switching to tables outside of memory\n");
	csr_write(satp, SATP_SV39 | NOWHERE >> 12);
	sfence_all();
}

static const struct {
	const char *word;
	void (*run)(void);
} modes[] = {
	{"jump-nowhere", jump_nowhere},
	{"fault-in-handler", fault_in_handler},
	{"exec-mmio", exec_mmio},
	{"read-unmapped", read_unmapped},
	{"mmio-widths", hostile_mmio_widths},
	{"sbi-wild", hostile_sbi_wild},
	{"spin", spin},
	{"console-flood", console_flood},
	{"bad-satp", bad_satp},
};

int main(void)
{
	u32 found = 0;

	begin("hostile");
	for (u32 i = 0; i < ARRAY_SIZE(modes); i++) {
		if (!bootargs_has(modes[i].word))
			continue;
		print("mode: %s\n", modes[i].word);
		modes[i].run();
		found++;
	}
	check("bootargs name a mode", found);
	finish();
}
