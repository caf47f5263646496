/* SPDX-License-Identifier: BSD-2-Clause */
/* Code that changes, in S and in U, by aliases, and over two pages. */
#include "tests/guest/rt/rt.h"

/* Three pages of code in a row, for S and for U, and a name to write them by
 * besides their address. */
#define PAGES         0x84000000UL
#define OTHER         0x84010000UL /* what the middle page may become */
#define S_VA          0xc0000000UL
#define U_VA          0xc0100000UL
#define ALIAS_VA      0xc0200000UL
#define EDGE          PAGE_SIZE

#define LI_A0(n)      (0x00000513U | (u32)(n) << 20)
#define EBREAK        0x00100073U
#define NOP           0x00000013U
#define FENCE_I       0x0000100fU
#define CSRR(rd, csr) (0x00002073U | (u32)(rd) << 7 | (u32)(csr) << 20)
#define CSRR_A0(csr)  CSRR(10, csr)
#define CSRW_A1(csr)  (0x00059073U | (u32)(csr) << 20)
#define SRET          0x10200073U
#define SSCRATCH      0x140
#define SEPC          0x141
#define SCAUSE        0x142
#define STVAL         0x143

static u64 *root;
static struct frame f;

static void fence_i(void)
{
	asm volatile("fence.i" ::: "memory");
}

/* A word at an offset of even bytes, by halfwords. */
static void put(u64 base, u64 off, u32 insn)
{
	write16(base + off, (u16)insn);
	write16(base + off + 2, (u16)(insn >> 16));
}

static void map_page(u64 n, u64 pa, u64 flags)
{
	mmu_map(root, S_VA + n * PAGE_SIZE, pa, flags);
	mmu_map(root, U_VA + n * PAGE_SIZE, pa, flags ? flags | PTE_U : 0);
	sfence_all();
}

static void map_all(void)
{
	for (u64 n = 0; n < 3; n++) {
		map_page(n, PAGES + n * PAGE_SIZE, PTE_KERNEL);
		mmu_map(root, ALIAS_VA + n * PAGE_SIZE, PAGES + n * PAGE_SIZE,
			PTE_KERNEL);
	}
	sfence_all();
}

/* Run at an offset until the first trap; a0 in the end. */
static u64 run(bool user, u64 off)
{
	f.x[10] = 0;
	f.sepc = (user ? U_VA : S_VA) + off;
	if (user)
		user_run(&f);
	else
		super_run(&f);
	return f.x[10];
}

static void report(const char *name, bool user)
{
	u64 va = user ? U_VA : S_VA;

	print("%c %s: cause %lu a0 %ld sepc +0x%lx", user ? 'U' : 'S', name,
	      f.scause, f.x[10], f.sepc - va);
	if (f.scause == CAUSE_FETCH_PAGE || f.scause == CAUSE_FETCH_ACCESS)
		print(" stval +0x%lx", f.stval - va);
	print("\n");
}

/* ---- one instruction changes ------------------------------------------------
 */

static void changing(bool user)
{
	static const u64 names[] = {PAGES, ALIAS_VA};
	bool good = true;

	put(PAGES, 4, EBREAK);
	for (u32 n = 0; n < 100; n++) {
		put(names[n % 2], 0, LI_A0(n));
		fence_i();
		good &= run(user, 0) == n;
	}
	check(user ? "U changes a hundred times" : "S changes a hundred times",
	      good);
	good = true;
	for (u32 n = 0; n < 100; n++) {
		put(names[n % 2], EDGE - 2, LI_A0(n));
		put(names[n % 2], EDGE + 2, EBREAK);
		fence_i();
		good &= run(user, EDGE - 2) == n;
	}
	check("and over two pages", good);
}

/* Only one half of an instruction that lies in two pages. */
static void halves(bool user)
{
	put(PAGES, EDGE - 2, LI_A0(1));
	put(PAGES, EDGE + 2, EBREAK);
	fence_i();
	run(user, EDGE - 2);
	report("both halves", user);
	write16(ALIAS_VA + EDGE, LI_A0(2) >> 16);
	fence_i();
	run(user, EDGE - 2);
	report("the upper half changed", user);
	write16(PAGES + EDGE - 2, 0x0593); /* li a1 */
	fence_i();
	f.x[11] = 0;
	run(user, EDGE - 2);
	print("a1 %lu ", f.x[11]);
	report("the lower half changed", user);
}

