/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts the instructions of the operations that make guests slow or fast.
 *
 * Meaningful under "qemu -icount shift=0", where instret counts instructions,
 * those of the firmware and the VMM below included. A row is the cost of one
 * operation alone: a loop with it, less the same loop without it. Only
 * `syscall`, `breakpoint`, `illegal` and `page_fault` count their loop (2
 * instructions), as a guest pays entry, handler and return together.
 */
#include "tests/guest/rt/cost.h"
#include "tests/guest/rt/rt.h"

#define REPS       1000
#define TOUCH_A    (RAM_BASE + 0x4000000) /* two regions that nobody uses */
#define TOUCH_B    (RAM_BASE + 0x8000000)
#define TOUCH_SIZE 0x4000000UL
#define IDLE_STEPS 20 /* of 10 ms each */

#define FAULT_VA   0xc0000000UL
#define USER_VA    0xc0400000UL
#define SHADOW_VA  0xc0800000UL /* a table of small pages, onto TOUCH_A */
#define SHADOWED   512

/* bench_loops.S */
extern char bench_skip[], bench_ipi[], bench_timer[], bench_user[];
extern char bench_nothing[], trap_vector[];
u64 bench_user_turns(u64 page, u64 n);

#define SBI_SETUP(ext, fid) "li a7, " #ext "\n\tli a6, " #fid

static void bench_sbi(void)
{
	u64 h = boot_hart;

	row("null_sbi", COST10(REPS, SBI_SETUP(0x10, 0), "", "ecall", h, h));
	row("set_timer", COST10(REPS, SBI_SETUP(0x54494d45, 0), "li a0, -1",
				"li a0, -1\n\tecall", h, h));
	row("rfence_self",
	    COST10(REPS,
		   SBI_SETUP(0x52464e43, 1) "\n\tli a2, 0x80000000\n\t"
					    "li a3, 4096",
		   "li a0, 1\n\tmv a1, %[x]",
		   "li a0, 1\n\tmv a1, %[x]\n\tecall", h, h));
}

static void open_irq(u32 irq, const char *handler)
{
	csr_write(stvec, handler);
	csr_write(sie, BIT(irq));
	csr_set(sstatus, SSTATUS_SIE);
}

static void close_irqs(void)
{
	csr_clear(sstatus, SSTATUS_SIE);
	csr_write(sie, 0);
	csr_write(stvec, trap_vector);
}

/* From the ecall to the turn that the handler (t1 = 1) ended. */
static void bench_self_ipi(void)
{
	u64 tenths;

	open_irq(IRQ_SOFT, bench_ipi);
	tenths = COST10(REPS, SBI_SETUP(0x735049, 0),
			"li t1, 1\n\tli a0, 1\n\tmv a1, %[x]\n\t"
			"2:\tbeqz t1, 2b",
			"li t1, 0\n\tli a0, 1\n\tmv a1, %[x]\n\tecall\n\t"
			"2:\tbeqz t1, 2b",
			boot_hart, 0UL);
	close_irqs();
	row("self_ipi", tenths);
}

/* To the handler of a timer that is due at once, and its next deadline. */
static void bench_timer_irq(void)
{
	u64 tenths;

	open_irq(IRQ_TIMER, bench_timer);
	tenths = COST10(REPS, SBI_SETUP(0x54494d45, 0),
			"li t1, 1\n\tli a0, 0\n\t2:\tbeqz t1, 2b",
			"li t1, 0\n\tli a0, 0\n\tecall\n\t"
			"2:\tbeqz t1, 2b",
			0UL, 0UL);
	close_irqs();
	row("timer_irq", tenths);
}

/* With an interrupt pending it is over at once. */
static void bench_wfi(void)
{
	csr_write(sie, BIT(IRQ_SOFT));
	csr_write(sip, BIT(IRQ_SOFT));
	row("wfi_pending", COST10(REPS, "", "", "wfi", 0UL, 0UL));
	csr_write(sip, 0);
	csr_write(sie, 0);
}

