/* SPDX-License-Identifier: BSD-2-Clause */
/* What a page is to S and to U: SUM, MXR, dirty bits, addresses of VMMs. */
#include "tests/guest/paging.h"

static void set_pte(u64 va, u64 pa, u64 flags)
{
	mmu_map(root, va, pa, flags);
	fence_va(va);
}

/* ---- p37, p38: the same page, in turns, by those who may and may not -------
 */

static void p38_turns(void)
{
	bool good = true;

	set_pte(TEST_VA, REGION_A, PTE_USER);
	for (u32 n = 0; n < 10; n++) {
		csr_clear(sstatus, SSTATUS_SUM);
		good &= try_s(LOAD, TEST_VA) == CAUSE_LOAD_PAGE;
		good &= try_u(STORE, TEST_VA) == CAUSE_NONE;
		good &= try_s(AMO, TEST_VA) == CAUSE_STORE_PAGE;
		csr_set(sstatus, SSTATUS_SUM);
		good &= try_s(LOAD, TEST_VA) == CAUSE_NONE;
		good &= try_s(FETCH, TEST_VA) == CAUSE_FETCH_PAGE;
		good &= try_u(FETCH, TEST_VA) == CAUSE_NONE;
		good &= try_s(STORE, TEST_VA) == CAUSE_NONE;
	}
	check("p38_u_page_in_turns", good);
	csr_clear(sstatus, SSTATUS_SUM);
	set_pte(TEST_VA, REGION_A, PTE_KERNEL);
	for (u32 n = 0; n < 10; n++) {
		good &= try_s(STORE, TEST_VA) == CAUSE_NONE;
		good &= try_u(LOAD, TEST_VA) == CAUSE_LOAD_PAGE;
		good &= try_u(STORE, TEST_VA) == CAUSE_STORE_PAGE;
		good &= try_u(FETCH, TEST_VA) == CAUSE_FETCH_PAGE;
		good &= try_s(FETCH, TEST_VA) == CAUSE_NONE;
	}
	check("p38_s_page_in_turns", good);
}

static void p38_mxr(void)
{
	bool good = true;

	set_pte(TEST_VA, REGION_A, PTE_V | PTE_X | PTE_AD);
	for (u32 n = 0; n < 10; n++) {
		good &= try_s(LOAD, TEST_VA) == CAUSE_LOAD_PAGE;
		csr_set(sstatus, SSTATUS_MXR);
		good &= try_s(LOAD, TEST_VA) == CAUSE_NONE;
		good &= try_s(STORE, TEST_VA) == CAUSE_STORE_PAGE;
		csr_clear(sstatus, SSTATUS_MXR);
		good &= try_s(FETCH, TEST_VA) == CAUSE_NONE;
	}
	check("p38_mxr_in_turns", good);
	set_pte(TEST_VA, REGION_A, PTE_V | PTE_X | PTE_AD | PTE_U);
	for (u32 n = 0; n < 10; n++) {
		good &= try_u(LOAD, TEST_VA) == CAUSE_LOAD_PAGE;
		csr_set(sstatus, SSTATUS_MXR);
		good &= try_u(LOAD, TEST_VA) == CAUSE_NONE;
		good &= try_s(LOAD, TEST_VA) == CAUSE_LOAD_PAGE;
		csr_set(sstatus, SSTATUS_SUM);
		good &= try_s(LOAD, TEST_VA) == CAUSE_NONE;
		csr_clear(sstatus, SSTATUS_SUM | SSTATUS_MXR);
	}
	check("p38_mxr_of_u_in_turns", good);
}

/* Bare belongs to both modes, and switching needs no fence. */
static void p38_bare(void)
{
	u64 satp = csr_read(satp);
	bool good = true;

	set_pte(TEST_VA, REGION_B, PTE_USER);
	for (u32 n = 0; n < 5; n++) {
		csr_write(satp, 0);
		good &= try_s(LOAD, REGION_A) == CAUSE_NONE;
		good &= try_s(FETCH, REGION_A) == CAUSE_NONE;
		good &= read64(REGION_A) == TAG_A;
		csr_write(satp, satp);
		good &= both_see(TEST_VA, TAG_B);
		good &= try_u(LOAD, REGION_A) == CAUSE_LOAD_PAGE;
	}
	check("p38_bare_in_turns", good);
}

/* ---- p40: A and D ----------------------------------------------------------
 */

/* Faults, or the machine sets what is missing: then p40 has nothing to do. */
static bool aged(u64 va, enum kind kind, u64 need)
{
	u64 cause = try_s(kind, va), pte = *mmu_slot(root, va, 0);

	if (svade)
		return cause == (kind == LOAD ? CAUSE_LOAD_PAGE
					      : CAUSE_STORE_PAGE) &&
		       !(pte & need);
	return cause == CAUSE_NONE && (pte & need) == need;
}

