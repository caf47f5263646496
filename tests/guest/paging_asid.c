/* SPDX-License-Identifier: BSD-2-Clause */
/* Address spaces: ASIDs, global pages, Svinval. */
#include "tests/guest/paging.h"

static bool either(u64 va, u64 one, u64 other)
{
	u64 v = seen_s(va);

	return v == one || v == other;
}

/* Without a fence the old translation may last; and never another one. */
static void one_root_two_asids(void)
{
	u64 *pte = mmu_slot(root, TEST_VA, 0);

	*pte = PTE_PA(REGION_A) | PTE_USER;
	sfence_all();
	set_satp(root, 1);
	check("asid 1", both_see(TEST_VA, TAG_A));
	set_satp(root, 2);
	check("asid 2", both_see(TEST_VA, TAG_A));
	*pte = PTE_PA(REGION_B) | PTE_USER;
	fence_asid(1);
	check("p42_other_asid_old_or_new", either(TEST_VA, TAG_A, TAG_B));
	set_satp(root, 1);
	check("p42_fenced_asid_new", both_see(TEST_VA, TAG_B));
	fence_va_asid(TEST_VA, 2);
	set_satp(root, 2);
	check("p42_then_the_other_too", both_see(TEST_VA, TAG_B));
	*pte = PTE_PA(REGION_A) | PTE_USER;
	fence_va(TEST_VA);
	check("p42_all_asids_by_va", both_see(TEST_VA, TAG_A));
	set_satp(root, 1);
	check("p42_all_asids_by_va", both_see(TEST_VA, TAG_A));
	*pte = PTE_PA(REGION_B) | PTE_USER;
	set_satp(root, 1);
	check("p42_satp_write_old_or_new", either(TEST_VA, TAG_A, TAG_B));
	fence_asid(1);
	check("p42_fence_by_asid_hits_s_and_u", both_see(TEST_VA, TAG_B));
}

static void two_roots(void)
{
	u64 *other = new_root();
	bool good = true;

	mmu_map(root, TEST_VA, REGION_A, PTE_USER);
	mmu_map(other, TEST_VA, REGION_B, PTE_USER);
	sfence_all();
	for (u32 n = 0; n < 5; n++) {
		set_satp(root, 3);
		good &= both_see(TEST_VA, TAG_A);
		set_satp(other, 4);
		good &= both_see(TEST_VA, TAG_B);
	}
	check("two roots, two ASIDs", good);
	for (u32 n = 0; n < 5; n++) {
		set_satp(root, 5);
		fence_asid(5);
		good &= both_see(TEST_VA, TAG_A);
		set_satp(other, 5);
		fence_asid(5);
		good &= both_see(TEST_VA, TAG_B);
	}
	check("two roots, one ASID", good);
	set_satp(root, 0xffff);
	fence_asid(csr_read(satp) >> 44 & 0xffff);
	check("the last ASID", both_see(TEST_VA, TAG_A));
}

/* Many, so that what a hart or a VMM keeps of them must be given up. */
static void many_asids(void)
{
	bool good = true;
	u64 *pte = mmu_slot(root, TEST_VA, 0);

	for (u64 n = 0; n < 200; n++) {
		*pte = PTE_PA(n & 1 ? REGION_B : REGION_A) | PTE_USER;
		set_satp(root, 6 + n % 100);
		fence_asid(6 + n % 100);
		good &= both_see(TEST_VA, n & 1 ? TAG_B : TAG_A);
	}
	check("two hundred turns of a hundred ASIDs", good);
	set_satp(root, 0);
}

/* Roots as many: a process each. */
static void many_roots(void)
{
	u64 *roots[40];
	bool good = true;

	for (u32 n = 0; n < ARRAY_SIZE(roots); n++) {
		roots[n] = page_new();
		memcpy(roots[n], root, PAGE_SIZE);
		roots[n][4] = PTE_PA(RAM_BASE) | PTE_USER;
		roots[n][5] = 0;
		mmu_map(roots[n], 5 * GIGA, REGION_A + n * PAGE_SIZE, PTE_USER);
	}
	for (u32 turn = 0; turn < 3; turn++) {
		for (u64 n = 0; n < ARRAY_SIZE(roots); n++) {
			set_satp(roots[n], 100 + n);
			if (!turn)
				fence_asid(100 + n);
			good &= both_see(5 * GIGA,
					 TAG(REGION_A + n * PAGE_SIZE));
		}
	}
	check("forty address spaces", good);
	set_satp(root, 0);
}

static void global(void)
{
	u64 *other = new_root(), *a, *b;

	a = mmu_slot(root, TEST_VA, 0);
	b = mmu_slot(other, TEST_VA, 0);
	*a = *b = PTE_PA(REGION_A) | PTE_USER | PTE_G;
	sfence_all();
	set_satp(root, 1);
	check("p42_global", both_see(TEST_VA, TAG_A));
	set_satp(other, 2);
	check("p42_global_in_the_other", both_see(TEST_VA, TAG_A));
	*a = *b = PTE_PA(REGION_B) | PTE_USER | PTE_G;
	fence_asid(1);
	check("p42_fence_by_asid_spares_global", either(TEST_VA, TAG_A, TAG_B));
	fence_va(TEST_VA);
	check("p42_global_fenced_by_va", both_see(TEST_VA, TAG_B));
	set_satp(root, 1);
	check("p42_global_crosses_asids", both_see(TEST_VA, TAG_B));
	*a = *b = 0;
	sfence_all();
	set_satp(root, 0);
}

void test_asids(void)
{
	one_root_two_asids();
	two_roots();
	many_asids();
	many_roots();
	global();
}

/* "Svinval": sfence.w.inval, sinval.vma, sfence.inval.ir do what sfence.vma
 * does; without the extension they are illegal. */
#define SINVAL(rs1, rs2)                                                    \
	asm volatile(".insn r 0x73, 0, 0x0c, x0, x0, x0\n\t"                \
		     ".insn r 0x73, 0, 0x0b, x0, %0, %1\n\t"                \
		     ".insn r 0x73, 0, 0x0c, x0, x0, x1" ::"r"((u64)(rs1)), \
		     "r"((u64)(rs2))                                        \
		     : "memory")

void test_svinval(void)
{
	u64 *pte = mmu_slot(root, TEST_VA, 0);
	struct caught c;

	*pte = PTE_PA(REGION_A) | PTE_USER;
	sfence_all();
	both_see(TEST_VA, TAG_A);
	*pte = PTE_PA(REGION_B) | PTE_USER;
	c = TRY(SINVAL(TEST_VA, 0));
	if (!fdt_isa_has("svinval")) {
		check("svinval as the FDT says",
		      c.scause == CAUSE_NONE || c.scause == CAUSE_ILLEGAL);
		return;
	}
	check("svinval as the FDT says", c.scause == CAUSE_NONE);
	check("sinval.vma", both_see(TEST_VA, TAG_B));
	*pte = PTE_PA(REGION_A) | PTE_USER;
	SINVAL(TEST_VA + 0x80, csr_read(satp) >> 44 & 0xffff);
	check("sinval.vma again", both_see(TEST_VA, TAG_A));
}
