/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of M-mode: from the CLINT and the PLIC, their order, vectors, and
 * delegation. Privileged, "Machine Interrupt Registers".
 */
#include "tests/guest/machine/m.h"

#define ALL 0xaaaUL

static u64 order[16];
static u32 taken;
static bool vectored, astray;

/* Written down, and off. */
static void note(u64 number)
{
	order[taken++ % 16] = number;
	astray |= vectored && csr_read(mtval) != number;
	csr_clear(mie, BIT(number));
}

/*
 * The specification has 11, 3, 7, 9, 1, 5; QEMU without AIA takes the lowest
 * number first.
 */
static bool in_order(const u8 *wish, u64 expected)
{
	u32 n = 0;

	for (u32 i = 0; i < 6; i++) {
		if (!(expected & BIT(wish[i])))
			continue;
		if (n >= taken || order[n++] != wish[i])
			return false;
	}
	return n == taken;
}

static void check_order(const char *name, u64 expected)
{
	static const u8 rule[] = {11, 3, 7, 9, 1, 5},
			qemu[] = {1, 3, 5, 7, 9, 11};

	check(name, in_order(rule, expected) || in_order(qemu, expected));
	taken = 0;
}

static u64 spin(u64 arg)
{
	for (u64 i = 0; i < arg; i++)
		asm volatile("nop" ::: "memory");
	return 0;
}

static void raise_all(void)
{
	write32(MSIP(0), 1);
	write64(MTIMECMP(0), 0);
	csr_set(mip, 0x222UL);
}

static void lower_all(void)
{
	write32(MSIP(0), 0);
	write64(MTIMECMP(0), ~0UL);
	csr_clear(mip, 0x222UL);
	csr_write(mie, 0UL);
}

/* In M-mode, each once, the highest first. */
static void test_order(void)
{
	m_irq = note;
	raise_all();
	show("mip", csr_read(mip) & ALL);
	csr_write(mie, ALL);
	csr_set(mstatus, MSTATUS_MIE);
	spin(100);
	csr_clear(mstatus, MSTATUS_MIE);
	check_order("in M, by priority", 0x2aa);
	lower_all();
	show("mip", csr_read(mip) & ALL);
}

/* From S- and U-mode they come whatever MIE says. */
static void test_below(enum mode mode, u64 delegated)
{
	u64 left = ALL & ~delegated;

	csr_write(mideleg, delegated);
	raise_all();
	csr_write(mie, ALL);
	csr_clear(sstatus, SSTATUS_SIE);
	for (u32 i = 0; i < 8 && left; i++) {
		struct frame *f = lower(mode, spin, 1000);

		if (!(f->scause & SCAUSE_IRQ))
			break;
		note(f->scause & ~SCAUSE_IRQ);
		left &= ~BIT(f->scause & 63);
	}
	check_order(mode == MODE_S ? "from S" : "from U", 0x2aa & ~delegated);
	lower_all();
	csr_write(mideleg, 0UL);
}

static void test_vectored(void)
{
	csr_write(mtvec, (u64)m_vectors | 1);
	show("vectored", csr_read(mtvec) & 3);
	vectored = true;
	test_order();
	vectored = false;
	check("each by its own", !astray);
	expect("an exception", TRY(asm volatile("ecall")).scause, 11);
	csr_write(mtvec, m_vectors);
}

/* mtime gets to mtimecmp while S runs. */
static void test_timer(void)
{
	struct frame *f;

	write64(MTIMECMP(0), read64(MTIME) + timebase() / 100);
	csr_write(mie, BIT(7));
	check("not yet", !(csr_read(mip) & BIT(7)) ||
				 read64(MTIME) >= read64(MTIMECMP(0)));
	f = lower(MODE_S, spin, ~0UL);
	expect("the timer", f->scause, SCAUSE_IRQ | 7);
	check("it is time", read64(MTIME) >= read64(MTIMECMP(0)));
	write64(MTIMECMP(0), read64(MTIME) + timebase() / 100);
	do
		asm volatile("wfi");
	while (!(csr_read(mip) & BIT(7)));
	check("wfi in M, off by MIE", read64(MTIME) >= read64(MTIMECMP(0)));
	lower_all();
}

