/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of page tables: what needs which fence, and what needs none. */
#include "tests/guest/paging.h"

/* Where the test is a page whose translation has been used by S and by U. */
static u64 *used(u64 va, u64 pa)
{
	u64 *pte = mmu_slot(root, va, 0);

	*pte = PTE_PA(pa) | PTE_USER;
	sfence_all();
	both_see(va, TAG(pa));
	try_u(STORE, va);
	return pte;
}

/* ---- p41: without a fence ---------------------------------------------------
 */

/*
 * The specification lets a hart keep that an entry was invalid, for a while.
 * None that we know of does, and guests that come with Svvptc rely on it.
 */
static void p41_no_fence(void)
{
	u64 *pte = used(TEST_VA, REGION_A);

	*pte = 0;
	fence_va(TEST_VA);
	check("p41_invalid", both_see(TEST_VA, CAUSE_LOAD_PAGE));
	*pte = PTE_PA(REGION_B) | PTE_USER;
	check("p41_made_valid_without_a_fence", both_see(TEST_VA, TAG_B));
	*pte = PTE_PA(REGION_B) | (PTE_USER & ~PTE_W);
	fence_va(TEST_VA);
	check("p41_read_only", try_u(STORE, TEST_VA) == CAUSE_STORE_PAGE &&
				       both_see(TEST_VA, TAG_B));
	*pte |= PTE_W;
	check("p41_made_writable_without_a_fence",
	      try_u(STORE, TEST_VA) == CAUSE_NONE);
}

/* Tables appear above a page, one after the other, and no fence. */
static void p41_new_tables(void)
{
	u64 va = 0x3000000000UL, *l1 = page_new(), *l0 = page_new();

	check("p41_no_table", both_see(va, CAUSE_LOAD_PAGE));
	root[va >> 30 & 511] = PTE_PA((u64)l1) | PTE_V;
	check("p41_empty_table", both_see(va, CAUSE_LOAD_PAGE));
	l1[0] = PTE_PA((u64)l0) | PTE_V;
	check("p41_empty_tables", both_see(va, CAUSE_LOAD_PAGE));
	l0[0] = PTE_PA(REGION_A) | PTE_USER;
	check("p41_new_leaf", both_see(va, TAG_A));
	root[va >> 30 & 511] = 0;
	sfence_all();
	check("p41_all_gone", both_see(va, CAUSE_LOAD_PAGE));
}

/* ---- p42: with the fence that is due ----------------------------------------
 */

static void p42_page(void)
{
	u64 *pte = used(TEST_VA, REGION_A);

	*pte = PTE_PA(REGION_B) | PTE_USER;
	fence_va(TEST_VA);
	check("p42_fence_by_va", both_see(TEST_VA, TAG_B));
	*pte = PTE_PA(REGION_A) | PTE_USER;
	fence_va(TEST_VA + 0xff8);
	check("p42_fence_by_va_inside_page", both_see(TEST_VA, TAG_A));
	*pte = PTE_PA(REGION_B) | PTE_USER;
	fence_va_asid(TEST_VA, 0);
	check("p42_fence_by_va_and_asid", both_see(TEST_VA, TAG_B));
	*pte = PTE_PA(REGION_A) | PTE_USER;
	fence_asid(0);
	check("p42_fence_by_asid", both_see(TEST_VA, TAG_A));
	*pte = PTE_PA(REGION_B) | PTE_USER;
	sfence_all();
	check("p42_fence_all", both_see(TEST_VA, TAG_B));
	*pte = 0;
	fence_va(TEST_VA);
	check("p42_gone", both_see(TEST_VA, CAUSE_LOAD_PAGE));
}

