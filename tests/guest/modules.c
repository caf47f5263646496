/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts the instructions of what extension modules carry out, under "qemu
 * -icount shift=0" and on a host that lacks the extensions; see bench.c.
 */
#include "tests/guest/rt/cost.h"
#include "tests/guest/rt/rt.h"

#define REPS  1000
#define VA    0xc0000000UL
#define PAGES 16

/* By words: the assembler need not know them. a0 and a1 take part. */
#define CPOP  ".word 0x60251513" /* cpop a0, a0 */
#define MAX   ".word 0x0ab56533" /* max a0, a0, a1 */
#define CZERO ".word 0x0eb55533" /* czero.eqz a0, a0, a1 */
#define MAC   ".word 0x00b5050b" /* demo.mac a0, a0, a1 */
#define XACC  ".word 0x80002573" /* csrr a0, xacc */
#define RANGE ".word 0x00b5002b" /* sfence.range a0, a1 */
#define READY "mv a0, %[x]\n\tmv a1, %[y]\n\t"

/* Sixteen pages, one by one. */
#define ONE_BY_ONE              \
	"li a2, 4096\n"         \
	"2:\tsfence.vma a0\n\t" \
	"add a0, a0, a2\n\t"    \
	"addi a1, a1, -1\n\t"   \
	"bnez a1, 2b"

/* And a load from each of them, behind a fence. */
#define TOUCH                 \
	"\n\tmv a0, %[x]\n\t" \
	"mv a1, %[y]\n\t"     \
	"li a2, 4096\n"       \
	"3:\tlb t0, (a0)\n\t" \
	"add a0, a0, a2\n\t"  \
	"addi a1, a1, -1\n\t" \
	"bnez a1, 3b"

static u8 pages[PAGES][PAGE_SIZE] __attribute__((aligned(4096)));

static void bench_instructions(void)
{
	row("ext_cpop", COST10(REPS, READY, "", CPOP, 5UL, 3UL));
	row("ext_max", COST10(REPS, READY, "", MAX, 5UL, 3UL));
	row("ext_czero", COST10(REPS, READY, "", CZERO, 5UL, 3UL));
	row("ext_mac", COST10(REPS, READY, "", MAC, 5UL, 3UL));
	row("ext_csrr", COST10(REPS, READY, "", XACC, 5UL, 3UL));
}

static void bench_fences(void)
{
	u64 *root = mmu_new();

	for (u64 i = 0; i < PAGES; i++)
		mmu_map(root, VA + i * PAGE_SIZE, (u64)pages[i], PTE_KERNEL);
	mmu_on(root, 0);
	row("fences_16", COST10(REPS, "", READY, READY ONE_BY_ONE, VA, PAGES));
	row("range_16", COST10(REPS, "", READY, READY RANGE, VA, PAGES));
	row("fences_16_refill",
	    COST10(REPS, "", READY TOUCH, READY ONE_BY_ONE TOUCH, VA, PAGES));
	row("range_16_refill",
	    COST10(REPS, "", READY TOUCH, READY RANGE TOUCH, VA, PAGES));
}

int main(void)
{
	begin("modules");
	bench_instructions();
	bench_fences();
	finish();
}
