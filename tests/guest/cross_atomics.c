/* SPDX-License-Identifier: BSD-2-Clause */
/* LR/SC and AMOs: what they compute, and where they may not. */
#include "tests/guest/cross.h"

#define AT                (PAIR_VA + PAGE_SIZE + 0x10)

#define AMOS(X)           X(swap) X(add) X(xor) X(and) X(or) X(min) X(max) X(minu) X(maxu)
#define AMO_DECLARE(name) extern char a_##name##_w[], a_##name##_d[];
AMOS(AMO_DECLARE)
extern char l_lr_w[], l_lr_d[], l_pair_w[], l_pair_d[], l_again[],
	l_elsewhere[];

static const struct {
	const char *name, *w, *d;
} amos[] = {
#define AMO_ROW(name) {#name, a_##name##_w, a_##name##_d},
	AMOS(AMO_ROW)};

/* The operands that tell signed from unsigned and narrow from wide. */
static const u64 operands[] = {
	0,          1,         0x7fffffff,         0x80000000,
	0xffffffff, 1UL << 63, 0x7fffffffffffffff, -1UL,
};

static u64 fold(u64 sum, u64 v)
{
	return (sum ^ v) * 0x9e3779b97f4a7c15UL;
}

static u64 compute(const char *code, bool user)
{
	u64 sum = 0;

	for (u32 a = 0; a < ARRAY_SIZE(operands); a++) {
		for (u32 b = 0; b < ARRAY_SIZE(operands); b++) {
			struct result r;

			write64(PAGE_2 + 0x10, operands[a]);
			r = run_at(code, user, AT, operands[b]);
			sum = fold(fold(sum, r.cause), r.value);
			sum = fold(sum, read64(PAGE_2 + 0x10));
		}
	}
	return sum;
}

static void values(bool user)
{
	map_pair(0, PTE_KERNEL | (user ? PTE_U : 0));
	for (u32 n = 0; n < ARRAY_SIZE(amos); n++)
		print("%c amo%s: w 0x%lx d 0x%lx\n", user ? 'U' : 'S',
		      amos[n].name, compute(amos[n].w, user),
		      compute(amos[n].d, user));
	print("%c lr/sc: w 0x%lx d 0x%lx\n", user ? 'U' : 'S',
	      compute(l_pair_w, user), compute(l_pair_d, user));
}

/* A store-conditional fails that has no reservation for its address. */
static void failing(bool user)
{
	u64 u = user ? PTE_U : 0;

	map_pair(PTE_KERNEL | u, PTE_KERNEL | u);
	write64(PAGE_2 + 0x10, 5);
	check("the second sc fails",
	      run_at(l_again, user, AT, 7).value && read64(PAGE_2 + 0x10) == 7);
	check("the sc elsewhere fails",
	      run_at(l_elsewhere, user, AT, 9).value &&
		      read64(PAGE_2 + 0x10) == 7);
}

static void put(const char *name, struct result r)
{
	print(" %s %lu", name, r.cause);
	if (r.cause != CAUSE_NONE)
		print(r.stval == AT ? "." : " stval 0x%lx", r.stval);
}

static void denied(const char *name, u64 flags, bool user)
{
	map_pair(0, flags ? flags | (user ? PTE_U : 0) : 0);
	write64(PAGE_2 + 0x10, 5);
	print("%c on %s:", user ? 'U' : 'S', name);
	put("amoadd.w", run_at(a_add_w, user, AT, 1));
	put("amoswap.d", run_at(a_swap_d, user, AT, 6));
	put("lr.w", run_at(l_lr_w, user, AT, 0));
	put("lr.d", run_at(l_lr_d, user, AT, 0));
	put("sc.w", run_at(l_pair_w, user, AT, 7));
	put("sc.d", run_at(l_pair_d, user, AT, 8));
	print(" memory 0x%lx\n", read64(PAGE_2 + 0x10));
}

/* S on U's page, with SUM; U on S's page. */
static void foreign(void)
{
	map_pair(0, PTE_USER);
	expect("S, amo on U's page", run_at(a_add_w, false, AT, 1).cause,
	       CAUSE_STORE_PAGE);
	expect("S, lr on U's page", run_at(l_lr_w, false, AT, 1).cause,
	       CAUSE_LOAD_PAGE);
	csr_set(sstatus, SSTATUS_SUM);
	expect("S, SUM, amo on U's page", run_at(a_add_w, false, AT, 1).cause,
	       CAUSE_NONE);
	expect("S, SUM, sc on U's page", run_at(l_pair_d, false, AT, 1).cause,
	       CAUSE_NONE);
	csr_clear(sstatus, SSTATUS_SUM);
	map_pair(0, PTE_KERNEL);
	expect("U, amo on S's page", run_at(a_add_d, true, AT, 1).cause,
	       CAUSE_STORE_PAGE);
	expect("U, lr on S's page", run_at(l_lr_d, true, AT, 1).cause,
	       CAUSE_LOAD_PAGE);
}

/* Misaligned or access fault, load's or store's: the machine's choice, and
 * QEMU with one thread reads before it writes. */
static void misaligned(void)
{
	const char *const codes[] = {a_add_w, a_add_d, l_lr_w, l_lr_d};
	bool good = true;

	map_pair(PTE_KERNEL, PTE_KERNEL);
	for (u32 n = 0; n < ARRAY_SIZE(codes); n++) {
		u64 at = PAIR_VA + PAGE_SIZE - 2;
		struct result r = run_at(codes[n], false, at, 0);

		good &= r.cause >= CAUSE_LOAD_MISALIGNED &&
			r.cause <= CAUSE_STORE_ACCESS && r.stval == at;
	}
	check("misaligned atomics", good);
}

/* Svade, or D is set and the store done. */
static void clean(void)
{
	struct result r;
	u64 flags = PTE_KERNEL & ~PTE_D, *pte;

	map_pair(0, flags);
	pte = mmu_slot(root, AT, 0);
	write64(PAGE_2 + 0x10, 5);
	r = run_at(a_add_w, false, AT, 1);
	check("amo on a clean page",
	      r.cause == CAUSE_NONE
		      ? *pte & PTE_D && read64(PAGE_2 + 0x10) == 6
		      : r.cause == CAUSE_STORE_PAGE && !(*pte & PTE_D) &&
				read64(PAGE_2 + 0x10) == 5);
	map_pair(0, flags);
	r = run_at(l_pair_w, false, AT, 9);
	check("sc on a clean page", r.cause == CAUSE_NONE
					    ? *pte & PTE_D
					    : r.cause == CAUSE_STORE_PAGE);
}

void test_atomics(void)
{
	for (u32 user = 0; user < 2; user++) {
		values(user);
		failing(user);
		denied("nothing", 0, user);
		denied("read-only", PTE_V | PTE_R | PTE_AD, user);
		denied("execute-only", PTE_V | PTE_X | PTE_AD, user);
		denied("read-write", PTE_V | PTE_R | PTE_W | PTE_AD, user);
		csr_set(sstatus, SSTATUS_MXR);
		denied("execute-only with MXR", PTE_V | PTE_X | PTE_AD, user);
		csr_clear(sstatus, SSTATUS_MXR);
	}
	foreign();
	misaligned();
	clean();
}