/* Each permission away, and back. */
static void p42_permissions(void)
{
	static const struct {
		const char *name;
		u64 bit;
		enum kind kind;
		u64 cause;
	} rows[] = {
		{"p42_w_away", PTE_W, STORE, CAUSE_STORE_PAGE},
		{"p42_x_away", PTE_X, FETCH, CAUSE_FETCH_PAGE},
		{"p42_w_away_for_amo", PTE_W, AMO, CAUSE_STORE_PAGE},
		{"p42_u_away", PTE_U, LOAD, CAUSE_LOAD_PAGE},
		{"p42_v_away", PTE_V, LR, CAUSE_LOAD_PAGE},
	};
	u64 *pte = used(TEST_VA, REGION_A);

	for (u32 n = 0; n < ARRAY_SIZE(rows); n++) {
		bool good = try_u(rows[n].kind, TEST_VA) == CAUSE_NONE;

		*pte &= ~rows[n].bit;
		fence_va(TEST_VA);
		good &= try_u(rows[n].kind, TEST_VA) == rows[n].cause;
		*pte |= rows[n].bit;
		fence_va(TEST_VA);
		good &= try_u(rows[n].kind, TEST_VA) == CAUSE_NONE;
		check(rows[n].name, good);
	}
}

/* S sees what U lost: the page is S's now. */
static void p42_owner(void)
{
	u64 *pte = used(TEST_VA, REGION_A);

	*pte = PTE_PA(REGION_A) | PTE_KERNEL;
	fence_va(TEST_VA);
	check("p42_from_u_to_s",
	      try_s(FETCH, TEST_VA) == CAUSE_NONE &&
		      try_u(LOAD, TEST_VA) == CAUSE_LOAD_PAGE);
	*pte = PTE_PA(REGION_A) | PTE_USER;
	fence_va(TEST_VA);
	check("p42_from_s_to_u", try_s(FETCH, TEST_VA) == CAUSE_FETCH_PAGE &&
					 try_u(FETCH, TEST_VA) == CAUSE_NONE);
}

static bool all_see(u64 va, u64 what, bool tags)
{
	static const u64 at[] = {0, 0x1000, 0x65000, 0x100000, 0x1ff000};
	bool good = true;

	for (u32 n = 0; n < ARRAY_SIZE(at); n++)
		good &= both_see(va + at[n], tags ? what + at[n] : what);
	return good;
}

static void p42_super(void)
{
	u64 *slot = mmu_slot(root, SUPER_VA, 1), *l0 = page_new();

	*slot = PTE_PA(REGION_A) | PTE_USER;
	sfence_all();
	check("p42_superpage", all_see(SUPER_VA, TAG_A, true));
	*slot = PTE_PA(REGION_B) | PTE_USER;
	fence_va(SUPER_VA + 0x123456);
	check("p42_fence_inside_superpage", all_see(SUPER_VA, TAG_B, true));
	*slot = PTE_PA(REGION_A) | PTE_USER;
	fence_va_asid(SUPER_VA + 0x1ff008, 0);
	check("p42_fence_inside_superpage_asid",
	      all_see(SUPER_VA, TAG_A, true));
	*slot = 0;
	fence_va(SUPER_VA + 0x1000);
	check("p42_superpage_gone", all_see(SUPER_VA, CAUSE_LOAD_PAGE, false));
	*slot = PTE_PA(REGION_A) | PTE_USER;
	all_see(SUPER_VA, TAG_A, true);
	for (u64 n = 0; n < 512; n++)
		l0[n] = PTE_PA(REGION_B + n * PAGE_SIZE) | PTE_USER;
	*slot = PTE_PA((u64)l0) | PTE_V;
	sfence_all();
	check("p42_superpage_split", all_see(SUPER_VA, TAG_B, true));
	*slot = PTE_PA(REGION_A) | PTE_USER;
	sfence_all();
	check("p42_superpage_joined", all_see(SUPER_VA, TAG_A, true));
	*slot = 0;
	sfence_all();
}

static void p42_giga(void)
{
	u64 *slot = mmu_slot(root, GIGA_VA, 2), va = GIGA_VA - RAM_BASE;

	*slot = PTE_PA(RAM_BASE) | PTE_USER;
	sfence_all();
	check("p42_gigapage",
	      both_see(va + REGION_A, TAG_A) && both_see(va + REGION_B, TAG_B));
	*slot = 0;
	fence_va(GIGA_VA + 0x12345678);
	check("p42_fence_inside_gigapage",
	      both_see(va + REGION_A, CAUSE_LOAD_PAGE) &&
		      both_see(va + REGION_B, CAUSE_LOAD_PAGE));
}

void test_fences(void)
{
	p41_no_fence();
	p41_new_tables();
	p42_page();
	p42_permissions();
	p42_owner();
	p42_super();
	p42_giga();
}
