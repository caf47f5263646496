/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables as data, data as tables, and tables that show themselves. */
#include "tests/guest/paging.h"

#define ALIAS_1    0xc0800000UL
#define ALIAS_2    0xc0900000UL
#define ALIAS_USER 0xc0a00000UL
#define REGION_VA  0x2000000000UL /* 2 MiB whose table is the test's */

static u64 leaf(u64 pa)
{
	return PTE_PA(pa) | PTE_USER;
}

/* ---- p41: who writes to a table, and by which name ------------------------
 */

static void user_write(u64 va, u64 value)
{
	static const u16 code[] = {0xe10c, 0x0073, 0}; /* sd a1, (a0); ecall */
	static struct frame u;

	memcpy((void *)(REGION_A + 0x800), code, sizeof(code));
	asm volatile("fence.i" ::: "memory");
	mmu_map(root, TEST_VA, REGION_A, PTE_USER);
	fence_va(TEST_VA);
	u.sepc = TEST_VA + 0x800;
	u.x[10] = va;
	u.x[11] = value;
	user_run(&u);
	check("U writes", u.scause == CAUSE_ECALL_U);
}

static void p41_aliases(u64 *l0)
{
	u64 va = REGION_VA;

	mmu_map(root, ALIAS_1, (u64)l0, PTE_KERNEL);
	mmu_map(root, ALIAS_2, (u64)l0, PTE_KERNEL);
	mmu_map(root, ALIAS_USER, (u64)l0, PTE_USER);
	sfence_all();
	l0[0] = leaf(REGION_A);
	check("p41_table_by_its_address", both_see(va, TAG_A));
	write64(ALIAS_1, leaf(REGION_B));
	fence_va(va);
	check("p41_table_by_an_alias", both_see(va, TAG_B));
	write64(ALIAS_2, leaf(REGION_A));
	fence_va(va);
	check("p41_table_by_another_alias", both_see(va, TAG_A));
	user_write(ALIAS_USER, leaf(REGION_B));
	fence_va(va);
	check("p41_table_by_an_alias_of_u", both_see(va, TAG_B));
	l0[1] = 0;
	check("p41_nothing_there", both_see(va + PAGE_SIZE, CAUSE_LOAD_PAGE));
	write64(ALIAS_2 + 8, leaf(REGION_A));
	check("p41_made_valid_by_an_alias", both_see(va + PAGE_SIZE, TAG_A));
	check("p41_read_by_aliases",
	      read64(ALIAS_1 + 8) == leaf(REGION_A) &&
		      seen_u(ALIAS_USER) == leaf(REGION_B));
}

/* Entries change by stores of every kind and width. */
static void p41_widths(u64 *l0)
{
	u64 va = REGION_VA, a = leaf(REGION_A), b = leaf(REGION_B);
	u64 old, at = (u64)&l0[3];

	l0[2] = l0[3] = a;
	fence_va(va + 3 * PAGE_SIZE);
	both_see(va + 3 * PAGE_SIZE, TAG_A);
	write32(at, (u32)b);
	fence_va(va + 3 * PAGE_SIZE);
	check("p41_sw", both_see(va + 3 * PAGE_SIZE, TAG_B));
	write16(at + 2, (u16)(a >> 16));
	fence_va(va + 3 * PAGE_SIZE);
	check("p41_sh", both_see(va + 3 * PAGE_SIZE, TAG_A));
	write8(at, (u8)a & ~PTE_W);
	fence_va(va + 3 * PAGE_SIZE);
	check("p41_sb", try_u(STORE, va + 3 * PAGE_SIZE) == CAUSE_STORE_PAGE);
	asm volatile("amoswap.d %0, %1, (%2)"
		     : "=r"(old)
		     : "r"(b), "r"(at)
		     : "memory");
	fence_va(va + 3 * PAGE_SIZE);
	check("p41_amoswap",
	      both_see(va + 3 * PAGE_SIZE, TAG_B) && old == (a & ~PTE_W));
	asm volatile("1: lr.d %0, (%2)\n\tsc.d %0, %1, (%2)\n\tbnez %0, 1b"
		     : "=&r"(old)
		     : "r"(a), "r"(at)
		     : "memory");
	fence_va(va + 3 * PAGE_SIZE);
	check("p41_lr_sc", both_see(va + 3 * PAGE_SIZE, TAG_A));
	/* The upper half of one entry and the lower half of the next. */
	write64(at - 4, a >> 32 | b << 32);
	sfence_all();
	check("p41_across_two_entries",
	      both_see(va + 2 * PAGE_SIZE, TAG_A) &&
		      both_see(va + 3 * PAGE_SIZE, TAG_B));
	memset(&l0[8], 0, 64);
	sfence_all();
	check("p41_block_cleared",
	      both_see(va + 9 * PAGE_SIZE, CAUSE_LOAD_PAGE));
}

