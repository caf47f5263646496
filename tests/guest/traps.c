/* SPDX-License-Identifier: BSD-2-Clause */
/* Every exception that a kernel can make in S and in U, with its answers. */
#include "tests/guest/rt/rt.h"

#define TEST_VA  0xc0000000UL /* data, whose PTE the tests change */
#define CODE_VA  0xc0200000UL /* U code */
#define NOWHERE  0xdead0000UL
#define CAUSES_N 3

static u8 target[2 * PAGE_SIZE] __attribute__((aligned(4096)));
static u64 *root;

enum access { LOAD, STORE, FETCH };

/* ---- accesses, in S here and in U by the code below -----------------------
 */

#define ACCESSES                          \
	".option push\n.option norvc\n"   \
	"u_load: lw a0, (a0)\n\tecall\n"  \
	"u_store: sw a0, (a0)\n\tecall\n" \
	"u_fetch: jr a0\n"                \
	"u_illegal: .word 0xffffffff\n"   \
	"u_zero: .word 0\n"               \
	"u_ebreak: ebreak\n"              \
	"u_ecall: ecall\n"                \
	"u_wfi: wfi\n\tecall\n"           \
	"u_wrs: .word 0x00d00073\n"       \
	"ecall\n"                         \
	".option pop\n"

asm(".text\n\t.balign 4096\nuser_code:\n" ACCESSES "\t.balign 4096\n");

extern char user_code[], u_load[], u_store[], u_fetch[], u_illegal[], u_zero[],
	u_ebreak[], u_ecall[], u_wrs[];

static u64 s_load(u64 a)
{
	u64 v;

	asm volatile("lw %0, (%1)" : "=r"(v) : "r"(a) : "memory");
	return v;
}

static void s_store(u64 a)
{
	asm volatile("sw zero, (%0)" ::"r"(a) : "memory");
}

/* What is there returns at once; a fault returns to ra, which is here too. */
static void s_fetch(u64 a)
{
	asm volatile("jalr ra, (%0)" ::"r"(a) : "ra", "memory");
}

static struct caught access_s(enum access kind, u64 a)
{
	if (kind == LOAD)
		return TRY(s_load(a));
	if (kind == STORE)
		return TRY(s_store(a));
	return TRY(s_fetch(a));
}

static struct caught user(const char *code, u64 a)
{
	struct frame *f = user_call(CODE_VA + (u64)(code - user_code), a);

	return (struct caught){f->scause, f->stval, f->sepc, f->sstatus, 1};
}

static struct caught access_u(enum access kind, u64 a)
{
	static const char *const code[] = {u_load, u_store, u_fetch};

	return user(code[kind], a);
}

/* ---- without translation --------------------------------------------------
 */

static void report(const char *name, struct caught c)
{
	print("%s: cause %lu stval 0x%lx\n", name, c.scause, c.stval);
}

/* stval is zero or what is given; print only the cause. */
static void report_either(const char *name, struct caught c, u64 stval)
{
	print("%s: cause %lu stval %s\n", name, c.scause,
	      !c.stval || c.stval == stval ? "ok" : "WRONG");
	if (c.stval && c.stval != stval)
		check(name, false);
}

static void test_instructions(void)
{
	struct caught c;

	c = TRY(asm volatile(".word 0xffffffff"));
	report_either("all ones", c, 0xffffffff);
	c = TRY(asm volatile(".half 0"));
	report_either("zero", c, *(u16 *)c.sepc);
	c = TRY(asm volatile(".option push\n.option norvc\nebreak\n"
			     ".option pop"));
	report_either("ebreak", c, c.sepc);
	c = TRY(asm volatile("c.ebreak"));
	report_either("c.ebreak", c, c.sepc);
	c = TRY(asm volatile("mret"));
	/* Some machines leave a stale stval here: the cause alone counts. */
	expect("mret in S", c.scause, CAUSE_ILLEGAL);
}

static void test_misaligned(void)
{
	u64 a = (u64)target, v;
	struct caught c;

	for (u32 i = 0; i < 16; i++)
		target[i] = (u8)(0x10 + i);
	for (u32 i = 0; i < 16; i++)
		target[PAGE_SIZE - 8 + i] = (u8)(0x20 + i);
	c = TRY(v = read64(a + 3));
	print("misaligned ld: cause %lu value 0x%lx\n", c.scause, v);
	c = TRY(v = read64(a + PAGE_SIZE - 3));
	print("ld across pages: cause %lu value 0x%lx\n", c.scause, v);
	c = TRY(write64(a + 5, 0x1122334455667788));
	print("misaligned sd: cause %lu value 0x%lx\n", c.scause,
	      read64(a + 8));
	c = TRY(asm volatile("amoadd.w zero, zero, (%0)" ::"r"(a + 1)));
	/* QEMU with one thread reads before it writes: cause 4. */
	check("misaligned amo", (c.scause == CAUSE_STORE_MISALIGNED ||
				 c.scause == CAUSE_LOAD_MISALIGNED) &&
					c.stval == a + 1);
	c = TRY(asm volatile("lr.w t0, (%0)" ::"r"(a + 2) : "t0"));
	print("misaligned lr: cause %lu stval +%lu\n", c.scause, c.stval - a);
	c = TRY(asm volatile("sc.d t0, t0, (%0)" ::"r"(a + 4) : "t0"));
	print("misaligned sc: cause %lu\n", c.scause);
}

