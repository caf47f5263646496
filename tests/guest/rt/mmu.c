/* SPDX-License-Identifier: BSD-2-Clause */
/* Sv39 page tables of a bare kernel, from a small pool. */
#include "tests/guest/rt/rt.h"

#define POOL_PAGES 256

static u8 pool[POOL_PAGES * PAGE_SIZE] __attribute__((aligned(4096)));
static u32 pool_used;

void *page_new(void)
{
	if (pool_used == POOL_PAGES) {
		check("page pool is large enough", false);
		finish();
	}
	return pool + PAGE_SIZE * pool_used++;
}

u64 *mmu_slot(u64 *root, u64 va, int level)
{
	u64 *table = root;

	for (int l = 2; l > level; l--) {
		u64 *pte = &table[(va >> (12 + 9 * l)) & 511];

		if (!(*pte & PTE_V))
			*pte = PTE_PA((u64)page_new()) | PTE_V;
		table = (u64 *)((*pte >> 10) << 12);
	}
	return &table[(va >> (12 + 9 * level)) & 511];
}

u64 *mmu_new(void)
{
	u64 *root = page_new();

	*mmu_slot(root, 0, 2) = PTE_PA(0UL) | PTE_KERNEL;
	*mmu_slot(root, RAM_BASE, 2) = PTE_PA(RAM_BASE) | PTE_KERNEL;
	return root;
}

void mmu_map(u64 *root, u64 va, u64 pa, u64 flags)
{
	*mmu_slot(root, va, 0) = PTE_PA(pa) | flags;
}

void mmu_on(u64 *root, u64 asid)
{
	csr_write(satp, SATP_SV39 | asid << 44 | (u64)root >> 12);
	sfence_all();
}

void mmu_off(void)
{
	csr_write(satp, 0);
	sfence_all();
}
