/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts at every edge where they may come: enables, sret, wfi, U. */
#include "tests/guest/irq.h"

extern char e_none[], e_none_after[], e_sret[], e_sret_after[], s_until[],
	s_wfi[], s_wfi_after[];

static u64 hz;
static bool use_stimecmp;
static struct frame f;

static void set_timer(u64 at)
{
	if (use_stimecmp)
		asm volatile("csrw 0x14d, %0" ::"r"(at) : "memory");
	else
		sbi(SBI_TIME, 0, at);
}

u64 user(const char *code)
{
	return USER_VA + (u64)(code - irq_user_page);
}

void quiet(void)
{
	csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPIE);
	csr_write(sie, 0);
	csr_write(sip, 0);
	set_timer(NEVER);
	while (csr_read(sip) & TIMER)
		;
}

void due(void)
{
	set_timer(csr_read(time));
	while (!(csr_read(sip) & TIMER))
		;
}

/* Run in S with SIE as given, or in U, until the first trap. */
static u64 run_s(const char *code, bool sie, u64 a0)
{
	csr_clear(sstatus, SSTATUS_SPIE);
	csr_set(sstatus, sie ? SSTATUS_SPIE : 0);
	f.sepc = (u64)code;
	f.x[10] = a0;
	super_run(&f);
	return f.scause;
}

static u64 run_u(const char *code)
{
	f.sepc = user(code);
	user_run(&f);
	return f.scause;
}

#define IS(irq) (SCAUSE_IRQ | (irq))

/* ---- software interrupts: who lets them in, at which instruction -----------
 */

#define EDGES(X)                                           \
	X(e_sip_set, SOFT, 0, true, SOFT)                  \
	X(e_sip_set_imm, SOFT, 0, true, 0)                 \
	X(e_sip_write, SOFT, 0, true, SOFT)                \
	X(e_sip_swap, SOFT, 0, true, SOFT)                 \
	X(e_sie_set, 0, SOFT, true, SOFT)                  \
	X(e_sie_set_imm, 0, SOFT, true, 0)                 \
	X(e_sie_write, 0, SOFT, true, SOFT)                \
	X(e_sie_set_read, 0, SOFT, true, SOFT)             \
	X(e_sstatus_set, SOFT, SOFT, false, SSTATUS_SIE)   \
	X(e_sstatus_set_imm, SOFT, SOFT, false, 0)         \
	X(e_sstatus_write, SOFT, SOFT, false, SSTATUS_SIE) \
	X(e_sstatus_swap, SOFT, SOFT, false, SSTATUS_SIE)

#define DECLARE_EDGE(name, sie, sip, on, a0) extern char name[], name##_after[];
EDGES(DECLARE_EDGE)