static void test_nothing_there(void)
{
	report("load from a hole", access_s(LOAD, HOLE_BASE + 0x128));
	report("store to a hole", access_s(STORE, HOLE_BASE + 0x228));
	report("fetch from a hole", access_s(FETCH, NOWHERE));
	report("amo on a hole",
	       TRY(asm volatile("amoadd.w zero, zero, (%0)" ::"r"(HOLE_BASE))));
	report("lr on a hole",
	       TRY(asm volatile("lr.w t0, (%0)" ::"r"(HOLE_BASE) : "t0")));
	report("load beyond 56 bits", access_s(LOAD, 1UL << 56));
}

/* "Supervisor Status (sstatus) Register": what a trap does to SIE, SPIE, SPP
 * in the handler; f->sstatus is read there. */
static void test_sstatus(void)
{
	const u64 mask = SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP;
	struct caught c;

	csr_write(sie, 0);
	csr_set(sstatus, SSTATUS_SIE);
	c = TRY(asm volatile("ebreak"));
	show("sstatus in the handler, SIE was 1", c.sstatus & mask);
	show("sstatus after", csr_read(sstatus) & SSTATUS_SIE);
	csr_clear(sstatus, SSTATUS_SIE);
	c = TRY(asm volatile("ebreak"));
	show("sstatus in the handler, SIE was 0", c.sstatus & mask);
	show("sstatus after", csr_read(sstatus) & SSTATUS_SIE);
}

static u64 depth, deepest, order[8];

static bool nest(struct frame *f)
{
	if (f->scause != CAUSE_BREAK)
		return false;
	if (++depth < 5)
		asm volatile(".option push\n.option norvc\nebreak\n"
			     ".option pop" ::
				     : "memory");
	order[deepest++] = depth--;
	f->sepc += (*(u16 *)f->sepc & 3) == 3 ? 4 : 2;
	return true;
}

static void test_nested(void)
{
	u64 s0 = 0x5afe;

	trap_hook = nest;
	asm volatile("mv s2, %0\n\tebreak\n\tmv %0, s2"
		     : "+r"(s0)::"s2", "memory");
	trap_hook = 0;
	show("registers after nested traps", s0);
	show("nested traps", deepest);
	for (u32 i = 0; i < deepest; i++)
		show("returned from", order[i]);
}

/* ---- Sv39 ------------------------------------------------------------------
 */

/* A store of the row before may have changed the code there. */
static void set_pte(u64 flags)
{
	mmu_map(root, TEST_VA, (u64)target, flags);
	sfence_all();
	asm volatile("fence.i");
}

static void matrix_row(const char *name, u64 flags)
{
	u64 causes[4][CAUSES_N];

	set_pte(flags);
	for (u32 sum = 0; sum < 2; sum++) {
		csr_clear(sstatus, SSTATUS_SUM);
		if (sum)
			csr_set(sstatus, SSTATUS_SUM);
		for (u32 k = 0; k < CAUSES_N; k++)
			causes[sum][k] = access_s(k, TEST_VA).scause;
	}
	csr_clear(sstatus, SSTATUS_SUM);
	csr_set(sstatus, SSTATUS_MXR);
	for (u32 k = 0; k < CAUSES_N; k++)
		causes[2][k] = access_s(k, TEST_VA).scause;
	csr_clear(sstatus, SSTATUS_MXR);
	for (u32 k = 0; k < CAUSES_N; k++)
		causes[3][k] = access_u(k, TEST_VA).scause;
	print("pte %s:", name);
	for (u32 m = 0; m < 4; m++)
		print(" %s %lu %lu %lu",
		      ((const char *[]){"S", "SUM", "MXR", "U"})[m],
		      causes[m][LOAD], causes[m][STORE], causes[m][FETCH]);
	print("\n");
}

#define ROW(flags) matrix_row(#flags, flags)
#define V          PTE_V
#define R          PTE_R
#define W          PTE_W
#define X          PTE_X
#define U          PTE_U
#define A          PTE_A
#define D          PTE_D