/* Code that writes its next instruction, and falls into it. a1: where. */
static void by_itself(bool user)
{
	bool good = true;

	put(PAGES, 0, 0x00c5a023); /* sw a2, (a1) */
	put(PAGES, 4, FENCE_I);
	put(PAGES, 8, NOP);
	put(PAGES, 12, EBREAK);
	for (u32 n = 0; n < 20; n++) {
		fence_i();
		f.x[11] = (user ? U_VA : S_VA) + 8;
		f.x[12] = LI_A0(n);
		good &= run(user, 0) == n && f.scause == CAUSE_BREAK;
	}
	check(user ? "U by itself" : "S by itself", good);
}

/* ---- an instruction in two pages, of which one is not there
 * ------------------ */

static void straddling(bool user, u32 insn, const char *name)
{
	static const struct {
		const char *what;
		u64 first, second;
	} rows[] = {
		{"both", PTE_KERNEL, PTE_KERNEL},
		{"no second page", PTE_KERNEL, 0},
		{"second without X", PTE_KERNEL, PTE_KERNEL & ~PTE_X},
		{"no first page", 0, PTE_KERNEL},
		{"first without X", PTE_KERNEL & ~PTE_X, PTE_KERNEL},
		{"neither", 0, 0},
	};

	put(PAGES, EDGE - 4, 0x00010001); /* two c.nop */
	put(PAGES, EDGE - 2, insn);
	put(PAGES, EDGE + 2, EBREAK);
	fence_i();
	print("%s\n", name);
	for (u32 n = 0; n < ARRAY_SIZE(rows); n++) {
		map_page(0, PAGES, rows[n].first);
		map_page(1, PAGES + PAGE_SIZE, rows[n].second);
		run(user, EDGE - 4);
		report(rows[n].what, user);
		run(user, EDGE - 2);
		report(rows[n].what, user);
	}
	/* The second page belongs to the other mode. */
	map_all();
	mmu_map(root, (user ? U_VA : S_VA) + EDGE, PAGES + EDGE,
		user ? PTE_KERNEL : PTE_USER);
	sfence_all();
	run(user, EDGE - 2);
	report("the second is the other's", user);
	map_all();
}

/* A half of two bytes is whole: the fault comes behind it. */
static void short_last(bool user)
{
	write16(PAGES + EDGE - 2, 0x4515); /* c.li a0, 5 */
	fence_i();
	map_page(1, PAGES + PAGE_SIZE, 0);
	run(user, EDGE - 2);
	report("two bytes at the end", user);
	map_all();
}

/* The second page is another one: so is the instruction's upper half. */
static void remapped(bool user)
{
	put(PAGES, EDGE - 2, LI_A0(1));
	put(PAGES, EDGE + 2, EBREAK);
	write16(OTHER, LI_A0(7) >> 16);
	put(OTHER, 2, EBREAK);
	fence_i();
	for (u32 n = 0; n < 4; n++) {
		map_page(1, n % 2 ? OTHER : PAGES + PAGE_SIZE, PTE_KERNEL);
		fence_i();
		run(user, EDGE - 2);
		report("the second page remapped", user);
	}
	map_all();
}

/* ---- privileged instructions
 * ------------------------------------------------- */

static void set_csrs(void)
{
	csr_write(stval, 0x333);
	f.x[11] = 0x444;
}

