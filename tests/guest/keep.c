/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that holds all state that a hart has, and looks whether it is still
 * what it was, round after round, until q is typed: whatever is done to it
 * meanwhile, it must not notice. Harts beside the first answer IPIs. Boot
 * arguments: seed=n.
 */
#include "tests/guest/rt/rt.h"

#define SPIN      3000
#define VLENB_MAX 512
#define SPIN_VA   0x40000000UL /* keep_spin for user mode */
#define WINDOW_VA 0x40200000UL /* now this page, now that */
#define UART_LSR  (UART_BASE + 5)
#define HSM_START 0
#define SENVCFG   0x10a

/* keep_regs.S */
extern char keep_spin[];
void keep_v_load(const u8 *p);
void keep_v_save(u8 *p);
extern char hart_start[]; /* entry.S: a1 = function to call */

static u64 seed, rounds;
static u32 ids[HARTS_MAX], harts;
static u64 answers[HARTS_MAX]; /* by each hart */
static u64 *root, *pages[2];
static bool has_v;

static struct {
	u64 gpr, csr, fp, vector, memory, time, timer, ipi;
} lost;

static u64 some(u64 n)
{
	return random_next(&seed) % n;
}

/* A while: instructions, and an exit now and then. */
static void spin(void)
{
	for (u64 n = some(SPIN) + 1; n; n--) {
		asm volatile("");
		if (n % 1024 == 0)
			sbi(SBI_BASE, 0);
	}
}

/* All but x0, and x31, which counts. */
static void registers(bool user)
{
	struct frame f, was;

	for (u32 i = 1; i < 31; i++)
		f.x[i] = random_next(&seed);
	f.x[31] = some(SPIN) + 1;
	f.sepc = user ? SPIN_VA : (u64)keep_spin;
	was = f;
	if (user)
		user_run(&f);
	else
		super_run(&f);
	for (u32 i = 1; i < 31; i++)
		lost.gpr += f.x[i] != was.x[i];
	lost.gpr += f.x[31] != 0 || f.scause != CAUSE_BREAK ||
		    f.sepc != was.sepc + 6 ||
		    !(f.sstatus & SSTATUS_SPP) != user;
}

/* Those that nothing but a trap or a write changes. */
static void csrs(void)
{
	u64 epc = random_next(&seed) & ~1UL, tval = random_next(&seed);
	u64 cause = some(16), scratch = random_next(&seed);
	u64 bits = some(2) * SSTATUS_SUM | some(2) * SSTATUS_MXR;
	u64 counters = some(8), env = some(2), status;

	csr_write(sepc, epc);
	csr_write(stval, tval);
	csr_write(scause, cause);
	csr_write(sscratch, scratch);
	csr_write(scounteren, counters);
	csr_write(0x10a, env);
	csr_clear(sstatus, SSTATUS_SUM | SSTATUS_MXR);
	csr_set(sstatus, bits);
	status = csr_read(sstatus);
	spin();
	lost.csr += csr_read(sepc) != epc || csr_read(stval) != tval ||
		    csr_read(scause) != cause ||
		    csr_read(sscratch) != scratch ||
		    csr_read(scounteren) != counters ||
		    csr_read(0x10a) != env || csr_read(sstatus) != status;
	csr_write(sscratch, 0);
	csr_write(0x10a, 0);
	csr_write(scounteren, 7);
}

/* Perhaps clean, as a kernel leaves what it has saved. */
static void perhaps_clean(u64 unit)
{
	if (!some(2))
		return;
	csr_clear(sstatus, unit);
	csr_set(sstatus, (unit & -unit) * 2);
}

/* The CSR is written by itself, long after the registers. */
static void floating(void)
{
	static u64 in[32], out[32];
	u64 fcsr = some(5) << 5 | some(32);

	csr_set(sstatus, SSTATUS_FS);
	for (u32 i = 0; i < 32; i++)
		in[i] = random_next(&seed);
	fp_load(in);
	perhaps_clean(SSTATUS_FS);
	spin();
	csr_write(fcsr, fcsr);
	perhaps_clean(SSTATUS_FS);
	spin();
	lost.fp += csr_read(fcsr) != fcsr;
	fp_save(out);
	for (u32 i = 0; i < 32; i++)
		lost.fp += in[i] != out[i];
}

static void vector(void)
{
	static u8 in[32 * VLENB_MAX], out[32 * VLENB_MAX];
	u64 bytes, vcsr = some(8), vstart = some(8);

	csr_set(sstatus, SSTATUS_VS);
	bytes = 32 * csr_read(0xc22);
	for (u32 i = 0; i < bytes; i++)
		in[i] = (u8)random_next(&seed);
	keep_v_load(in);
	perhaps_clean(SSTATUS_VS);
	spin();
	csr_write(0x00f, vcsr);
	spin();
	csr_write(0x008, vstart);
	perhaps_clean(SSTATUS_VS);
	spin();
	lost.vector += csr_read(0x00f) != vcsr || csr_read(0x008) != vstart;
	csr_write(0x008, 0);
	keep_v_save(out);
	for (u32 i = 0; i < bytes; i++)
		lost.vector += in[i] != out[i];
}