static void test_matrix(void)
{
	/* A function in the page that just comes back; ecall in U. */
	write16((u64)target, 0x8082);
	asm volatile("fence.i");
	ROW(0);
	ROW(R | W | X | A | D);
	ROW(V | R | A | D);
	ROW(V | X | A | D);
	ROW(V | R | W | A | D);
	ROW(V | R | X | A | D);
	ROW(V | R | W | X | A | D);
	ROW(V | W | A | D);
	ROW(V | W | X | A | D);
	ROW(V | R | W | X);
	ROW(V | R | W | X | A);
	ROW(V | R | W | X | D);
	ROW(V | R | U | A | D);
	ROW(V | X | U | A | D);
	ROW(V | R | W | U | A | D);
	ROW(V | R | W | X | U);
	ROW(V | R | W | X | U | A);
	ROW(V | W | U | A | D);
	ROW(V | A | D);
	ROW(V | R | W | X | A | D | BIT(8));
	ROW(V | R | W | X | A | D | BIT(54));
	ROW(V | R | W | X | A | D | BIT(60));
}

#undef V
#undef R
#undef W
#undef X
#undef U
#undef A
#undef D

/* An access fault of the kind of the access; QEMU makes it a page fault. */
static void table_outside(enum access kind, u64 right, u64 qemu)
{
	struct caught c = access_s(kind, TEST_VA + 0x40000010);

	check("table outside RAM", (c.scause == right || c.scause == qemu) &&
					   c.stval == TEST_VA + 0x40000010);
}

/* "Virtual Address Translation Process": the odd cases. */
static void test_walk(void)
{
	u64 *slot = mmu_slot(root, TEST_VA + 0x40000000, 2);

	report("not canonical", access_s(LOAD, 1UL << 39));
	report("canonical, negative", access_s(STORE, -4096UL));
	*slot = PTE_PA(RAM_BASE + 0x200000) | PTE_KERNEL;
	sfence_all();
	report("misaligned gigapage", access_s(LOAD, TEST_VA + 0x40000000));
	*slot = PTE_PA(HOLE_BASE) | PTE_V;
	sfence_all();
	table_outside(LOAD, CAUSE_LOAD_ACCESS, CAUSE_LOAD_PAGE);
	table_outside(STORE, CAUSE_STORE_ACCESS, CAUSE_STORE_PAGE);
	table_outside(FETCH, CAUSE_FETCH_ACCESS, CAUSE_FETCH_PAGE);
	*slot = PTE_PA((u64)page_new()) | PTE_V | PTE_U;
	sfence_all();
	report("pointer with U", access_s(LOAD, TEST_VA + 0x40000020));
	mmu_map(root, TEST_VA, HOLE_BASE, PTE_KERNEL);
	sfence_all();
	report("leaf to a hole", access_s(LOAD, TEST_VA + 0x18));
	report("leaf to a hole", access_s(STORE, TEST_VA + 0x18));
	report("leaf to a hole", access_s(FETCH, TEST_VA + 0x18));
	mmu_map(root, TEST_VA, (u64)target, PTE_KERNEL);
	mmu_map(root, TEST_VA + PAGE_SIZE, (u64)target, 0);
	sfence_all();
	report("ld into a missing page", TRY(read64(TEST_VA + PAGE_SIZE - 4)));
	report("sd into a missing page",
	       TRY(write64(TEST_VA + PAGE_SIZE - 4, 0)));
}

static void test_user(void)
{
	report("U ecall", user(u_ecall, 0));
	report_either("U illegal", user(u_illegal, 0), 0xffffffff);
	report_either("U zero", user(u_zero, 0), 0);
	report_either("U ebreak", user(u_ebreak, 0),
		      CODE_VA + (u64)(u_ebreak - user_code));
	/* Without a reservation there is nothing to wait for. */
	report("U wrs.nto, then ecall", user(u_wrs, 0));
	report("U load of S memory", user(u_load, RAM_BASE));
	report("U store to a hole", user(u_store, TEST_VA + 0x10000000));
	report("U fetch", user(u_fetch, TEST_VA + 0x10000000));
	show("sstatus.SPP after a trap from U",
	     user(u_ecall, 0).sstatus & SSTATUS_SPP);
}

int main(void)
{
	begin("traps");
	test_instructions();
	test_misaligned();
	test_nothing_there();
	test_sstatus();
	test_nested();
	root = mmu_new();
	mmu_map(root, CODE_VA, (u64)user_code, PTE_USER);
	mmu_on(root, 0);
	test_matrix();
	test_walk();
	test_user();
	mmu_off();
	finish();
}
