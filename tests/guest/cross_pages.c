/* SPDX-License-Identifier: BSD-2-Clause */
/* Misaligned loads and stores of every width over two pages. */
#include "tests/guest/cross.h"

#define MEET (PAIR_VA + PAGE_SIZE)

#define CODES(X)           \
	X(c_lh, 2, false)  \
	X(c_lhu, 2, false) \
	X(c_lw, 4, false)  \
	X(c_lwu, 4, false) \
	X(c_ld, 8, false)  \
	X(c_flw, 4, false) \
	X(c_fld, 8, false) \
	X(c_sh, 2, true)   \
	X(c_sw, 4, true)   \
	X(c_csw, 4, true)  \
	X(c_sd, 8, true)   \
	X(c_csd, 8, true)  \
	X(c_fsw, 4, true)  \
	X(c_fsd, 8, true)
#define CODE_DECLARE(name, size, store) extern char name[];
CODES(CODE_DECLARE)

static const struct {
	const char *name, *code;
	u64 size;
	bool store;
} codes[] = {
#define CODE_ROW(name, size, store) {#name, name, size, store},
	CODES(CODE_ROW)};

/* What a page may be to who asks: none, read, write, execute only. */
static const struct {
	const char *name;
	u64 flags;
} pages[] = {
	{"--", 0},
	{"r-", PTE_V | PTE_R | PTE_AD},
	{"rw", PTE_V | PTE_R | PTE_W | PTE_AD},
	{"-x", PTE_V | PTE_X | PTE_AD},
};

/* "first", "second", "-": the part of the access that stval names. */
static char part(u64 stval, u64 at)
{
	return stval == at ? '1' : stval == MEET ? '2' : '?';
}

/*
 * At every offset where the access is in both pages the same cause, and stval
 * "the virtual address of the portion of the access that caused the fault".
 * Who faults in part may have stored the other part: that is not compared.
 */
static void one(u32 n, bool user)
{
	struct result r = {0}, last = {0};
	char where = 0, seen;

	for (u64 off = 1; off < codes[n].size; off++) {
		u64 at = MEET - off;

		fill_pair();
		r = run_at(codes[n].code, user, at, 0x1122334455667788);
		seen = r.cause == CAUSE_NONE ? '-' : part(r.stval, at);
		if (off > 1 && (r.cause != last.cause || seen != where))
			print("(differs at -%lu: %lu %c)", off, r.cause, seen);
		last = r;
		where = seen;
	}
	print(" %lu%c", r.cause, where);
}

static void pair(u32 a, u32 b, bool user)
{
	u64 u = user ? PTE_U : 0;

	map_pair(pages[a].flags ? pages[a].flags | u : 0,
		 pages[b].flags ? pages[b].flags | u : 0);
	print("%c %s|%s:", user ? 'U' : 'S', pages[a].name, pages[b].name);
	for (u32 n = 0; n < ARRAY_SIZE(codes); n++)
		one(n, user);
	print("\n");
}

/* U's page and S's page, side by side. */
static void mixed(const char *name, u64 first, u64 second)
{
	map_pair(PTE_KERNEL | first, PTE_KERNEL | second);
	for (u32 sum = 0; sum < 2; sum++) {
		if (sum)
			csr_set(sstatus, SSTATUS_SUM);
		print("S, SUM %u, %s:", sum, name);
		for (u32 n = 0; n < ARRAY_SIZE(codes); n++)
			one(n, false);
		csr_clear(sstatus, SSTATUS_SUM);
		print("\nU, %s:", name);
		for (u32 n = 0; n < ARRAY_SIZE(codes); n++)
			one(n, true);
		print("\n");
	}
}

/* The bytes themselves: each access at each offset, in one page and in two. */
static void values(bool user)
{
	map_pair(PTE_KERNEL | (user ? PTE_U : 0),
		 PTE_KERNEL | (user ? PTE_U : 0));
	for (u32 n = 0; n < ARRAY_SIZE(codes); n++) {
		u64 sum = 0;

		for (u64 off = 0; off < 17; off++) {
			struct result r;

			fill_pair();
			r = run_at(codes[n].code, user, MEET - off,
				   0x1122334455667788 + off);
			sum = sum * 31 + r.cause;
			if (!codes[n].store)
				sum = sum * 31 + r.value;
			for (u64 k = 0; k < 24; k++)
				sum = sum * 31 +
				      read8(PAGE_1 + PAGE_SIZE - 24 + k) +
				      257 * read8(PAGE_2 + k);
		}
		print("%c %s values 0x%lx\n", user ? 'U' : 'S', codes[n].name,
		      sum);
	}
}

/* Two names of one page: what the first part stores the second has stored
 * over, or the other way round; not both lost. */
static void one_page_twice(void)
{
	mmu_map(root, PAIR_VA, PAGE_1, PTE_KERNEL);
	mmu_map(root, PAIR_VA + PAGE_SIZE, PAGE_1, PTE_KERNEL);
	sfence_all();
	write64(PAGE_1, 0);
	write64(PAGE_1 + PAGE_SIZE - 8, 0);
	run_at(c_sd, false, MEET - 3, 0x1122334455667788);
	show("one page twice, its start", read64(PAGE_1));
	show("one page twice, its end", read64(PAGE_1 + PAGE_SIZE - 8));
}

/* A small page, and beside it one of 2 MiB. */
static void sizes(void)
{
	u64 *large = mmu_slot(root, PAIR_VA + 0x200000, 1);

	*large = PTE_PA(0x84200000UL) | PTE_KERNEL;
	mmu_map(root, PAIR_VA + 0x1ff000, PAGE_1, PTE_KERNEL);
	sfence_all();
	write64(0x84200000UL, 0x8877665544332211);
	fill_pair();
	show("4 KiB and 2 MiB",
	     run_at(c_ld, false, PAIR_VA + 0x200000 - 5, 0).value);
	*large &= ~PTE_R & ~PTE_W;
	sfence_all();
	show("2 MiB that cannot be read",
	     run_at(c_ld, false, PAIR_VA + 0x200000 - 5, 0).stval);
	*large = 0;
	sfence_all();
}

void test_crossing(void)
{
	print("each pair of pages:");
	for (u32 n = 0; n < ARRAY_SIZE(codes); n++)
		print(" %s", codes[n].name);
	print("\n");
	for (u32 user = 0; user < 2; user++) {
		for (u32 a = 0; a < ARRAY_SIZE(pages); a++)
			for (u32 b = 0; b < ARRAY_SIZE(pages); b++)
				pair(a, b, user);
		values(user);
	}
	mixed("s|u", 0, PTE_U);
	mixed("u|s", PTE_U, 0);
	one_page_twice();
	sizes();
}
