/* SPDX-License-Identifier: BSD-2-Clause */
/* Every permission by privilege, SUM, MXR and kind of access; every leaf. */
#include "tests/guest/paging.h"

/* Privileged, "Virtual Address Translation Process": who may is shown, as the
 * machine would have it, and compared with what natively comes. */
enum as { S, S_SUM, S_MXR, S_BOTH, U, U_MXR, AS };

static u64 attempt(enum as as, enum kind kind)
{
	static const u64 bits[AS] = {0,           SSTATUS_SUM,
				     SSTATUS_MXR, SSTATUS_SUM | SSTATUS_MXR,
				     0,           SSTATUS_MXR};
	u64 cause;

	csr_set(sstatus, bits[as]);
	cause = as < U ? try_s(kind, TEST_VA) : try_u(kind, TEST_VA);
	csr_clear(sstatus, SSTATUS_SUM | SSTATUS_MXR);
	return cause;
}

static void set_pte(u64 flags)
{
	mmu_map(root, TEST_VA, REGION_A, flags);
	fence_va(TEST_VA);
}

static char letter(u64 cause)
{
	switch (cause) {
	case CAUSE_NONE:
		return '.';
	case CAUSE_FETCH_PAGE:
		return 'F';
	case CAUSE_LOAD_PAGE:
		return 'L';
	case CAUSE_STORE_PAGE:
		return 'S';
	default:
		return '?';
	}
}

/*
 * 'a' where all is well but A or D: a machine faults (Svade), or sets what is
 * missing. Both are right, if done to the end.
 */
static char aged(enum as as, enum kind kind, u64 flags, u64 cause)
{
	bool writes = kind == STORE || kind == AMO;
	u64 need = writes ? PTE_AD : PTE_A, after;

	after = *mmu_slot(root, TEST_VA, 0);
	if ((flags & need) == need)
		return letter(cause);
	set_pte(flags | PTE_AD);
	if (attempt(as, kind) != CAUSE_NONE)
		return letter(cause);
	if (cause == CAUSE_NONE)
		return (after & need) == need ? 'a' : '!';
	return (after & 0x3ff) == flags && letter(cause) != '?' ? 'a' : '!';
}

static char cell(enum as as, enum kind kind, u64 flags)
{
	set_pte(flags);
	return aged(as, kind, flags, attempt(as, kind));
}

static void row(u64 flags)
{
	static const char names[] = "VRWXUGAD";

	print("pte ");
	for (u32 bit = 0; bit < 8; bit++)
		if (bit != 5)
			print("%c", flags >> bit & 1 ? names[bit] : '-');
	for (enum as as = 0; as < AS; as++) {
		print(" ");
		for (enum kind kind = 0; kind < KINDS; kind++)
			print("%c", cell(as, kind, flags));
	}
	print("\n");
}

void test_matrix(void)
{
	print("each: load store fetch amo lr; S, SUM, MXR, both, U, MXR\n");
	row(PTE_R | PTE_W | PTE_X | PTE_AD);
	for (u64 user = 0; user < 2; user++)
		for (u64 rwx = 0; rwx < 8; rwx++)
			for (u64 ad = 0; ad < 4; ad++)
				row(PTE_V | rwx << 1 | user << 4 | ad << 6);
}

/* ---- what a leaf may look like --------------------------------------------
 */

/* The causes for S, and for U, of an entry that should do neither of them any
 * good: pte has no U. */
static void faults(const char *name, u64 *slot, u64 pte, u64 va)
{
	*slot = pte;
	sfence_all();
	print("%s: S %lu %lu %lu", name, try_s(LOAD, va), try_s(STORE, va),
	      try_s(FETCH, va));
	*slot = pte | PTE_U;
	sfence_all();
	print(" U %lu %lu %lu\n", try_u(LOAD, va), try_u(STORE, va),
	      try_u(FETCH, va));
}

/* The start, the middle and the end of what a large leaf maps. */
static void large(const char *name, u64 *slot, u64 va, u64 pa, u64 size)
{
	u64 last = REGION_A - pa + SUPER - PAGE_SIZE;

	*slot = PTE_PA(pa) | PTE_USER;
	sfence_all();
	check(name, both_see(va + REGION_A - pa, TAG_A) &&
			    both_see(va + REGION_A - pa + SUPER / 2,
				     TAG_A + SUPER / 2) &&
			    both_see(va + last, TAG(pa + last)));
	for (u64 off = PAGE_SIZE; off < size; off <<= 4) {
		print("off by 0x%lx ", off);
		faults("misaligned", slot, PTE_PA(pa + off) | PTE_KERNEL,
		       va + REGION_A - pa);
	}
	/* N is for leaves of 4 KiB. */
	faults("large leaf with N", slot, PTE_PA(pa) | PTE_KERNEL | BIT(63),
	       va + REGION_A - pa);
}