/* One address, two pages, and the fence between. */
static void memory(void)
{
	u64 which = some(2), word = random_next(&seed), at = some(512) * 8;

	*mmu_slot(root, WINDOW_VA, 0) = PTE_PA((u64)pages[which]) | PTE_KERNEL;
	asm volatile("sfence.vma %0, zero" ::"r"(WINDOW_VA) : "memory");
	write64(WINDOW_VA + at, word);
	write64((u64)pages[!which] + at, ~word);
	spin();
	lost.memory += read64(WINDOW_VA + at) != word ||
		       read64((u64)pages[which] + at) != word;
}

/* Never early, never lost, and time goes on. */
static void timer(void)
{
	u64 now = csr_read(time), deadline = now + some(3000);
	static u64 last;

	lost.time += now < last;
	sbi(SBI_TIME, 0, deadline);
	csr_write(sie, BIT(IRQ_TIMER));
	while (!(csr_read(sip) & BIT(IRQ_TIMER)))
		asm volatile("wfi" ::: "memory");
	last = csr_read(time);
	lost.timer += last < deadline;
	csr_write(sie, 0);
	sbi(SBI_TIME, 0, -1UL);
	lost.timer += (csr_read(sip) & BIT(IRQ_TIMER)) != 0;
}

static u64 load(const u64 *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static void wait_for_answer(u32 place, u64 before)
{
	while (load(&answers[place]) == before) {
		asm volatile("wfi" ::: "memory");
		csr_clear(sip, BIT(IRQ_SOFT));
	}
}

/* To each of the others, which answers by one of its own. */
static void ipis(void)
{
	csr_write(sie, BIT(IRQ_SOFT));
	for (u32 i = 0; i < harts; i++) {
		u64 before = load(&answers[i]);

		if (ids[i] == boot_hart)
			continue;
		sbi(SBI_IPI, 0, 1, ids[i]);
		wait_for_answer(i, before);
		lost.ipi += load(&answers[i]) != before + 1;
	}
	csr_write(sie, 0);
}

static void answer(u32 place)
{
	__atomic_add_fetch(&answers[place], 1, __ATOMIC_ACQ_REL);
	sbi(SBI_IPI, 0, 1, boot_hart);
}

/* It answers once unasked: an IPI from before its start may be lost. */
static void other(void)
{
	u64 id;
	u32 place = 0;

	asm volatile("mv %0, tp" : "=r"(id));
	while (ids[place] != id)
		place++;
	csr_write(sie, BIT(IRQ_SOFT));
	for (;;) {
		answer(place);
		while (!(csr_read(sip) & BIT(IRQ_SOFT)))
			asm volatile("wfi" ::: "memory");
		csr_clear(sip, BIT(IRQ_SOFT));
	}
}

static void start_others(void)
{
	harts = fdt_harts(ids, HARTS_MAX);
	csr_write(sie, BIT(IRQ_SOFT));
	for (u32 i = 0; i < harts; i++) {
		if (ids[i] == boot_hart)
			continue;
		sbi(SBI_HSM, HSM_START, ids[i], (u64)hart_start, (u64)other);
		wait_for_answer(i, 0);
	}
	csr_write(sie, 0);
}

/* By q and the end of the line. */
static bool told_to_end(void)
{
	static bool q;
	u8 c;

	if (!(read8(UART_LSR) & 1))
		return false;
	c = read8(UART_BASE);
	q |= c == 'q';
	return q && c < ' ';
}

static void set_up(void)
{
	root = mmu_new();
	pages[0] = page_new();
	pages[1] = page_new();
	*mmu_slot(root, SPIN_VA, 0) = PTE_PA((u64)keep_spin) |
				      (PTE_USER & ~PTE_W);
	mmu_on(root, 1);
	start_others();
}

int main(void)
{
	begin("keep");
	seed = bootargs_number("seed", 1) * 0x9e3779b97f4a7c15 | 1;
	has_v = fdt_isa_has("v");
	set_up();
	print("holding\n");
	for (; !told_to_end(); rounds++) {
		registers(false);
		registers(true);
		csrs();
		floating();
		if (has_v)
			vector();
		memory();
		timer();
		ipis();
	}
	check("rounds", rounds > 0);
	expect("registers lost", lost.gpr, 0);
	expect("CSRs lost", lost.csr, 0);
	expect("FP registers lost", lost.fp, 0);
	expect("vector registers lost", lost.vector, 0);
	expect("memory lost", lost.memory, 0);
	expect("time that went back", lost.time, 0);
	expect("timers lost", lost.timer, 0);
	expect("IPIs lost", lost.ipi, 0);
	finish();
}
