/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Known numbers of each event that a VM's description can have watched, in S-
 * and U-mode, round after round (bootargs: rounds=N); test_trap.py has the
 * numbers. Natively it is the same guest.
 */
#include "tests/guest/rt/rt.h"
#include "tests/guest/watched.h"

/* Far from the kernel; inside of the large leaf that maps RAM. */
#define PAGE      0x84000000UL
#define TABLE     0x84010000UL /* it will be a page table */
#define USER_CODE 0x40000000UL
#define USER_PAGE 0x40001000UL
#define MAPPED    0x50000000UL /* by TABLE */

extern u8 page_code[], page_code_end[], page_user[], page_user_end[];
extern u8 straddle[];
extern u8 user_events[], user_break[], user_satp[], user_wfi[], user_sret[];
void fp_move(u64 from, u64 to);
void vector_move(u64 from, u64 to);
void zero_block(u64 at);
void invalidate(u64 at);

static u64 target[512] __attribute__((aligned(4096)));
static u64 sum; /* of what came of it all */

static void mix(u64 value)
{
	sum = (sum ^ value) * 0x9e3779b97f4a7c15 + (sum >> 29);
}

/* ---- CSRs and instructions ----------------------------------------------- */

/* Read, and written as it was. */
#define TOUCH(csr)                        \
	do {                              \
		u64 was_ = csr_read(csr); \
		csr_write(csr, was_);     \
	} while (0)

static void touch_csrs(void)
{
	TOUCH(sstatus);
	TOUCH(sie);
	TOUCH(stvec);
	TOUCH(scounteren);
	TOUCH(senvcfg);
	TOUCH(sscratch);
	TOUCH(sepc);
	TOUCH(scause);
	TOUCH(stval);
	TOUCH(sip);
	TOUCH(satp);
	if (fdt_isa_has("sstc"))
		TOUCH(0x14d); /* stimecmp */
	mix(csr_read(time) != 0);
	mix(csr_read(cycle) != 0);
	mix(csr_read(instret) != 0);
	mix(TRY(csr_write(time, 1)).scause); /* read-only: none */
}

static void wait(void)
{
	csr_set(sie, BIT(IRQ_SOFT));
	csr_set(sip, BIT(IRQ_SOFT));
	asm volatile("wfi" ::: "memory");
	csr_clear(sip, BIT(IRQ_SOFT));
	csr_clear(sie, BIT(IRQ_SOFT));
}

static void instructions(void)
{
	asm volatile("sfence.vma" ::: "memory");
	asm volatile("sfence.vma %0" ::"r"(MAPPED) : "memory");
	asm volatile("sfence.vma zero, %0" ::"r"(1UL) : "memory");
	asm volatile("sfence.vma %0, %1" ::"r"(MAPPED), "r"(1UL) : "memory");
	if (fdt_isa_has("svinval"))
		invalidate(MAPPED);
	wait();
	mix(TRY(asm volatile(".2byte 0x9002")).scause);
	mix(TRY(asm volatile(".4byte 0x00100073")).scause);
	mix(sbi(SBI_BASE, 0).error);
}

/* ---- U-mode -------------------------------------------------------------- */

static struct frame user(u8 *code, u64 a0)
{
	static struct frame f;

	f = (struct frame){.sepc = USER_CODE + (code - user_events)};
	f.x[10] = a0;
	user_run(&f);
	mix(f.scause);
	return f;
}

/* Those that are refused are no events. */
static void in_user(void)
{
	struct frame f = user(user_events, USER_PAGE);

	mix(f.x[11] && f.x[12] && f.x[13]);
	mix(f.x[14]);
	user(user_break, 0);
	user(user_satp, 0);
	user(user_wfi, 0);
	user(user_sret, 0);
	f = (struct frame){.sepc = USER_PAGE + CODE_U};
	f.x[10] = 5;
	f.x[12] = USER_PAGE;
	user_run(&f);
	mix(f.scause);
	mix(f.x[10] << 32 ^ f.x[11]);
}

/* ---- the page ------------------------------------------------------------ */