/* As teaching kernels do it: the timer's handler raises SSIP for S. */
static volatile u64 ticks;

static void __attribute__((aligned(4), naked)) s_tick(void)
{
	asm volatile("csrci sip, 2\n"
		     "addi s2, s2, 1\n"
		     "sret");
}

static u64 wait_for_ticks(u64 arg)
{
	register u64 n asm("s2") = 0;

	csr_write(stvec, s_tick);
	csr_write(sie, 2UL);
	csr_set(sstatus, SSTATUS_SIE);
	while (n < arg)
		asm volatile("nop" : "+r"(n));
	csr_clear(sstatus, SSTATUS_SIE);
	return n;
}

extern struct frame *m_down(struct frame *f);

static void test_ssip(void)
{
	struct frame *f;

	csr_write(mideleg, 0x222UL);
	csr_write(mie, BIT(7));
	write64(MTIMECMP(0), read64(MTIME) + timebase() / 500);
	f = lower(MODE_S, wait_for_ticks, 5);
	while (f->scause == (SCAUSE_IRQ | 7)) {
		ticks++;
		csr_set(mip, 2UL);
		write64(MTIMECMP(0), read64(MTIME) + timebase() / 500);
		csr_write(mepc, f->sepc);
		f = m_down(f);
	}
	check("ended by its own", f->x[17] == RETURNED);
	/* One more may come before they are turned off. */
	check("ticks in S", f->x[10] >= 5 && f->x[10] <= ticks);
	check("ticks in M", ticks >= 5);
	lower_all();
	csr_write(mideleg, 0UL);
}

/* Sstc: S's own comparator, if M lets it. */
static u64 read_stimecmp(u64 arg)
{
	u64 v;

	asm volatile("csrr %0, 0x14d" : "=r"(v));
	return v;
}

static u64 set_stimecmp(u64 arg)
{
	asm volatile("csrw 0x14d, %0" ::"r"(arg));
	return 0;
}

static void test_sstc(void)
{
	csr_write(mcounteren, 7UL);
	expect("stimecmp without STCE", lower(MODE_S, read_stimecmp, 0)->scause,
	       CAUSE_ILLEGAL);
	csr_set(menvcfg, BIT(63));
	if (!(csr_read(menvcfg) >> 63)) {
		expect("there is no STCE",
		       lower(MODE_S, read_stimecmp, 0)->scause, CAUSE_ILLEGAL);
		csr_set(mip, 32UL);
		expect("STIP is M's to write", csr_read(mip) & 32, 32);
		csr_clear(mip, 32UL);
		return;
	}
	expect("stimecmp with STCE", lower(MODE_S, set_stimecmp, 0)->scause,
	       RETURNED);
	expect("STIP", csr_read(mip) & 32, 32);
	lower(MODE_S, set_stimecmp, ~0UL);
	expect("STIP", csr_read(mip) & 32, 0);
	csr_set(mip, 32UL);
	expect("not M's to write", csr_read(mip) & 32, 0);
	csr_write(mcounteren, 0UL);
	expect("without TM", lower(MODE_S, read_stimecmp, 0)->scause,
	       CAUSE_ILLEGAL);
	csr_write(mcounteren, 7UL);
	csr_clear(menvcfg, BIT(63));
}

int main(void)
{
	begin("mirq");
	pmp_open();
	lower_all();
	test_order();
	test_below(MODE_S, 0);
	test_below(MODE_U, 0);
	test_below(MODE_S, 0x222);
	test_vectored();
	test_timer();
	test_ssip();
	test_sstc();
	finish();
}
