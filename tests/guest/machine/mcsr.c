/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CSRs of M-mode: what they hold after reset and after writes, who may touch
 * them; where exceptions and interrupts go. Privileged, "Machine-Level CSRs".
 */
#include "tests/guest/machine/m.h"

#define ONES ~0UL

/* After all ones, and after zero; then as it was. mask: what is compared. */
#define WARL(csr, ones, mask)                                  \
	do {                                                   \
		u64 was_ = csr_read(csr);                      \
		csr_write(csr, ones);                          \
		print(#csr ": 0x%lx", csr_read(csr) & (mask)); \
		csr_write(csr, 0UL);                           \
		print(" 0x%lx\n", csr_read(csr) & (mask));     \
		csr_write(csr, was_);                          \
	} while (0)

#define FIELDS                                                                 \
	(SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP | SSTATUS_FS | SSTATUS_SUM | \
	 SSTATUS_MXR | MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP |              \
	 MSTATUS_MPRV | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR | 0xcUL << 32)

static void test_reset(void)
{
	show("the FDT, in a1", (u64)boot_fdt);
	show("mstatus", csr_read(mstatus) & FIELDS & ~MSTATUS_MPP);
	show("mie", csr_read(mie));
	show("mip", csr_read(mip) & 0xaaa);
	show("mcause", csr_read(mcause));
	show("satp", csr_read(satp));
	show("pmpcfg0", csr_read(pmpcfg0));
	show("pmpcfg2", csr_read(pmpcfg2));
	show("misa", csr_read(misa) & (3UL << 62 | 0x14112d));
	show("mhartid", csr_read(mhartid));
	show("medeleg", csr_read(medeleg));
	show("mideleg", csr_read(mideleg) & 0x222);
	show("mcountinhibit", csr_read(mcountinhibit) & 5);
	show("menvcfg.ADUE", csr_read(menvcfg) >> 61 & 1);
}

static void test_warl(void)
{
	WARL(mstatus, ONES & ~MSTATUS_MIE & ~MSTATUS_MPRV, FIELDS);
	WARL(mstatus, 2UL << 11, FIELDS);
	WARL(misa, ONES, 3UL << 62);
	WARL(medeleg, ONES, 0xb3ff);
	WARL(mideleg, ONES, 0x222);
	WARL(mie, ONES, 0xaaa);
	WARL(mip, ONES, 0xaaa);
	WARL(mtvec, 0x80001001UL, ONES);
	WARL(mtvec, 0x80001002UL, ONES);
	WARL(mcounteren, ONES, 7);
	WARL(mcountinhibit, ONES, 5);
	WARL(mscratch, ONES, ONES);
	WARL(mepc, ONES, ONES & ~3UL);
	WARL(mcause, ONES, ONES);
	WARL(mtval, ONES, ONES);
	WARL(menvcfg, ONES, 0xf1);
	WARL(pmpaddr0, ONES, BIT(54) - 1);
	WARL(pmpaddr15, ONES, BIT(54) - 1);
	WARL(pmpcfg0, 0x1f1b18130f0b0301, ONES);
	WARL(pmpcfg2, 0x0103000101030001, ONES);
	WARL(satp, 0x8000000000000000UL, ONES);
}

/* ---- who may ------------------------------------------------------------- */

#define TOUCH(name, csr)                 \
	static u64 read_##name(u64 arg)  \
	{                                \
		return csr_read(csr);    \
	}                                \
	static u64 write_##name(u64 arg) \
	{                                \
		csr_write(csr, arg);     \
		return 0;                \
	}
#define CSR(name) TOUCH(name, name)
#include "tests/guest/machine/mcsr.def"
#undef CSR

static const struct {
	const char *name;
	u64 (*read)(u64), (*write)(u64);
} csrs[] = {
#define CSR(name) {#name, read_##name, write_##name},
#include "tests/guest/machine/mcsr.def"
#undef CSR
};

#define HPM(n)                                                 \
	(TRY(asm volatile("csrr a0, 0xb00+" #n                 \
			  "\n\tcsrr a0, 0x320+" #n :: : "a0")) \
		 .scause == CAUSE_NONE)
#define HPM8(a, b, c, d, e, f, g, h) \
	(HPM(a) & HPM(b) & HPM(c) & HPM(d) & HPM(e) & HPM(f) & HPM(g) & HPM(h))

/* They may be zero for ever, but are there ("Hardware Performance Monitor");
 * QEMU has no more of them. */
static void test_hpm(void)
{
	show("mhpm3..10", HPM8(3, 4, 5, 6, 7, 8, 9, 10));
	show("mhpm11..18", HPM8(11, 12, 13, 14, 15, 16, 17, 18));
	show("hpm3", TRY(asm volatile("csrr a0, 0xc03" :: : "a0")).scause);
	show("hpm18", TRY(asm volatile("csrr a0, 0xc12" :: : "a0")).scause);
	show("mseccfg", TRY(asm volatile("csrr a0, 0x747" :: : "a0")).scause);
}

static void test_access(void)
{
	test_hpm();
	for (u32 i = 0; i < ARRAY_SIZE(csrs); i++) {
		u64 m = TRY(csrs[i].read(0)).scause;
		u64 w = csrs[i].name[0] == 'm' ? CAUSE_NONE : 0;

		print("%s: M %lu", csrs[i].name, m);
		if (!strcmp(csrs[i].name, "mhartid") ||
		    !strcmp(csrs[i].name, "mvendorid"))
			w = TRY(csrs[i].write(0)).scause;
		print(" %lu", w);
		print(" S %lu", lower(MODE_S, csrs[i].read, 0)->scause);
		print(" U %lu %lu\n", lower(MODE_U, csrs[i].read, 0)->scause,
		      lower(MODE_U, csrs[i].write, 0)->scause);
	}
	expect("pmpcfg1", TRY(asm volatile("csrr a0, 0x3a1" :: : "a0")).scause,
	       CAUSE_ILLEGAL);
	expect("no such", TRY(asm volatile("csrr a0, 0x5ff" :: : "a0")).scause,
	       CAUSE_ILLEGAL);
	csr_write(mip, 0x888UL);
	expect("a write of mip's lines", csr_read(mip) & 0x888, 0);
}

/* ---- exceptions ---------------------------------------------------------- */

static u64 do_nothing(u64 arg)
{
	return arg + 1;
}

static u64 do_ecall(u64 arg)
{
	register u64 a7 asm("a7") = 1;

	asm volatile("ecall" ::"r"(a7) : "memory", "a0");
	return 0;
}

static u64 do_illegal(u64 arg)
{
	asm volatile(".word 0xffffffff");
	return 0;
}

static u64 do_break(u64 arg)
{
	asm volatile(".option push\n.option norvc\nebreak\n.option pop");
	return 0;
}

static u64 do_mret(u64 arg)
{
	asm volatile("mret");
	return 0;
}

static u64 do_sret(u64 arg)
{
	csr_write(sepc, do_nothing);
	csr_set(sstatus, SSTATUS_SPP);
	asm volatile("sret" ::: "memory");
	return 0;
}

static u64 do_sfence(u64 arg)
{
	asm volatile("sfence.vma" ::: "memory");
	return 0;
}

static u64 do_wfi(u64 arg)
{
	asm volatile("wfi" ::: "memory");
	return 0;
}

/* S-mode's handler: tells M-mode that it was there. */
static void __attribute__((aligned(4), naked)) s_vector(void)
{
	asm volatile("csrr a0, scause\n"
		     "csrr a1, stval\n"
		     "li a7, 88\n"
		     "li t0, 9\n" /* that one would come here again */
		     "beq a0, t0, 1f\n"
		     "ecall\n"
		     "1: ebreak");
}

static const struct {
	const char *name;
	u64 (*fn)(u64);
	u64 arg, cause;
} faults[] = {
	{"illegal", do_illegal, 0, CAUSE_ILLEGAL},
	{"breakpoint", do_break, 0, CAUSE_BREAK},
	{"ecall from U", do_ecall, 0, CAUSE_ECALL_U},
	{"ecall from S", do_ecall, 0, CAUSE_ECALL_U + 1},
	{"load access", do_load, HOLE_BASE, CAUSE_LOAD_ACCESS},
	{"store access", do_store, HOLE_BASE, CAUSE_STORE_ACCESS},
	{"fetch access", do_fetch, HOLE_BASE, CAUSE_FETCH_ACCESS},
	{"load page", do_load, 5UL << 30, CAUSE_LOAD_PAGE},
	{"store page", do_store, 5UL << 30, CAUSE_STORE_PAGE},
	{"fetch page", do_fetch, 5UL << 30, CAUSE_FETCH_PAGE},
};

static void where(enum mode mode, u32 i)
{
	struct frame *f = lower(mode, faults[i].fn, faults[i].arg);
	bool s = (f->scause == CAUSE_ECALL_U + 1 || f->scause == CAUSE_BREAK) &&
		 f->x[17] == 88;

	print(" %c: %s %ld 0x%lx", mode == MODE_S ? 'S' : 'U', s ? "S" : "M",
	      s ? f->x[10] : f->scause, s ? f->x[11] : f->stval);
}

/* Each cause, delegated and not, from both modes. */
static void test_delegation(void)
{
	u64 *root = mmu_new();

	/* S may not run U's pages: its handler is seen at another place, too.
	 */
	root[6] = PTE_PA(RAM_BASE) | PTE_KERNEL;
	csr_write(stvec, (u64)s_vector - RAM_BASE + (6UL << 30));
	for (u32 user = 0; user < 2; user++) {
		/* The kernel's GiBs, for U this time. */
		for (u32 g = 0; user && g < 4; g++)
			if (root[g] & PTE_V)
				root[g] |= PTE_U;
		csr_write(satp, SATP_SV39 | (u64)root >> 12);
		asm volatile("sfence.vma" ::: "memory");
		for (u32 i = 0; i < ARRAY_SIZE(faults); i++) {
			print("%s:", faults[i].name);
			for (u32 on = 0; on < 2; on++) {
				csr_write(medeleg,
					  on ? BIT(faults[i].cause) : 0UL);
				where(user ? MODE_U : MODE_S, i);
			}
			print("\n");
		}
	}
	csr_write(satp, 0UL);
	csr_write(medeleg, 0UL);
	csr_write(stvec, 0UL);
}

static void test_bits(void)
{
	static const struct {
		const char *name;
		u64 bit;
		u64 (*fn)(u64);
	} rows[] = {
		{"TVM satp", MSTATUS_TVM, read_satp},
		{"TVM sfence", MSTATUS_TVM, do_sfence},
		{"TSR sret", MSTATUS_TSR, do_sret},
		{"TW wfi", MSTATUS_TW, do_wfi},
	};

	csr_write(mie, 2UL); /* else wfi waits for ever */
	csr_write(mideleg, 2UL);
	csr_write(mip, 2UL);
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u64 off = lower(MODE_S, rows[i].fn, 0)->scause;

		csr_set(mstatus, rows[i].bit);
		print("%s: %lu %lu", rows[i].name, off,
		      lower(MODE_S, rows[i].fn, 0)->scause);
		csr_clear(mstatus, rows[i].bit);
		print(" U %lu\n", lower(MODE_U, rows[i].fn, 0)->scause);
	}
	csr_write(mip, 0UL);
	csr_write(mie, 0UL);
	csr_write(mideleg, 0UL);
	expect("mret in S", lower(MODE_S, do_mret, 0)->scause, CAUSE_ILLEGAL);
	expect("mret in U", lower(MODE_U, do_mret, 0)->scause, CAUSE_ILLEGAL);
}

/* mstatus over a trap and mret. */
static void test_stack(void)
{
	struct frame *f;

	csr_clear(mstatus, MSTATUS_MIE);
	csr_set(mstatus, MSTATUS_MPIE);
	f = lower(MODE_S, do_nothing, 5);
	expect("returned", f->x[10], 6);
	show("mstatus from S", f->sstatus & FIELDS);
	show("and in M", csr_read(mstatus) & FIELDS);
	csr_clear(mstatus, MSTATUS_MPIE);
	show("mstatus from U", lower(MODE_U, do_nothing, 5)->sstatus & FIELDS);
	csr_set(mstatus, MSTATUS_MPRV);
	f = lower(MODE_U, do_nothing, 5);
	show("MPRV goes", f->sstatus & MSTATUS_MPRV);
	expect("ecall from M", TRY(do_ecall(0)).scause, 11);
	show("from M", trap_caught().sstatus & FIELDS);
}

/* ---- counters ------------------------------------------------------------ */

static u64 read_cycle(u64 arg)
{
	return csr_read(cycle);
}

static u64 read_time(u64 arg)
{
	return csr_read(time);
}

static u64 read_instret(u64 arg)
{
	return csr_read(instret);
}

static void test_counters(void)
{
	static u64 (*const fns[])(u64) = {read_cycle, read_time, read_instret};

	for (u32 n = 0; n < 3; n++) {
		for (u32 both = 0; both < 4; both++) {
			csr_write(mcounteren, both & 1 ? BIT(n) : 0UL);
			csr_write(scounteren, both & 2 ? BIT(n) : 0UL);
			print("counter %u: S %lu U %lu\n", n,
			      lower(MODE_S, fns[n], 0)->scause,
			      lower(MODE_U, fns[n], 0)->scause);
		}
	}
	csr_write(mcycle, 1UL << 40);
	check("mcycle is written", csr_read(mcycle) >> 40 == 1);
	csr_write(minstret, 1UL << 41);
	check("minstret is written", csr_read(minstret) >> 41 == 1);
}

int main(void)
{
	begin("mcsr");
	write64(MTIMECMP(0), ~0UL); /* after reset it is anything */
	test_reset();
	pmp_open();
	test_warl();
	pmp_open();
	test_access();
	test_stack();
	test_bits();
	test_delegation();
	test_counters();
	finish();
}