/* ---- p43: what was a table ------------------------------------------------
 */

static void p43_reuse(u64 *l1, u64 *l0)
{
	u64 *next = page_new(), va = REGION_VA, other = REGION_VA + SUPER;

	l0[0] = leaf(REGION_A);
	sfence_all();
	check("p43_before", both_see(va, TAG_A));
	next[0] = leaf(REGION_B);
	l1[0] = PTE_PA((u64)next) | PTE_V;
	sfence_all();
	check("p43_another_table", both_see(va, TAG_B));
	for (u32 n = 0; n < 512; n++)
		l0[n] = leaf(REGION_A + 7 * PAGE_SIZE);
	check("p43_the_old_one_is_data",
	      both_see(va, TAG_B) && both_see(other, CAUSE_LOAD_PAGE));
	l1[1] = PTE_PA((u64)l0) | PTE_V;
	check("p43_the_old_one_is_anothers",
	      both_see(va, TAG_B) &&
		      both_see(other, TAG(REGION_A + 7 * PAGE_SIZE)));
	l0[0] = leaf(REGION_A);
	fence_va(other);
	check("p43_and_lives", both_see(other, TAG_A) && both_see(va, TAG_B));
	/* The two change places. */
	l1[0] = PTE_PA((u64)l0) | PTE_V;
	l1[1] = PTE_PA((u64)next) | PTE_V;
	sfence_all();
	check("p43_changed_places",
	      both_see(va, TAG_A) && both_see(other, TAG_B));
	l1[0] = l1[1] = 0;
	sfence_all();
	memset(l0, 0, PAGE_SIZE);
	memset(next, 0, PAGE_SIZE);
	check("p43_both_gone", both_see(va, CAUSE_LOAD_PAGE) &&
				       both_see(other, CAUSE_LOAD_PAGE));
}

/* A process ends: its root becomes a table of the next one, and that one's
 * last level is what its root was. */
static void p43_root(void)
{
	u64 *one = new_root(), *two = new_root(), *l1 = page_new();
	u64 va = REGION_VA;

	one[va >> 30 & 511] = PTE_PA((u64)l1) | PTE_V;
	l1[0] = leaf(REGION_A); /* 2 MiB */
	set_satp(one, 7);
	fence_asid(7);
	check("p43_first_root", both_see(va, TAG_A));
	set_satp(two, 8);
	fence_asid(8);
	memset(one, 0, PAGE_SIZE);
	one[0] = leaf(REGION_B); /* 4 KiB */
	l1[0] = PTE_PA((u64)one) | PTE_V;
	two[va >> 30 & 511] = PTE_PA((u64)l1) | PTE_V;
	fence_asid(7);
	fence_asid(8);
	check("p43_root_turned_last_level", both_see(va, TAG_B));
	set_satp(root, 0);
}

/* ---- tables that are in two places, or in themselves ----------------------
 */

/* Entry 1 of a table is the table: as the last level it is a page of 4 KiB,
 * as the one above it is 2 MiB. */
