/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes as much work as it can, for ever, in the way that a word of its
 * bootargs names: whoever shares the host with it must not pay for that. For
 * Trapeze only. All harts do the same; naps=N is how often `nap` sleeps a
 * second.
 */
#include "tests/guest/rt/rt.h"

#define HSM_START  0
#define HSM_STOP   1
#define HSM_STATUS 2
#define TEXT_SIZE  4096
#define ALL        (-1UL)

extern char hart_start[], trap_vector[], _end[];

static u32 harts;
static u64 nap_ticks, memory_end;

/* ---- what a flood repeats ----------------------------------------------- */

static void spin(void)
{
	for (u32 i = 0; i < 1000; i++)
		asm volatile("");
}

/* Lines by the UART; there is no need to ask whether it is ready. */
static void console(void)
{
	for (u32 i = 0; i < 79; i++)
		write8(UART_BASE, 'a' + i % 26);
	write8(UART_BASE, '\n');
}

static void dbcn(void)
{
	static char text[TEXT_SIZE];

	if (!text[0]) {
		memset(text, 'x', TEXT_SIZE);
		text[TEXT_SIZE - 1] = '\n';
	}
	sbi(SBI_DBCN, 0, TEXT_SIZE, (u64)text, 0);
}

static void ipi(void)
{
	sbi(SBI_IPI, 0, 0, ALL);
}

static void sbi_calls(void)
{
	sbi(SBI_BASE, 3, SBI_TIME);
	sbi(SBI_HSM, HSM_STATUS, 0);
	sbi(0x12345678, 0);
}

/* A timer that is due, and a sleep that it ends at once. */
static void due(void)
{
	sbi(SBI_TIME, 0, 0);
	asm volatile("wfi");
}

/* Sleeps that are as short as can be: a wake-up each. */
static void nap(void)
{
	sbi(SBI_TIME, 0, csr_read(time) + nap_ticks);
	asm volatile("wfi");
}

static void reprogram(void)
{
	sbi(SBI_TIME, 0, csr_read(time) + 1000000);
}

static void rfence(void)
{
	sbi(SBI_RFENCE, 1, 0, ALL, RAM_BASE, 16 * PAGE_SIZE);
	sbi(SBI_RFENCE, 0, 0, ALL);
}

static void mmio(void)
{
	read8(UART_BASE + 5);
	read32(PLIC_BASE + 4);
	write32(PLIC_BASE + 4, 1);
	read32(RTC_BASE);
}

/* An instruction that the hypervisor is asked about, and refuses. */
static void trapped(void)
{
	TRY(asm volatile(".insn i 0x73, 2, x0, x0, 0x600")); /* hstatus */
}

static void illegal(void)
{
	TRY(asm volatile(".word 0"));
}

/* Nothing is there: an access fault each time. */
static void hole(void)
{
	TRY(read32(HOLE_BASE));
}

/* The others stop themselves at once; the first starts them again. */
asm(".text\n.balign 4\n"
    "flood_stop: li a7, 0x48534d\n li a6, 1\n ecall\n j .\n");
extern char flood_stop[];

static void hsm(void)
{
	for (u32 i = 0; i < harts; i++)
		sbi(SBI_HSM, HSM_START, i, (u64)flood_stop, 0);
}

/* The other hart is asleep most of the time, and woken all of it. */
static void wake(void)
{
	csr_clear(sip, BIT(IRQ_SOFT));
	sbi(SBI_IPI, 0, 0, ALL);
	csr_clear(sip, BIT(IRQ_SOFT));
	asm volatile("wfi");
}

/* Its memory page by page, then all over again in a machine that is reset. */
static void touch(void)
{
	for (u64 a = (u64)_end; a < memory_end; a += PAGE_SIZE)
		*(volatile u64 *)a = a;
	sbi(SBI_SRST, 0, 1);
}

static void reset(void)
{
	sbi(SBI_SRST, 0, 1);
}

static void suspend(void)
{
	sbi(SBI_TIME, 0, 0);
	sbi(SBI_HSM, 3);
}

static void handler_loop(void)
{
	csr_write(stvec, HOLE_BASE);
	asm volatile("ebreak");
}

static void bad_tables(void)
{
	csr_write(satp, SATP_SV39 | HOLE_BASE >> 12);
	sfence_all();
}

/* ---- the list ----------------------------------------------------------- */

static const struct mode {
	const char *word;
	void (*flood)(void);
	bool first_only; /* the other harts are its victims */
} modes[] = {
	{"spin", spin, false},
	{"console", console, false},
	{"dbcn", dbcn, false},
	{"ipi", ipi, false},
	{"sbi", sbi_calls, false},
	{"due", due, false},
	{"nap", nap, false},
	{"reprogram", reprogram, false},
	{"rfence", rfence, false},
	{"mmio", mmio, false},
	{"trapped", trapped, false},
	{"illegal", illegal, false},
	{"hole", hole, false},
	{"hsm", hsm, true},
	{"wake", wake, false},
	{"touch", touch, true},
	{"reset", reset, true},
	{"suspend", suspend, false},
	{"handler-loop", handler_loop, false},
	{"bad-tables", bad_tables, false},
};

static const struct mode *mode;

static __attribute__((noreturn)) void run(void)
{
	csr_clear(sstatus, SSTATUS_SIE);
	csr_write(sie, BIT(IRQ_TIMER) | BIT(IRQ_SOFT));
	for (;;)
		mode->flood();
}

int main(void)
{
	u32 ids[HARTS_MAX], len;
	const u8 *reg = fdt_prop("memory", 0, "reg", &len);

	harts = fdt_harts(ids, HARTS_MAX);
	nap_ticks = timebase() / bootargs_number("naps", 100000);
	memory_end = RAM_BASE + fdt_u32(reg + 12);
	for (u32 i = 0; i < ARRAY_SIZE(modes); i++)
		if (bootargs_has(modes[i].word))
			mode = &modes[i];
	if (!mode) {
		print("flood: bootargs name no mode\n");
		power_off(false);
	}
	print("flood: %s\n", mode->word);
	for (u32 i = 0; i < harts && !mode->first_only; i++)
		if (i != boot_hart)
			sbi(SBI_HSM, HSM_START, i, (u64)hart_start, (u64)run);
	run();
}
