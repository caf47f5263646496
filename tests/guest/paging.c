/* SPDX-License-Identifier: BSD-2-Clause */
/* Address translation in all its cases; names pNN_ are lines of PITFALLS. */
#include "tests/guest/paging.h"

u64 *root;
bool svade;

/* ---- accesses -------------------------------------------------------------
 */

#define USER_CODE                               \
	".option push\n.option norvc\n"         \
	"u_load: ld a0, (a0)\n\tecall\n"        \
	"u_store: sw a0, 32(a0)\n\tecall\n"     \
	"u_fetch: jr 24(a0)\n"                  \
	"u_amo: addi a0, a0, 32\n"              \
	"\tamoor.w zero, zero, (a0)\n\tecall\n" \
	"u_lr: addi a0, a0, 32\n"               \
	"\tlr.w zero, (a0)\n\tecall\n"          \
	".option pop\n"

asm(".text\n\t.balign 4096\nuser_code:\n" USER_CODE "\t.balign 4096\n");

extern char user_code[], u_load[], u_store[], u_fetch[], u_amo[], u_lr[];

static struct frame *user(enum kind kind, u64 va)
{
	static const char *const code[] = {u_load, u_store, u_fetch, u_amo,
					   u_lr};

	return user_call(CODE_VA + (u64)(code[kind] - user_code), va);
}

u64 try_u(enum kind kind, u64 va)
{
	u64 cause = user(kind, va)->scause;

	return cause == CAUSE_ECALL_U ? (u64)CAUSE_NONE : cause;
}

u64 try_s(enum kind kind, u64 va)
{
	u64 v;

	switch (kind) {
	case LOAD:
		return TRY(asm volatile("ld %0, (%1)" : "=r"(v) : "r"(
				   va) : "memory"))
			.scause;
	case STORE:
		return TRY(write32(va + AT_SCRATCH, 0)).scause;
	case FETCH: /* a fault returns to ra, and so does what is there */
		return TRY(asm volatile("jalr ra, 16(%0)" ::"r"(va) : "ra",
					"memory"))
			.scause;
	case AMO:
		return TRY(asm volatile("amoor.w zero, zero, (%0)" ::"r"(
				   va + AT_SCRATCH) : "memory"))
			.scause;
	default:
		return TRY(asm volatile("lr.w zero, (%0)" ::"r"(
				   va + AT_SCRATCH) : "memory"))
			.scause;
	}
}

u64 seen_s(u64 va)
{
	struct caught c;
	u64 v = 0;

	csr_set(sstatus, SSTATUS_SUM);
	c = TRY(v = read64(va));
	csr_clear(sstatus, SSTATUS_SUM);
	return c.scause == CAUSE_NONE ? v : c.scause;
}

u64 seen_u(u64 va)
{
	struct frame *f = user(LOAD, va);

	return f->scause == CAUSE_ECALL_U ? f->x[10] : f->scause;
}

bool both_see(u64 va, u64 what)
{
	u64 s = seen_s(va), u = seen_u(va);

	if (s != what || u != what)
		print("S sees 0x%lx, U 0x%lx, not 0x%lx\n", s, u, what);
	return s == what && u == what;
}

/* ---- memory ---------------------------------------------------------------
 */

void tag_regions(void)
{
	for (u64 pa = REGION_A; pa < REGION_B + SUPER; pa += PAGE_SIZE) {
		write64(pa, TAG(pa));
		write16(pa + AT_RETURN, 0x8082);
		write32(pa + AT_ECALL, 0x00000073);
	}
	asm volatile("fence.i" ::: "memory");
}

u64 *new_root(void)
{
	u64 *table = mmu_new();

	mmu_map(table, CODE_VA, (u64)user_code, PTE_USER);
	return table;
}

static void find_svade(void)
{
	mmu_map(root, TEST_VA, REGION_A, PTE_KERNEL & ~PTE_AD);
	sfence_all();
	svade = try_s(LOAD, TEST_VA) != CAUSE_NONE;
}

int main(void)
{
	begin("paging");
	tag_regions();
	root = new_root();
	mmu_on(root, 0);
	find_svade();
	test_matrix();
	test_leaves();
	test_views();
	test_fences();
	test_asids();
	test_svinval();
	test_tables();
	mmu_off();
	test_modes();
	finish();
}