/* What it does must be what is in memory now, however often it ran before. */
static void privileged(u64 off)
{
	static const u32 insns[] = {
		CSRR_A0(STVAL), LI_A0(5),       CSRR_A0(SCAUSE),
		CSRR_A0(SEPC),  CSRW_A1(STVAL), NOP,
		CSRR_A0(STVAL), EBREAK,         CSRR_A0(STVAL) | 3 << 12,
	};

	for (u32 n = 0; n < ARRAY_SIZE(insns); n++) {
		put(n % 2 ? PAGES : ALIAS_VA, off, insns[n]);
		put(PAGES, off + 4, CSRR(12, STVAL));
		put(PAGES, off + 8, EBREAK);
		fence_i();
		for (u32 again = 0; again < 3; again++) {
			u64 a0;

			f.x[12] = 0;
			set_csrs();
			a0 = run(false, off);
			if (insns[n] == CSRR_A0(SCAUSE))
				a0 = 0; /* what ran before */
			if (insns[n] == CSRR_A0(SEPC))
				a0 -= S_VA;
			print("privileged at 0x%lx: a0 0x%lx stval 0x%lx "
			      "cause %lu\n",
			      off, a0, f.x[12], f.scause);
		}
	}
}

/* One address, two address spaces: each has its own instruction there. */
static void two_spaces(void)
{
	u64 *other = mmu_new(), *one = root;
	bool good = true;

	put(PAGES, 0, CSRR_A0(STVAL));
	put(PAGES, 4, EBREAK);
	put(OTHER, 0, CSRW_A1(STVAL));
	put(OTHER, 4, CSRR_A0(STVAL));
	put(OTHER, 8, EBREAK);
	fence_i();
	mmu_map(other, S_VA, OTHER, PTE_KERNEL);
	sfence_all();
	for (u32 n = 0; n < 20; n++) {
		csr_write(satp, SATP_SV39 | 1UL << 44 | (u64)one >> 12);
		set_csrs();
		good &= run(false, 0) == 0x333;
		csr_write(satp, SATP_SV39 | 2UL << 44 | (u64)other >> 12);
		set_csrs();
		good &= run(false, 0) == 0x444;
	}
	mmu_on(one, 0);
	check("one address in two address spaces", good);
}

/* Two addresses, one page: in S it does what it says, in U it is illegal. */
static void two_modes(void)
{
	bool good = true;

	put(PAGES, 0x40, CSRR_A0(STVAL));
	put(PAGES, 0x44, EBREAK);
	fence_i();
	for (u32 n = 0; n < 20; n++) {
		set_csrs();
		good &= run(false, 0x40) == 0x333;
		run(true, 0x40);
		good &= f.scause == CAUSE_ILLEGAL && f.sepc == U_VA + 0x40;
	}
	check("one instruction in two modes", good);
}

/* sret in two pages, to what is behind it. */
static void straddling_sret(void)
{
	put(PAGES, EDGE - 14, CSRW_A1(SEPC));
	put(PAGES, EDGE - 10, 0x10000613); /* li a2, SPP */
	put(PAGES, EDGE - 6, 0x10062073);  /* csrs sstatus, a2 */
	put(PAGES, EDGE - 2, SRET);
	put(PAGES, EDGE + 2, LI_A0(1));
	put(PAGES, EDGE + 6, LI_A0(2));
	put(PAGES, EDGE + 10, EBREAK);
	fence_i();
	f.x[11] = S_VA + EDGE + 10;
	run(false, EDGE - 14);
	report("sret in two pages", false);
	f.x[11] = S_VA + EDGE + 6;
	run(false, EDGE - 14);
	report("sret in two pages", false);
	map_page(1, PAGES + PAGE_SIZE, 0);
	run(false, EDGE - 14);
	report("sret of which half is there", false);
	map_all();
}

int main(void)
{
	begin("smc");
	csr_set(sstatus, 0);
	root = mmu_new();
	map_all();
	mmu_on(root, 0);
	for (u32 user = 0; user < 2; user++) {
		changing(user);
		halves(user);
		by_itself(user);
		straddling(user, LI_A0(9), "li");
		straddling(user, 0xffffffff, "illegal");
		straddling(user, CSRR(0, STVAL), "csrr to x0");
		short_last(user);
		remapped(user);
	}
	privileged(0x80);
	privileged(EDGE - 4);
	privileged(EDGE - 2);
	privileged(EDGE - 6);
	two_spaces();
	two_modes();
	straddling_sret();
	mmu_off();
	finish();
}