static const struct edge {
	const char *name, *code, *after;
	u64 sie, sip;
	bool on;
	u64 a0;
} edges[] = {
#define EDGE_ROW(name, sie, sip, on, a0) \
	{#name, name, name##_after, sie, sip, on, a0},
	EDGES(EDGE_ROW)};

/*
 * Conditions for an interrupt are "evaluated immediately following ... an
 * explicit write to a CSR on which these interrupt trap conditions expressly
 * depend": "Supervisor Interrupt (sip and sie) Registers".
 */
static void test_edges(void)
{
	const u64 mask = SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP;

	for (u32 n = 0; n < ARRAY_SIZE(edges); n++) {
		const struct edge *e = &edges[n];

		quiet();
		csr_write(sie, e->sie);
		csr_write(sip, e->sip);
		run_s(e->code, e->on, e->a0);
		print("%s: cause 0x%lx at %ld sstatus 0x%lx\n", e->name,
		      f.scause, f.sepc - (u64)e->after, f.sstatus & mask);
	}
	quiet();
}

/* One of three is missing, and it does not come. */
static void test_not(void)
{
	quiet();
	csr_write(sie, SOFT);
	expect("SSIP clear", run_s(e_none, true, 0), CAUSE_BREAK);
	csr_write(sie, TIMER | EXT);
	csr_write(sip, SOFT);
	expect("SSIE clear", run_s(e_none, true, 0), CAUSE_BREAK);
	csr_write(sie, SOFT);
	expect("SIE clear", run_s(e_none, false, 0), CAUSE_BREAK);
	expect("all set", run_s(e_none, true, 0), IS(IRQ_SOFT));
	expect("before the first instruction", f.sepc - (u64)e_none, 0);
	csr_write(sie, TIMER | EXT);
	expect("U, SSIE clear", run_u(u_ecall), CAUSE_ECALL_U);
	csr_write(sie, SOFT);
	expect("U, all set but SIE", run_u(u_ecall), IS(IRQ_SOFT));
	expect("before U's first instruction", f.sepc - user(u_ecall), 0);
	show("sstatus", f.sstatus & (SSTATUS_SPP | SSTATUS_SPIE | SSTATUS_SIE));
	csr_write(sip, 0);
	expect("U, SSIP clear", run_u(u_ecall), CAUSE_ECALL_U);
	quiet();
}

/* sret that sets SIE, or does not; the interrupt is older than the break. */
static void test_sret(void)
{
	quiet();
	csr_write(sie, SOFT);
	csr_write(sip, SOFT);
	expect("sret with SPIE", run_s(e_sret, false, SSTATUS_SPIE),
	       IS(IRQ_SOFT));
	expect("behind it", f.sepc - (u64)e_sret_after, 0);
	expect("sret without", run_s(e_sret, false, 0), CAUSE_BREAK);
	expect("interrupt before a break", run_s(s_break, true, 0),
	       IS(IRQ_SOFT));
	expect("at the break", f.sepc - (u64)s_break, 0);
	quiet();
}

/* By SBI it may take its time, and then stays until it is cleared. */
static void test_ipi(void)
{
	quiet();
	csr_write(sie, SOFT);
	sbi(SBI_IPI, 0, BIT(0), boot_hart);
	while (!(csr_read(sip) & SOFT))
		;
	expect("IPI pending", csr_read(sip) & SOFT, SOFT);
	expect("IPI in U", run_u(u_spin), IS(IRQ_SOFT));
	expect("IPI in S", run_s(s_spin, true, 0), IS(IRQ_SOFT));
	csr_clear(sip, SOFT);
	expect("IPI cleared", run_s(s_break, true, 0), CAUSE_BREAK);
	quiet();
}

/* ---- timer ------------------------------------------------------------------
 */

static void test_timer(const char *how)
{
	u64 at;

	print("timer by %s\n", how);
	quiet();
	csr_write(sie, TIMER);
	set_timer(csr_read(time) + hz / 500);
	expect("in U, SIE clear", run_u(u_spin), IS(IRQ_TIMER));
	expect("where it spins", f.sepc - user(u_spin), 0);
	expect("and still pending", run_u(u_ecall), IS(IRQ_TIMER));
	set_timer(csr_read(time) + hz / 500);
	expect("in S, SIE set", run_s(s_spin, true, 0), IS(IRQ_TIMER));
	at = csr_read(time) + hz / 500;
	set_timer(at);
	expect("in S, SIE clear", run_s(s_until, false, at + hz / 1000),
	       CAUSE_BREAK);
	while (!(csr_read(sip) & TIMER))
		;
	expect("then SIE set", run_s(e_none, true, 0), IS(IRQ_TIMER));
	csr_write(sie, 0);
	expect("STIE clear", run_s(e_none, true, 0), CAUSE_BREAK);
	expect("STIE clear in U", run_u(u_ecall), CAUSE_ECALL_U);
	csr_write(sie, TIMER);
	set_timer(NEVER);
	expect("off again", run_s(e_none, true, 0), CAUSE_BREAK);
	due();
	expect("due already", run_s(e_none, true, 0), IS(IRQ_TIMER));
	quiet();
}

/* ---- priorities: external, software, timer ----------------------------------
 */

static void external(bool on)
{
	write32(PLIC_PRIO, 1);
	write32(PLIC_LEVEL, 0);
	write32(PLIC_ENABLE, on ? BIT(UART_SOURCE) : 0);
	if (!on)
		write8(UART_IER, 0);
	while (!on && csr_read(sip) & EXT)
		write32(PLIC_CLAIM, read32(PLIC_CLAIM));
}

void lower_external(void)
{
	external(false);
}

void raise_external(void)
{
	external(true);
	write8(UART_IER, IER_THRI);
	while (!(csr_read(sip) & EXT))
		;
}

/* "SEI, SSI, STI" is the order; QEMU without AIA takes the lowest number. */
static bool first(u64 enabled, u64 took)
{
	u64 qemu = enabled & SOFT ? IRQ_SOFT : IRQ_TIMER;

	if (enabled == EXT || (enabled & EXT && took == IRQ_EXT))
		return took == IRQ_EXT;
	return took == qemu;
}

static void test_priorities(void)
{
	bool good[8];

	for (u64 set = 1; set < 8; set++) {
		u64 enabled = (set & 1 ? SOFT : 0) | (set & 2 ? TIMER : 0) |
			      (set & 4 ? EXT : 0);

		quiet();
		due();
		csr_write(sip, SOFT);
		raise_external();
		csr_write(sie, enabled);
		good[set] =
			first(enabled, run_s(e_none, true, 0) & ~SCAUSE_IRQ) &&
			first(enabled, run_u(u_ecall) & ~SCAUSE_IRQ);
		quiet();
		lower_external();
	}
	for (u64 set = 1; set < 8; set++) {
		print("enabled%s%s%s, ", set & 1 ? " software" : "",
		      set & 2 ? " timer" : "", set & 4 ? " external" : "");
		check("the first is taken", good[set]);
	}
}

/* sip shows what is pending, whether it is enabled or not. */
static void test_sip(void)
{
	u64 seen[4];

	quiet();
	external(false);
	seen[0] = csr_read(sip);
	due();
	seen[1] = csr_read(sip);
	raise_external();
	seen[2] = csr_read(sip);
	csr_set(sip, SOFT);
	csr_clear(sip, EXT | TIMER);
	seen[3] = csr_read(sip);
	external(false);
	quiet();
	for (u32 n = 0; n < 4; n++)
		show("sip", seen[n] & (SOFT | TIMER | EXT));
}

/* ---- wfi
 * --------------------------------------------------------------------- */

/*
 * The trap comes behind the wfi; at it only where the timer was due before it,
 * on a machine so busy that we try again with more time. And a wfi may end for
 * no reason.
 */
static bool wfi_to_trap(void)
{
	for (u64 delay = hz / 500; delay < 2 * hz; delay *= 2) {
		u64 at = csr_read(time) + delay, cause;

		set_timer(at);
		cause = run_s(s_wfi, true, 0);
		if (cause == CAUSE_BREAK)
			continue;
		if (cause != IS(IRQ_TIMER) || csr_read(time) < at)
			return false;
		if (f.sepc == (u64)s_wfi_after)
			return true;
		if (f.sepc != (u64)s_wfi)
			return false;
	}
	return false;
}

static void test_wfi(void)
{
	bool beside = true;

	quiet();
	csr_write(sie, SOFT);
	csr_write(sip, SOFT);
	expect("wfi, pending, SIE clear", run_s(s_wfi, false, 0), CAUSE_BREAK);
	expect("wfi, pending, SIE set", run_s(s_wfi, true, 0), IS(IRQ_SOFT));
	expect("before the wfi", f.sepc - (u64)s_wfi, 0);
	quiet();
	csr_write(sie, TIMER);
	check("wfi until the timer, SIE set", wfi_to_trap());
	/* What is pending but not enabled does not keep it awake, nor asleep:
	 * a wfi may end for no reason. */
	quiet();
	csr_write(sie, TIMER);
	csr_write(sip, SOFT);
	set_timer(csr_read(time) + hz / 200);
	while (!(csr_read(sip) & TIMER))
		beside &= run_s(s_wfi, false, 0) == CAUSE_BREAK;
	check("wfi beside a disabled one", beside);
	/* In U it is illegal, unless it ends in a bounded time. */
	quiet();
	run_u(u_wfi);
	check("wfi in U",
	      f.scause == CAUSE_ILLEGAL || f.scause == CAUSE_ECALL_U);
}

int main(void)
{
	u64 *root = mmu_new();

	begin("irq");
	hz = timebase();
	mmu_map(root, USER_VA, (u64)irq_user_page, PTE_USER);
	mmu_on(root, 0);
	test_edges();
	test_not();
	test_sret();
	test_ipi();
	test_timer("SBI");
	if (fdt_isa_has("sstc")) {
		use_stimecmp = true;
		test_timer("stimecmp");
	}
	test_priorities();
	test_sip();
	test_wfi();
	test_nested();
	test_vectored();
	mmu_off();
	finish();
}
