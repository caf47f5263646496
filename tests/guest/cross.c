/* SPDX-License-Identifier: BSD-2-Clause */
/* Accesses across pages, and atomics, on pages that allow them or not. */
#include "tests/guest/cross.h"

u64 *root;

/* ---- code for U and S: runs until its ecall or ebreak, or until it faults -
 */

static struct frame f;

struct result run_at(const char *code, bool user, u64 a0, u64 a1)
{
	f.sepc =
		CODE_VA + (u64)(code - cross_code) + (user ? PAGE_SIZE * 4 : 0);
	f.x[10] = a0;
	f.x[11] = a1;
	if (user)
		user_run(&f);
	else
		super_run(&f);
	return (struct result){f.scause == CAUSE_BREAK ? (u64)CAUSE_NONE
						       : f.scause,
			       f.stval, f.x[10], f.x[12]};
}

/* ---- pages ------------------------------------------------------------------
 */

void map_pair(u64 first, u64 second)
{
	mmu_map(root, PAIR_VA, PAGE_1, first);
	mmu_map(root, PAIR_VA + PAGE_SIZE, PAGE_2, second);
	sfence_all();
}

void fill_pair(void)
{
	for (u64 n = 0; n < 64; n++) {
		write8(PAGE_1 + PAGE_SIZE - 64 + n, 0x10 + n);
		write8(PAGE_2 + n, 0x50 + n);
	}
}

int main(void)
{
	begin("cross");
	root = mmu_new();
	for (u64 n = 0; n < 4; n++) {
		mmu_map(root, CODE_VA + n * PAGE_SIZE,
			(u64)cross_code + n * PAGE_SIZE, PTE_KERNEL);
		mmu_map(root, CODE_VA + (4 + n) * PAGE_SIZE,
			(u64)cross_code + n * PAGE_SIZE, PTE_USER);
	}
	mmu_on(root, 0);
	csr_set(sstatus, SSTATUS_FS);
	test_crossing();
	test_atomics();
	mmu_off();
	finish();
}
