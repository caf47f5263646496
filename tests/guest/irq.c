/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts at every edge where they may come: enables, sret, wfi, U. */
#include "tests/guest/rt/rt.h"

#define USER_VA     0xc0000000UL
#define NEVER       (-1UL)
#define SOFT        BIT(IRQ_SOFT)
#define TIMER       BIT(IRQ_TIMER)
#define EXT         BIT(IRQ_EXT)

/* QEMU "virt": source 10 is the UART; context 1 is S-mode of hart 0. */
#define UART_SOURCE 10
#define PLIC_PRIO   (PLIC_BASE + 4 * UART_SOURCE)
#define PLIC_ENABLE (PLIC_BASE + 0x2080)
#define PLIC_LEVEL  (PLIC_BASE + 0x201000)
#define PLIC_CLAIM  (PLIC_BASE + 0x201004)
#define UART_IER    (UART_BASE + 1)
#define IER_THRI    2

extern char irq_user_page[], u_ecall[], u_spin[], u_wfi[], e_none[],
	e_none_after[], e_sret[], e_sret_after[], s_break[], s_spin[],
	s_until[], s_wfi[], s_wfi_after[];
extern u64 irq_entry, irq_cause;
void irq_go(u64 pc, u64 spp);

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

static u64 user(const char *code)
{
	return USER_VA + (u64)(code - irq_user_page);
}

/* From here on no interrupt that an earlier test left. */
static void quiet(void)
{
	csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPIE);
	csr_write(sie, 0);
	csr_write(sip, 0);
	set_timer(NEVER);
	while (csr_read(sip) & TIMER)
		;
}

static void due(void)
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

/* The UART's transmitter is empty: its interrupt is there until we say. */
static void raise_external(void)
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
		external(false);
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
 * on a machine so busy that we try again with more time.
 */
static bool wfi_to_trap(void)
{
	for (u64 delay = hz / 500; delay < 2 * hz; delay *= 2) {
		u64 at = csr_read(time) + delay;

		set_timer(at);
		if (run_s(s_wfi, true, 0) != IS(IRQ_TIMER) ||
		    csr_read(time) < at)
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

/* ---- traps in traps
 * ----------------------------------------------------------- */

static u64 causes[8], where[8];
static u32 depth;

static bool deeper(struct frame *g)
{
	u32 level = depth++;

	causes[level] = g->scause;
	where[level] = g->sepc;
	switch (g->scause) {
	case CAUSE_BREAK:
		asm volatile("lw zero, (%0)" ::"r"(HOLE_BASE + USER_VA));
		break;
	case CAUSE_LOAD_PAGE:
		asm volatile(".option push\n.option norvc\n"
			     ".word 0xffffffff\n.option pop");
		break;
	default:
		csr_write(sie, SOFT);
		csr_write(sip, SOFT);
		csr_set(sstatus, SSTATUS_SIE);
		csr_clear(sstatus, SSTATUS_SIE);
	}
	depth--;
	check("nested: the frame is the trap's own",
	      causes[level] == g->scause && where[level] == g->sepc);
	g->sepc += 4;
	return true;
}

static void nested_irq(u64 irq)
{
	show("innermost interrupt", irq);
	csr_write(sip, 0);
}

static void test_nested(void)
{
	u64 s2 = 0x1234567;

	quiet();
	trap_hook = deeper;
	irq_hook = nested_irq;
	asm volatile("mv s2, %0\n\t.option push\n\t.option norvc\n\tebreak\n\t"
		     ".option pop\n\tmv %0, s2"
		     : "+r"(s2)::"s2", "memory");
	trap_hook = NULL;
	irq_hook = NULL;
	show("a register after three traps and an interrupt", s2);
	show("SIE after them", csr_read(sstatus) & SSTATUS_SIE);
	quiet();
}

/* ---- vectored stvec
 * ------------------------------------------------------------ */

static void vectored(const char *name, const char *code, bool in_s, u64 sie)
{
	csr_write(sie, sie);
	csr_set(sstatus, SSTATUS_SPIE);
	irq_go(in_s ? (u64)code : user(code), in_s ? SSTATUS_SPP : 0);
	csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPIE);
	print("vectored, %s: entry %lu cause 0x%lx\n", name, irq_entry,
	      irq_cause);
}

static void test_vectored(void)
{
	quiet();
	csr_write(sip, SOFT);
	vectored("software in S", s_spin, true, SOFT);
	vectored("software in U", u_spin, false, SOFT);
	due();
	vectored("timer in S", s_spin, true, TIMER);
	vectored("timer in U", u_spin, false, TIMER);
	raise_external();
	csr_write(sie, EXT);
	csr_set(sstatus, SSTATUS_SPIE);
	irq_go((u64)s_spin, SSTATUS_SPP);
	csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPIE);
	external(false);
	print("vectored, external in S: entry %lu cause 0x%lx\n", irq_entry,
	      irq_cause);
	vectored("a break in S", s_break, true, 0);
	vectored("an ecall in U", u_ecall, false, 0);
	quiet();
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