static void two_levels(void)
{
	u64 *t = page_new(), *top = &root[REGION_VA >> 30 & 511];
	u64 old = *top;

	*top = PTE_PA((u64)t) | PTE_V;
	t[1] = PTE_PA((u64)t) | PTE_V;
	t[2] = leaf(REGION_A);
	t[3] = leaf(REGION_B + PAGE_SIZE);
	sfence_all();
	check("2 MiB by the table",
	      both_see(REGION_VA + 2 * SUPER + PAGE_SIZE, TAG_A + PAGE_SIZE));
	check("4 KiB by the same",
	      both_see(REGION_VA + SUPER + 2 * PAGE_SIZE, TAG_A) &&
		      both_see(REGION_VA + SUPER + 3 * PAGE_SIZE,
			       TAG_B + PAGE_SIZE));
	check("misaligned as 2 MiB",
	      both_see(REGION_VA + 3 * SUPER, CAUSE_LOAD_PAGE));
	check("itself at the end",
	      both_see(REGION_VA + SUPER + PAGE_SIZE, CAUSE_LOAD_PAGE));
	t[2] = leaf(REGION_B);
	sfence_all();
	check("both change",
	      both_see(REGION_VA + 2 * SUPER, TAG_B) &&
		      both_see(REGION_VA + SUPER + 2 * PAGE_SIZE, TAG_B));
	*top = old;
	sfence_all();
}

/* A root in itself, all the way down: a pointer where a leaf must be. */
static void root_in_itself(void)
{
	u64 va = 511UL << 30 | 511UL << 21 | 511UL << 12, old = root[511];

	va |= ~0UL << 39;
	root[511] = PTE_PA((u64)root) | PTE_V;
	sfence_all();
	print("root in itself: %lu %lu %lu\n", try_s(LOAD, va),
	      try_s(STORE, va), try_s(FETCH, va));
	root[511] = old;
	sfence_all();
}

/* A table maps itself as a page: by that page it changes its neighbours,
 * and in the end itself. */
static void self_map(u64 *l0)
{
	u64 va = REGION_VA, self = va + 4 * PAGE_SIZE;

	l0[4] = PTE_PA((u64)l0) | PTE_KERNEL;
	l0[5] = leaf(REGION_A);
	sfence_all();
	check("self-map reads", read64(self + 5 * 8) == leaf(REGION_A));
	both_see(va + 5 * PAGE_SIZE, TAG_A);
	write64(self + 5 * 8, leaf(REGION_B));
	fence_va(va + 5 * PAGE_SIZE);
	check("self-map writes", both_see(va + 5 * PAGE_SIZE, TAG_B));
	write64(self + 6 * 8, leaf(REGION_A));
	check("self-map makes valid", both_see(va + 6 * PAGE_SIZE, TAG_A));
	write64(self + 4 * 8, 0);
	fence_va(self);
	check("self-map ends", both_see(self, CAUSE_LOAD_PAGE));
}

/* An access that needs a table where no memory is: an access fault, which
 * QEMU makes a page fault. */
static void outside(u64 *l1)
{
	static const u64 where[] = {HOLE_BASE, 0x90000000UL, 1UL << 40};

	for (u32 n = 0; n < ARRAY_SIZE(where); n++) {
		u64 cause;

		l1[2] = PTE_PA(where[n]) | PTE_V;
		sfence_all();
		cause = try_s(LOAD, REGION_VA + 2 * SUPER);
		check("table outside RAM",
		      cause == CAUSE_LOAD_ACCESS || cause == CAUSE_LOAD_PAGE);
		cause = try_u(FETCH, REGION_VA + 2 * SUPER);
		check("table outside RAM",
		      cause == CAUSE_FETCH_ACCESS || cause == CAUSE_FETCH_PAGE);
	}
	l1[2] = 0;
	sfence_all();
}

void test_tables(void)
{
	u64 *l1 = page_new(), *l0 = page_new();

	root[REGION_VA >> 30 & 511] = PTE_PA((u64)l1) | PTE_V;
	l1[0] = PTE_PA((u64)l0) | PTE_V;
	sfence_all();
	p41_aliases(l0);
	p41_widths(l0);
	self_map(l0);
	outside(l1);
	p43_reuse(l1, l0);
	p43_root();
	two_levels();
	root_in_itself();
}
