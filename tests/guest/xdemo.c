/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The extensions xdemo and xsfence, which no hart has: Trapeze only. With
 * `rounds=N` the sum is formed again and again, while somebody changes what
 * runs us.
 */
#include "tests/guest/rt/rt.h"

#define USER_VA     0x40000000UL
#define TEST_VA     0x50000000UL
#define PAGES       6

/* a0 = a0 * a1 + xacc. */
#define MAC         0x00b5050bU
#define MAC_X0      0x00b5000bU /* no result */
#define MAC_OTHER   0x02b5050bU /* funct7 1: none of xdemo's */
#define RANGE       0x00b5002bU
#define RANGE_RD    0x00b505abU /* rd is not x0 */
#define READ_XACC   0x80002573U /* csrr a0, 0x800 */
#define SWAP_XACC   0x80051573U /* csrrw a0, 0x800, a0 */
#define CLEAR_XACC  0x8007f573U /* csrrci a0, 0x800, 15 */
#define READ_XMACS  0xcc002573U /* csrr a0, 0xcc0 */
#define WRITE_XMACS 0xcc051073U /* csrw 0xcc0, a0 */
#define MRET        0x30200073U
#define RET         0x00008067U
#define ECALL       0x00000073U

static u32 code[4] __attribute__((aligned(4096)));

static void write_code(u32 insn)
{
	code[0] = insn;
	code[1] = RET;
	code[2] = ECALL;
	asm volatile("fence.i" ::: "memory");
}

/* What the instruction makes of a0 and a1; U-mode has the same code. */
static u64 in_s(u32 insn, u64 a, u64 b)
{
	write_code(insn);
	return ((u64(*)(u64, u64))code)(a, b);
}

static struct frame *in_u(u32 insn, u64 a, u64 b)
{
	static struct frame f;

	write_code(insn);
	f = (struct frame){.sepc = USER_VA};
	f.x[1] = USER_VA + 8;
	f.x[10] = a;
	f.x[11] = b;
	user_run(&f);
	return &f;
}

static u64 result_u(u32 insn, u64 a, u64 b)
{
	struct frame *f = in_u(insn, a, b);

	return f->scause == CAUSE_ECALL_U ? f->x[10] : f->scause << 56;
}

static void refused(const char *name, u32 insn)
{
	struct caught s = TRY(in_s(insn, 1, 2));
	struct frame *u = in_u(insn, 1, 2);

	check(name, s.scause == CAUSE_ILLEGAL && s.stval == insn &&
			    u->scause == CAUSE_ILLEGAL && u->stval == insn &&
			    u->x[10] == 1);
}

static void test_demo(void)
{
	check("xacc is 0 at first", in_s(READ_XACC, 1, 0) == 0);
	check("mac in S", in_s(MAC, 3, 5) == 15 && in_s(MAC, 2, 4) == 23);
	check("mac in U", result_u(MAC, 10, 10) == 123);
	check("xacc in S and U",
	      in_s(READ_XACC, 0, 0) == 123 && result_u(READ_XACC, 0, 0) == 123);
	check("xacc written", in_s(SWAP_XACC, ~0UL, 0) == 123 &&
				      result_u(CLEAR_XACC, 0, 0) == ~0UL &&
				      in_s(READ_XACC, 0, 0) == ~15UL);
	check("rd = x0",
	      in_s(MAC_X0, 16, 1) == 16 && in_s(READ_XACC, 9, 0) == 0);
	check("xmacs",
	      in_s(READ_XMACS, 0, 0) == 4 && result_u(READ_XMACS, 0, 0) == 4);
	refused("xmacs is read-only", WRITE_XMACS);
	refused("no other of custom-0", MAC_OTHER);
	/* What a hart leaves in stval may be an instruction of before. */
	check("mac, then mret", in_s(MAC, 1, 1) == 1);
	refused("mret is none of ours", MRET);
	check("and did nothing", in_s(READ_XACC, 0, 0) == 1);
}

static void test_many(u64 rounds)
{
	u64 sum = in_s(READ_XACC, 0, 0), seed = 7;
	bool ok = true;

	for (u64 i = 0; i < rounds && ok; i++) {
		u64 a = random_next(&seed), b = random_next(&seed);

		sum += a * b;
		ok = (i & 1 ? result_u(MAC, a, b) : in_s(MAC, a, b)) == sum;
	}
	check("many", ok);
}

static u64 pages[PAGES][512] __attribute__((aligned(4096)));

/* The pages in reverse order: which are seen after a fence of some. */
static void test_range(u64 *root)
{
	bool ok = true;

	for (u64 i = 0; i < PAGES; i++) {
		pages[i][0] = i;
		mmu_map(root, TEST_VA + i * PAGE_SIZE, (u64)pages[i],
			PTE_KERNEL);
	}
	sfence_all();
	for (u64 i = 0; i < PAGES; i++)
		ok &= read64(TEST_VA + i * PAGE_SIZE) == i;
	check("pages", ok);
	for (u64 i = 0; i < PAGES; i++)
		mmu_map(root, TEST_VA + i * PAGE_SIZE,
			(u64)pages[PAGES - 1 - i], PTE_KERNEL);
	in_s(RANGE, TEST_VA + 8, PAGES - 1);
	for (u64 i = 0; i < PAGES - 1; i++)
		ok &= read64(TEST_VA + i * PAGE_SIZE) == PAGES - 1 - i;
	check("range", ok);
	in_s(RANGE, TEST_VA, 1000);
	check("a large range", read64(TEST_VA + (PAGES - 1) * PAGE_SIZE) == 0);
	in_s(RANGE, TEST_VA, 0);
	check("not in U", in_u(RANGE, TEST_VA, 1)->scause == CAUSE_ILLEGAL);
	refused("no result", RANGE_RD);
}

int main(void)
{
	u64 *root = mmu_new(), rounds = bootargs_number("rounds", 100);

	begin("xdemo");
	mmu_map(root, USER_VA, (u64)code, PTE_USER);
	mmu_on(root, 0);
	test_demo();
	test_many(rounds);
	test_range(root);
	finish();
}