static void bench_devices(void)
{
	u64 plic = PLIC_BASE, claim = PLIC_BASE + 0x201004;

	row("uart_lsr", COST10(REPS, "", "", "lb t0, 5(%[x])", UART_BASE, 0UL));
	row("uart_scratch",
	    COST10(REPS, "", "", "sb zero, 7(%[x])", UART_BASE, 0UL));
	row("plic_priority",
	    COST10(REPS, "", "", "sw zero, 4(%[x])", plic, 0UL));
	row("plic_claim", COST10(REPS, "", "", "lw t0, (%[x])", claim, 0UL));
	row("plic_complete",
	    COST10(REPS, "", "", "sw zero, (%[x])", claim, 0UL));
}

static void bench_csr(void)
{
	u64 sstatus = csr_read(sstatus);

	row("call_ret",
	    COST10(REPS, "", "", "jalr t1, %[x]", bench_nothing, 0UL));
	row("csrw_sie", COST10(REPS, "", "", "csrw sie, zero", 0UL, 0UL));

	row("csrrw_sscratch",
	    COST10(REPS, "", "", "csrrw t0, sscratch, t1", 0UL, 0UL));
	row("csrr_sstatus", COST10(REPS, "", "", "csrr t0, sstatus", 0UL, 0UL));
	row("csrw_sstatus",
	    COST10(REPS, "", "", "csrw sstatus, %[x]", sstatus, 0UL));
	if (fdt_isa_has("sstc"))
		row("csrw_stimecmp",
		    COST10(REPS, "li t0, -1", "", "csrw 0x14d, t0", 0UL, 0UL));
}

/* Two values of satp in turn; with the nop, each is a trap of its own. */
static void switch_row(const char *name, const u64 *root_a, const u64 *root_b)
{
	u64 one = SATP_SV39 | 1UL << 44 | (u64)root_a >> 12;
	u64 two = SATP_SV39 | 2UL << 44 | (u64)root_b >> 12;
	u64 pair = COST10(REPS, "", "nop",
			  "csrw satp, %[x]\n\tnop\n\tcsrw satp, %[y]", one,
			  two);

	row(name, (pair + 1) / 2);
}

static void bench_mmu(const u64 *root)
{
	switch_row("satp_write", root, root);
	switch_row("satp_write_roots", mmu_new(), root);
	row("sfence_all", COST10(REPS, "", "", "sfence.vma", 0UL, 0UL));
	row("sfence_one",
	    COST10(REPS, "", "", "sfence.vma %[x]", FAULT_VA, 0UL));
}

static void map_small(u64 *root, u64 from, u64 to)
{
	for (u64 i = from; i < to; i++)
		mmu_map(root, SHADOW_VA + i * PAGE_SIZE,
			TOUCH_A + i * PAGE_SIZE, PTE_KERNEL);
	sfence_all();
}

/*
 * What follows a fence where translations are derived by software: the next
 * access to each page. Memory itself is there already. On a hart these cost
 * the load alone. Then how the fence's cost grows with what was derived.
 */
static void bench_refill(u64 *root)
{
	u64 without, with;

	map_small(root, 0, 2);
	row("sfence_one_refill",
	    COST10(REPS, "", "lb t0, (%[x])",
		   "sfence.vma %[x]\n\tlb t0, (%[x])", SHADOW_VA, 0UL));
	row("sfence_all_refill",
	    COST10(REPS, "li t2, 4096\n\tadd t2, t2, %[y]",
		   "lb t0, (%[x])\n\tlb t0, (%[y])\n\tlb t0, (t2)",
		   "sfence.vma\n\t"
		   "lb t0, (%[x])\n\tlb t0, (%[y])\n\tlb t0, (t2)",
		   TOUCH_A, SHADOW_VA));
	row("ptemod", COST10(REPS, "ld t2, (%[x])", "",
			     "xori t2, t2, 0x100\n\tsd t2, (%[x])\n\t"
			     "sfence.vma %[y]\n\tlb t0, (%[y])",
			     mmu_slot(root, SHADOW_VA, 0), SHADOW_VA));
	map_small(root, 2, SHADOWED);
	without = TURNS(SHADOWED, "mv t0, %[x]", "add t0, t0, %[y]", SHADOW_VA,
			PAGE_SIZE);
	with = TURNS(SHADOWED, "mv t0, %[x]", "lb t1, (t0)\n\tadd t0, t0, %[y]",
		     SHADOW_VA, PAGE_SIZE);
	row("shadow_fault", ((with - without) * 10 + SHADOWED / 2) / SHADOWED);
	row("sfence_all_512", COST10(REPS, "", "", "sfence.vma", 0UL, 0UL));
}

