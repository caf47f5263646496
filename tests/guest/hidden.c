/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of the ISA a guest can use, and what it is told of: an instruction, a
 * CSR or a page-table entry of each extension, in S- and in U-mode. Built for
 * RV64IM alone, and without fence.i: these may be hidden as well.
 */
#include "tests/guest/rt/rt.h"

#define A0           10U /* an address */
#define A1           11U
#define A2           12U
#define A3           13U /* results */
#define EBREAK       0x00100073U
#define C_NOP        0x00010000U /* behind a compressed one, to make a word */

#define RD           (A3 << 7)
#define RS1          (A1 << 15)
#define RS2          (A2 << 20)
#define ADDR         (A0 << 15)
#define RRR          (RD | RS1 | RS2)
#define RR           (RD | RS1)
#define AMO          (RD | ADDR | RS2)
/* f0 and a1, f1, f2; groups of two vector registers, and four to write. */
#define FX           RS1
#define FFF          (1U << 15 | 2U << 20)
#define VVV          (2U << 7 | 6U << 15 | 4U << 20 | 1U << 25)
#define VV           (2U << 7 | 4U << 20 | 1U << 25)
#define WVV          (8U << 7 | 6U << 15 | 4U << 20 | 1U << 25)
#define WV           (8U << 7 | 4U << 20 | 1U << 25)

#define CSRR(number) (0x2073U | RD | (u32)(number) << 20)
/* a3 = vl, as large as it gets, of elements of 8 << sew bits, LMUL = 2. */
#define VSETVLI(sew) (0x0c107057U | RD | (u32)(sew) << 23)

enum { S = 1, U = 2, SU = 3 };

/* It runs where it is: nothing is ever written to code. */
struct row {
	const char *name, *what;
	u32 modes;
	u32 code[3];
};

#define ONE(name, what, insn)                \
	{                                    \
		name, what, SU,              \
		{                            \
			insn, EBREAK, EBREAK \
		}                            \
	}
#define IN_S(name, what, insn)               \
	{                                    \
		name, what, S,               \
		{                            \
			insn, EBREAK, EBREAK \
		}                            \
	}
#define VEC(name, what, sew, insn)                 \
	{                                          \
		name, what, SU,                    \
		{                                  \
			VSETVLI(sew), insn, EBREAK \
		}                                  \
	}

static struct row rows[] = {
#include "tests/guest/hidden.def"
};

static u64 target[16] __attribute__((aligned(128)));
static struct frame f;

static void prepare(void)
{
	csr_set(sstatus, SSTATUS_FS & (SSTATUS_FS >> 1));
	csr_set(sstatus, SSTATUS_VS & (SSTATUS_VS >> 1));
	csr_write(senvcfg, 0xd0);
	csr_write(scounteren, 7);
	f.x[A0] = (u64)target;
	f.x[A1] = 3;
	f.x[A2] = 5;
}

/* What the hart says in stval is the instruction that it refuses. */
static bool names_it(const struct row *r)
{
	u32 insn = r->code[(f.sepc - (u64)r->code) / 4];

	if ((insn & 3) != 3)
		insn &= 0xffff;
	return f.stval == insn;
}

static void run(struct row *r, bool user)
{
	print(" %c ", user ? 'U' : 'S');
	prepare();
	f.sepc = (u64)r->code;
	if (user)
		user_run(&f);
	else
		super_run(&f);
	if (f.scause == CAUSE_BREAK)
		print("works");
	else if (f.scause == CAUSE_ILLEGAL)
		print(names_it(r) ? "illegal" : "illegal (stval 0x%lx)",
		      f.stval);
	else
		print("cause %lu", f.scause);
}

static const char *told(const char *name)
{
	return fdt_isa_has(name) ? "told" : "not told";
}

/* ---- page-table entries -------------------------------------------------- */

#define VA        0x40000000UL
#define PTE_NC    BIT(61)
#define PTE_N     BIT(63)
#define NAPOT_64K (8UL << 10)

static u8 napot[0x20000] __attribute__((aligned(0x10000)));

static void load(const char *name, const char *what, u64 flags)
{
	u64 *root = mmu_new();
	struct caught c;

	mmu_map(root, VA, (u64)napot, flags | PTE_V | PTE_R);
	mmu_on(root, 0);
	c = TRY(read8(VA));
	mmu_off();
	print("%s (%s), %s: S ", name, what, told(name));
	if (c.scause == CAUSE_NONE)
		print("works\n");
	else if (c.scause == CAUSE_LOAD_PAGE && c.stval == VA)
		print("page fault\n");
	else
		print("cause %lu stval 0x%lx\n", c.scause, c.stval);
}

/* ---- bits of CSRs ---------------------------------------------------------
 */

/* WARL and WPRI: bits of what is not there are zero. */
static void sticks(void)
{
	csr_clear(sstatus, SSTATUS_FS | SSTATUS_VS);
	csr_set(sstatus, SSTATUS_FS | SSTATUS_VS);
	print("bits: FS %lu VS %lu", csr_read(sstatus) >> 13 & 3,
	      csr_read(sstatus) >> 9 & 3);
	csr_write(senvcfg, 0xf0);
	print(" senvcfg 0x%lx\n", csr_read(senvcfg) & 0xf0);
	csr_clear(sstatus, SSTATUS_FS | SSTATUS_VS);
}

int main(void)
{
	begin("hidden");
	csr_write(sie, 0);
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct row *r = &rows[i];

		print("%s (%s), %s:", r->name, r->what, told(r->name));
		for (u32 user = 0; user < 2; user++) {
			if (r->modes & (user ? U : S))
				run(r, user);
		}
		print("\n");
	}
	load("svpbmt", "NC", PTE_AD | PTE_NC);
	load("svnapot", "64 KiB", PTE_AD | PTE_N | NAPOT_64K);
	load("svadu", "A clear", PTE_D);
	sticks();
	finish();
}
