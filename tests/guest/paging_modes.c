/* SPDX-License-Identifier: BSD-2-Clause */
/* Sv39, Sv48, Sv57: which of them satp takes, and that they work. */
#include "tests/guest/paging.h"

#define SATP_MODE(m) ((u64)(m) << 60)

static u32 levels;
static u64 *top;

/* As mmu_slot(), from a root of as many levels. */
static u64 *slot(u64 va, u32 level)
{
	u64 *table = top;

	for (u32 l = levels - 1; l > level; l--) {
		u64 *pte = &table[va >> (12 + 9 * l) & 511];

		if (!(*pte & PTE_V))
			*pte = PTE_PA((u64)page_new()) | PTE_V;
		table = (u64 *)(*pte >> 10 << 12);
	}
	return &table[va >> (12 + 9 * level) & 511];
}

static void check_at(const char *name, u64 va, u32 level)
{
	u64 *pte = slot(va, level), size = PAGE_SIZE << 9 * level;
	u64 pa = REGION_A & ~(size - 1);

	va = (va & ~(size - 1)) + (REGION_A & (size - 1));
	*pte = PTE_PA(pa) | PTE_USER;
	fence_va(va);
	print("level %u ", level);
	check(name, both_see(va, TAG_A) && try_u(FETCH, va) == CAUSE_NONE &&
			    try_s(LOAD, va) == CAUSE_LOAD_PAGE);
	*pte = PTE_PA(pa) | PTE_KERNEL;
	fence_va(va);
	print("level %u ", level);
	check(name, try_s(FETCH, va) == CAUSE_NONE &&
			    try_u(STORE, va) == CAUSE_STORE_PAGE);
	*pte = 0;
	sfence_all();
	print("level %u ", level);
	check(name, both_see(va, CAUSE_LOAD_PAGE));
}

static void misaligned(u32 level)
{
	u64 va = (1UL << (10 + 9 * levels)) + (3UL << (12 + 9 * level));
	u64 *pte = slot(va, level);

	*pte = PTE_PA(REGION_A | PAGE_SIZE << (9 * level - 1)) | PTE_USER;
	sfence_all();
	print("level %u misaligned: %lu %lu\n", level, try_s(LOAD, va),
	      try_u(FETCH, va));
	*pte = 0;
	sfence_all();
}

static void canonical(void)
{
	u64 half = 1UL << (11 + 9 * levels);
	struct caught c = TRY(read64(half));

	print("not canonical: %lu 0x%lx\n", c.scause, c.stval);
	c = TRY(write64(-half - 16, 0));
	print("not canonical: %lu 0x%lx\n", c.scause, c.stval);
	check_at("last of the lower half", half - PAGE_SIZE, 0);
	check_at("first of the upper half", -half, 0);
	check_at("last of all", -PAGE_SIZE, 0);
}

static void addresses(void)
{
	static const u64 theirs[] = {
		0xffffffc080000000UL,
		0xffff800080000000UL,
		0xff00000080000000UL,
	};
	u64 half = 1UL << (11 + 9 * levels);

	for (u32 level = 0; level < levels; level++) {
		check_at("in the lower half", half - (half >> 2), level);
		check_at("in the upper half", half / 2 - half, level);
		if (level)
			misaligned(level);
	}
	for (u32 n = 0; n < ARRAY_SIZE(theirs); n++)
		if (theirs[n] >= -half)
			check_at("p44_where_a_vmm_may_be", theirs[n], 0);
}

static void mode(u64 m)
{
	u64 value;

	top = page_new();
	levels = (u32)m - 5;
	value = SATP_MODE(m) | (u64)top >> 12;
	*slot(0, 2) = PTE_PA(0UL) | PTE_KERNEL;
	*slot(RAM_BASE, 2) = PTE_PA(RAM_BASE) | PTE_KERNEL;
	*slot(CODE_VA, 0) = *mmu_slot(root, CODE_VA, 0);
	sfence_all();
	csr_write(satp, value);
	print("satp mode %lu: %s\n", m,
	      csr_read(satp) == value ? "there"
	      : csr_read(satp)        ? "WRONG"
				      : "not there");
	if (csr_read(satp) != value)
		return;
	sfence_all();
	addresses();
	canonical();
	mmu_off();
}

/* A mode that is not there: the whole write has no effect. */
static void reserved(void)
{
	u64 good = SATP_MODE(8) | 5UL << 44 | (u64)root >> 12;

	csr_write(satp, good);
	sfence_all();
	for (u64 m = 1; m < 16; m++) {
		if (m >= 8 && m <= 10)
			continue;
		csr_write(satp, SATP_MODE(m) | 7UL << 44 | (u64)root >> 12);
		print("satp mode %lu: 0x%lx\n", m, csr_read(satp) ^ good);
	}
	mmu_off();
}

/* From one mode to another and back; the ASID tells them apart. */
static void in_turns(void)
{
	u64 *small = new_root(), value;
	bool good = true;

	top = page_new();
	levels = 4;
	value = SATP_MODE(9) | 9UL << 44 | (u64)top >> 12;
	*slot(0, 2) = PTE_PA(0UL) | PTE_KERNEL;
	*slot(RAM_BASE, 2) = PTE_PA(RAM_BASE) | PTE_KERNEL;
	*slot(CODE_VA, 0) = *mmu_slot(root, CODE_VA, 0);
	*slot(TEST_VA, 0) = PTE_PA(REGION_A) | PTE_USER;
	mmu_map(small, TEST_VA, REGION_B, PTE_USER);
	sfence_all();
	csr_write(satp, value);
	if (csr_read(satp) != value)
		return;
	for (u32 n = 0; n < 5; n++) {
		csr_write(satp, value);
		good &= both_see(TEST_VA, TAG_A);
		set_satp(small, 10);
		good &= both_see(TEST_VA, TAG_B);
	}
	check("two modes in turns", good);
	mmu_off();
}

void test_modes(void)
{
	reserved();
	for (u64 m = 8; m < 11; m++)
		mode(m);
	in_turns();
}