/* As TURNS counts, in tenths, the loop's two instructions included. */
static u64 with_loop(u64 instret, u64 n)
{
	return (instret * 10 + n / 2) / n;
}

static void bench_traps(u64 *root)
{
	u64 n;

	mmu_map(root, USER_VA, (u64)bench_user & ~(PAGE_SIZE - 1), PTE_USER);
	sfence_all();
	csr_write(scounteren, 7);
	bench_user_turns(USER_VA, 10);
	n = bench_user_turns(USER_VA, REPS);
	row("syscall", with_loop(n, REPS));

	csr_write(stvec, bench_skip);
	TURNS(10, "li a7, 1", "ebreak", 0UL, 0UL);
	n = TURNS(REPS, "li a7, 1", "ebreak", 0UL, 0UL);
	row("breakpoint", with_loop(n, REPS));
	TURNS(10, "li a7, 1", ".word 0", 0UL, 0UL);
	n = TURNS(REPS, "li a7, 1", ".word 0", 0UL, 0UL);
	row("illegal", with_loop(n, REPS));
	*mmu_slot(root, FAULT_VA, 0) = 0;
	sfence_all();
	TURNS(10, "li a7, 1", "lw t0, (%[x])", FAULT_VA, 0UL);
	n = TURNS(REPS, "li a7, 1", "lw t0, (%[x])", FAULT_VA, 0UL);
	csr_write(stvec, trap_vector);
	row("page_fault", with_loop(n, REPS));
}

static u64 touch(u64 base)
{
	u64 pages = TOUCH_SIZE / PAGE_SIZE;
	u64 without = TURNS(pages, "mv t0, %[x]", "add t0, t0, %[y]", base,
			    PAGE_SIZE);
	u64 with = TURNS(pages, "mv t0, %[x]",
			 "sd zero, (t0)\n\tadd t0, t0, %[y]", base, PAGE_SIZE);

	return ((with - without) * 10 + pages / 2) / pages;
}

/* Let the machine have nothing to do, so that it can zero memory ahead. */
static void idle(void)
{
	u64 hz = timebase();

	csr_write(sie, BIT(IRQ_TIMER));
	for (u32 i = 0; i < IDLE_STEPS; i++) {
		u64 deadline = csr_read(time) + hz / 100;

		sbi(SBI_TIME, 0, deadline);
		while (csr_read(time) < deadline)
			asm volatile("wfi");
	}
	csr_write(sie, 0);
	sbi(SBI_TIME, 0, -1UL);
}

static bool fdt_is_clear_of(u64 base)
{
	u64 at = (u64)boot_fdt, size = fdt_u32(boot_fdt + 4);

	return at + size <= base || at >= base + TOUCH_SIZE;
}

int main(void)
{
	u64 *root = mmu_new();

	begin("bench");
	check("fdt is outside what will be touched",
	      fdt_is_clear_of(TOUCH_A) && fdt_is_clear_of(TOUCH_B));
	row("first_touch_demand", touch(TOUCH_A));
	bench_sbi();
	bench_self_ipi();
	bench_csr();
	bench_timer_irq();
	bench_wfi();
	bench_devices();
	mmu_on(root, 1);
	bench_mmu(root);
	bench_refill(root);
	bench_traps(root);
	mmu_off();
	idle();
	row("first_touch_idle", touch(TOUCH_B));
	finish();
}