static void widths(u64 at)
{
	write8(at, 0x81);
	write16(at + 2, 0x8182);
	write32(at + 4, 0x81828384);
	write64(at + 8, 0x8182838485868788);
	mix(read8(at));
	mix(read16(at + 2));
	mix(read32(at + 4));
	mix(read64(at + 8));
	mix(read64(at + 1)); /* misaligned */
	write64(at + 19, sum);
}

/* Over its begin and its end. */
static void borders(void)
{
	write64(PAGE - 4, sum);
	mix(read64(PAGE - 4));
	write64(PAGE + PAGE_SIZE - 4, sum);
	mix(read64(PAGE + PAGE_SIZE - 4));
}

static void atomics(u64 at)
{
	u64 old, failed = 1;

	asm volatile("amoadd.d %0, %2, (%1)"
		     : "=r"(old)
		     : "r"(at), "r"(sum)
		     : "memory");
	mix(old);
	asm volatile("lr.d %0, (%2)\n\taddi %0, %0, 9\n\tsc.d %1, %0, (%2)"
		     : "=&r"(old), "=&r"(failed)
		     : "r"(at)
		     : "memory");
	mix(old);
	check("sc", !failed);
}

static void by_units(u64 at)
{
	fp_move(at, (u64)target);
	fp_move((u64)target + 8, at + 8);
	if (fdt_isa_has("v"))
		vector_move(at, (u64)target + 64);
	if (fdt_isa_has("v"))
		vector_move((u64)target + 96, at + 32);
	if (fdt_isa_has("zicboz"))
		zero_block(PAGE + BLOCK);
	mix(target[0]);
	mix(target[8]);
}

/* Its ebreak comes to the handler, which reads that instruction as well. */
static u64 run_page(void)
{
	return ((u64(*)(u64))(PAGE + CODE))(sum);
}

static void run_straddling(u64 at)
{
	const u16 *from = (const u16 *)straddle;

	for (u64 i = 0; i < 3; i++)
		write16(at + 2 * i, from[i]);
	asm volatile("fence.i" ::: "memory");
	mix(((u64(*)(u64))at)(sum));
}

/* ---- a page table -------------------------------------------------------- */

static void tables(u64 round)
{
	u64 slot = TABLE + 8 * (round % 512), va = MAPPED + round % 512 * 4096;

	target[5] = round;
	write64(slot, PTE_PA((u64)target) | PTE_KERNEL);
	asm volatile("sfence.vma %0" ::"r"(va) : "memory");
	mix(read64(va + 40));
	write64(va + 48, round);
	mix(target[6]);
	mix(read64(va + 48));
}

/* ---- all ----------------------------------------------------------------- */

static void set_up(void)
{
	u64 *root = mmu_new();

	memcpy((void *)(PAGE + CODE), page_code, page_code_end - page_code);
	memcpy((void *)(PAGE + CODE_U), page_user, page_user_end - page_user);
	memset((void *)TABLE, 0, PAGE_SIZE);
	asm volatile("fence.i" ::: "memory");
	mmu_map(root, USER_CODE, (u64)user_events, PTE_USER);
	mmu_map(root, USER_PAGE, PAGE, PTE_USER);
	*mmu_slot(root, MAPPED, 1) = PTE_PA(TABLE) | PTE_V;
	csr_write(scounteren, 7);
	csr_set(sstatus, SSTATUS_FS | SSTATUS_VS);
	mmu_on(root, 1);
}

int main(void)
{
	u64 rounds = bootargs_number("rounds", 3);

	begin("watched");
	set_up();
	for (u64 i = 0; i < rounds; i++) {
		sum = i;
		touch_csrs();
		instructions();
		in_user();
		widths(PAGE + DATA);
		borders();
		atomics(PAGE + DATA);
		by_units(PAGE + DATA);
		trap_arm();
		mix(run_page());
		mix(trap_caught().scause);
		run_straddling(PAGE - 2);
		run_straddling(PAGE + PAGE_SIZE - 2);
		tables(i);
		print("round %lu: 0x%lx\n", i, sum);
	}
	finish();
}