static void p40_dirty(void)
{
	u64 *pte = mmu_slot(root, TEST_VA, 0);

	set_pte(TEST_VA, REGION_A, PTE_KERNEL & ~PTE_D);
	check("p40_load_of_a_clean_page",
	      try_s(LOAD, TEST_VA) == CAUSE_NONE && !(*pte & PTE_D));
	check("p40_store_to_a_clean_page", aged(TEST_VA, STORE, PTE_D));
	asm volatile("amoor.d zero, %0, (%1)" ::"r"(PTE_D), "r"(pte)
		     : "memory");
	fence_va(TEST_VA);
	check("p40_store_once_it_is_dirty",
	      try_s(STORE, TEST_VA) == CAUSE_NONE &&
		      try_s(AMO, TEST_VA) == CAUSE_NONE);
	*pte &= ~PTE_D;
	fence_va(TEST_VA);
	check("p40_dirty_taken_away",
	      try_s(LOAD, TEST_VA) == CAUSE_NONE && aged(TEST_VA, AMO, PTE_D));
	set_pte(TEST_VA, REGION_A, PTE_KERNEL);
	check("p40_young", try_s(STORE, TEST_VA) == CAUSE_NONE);
	*pte &= ~PTE_A;
	fence_va(TEST_VA);
	check("p40_accessed_taken_away", aged(TEST_VA, LOAD, PTE_A));
}

/* One D for all of a large leaf; U asks first. */
static void p40_super(void)
{
	u64 *slot = mmu_slot(root, SUPER_VA, 1);
	bool good;

	*slot = PTE_PA(REGION_A) | (PTE_USER & ~PTE_D);
	sfence_all();
	good = both_see(SUPER_VA, TAG_A) &&
	       both_see(SUPER_VA + SUPER / 2, TAG_A + SUPER / 2);
	if (svade)
		good &= try_u(STORE, SUPER_VA + SUPER / 2) == CAUSE_STORE_PAGE;
	*slot |= PTE_D;
	fence_va(SUPER_VA);
	good &= try_u(STORE, SUPER_VA) == CAUSE_NONE;
	good &= try_u(STORE, SUPER_VA + SUPER / 2) == CAUSE_NONE;
	check("p40_one_dirty_bit_for_2_mib", good);
	*slot = 0;
	sfence_all();
}

/* ---- p44: wherever a VMM may have put itself -------------------------------
 */

static const u64 theirs[] = {
	0xffffffc080000000UL, 0xffffffc080200000UL, 0xffffffc081fff000UL,
	0xffffffc0a0000000UL, 0xffffffc0bffff000UL, 0xffffffc000000000UL,
	0xffffffc100000000UL,
};

static bool nobody_there(u64 va)
{
	struct caught c = TRY(read64(va + 8));

	return c.scause == CAUSE_LOAD_PAGE && c.stval == va + 8 &&
	       try_s(STORE, va) == CAUSE_STORE_PAGE &&
	       try_s(FETCH, va) == CAUSE_FETCH_PAGE &&
	       try_u(LOAD, va) == CAUSE_LOAD_PAGE &&
	       try_u(STORE, va) == CAUSE_STORE_PAGE &&
	       try_u(FETCH, va) == CAUSE_FETCH_PAGE;
}

static bool used_by_all(u64 va)
{
	bool good = try_u(LOAD, va) == CAUSE_NONE &&
		    try_u(STORE, va) == CAUSE_NONE &&
		    try_u(FETCH, va) == CAUSE_NONE &&
		    try_u(AMO, va) == CAUSE_NONE &&
		    try_u(LR, va) == CAUSE_NONE &&
		    try_s(LOAD, va) == CAUSE_LOAD_PAGE;

	return good && both_see(va, TAG_A);
}

static bool used_by_s(u64 va)
{
	bool good = try_s(LOAD, va) == CAUSE_NONE &&
		    try_s(STORE, va) == CAUSE_NONE &&
		    try_s(FETCH, va) == CAUSE_NONE &&
		    try_s(AMO, va) == CAUSE_NONE && try_s(LR, va) == CAUSE_NONE;

	return good && try_u(LOAD, va) == CAUSE_LOAD_PAGE &&
	       read64(va) == TAG_A;
}

static void p44_vmm(void)
{
	for (u32 n = 0; n < ARRAY_SIZE(theirs); n++) {
		u64 va = theirs[n];

		print("0x%lx ", va);
		check("p44_nobody_there", nobody_there(va));
		set_pte(va, REGION_A, PTE_USER);
		print("0x%lx ", va);
		check("p44_a_page_of_u", used_by_all(va));
		set_pte(va, REGION_A, PTE_KERNEL);
		print("0x%lx ", va);
		check("p44_a_page_of_s", used_by_s(va));
		set_pte(va, REGION_A, 0);
		print("0x%lx ", va);
		check("p44_nobody_there_again", nobody_there(va));
	}
}

/* A gigabyte at once, of which the VMM would have taken a part. */
static void p44_giga(void)
{
	u64 va = 0xffffffc080000000UL, *slot = &root[va >> 30 & 511];
	u64 old = *slot;

	*slot = PTE_PA(RAM_BASE) | PTE_USER;
	sfence_all();
	check("p44_a_gigabyte",
	      both_see(va + REGION_A - RAM_BASE, TAG_A) &&
		      both_see(va + REGION_B - RAM_BASE, TAG_B) &&
		      used_by_all(va + REGION_A - RAM_BASE));
	*slot = old;
	sfence_all();
}

void test_views(void)
{
	p38_turns();
	p38_mxr();
	p38_bare();
	p40_dirty();
	p40_super();
	p44_vmm();
	p44_giga();
}