/* PBMT = 3 is reserved, too, but QEMU lets it pass. */
static void reserved(void)
{
	u64 *slot = mmu_slot(root, TEST_VA, 0), pte = PTE_PA(REGION_A);

	for (u32 bit = 54; bit < 59; bit++) {
		print("bit %u ", bit);
		faults("reserved", slot, pte | PTE_KERNEL | BIT(bit), TEST_VA);
	}
	faults("pointer at the last level", slot, pte | PTE_V, TEST_VA);
	slot = mmu_slot(root, TEST_VA, 1);
	pte = *slot;
	faults("pointer with A", slot, pte | PTE_A, TEST_VA);
	faults("pointer with D", slot, pte | PTE_D, TEST_VA);
	faults("pointer with a reserved bit", slot, pte | BIT(54), TEST_VA);
	*slot = pte;
	set_pte(PTE_USER);
	check("pointer", both_see(TEST_VA, TAG_A));
	for (u64 pbmt = 1; pbmt < 3; pbmt++) {
		set_pte(PTE_USER | pbmt << 61);
		check("PBMT as the FDT says",
		      both_see(TEST_VA, fdt_isa_has("svpbmt")
						? TAG_A
						: (u64)CAUSE_LOAD_PAGE));
	}
	set_pte(PTE_USER | 3UL << 8);
	check("RSW is ours", both_see(TEST_VA, TAG_A));
}

/* "Svnapot": 64 KiB, by sixteen equal entries with ppn[3:0] = 8. */
static void napot(void)
{
	u64 pte = PTE_PA(REGION_A + 8 * PAGE_SIZE) | PTE_USER | BIT(63);
	bool has = fdt_isa_has("svnapot"), good = true;

	for (u64 n = 0; n < 16; n++)
		*mmu_slot(root, TEST_VA + n * PAGE_SIZE, 0) = pte;
	sfence_all();
	for (u64 n = 0; n < 16; n++)
		good &= both_see(TEST_VA + n * PAGE_SIZE,
				 has ? TAG(REGION_A + n * PAGE_SIZE)
				     : (u64)CAUSE_LOAD_PAGE);
	check("NAPOT as the FDT says", good);
	for (u64 n = 0; n < 16; n++)
		*mmu_slot(root, TEST_VA + n * PAGE_SIZE, 0) =
			pte + PTE_PA(REGION_B - REGION_A);
	fence_va(TEST_VA + 5 * PAGE_SIZE);
	check("NAPOT after a fence inside",
	      both_see(TEST_VA + 9 * PAGE_SIZE,
		       has ? TAG(REGION_B + 9 * PAGE_SIZE)
			   : (u64)CAUSE_LOAD_PAGE));
	faults("NAPOT of another size", mmu_slot(root, TEST_VA, 0),
	       (pte ^ PTE_PA(4 * PAGE_SIZE)) & ~PTE_U, TEST_VA);
	for (u64 n = 0; n < 16; n++)
		*mmu_slot(root, TEST_VA + n * PAGE_SIZE, 0) = 0;
	sfence_all();
}

/* "Sv39": bits 63-39 equal bit 38. */
static void canonical(void)
{
	static const u64 wrong[] = {BIT(38),      BIT(39),
				    BIT(63),      0xffffffbffffff000UL,
				    BIT(62) | 64, 0x8000004000000000UL};

	for (u32 n = 0; n < ARRAY_SIZE(wrong); n++) {
		struct caught c = TRY(read64(wrong[n]));

		print("not canonical: stval 0x%lx: %lu %lu %lu U %lu %lu %lu\n",
		      c.stval, try_s(LOAD, wrong[n]), try_s(STORE, wrong[n]),
		      try_s(FETCH, wrong[n]), try_u(LOAD, wrong[n]),
		      try_u(STORE, wrong[n]), try_u(FETCH, wrong[n]));
	}
	mmu_map(root, BIT(38) - PAGE_SIZE, REGION_A, PTE_USER);
	mmu_map(root, -BIT(38), REGION_B, PTE_USER);
	mmu_map(root, -PAGE_SIZE, REGION_A, PTE_USER);
	sfence_all();
	check("last of the lower half", both_see(BIT(38) - PAGE_SIZE, TAG_A));
	check("first of the upper half", both_see(-BIT(38), TAG_B));
	check("last of all", both_see(-PAGE_SIZE, TAG_A));
	mmu_map(root, BIT(38) - PAGE_SIZE, REGION_A, PTE_KERNEL);
	sfence_all();
	struct caught c = TRY(read64(BIT(38) - 4));

	print("load out of the lower half: cause %lu stval 0x%lx\n", c.scause,
	      c.stval);
	mmu_map(root, BIT(38) - PAGE_SIZE, 0, 0);
	mmu_map(root, -BIT(38), 0, 0);
	mmu_map(root, -PAGE_SIZE, 0, 0);
	sfence_all();
}

void test_leaves(void)
{
	large("2 MiB leaf", mmu_slot(root, SUPER_VA, 1), SUPER_VA, REGION_A,
	      SUPER);
	large("1 GiB leaf", mmu_slot(root, GIGA_VA, 2), GIGA_VA, RAM_BASE,
	      GIGA);
	reserved();
	napot();
	canonical();
	*mmu_slot(root, SUPER_VA, 1) = 0;
	*mmu_slot(root, GIGA_VA, 2) = 0;
	sfence_all();
}
