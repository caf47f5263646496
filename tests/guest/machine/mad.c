/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A and D of page-table entries: set by the hart where menvcfg.ADUE says so, as
 * it does after a reset, and page faults where it does not. Privileged,
 * "Svade", "Svadu".
 */
#include "tests/guest/machine/m.h"

#define VA   (5UL << 30)
#define ADUE BIT(61)
#define AD   (PTE_A | PTE_D)

static u64 *root;
static u8 page[PAGE_SIZE] __attribute__((aligned(4096)));

static u64 *entry(void)
{
	return mmu_slot(root, VA, 0);
}

static void map(u64 flags)
{
	*entry() = PTE_PA((u64)page) | flags;
	asm volatile("sfence.vma" ::: "memory");
}

/* What S-mode finds, and what of the entry is set then. */
static void try(const char *name, u64 flags, u64 (*what)(u64))
{
	map(flags);
	csr_write(satp, SATP_SV39 | (u64)root >> 12);
	print("%s: %lu", name, lower(MODE_S, what, VA)->scause);
	csr_write(satp, 0UL);
	print(" %s%s\n", *entry() & PTE_A ? "A" : "-",
	      *entry() & PTE_D ? "D" : "-");
}

static void test_all(const char *name)
{
	u64 none = PTE_KERNEL & ~AD;

	print("%s\n", name);
	try("load", none, do_load);
	try("store", none, do_store);
	try("fetch", none, do_fetch);
	try("store, A is set", none | PTE_A, do_store);
	try("load, A is set", none | PTE_A, do_load);
	try("store, may not", none & ~PTE_W, do_store);
	try("load of U's", none | PTE_U, do_load);
	try("both are set", none | AD, do_store);
}

/* MPRV: M-mode's access in S-mode's name. */
static void test_mprv(void)
{
	u64 cause;

	map(PTE_KERNEL & ~AD);
	csr_write(satp, SATP_SV39 | (u64)root >> 12);
	csr_clear(mstatus, MSTATUS_MPP);
	csr_set(mstatus, 1UL << 11);
	trap_arm();
	csr_set(mstatus, MSTATUS_MPRV);
	*(volatile u64 *)VA = 1;
	csr_clear(mstatus, MSTATUS_MPRV);
	cause = trap_caught().scause;
	csr_write(satp, 0UL);
	print("MPRV: %ld %lx\n", cause, *entry() & AD);
}

/* One page after the other, and again: what is set stays so. */
static void test_many(void)
{
	u64 bits = 0;

	for (u64 i = 0; i < 64; i++)
		*mmu_slot(root, VA + i * PAGE_SIZE, 0) = PTE_PA((u64)page) |
							 (PTE_KERNEL & ~AD);
	asm volatile("sfence.vma" ::: "memory");
	csr_write(satp, SATP_SV39 | (u64)root >> 12);
	for (u64 i = 0; i < 64; i++)
		lower(MODE_S, i % 2 ? do_load : do_store, VA + i * PAGE_SIZE);
	csr_write(satp, 0UL);
	for (u64 i = 0; i < 64; i++)
		bits += (*mmu_slot(root, VA + i * PAGE_SIZE, 0) & AD) >> 6;
	show("many", bits);
}

int main(void)
{
	begin("mad");
	for (u64 i = 0; i < PAGE_SIZE; i += 4)
		write32((u64)page + i, 0x00008067); /* ret */
	asm volatile("fence.i" ::: "memory");
	csr_write(pmpaddr0, ~0UL);
	csr_write(pmpcfg0, 0x1fUL);
	root = mmu_new();
	show("after reset", csr_read(menvcfg) & ADUE);
	test_all("the hart sets them");
	test_mprv();
	test_many();
	csr_clear(menvcfg, ADUE);
	test_all("it does not");
	test_mprv();
	csr_set(menvcfg, ADUE);
	test_all("it does again");
	finish();
}
