/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fills its memory with a pattern that only it has, and looks again and again
 * whether it is still there; what it touches for the first time has to be
 * zero. Beside others that do the same: does one see what is another's?
 *
 * Each pass takes another part of the memory into use, so that fresh pages
 * come at all times; a page is filled by one hart and checked by the next.
 * Words of the bootargs: number=N (which pattern), passes=N, listen (then
 * repeat a line that is typed), reboot (at the end, instead of off).
 */
#include "tests/guest/rt/rt.h"

#define CHUNK       64   /* pages between two naps */
#define NAPS        1000 /* naps a second */
#define WORDS       (PAGE_SIZE / 8)
#define ASID        1 /* the same in all: only the VMID differs */
#define SRST_REBOOT 1
#define UART_LSR    (UART_BASE + 5)
#define LSR_READY   1

extern char hart_start[], _end[];

static u64 number, passes, pages, *root;
static u32 harts;
static u32 arrived[HARTS_MAX]; /* barriers reached; atomic */
static u32 wrong;              /* words; atomic */

/* Neither the kernel (nor what is below it) nor the FDT. */
static bool is_free(u64 page)
{
	u64 a = RAM_BASE + page * PAGE_SIZE, fdt = (u64)boot_fdt;

	if (a < (u64)_end)
		return false;
	return a + PAGE_SIZE <= fdt || a >= fdt + fdt_u32(boot_fdt + 4);
}

static u64 my_id(void)
{
	u64 id;

	asm volatile("mv %0, tp" : "=r"(id));
	return id;
}

/* Let others run: wfi ends with the timer, whether SIE is set or not. */
static void nap(void)
{
	u64 end = csr_read(time) + timebase() / NAPS;

	sbi(SBI_TIME, 0, end);
	while (csr_read(time) < end)
		asm volatile("wfi" ::: "memory");
	sbi(SBI_TIME, 0, -1UL);
}

/* The first word of a page, the step to the next: nobody else has the same. */
static u64 first_word(u64 page, u64 pass)
{
	return (number << 56) ^ (pass << 48) ^ (page * PAGE_SIZE);
}

static u64 step(u64 pass)
{
	return 0x0001000100010001UL * (2 * number + 1) + pass;
}

static void complain(u64 address, u64 is, u64 want)
{
	if (__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED) < 3)
		print("pattern %lu WRONG: 0x%lx at 0x%lx, want 0x%lx\n", number,
		      is, address, want);
}

static void need(u64 page, u64 word, u64 add)
{
	volatile u64 *p = (u64 *)(RAM_BASE + page * PAGE_SIZE);

	for (u32 i = 0; i < WORDS; i++, word += add)
		if (p[i] != word)
			complain((u64)&p[i], p[i], word);
}

static void fill(u64 page, u64 pass)
{
	volatile u64 *p = (u64 *)(RAM_BASE + page * PAGE_SIZE);
	u64 word = first_word(page, pass);

	for (u32 i = 0; i < WORDS; i++, word += step(pass))
		p[i] = word;
}

/* Pages that are in use from this pass on. */
static u64 in_use(u64 pass)
{
	return pages * pass / passes;
}

static void need_pattern(u64 page, u64 pass)
{
	need(page, first_word(page, pass), step(pass));
}

static void renew(u64 page, u64 pass)
{
	if (page < in_use(pass - 1))
		need_pattern(page, pass - 1);
	else
		need(page, 0, 0);
	fill(page, pass);
}

/* The free pages of one hart's share, with naps in between. */
static void each_page(void (*work)(u64 page, u64 pass), u64 share, u64 pass)
{
	for (u64 page = share; page < in_use(pass); page += harts) {
		if (is_free(page))
			work(page, pass);
		if (page / harts % CHUNK == CHUNK - 1)
			nap();
	}
}

/* All harts have come to their nth barrier. */
static void wait_for_all(u32 n)
{
	__atomic_store_n(&arrived[my_id()], n, __ATOMIC_RELEASE);
	for (u32 i = 0; i < harts; i++)
		while (__atomic_load_n(&arrived[i], __ATOMIC_ACQUIRE) < n)
			nap();
}

static void all_passes(void)
{
	u64 id = my_id();

	csr_write(sie, BIT(IRQ_TIMER));
	mmu_on(root, ASID);
	for (u64 pass = 1; pass <= passes; pass++) {
		each_page(renew, id, pass);
		wait_for_all(2 * pass - 1);
		each_page(need_pattern, (id + 1) % harts, pass);
		wait_for_all(2 * pass);
		if (id == boot_hart)
			print("pattern %lu: pass %lu of %lu, %lu pages\n",
			      number, pass, passes, in_use(pass));
	}
	mmu_off();
	while (id != boot_hart)
		asm volatile("wfi");
}

static u8 typed(void)
{
	while (!(read8(UART_LSR) & LSR_READY))
		nap();
	return read8(UART_BASE);
}

static void listen(void)
{
	char line[64];
	u32 n = 0;
	u8 c;

	print("pattern %lu listens\n", number);
	while ((c = typed()) != '\r' && n < sizeof(line) - 1)
		line[n++] = c;
	line[n] = '\0';
	print("pattern %lu heard <%s>\n", number, line);
}

static void read_memory(void)
{
	u32 ids[HARTS_MAX], len;
	const u8 *reg = fdt_prop("memory", 0, "reg", &len);

	harts = fdt_harts(ids, HARTS_MAX);
	pages = ((u64)fdt_u32(reg + 8) << 32 | fdt_u32(reg + 12)) / PAGE_SIZE;
	number = bootargs_number("number", 0);
	passes = bootargs_number("passes", 1);
	root = mmu_new();
}

int main(void)
{
	read_memory();
	for (u32 i = 0; i < harts; i++)
		if (i != boot_hart)
			sbi(SBI_HSM, 0, i, (u64)hart_start, (u64)all_passes);
	all_passes();
	if (bootargs_has("listen"))
		listen();
	print("pattern %lu %s, %lu passes\n", number, wrong ? "WRONG" : "ok",
	      passes);
	if (!wrong && bootargs_has("reboot"))
		sbi(SBI_SRST, 0, SRST_REBOOT);
	power_off(!wrong);
}
