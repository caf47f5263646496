/* SPDX-License-Identifier: BSD-2-Clause */
/* The CSRs of S-mode: what sticks, what traps, and what U-mode may read. */
#include "tests/guest/rt/rt.h"

/* Privileged specification, "Supervisor-Level CSRs": fields, WARL and WLRL.
 * Rows: name, number, and the bits that every machine must treat alike. */
#define WARL_CSRS(X)                        \
	X(sie, 0x104, 0x222)                \
	X(scounteren, 0x106, -1UL)          \
	X(senvcfg, 0x10a, 0xf1)             \
	X(sscratch, 0x140, -1UL)            \
	X(sepc, 0x141, ~1UL)                \
	X(scause, 0x142, SCAUSE_IRQ | 0x1f) \
	X(stval, 0x143, -1UL)

/* CSRs of M, of the hypervisor extension and of nobody: cause 2 from S. */
#define ILLEGAL_CSRS(X)            \
	X(mstatus, 0x300)          \
	X(misa, 0x301)             \
	X(medeleg, 0x302)          \
	X(mideleg, 0x303)          \
	X(mie, 0x304)              \
	X(mtvec, 0x305)            \
	X(mcounteren, 0x306)       \
	X(menvcfg, 0x30a)          \
	X(mcountinhibit, 0x320)    \
	X(mscratch, 0x340)         \
	X(mepc, 0x341)             \
	X(mcause, 0x342)           \
	X(mtval, 0x343)            \
	X(mip, 0x344)              \
	X(pmpcfg0, 0x3a0)          \
	X(pmpaddr0, 0x3b0)         \
	X(tselect, 0x7a0)          \
	X(dcsr, 0x7b0)             \
	X(mcycle, 0xb00)           \
	X(minstret, 0xb02)         \
	X(mvendorid, 0xf11)        \
	X(mhartid, 0xf14)          \
	X(unassigned_user, 0x8ff)  \
	X(unassigned_super, 0x5cf) \
	X(unassigned_ro, 0xcff)

#define HYPERVISOR_CSRS(X)   \
	X(vsstatus, 0x200)   \
	X(vsie, 0x204)       \
	X(vstvec, 0x205)     \
	X(vsatp, 0x280)      \
	X(hstatus, 0x600)    \
	X(hedeleg, 0x602)    \
	X(hideleg, 0x603)    \
	X(hcounteren, 0x606) \
	X(htval, 0x643)      \
	X(hvip, 0x645)       \
	X(htinst, 0x64a)     \
	X(hgatp, 0x680)      \
	X(hgeip, 0xe12)

/* Present when the FDT names their extension; else present or illegal. */
#define OPTIONAL_CSRS(X)                 \
	X(stimecmp, 0x14d, "sstc")       \
	X(scountovf, 0xda0, "sscofpmf")  \
	X(sstateen0, 0x10c, "ssstateen") \
	X(seed, 0x015, "zkr")            \
	X(siselect, 0x150, "ssaia")      \
	X(stopi, 0xdb0, "ssaia")         \
	X(vlenb, 0xc22, "v")             \
	X(vtype, 0xc21, "v")             \
	X(fcsr, 0x003, "f")              \
	X(ssp, 0x011, "zicfiss")

#define READ(number)                                                    \
	({                                                              \
		u64 v_ = 0;                                             \
		asm volatile("csrr %0, " #number : "+r"(v_)::"memory"); \
		v_;                                                     \
	})

/* Write all ones, then none; show what reads back of the bits in mask. */
#define SHOW_WARL(csr, number, mask)                                         \
	do {                                                                 \
		u64 old_ = READ(number), ones_;                              \
		asm volatile("csrw " #number ", %0" ::"r"(-1UL) : "memory"); \
		ones_ = READ(number);                                        \
		asm volatile("csrw " #number ", %0" ::"r"(0UL) : "memory");  \
		u64 zeros_ = READ(number);                                   \
		asm volatile("csrw " #number ", %0" ::"r"(old_) : "memory"); \
		show(#csr " after ones", ones_ &(mask));                     \
		show(#csr " after zeros", zeros_ &(mask));                   \
	} while (0);

#define SHOW_ILLEGAL(csr, number)                               \
	{                                                       \
		struct caught c_ = TRY(READ(number));           \
		expect("read " #csr, c_.scause, CAUSE_ILLEGAL); \
		check_stval("stval of " #csr, &c_);             \
	}

#define CHECK_OPTIONAL(csr, number, ext)                     \
	{                                                    \
		struct caught c_ = TRY(READ(number));        \
		check(#csr " as the FDT says",               \
		      c_.scause == CAUSE_NONE ||             \
			      (c_.scause == CAUSE_ILLEGAL && \
			       !fdt_isa_has(ext)));          \
	}

#define CHECK_HYPERVISOR(csr, number)                                  \
	{                                                              \
		struct caught c_ = TRY(READ(number));                  \
		check(#csr " illegal without H",                       \
		      fdt_isa_has("h") || c_.scause == CAUSE_ILLEGAL); \
	}

/* Privileged specification, "Supervisor Trap Value (stval) Register": zero,
 * or the faulting instruction's bits. */
static void check_stval(const char *name, const struct caught *c)
{
	u64 insn = *(u16 *)c->sepc | (u64) * (u16 *)(c->sepc + 2) << 16;

	check(name, !c->stval || c->stval == insn);
}

#define SSTATUS_UXL (3UL << 32)
#define UXL_64      (2UL << 32)

static void test_warl(void)
{
	u64 old = csr_read(sstatus), ones;

	csr_write(sstatus, ~SSTATUS_UXL | UXL_64);
	ones = csr_read(sstatus);
	csr_write(sstatus, UXL_64);
	show("sstatus after zeros", csr_read(sstatus));
	csr_write(sstatus, old);
	/* SPELP and SDT are of extensions that a guest need not have. */
	show("sstatus after ones", ones & ~(BIT(23) | BIT(24)));
	WARL_CSRS(SHOW_WARL)
}

/* Two modes; what the reserved ones become is the machine's choice. */
static void test_stvec(void)
{
	u64 old = csr_read(stvec);

	for (u64 mode = 0; mode < 4; mode++) {
		csr_write(stvec, ~3UL | mode);
		if (mode < 2)
			show("stvec after ones", csr_read(stvec));
		else
			check("stvec mode is legal", !(csr_read(stvec) & 2));
	}
	csr_write(stvec, 0);
	show("stvec after zeros", csr_read(stvec));
	csr_write(stvec, old);
}

/* Only SSIP is S's to write; "Supervisor Interrupt (sip and sie) Registers". */
static void test_sip(void)
{
	sbi(SBI_TIME, 0, -1UL);
	csr_write(sip, -1UL);
	show("sip after ones", csr_read(sip) & 0x222);
	csr_clear(sip, 2);
	show("sip after clearing SSIP", csr_read(sip) & 0x222);
	csr_set(sip, 2);
	show("sip after setting SSIP", csr_read(sip) & 0x222);
	csr_write(sip, 0);
	show("sip after zeros", csr_read(sip) & 0x222);
}

/* A write of an unsupported MODE has no effect on any field. */
static void test_satp(void)
{
	u64 *root = mmu_new();
	u64 good = SATP_SV39 | 5UL << 44 | (u64)root >> 12;

	csr_write(satp, good);
	sfence_all();
	check("satp keeps sv39, ASID and root", csr_read(satp) == good);
	csr_write(satp, good | 0xffffUL << 44);
	show("satp ASID bits", csr_read(satp) >> 44 & 0xffff);
	csr_write(satp, good);
	for (u64 mode = 1; mode < 16; mode++) {
		if (mode >= 8 && mode <= 10)
			continue;
		csr_write(satp, mode << 60 | 1UL << 44 | (u64)root >> 12);
		if (csr_read(satp) == good)
			continue;
		csr_write(satp, good);
		show("satp mode that is reserved sticks", mode);
	}
	mmu_off();
	expect("satp bare", csr_read(satp), 0);
}

static void test_read_only(void)
{
	struct caught c;

	c = TRY(asm volatile("csrw 0xc00, zero"));
	expect("write cycle", c.scause, CAUSE_ILLEGAL);
	c = TRY(asm volatile("csrrs t0, 0xc00, t1" :: : "t0"));
	expect("csrrs cycle with a source", c.scause, CAUSE_ILLEGAL);
	c = TRY(asm volatile("csrrs t0, 0xc00, zero" :: : "t0"));
	expect("csrrs cycle without", c.scause, CAUSE_NONE);
	c = TRY(asm volatile("csrrci t0, 0xc01, 0" :: : "t0"));
	expect("csrrci time with 0", c.scause, CAUSE_NONE);
	c = TRY(asm volatile("csrrw zero, 0xf14, zero"));
	expect("write mhartid", c.scause, CAUSE_ILLEGAL);
}

/* Read-modify-write in every form, on a register that takes all bits. */
static void test_forms(void)
{
	u64 a, b;

	csr_write(sscratch, 0x1234);
	asm volatile("csrrw %0, sscratch, %1" : "=r"(a) : "r"(0xff00UL));
	show("csrrw old", a);
	asm volatile("csrrs %0, sscratch, %1" : "=r"(a) : "r"(0x00f0UL));
	show("csrrs old", a);
	asm volatile("csrrc %0, sscratch, %1" : "=r"(a) : "r"(0x0f00UL));
	show("csrrc old", a);
	asm volatile("csrrwi %0, sscratch, 21" : "=r"(a));
	show("csrrwi old", a);
	asm volatile("csrrsi %0, sscratch, 10" : "=r"(a));
	show("csrrsi old", a);
	asm volatile("csrrci %0, sscratch, 1" : "=r"(a));
	show("csrrci old", a);
	b = 0x55;
	asm volatile("csrrw %0, sscratch, %0" : "+r"(b));
	show("csrrw with one register", b);
	show("sscratch in the end", csr_read(sscratch));
	csr_write(sscratch, 0);
}

/* From U: one page of code, one instruction each, a word apart. */
#define USER_CODE(X)                                         \
	X(csrr_sstatus, "csrr a0, sstatus", CAUSE_ILLEGAL)   \
	X(csrw_sscratch, "csrw sscratch, a0", CAUSE_ILLEGAL) \
	X(csrr_satp, "csrr a0, satp", CAUSE_ILLEGAL)         \
	X(csrr_mstatus, "csrr a0, mstatus", CAUSE_ILLEGAL)   \
	X(csrr_hstatus, "csrr a0, 0x600", CAUSE_ILLEGAL)     \
	X(sret, "sret", CAUSE_ILLEGAL)                       \
	X(mret, "mret", CAUSE_ILLEGAL)                       \
	X(sfence, "sfence.vma", CAUSE_ILLEGAL)               \
	X(ecall, "ecall", CAUSE_ECALL_U)                     \
	X(rdcycle, "rdcycle a0\n\tecall", 0)                 \
	X(rdtime, "rdtime a0\n\tecall", 0)                   \
	X(rdinstret, "rdinstret a0\n\tecall", 0)

#define USER_LABEL(name, code, cause) \
	".globl u_" #name "\nu_" #name ":\n\t" code "\n\t"

asm(".text\n\t.balign 4096\n\t" USER_CODE(USER_LABEL) ".balign 4096\n");

#define USER_DECLARE(name, code, cause) extern char u_##name[];
USER_CODE(USER_DECLARE)

#define USER_VA 0xc0000000UL

static u64 user_cause(const char *code)
{
	return user_call(USER_VA + ((u64)code & (PAGE_SIZE - 1)), 0)->scause;
}

#define USER_RUN(name, code, cause) \
	if (cause)                  \
		expect("U " #name, user_cause(u_##name), cause);

static void test_user(void)
{
	u64 *root = mmu_new();

	mmu_map(root, USER_VA, (u64)u_csrr_sstatus, PTE_USER);
	mmu_on(root, 0);
	USER_CODE(USER_RUN)
	for (u64 open = 0; open < 8; open++) {
		u64 time;

		csr_write(scounteren, open);
		print("scounteren %lu: cycle %lu instret %lu\n", open,
		      user_cause(u_rdcycle), user_cause(u_rdinstret));
		time = user_cause(u_rdtime);
		/* OpenSBI emulates a time that scounteren closes. */
		check("time, if open",
		      time == CAUSE_ECALL_U ||
			      (time == CAUSE_ILLEGAL && !(open & 2)));
	}
	mmu_off();
}

static void test_counters(void)
{
	u64 time = csr_read(time), cycle = csr_read(cycle);
	u64 instret = csr_read(instret);

	for (volatile int i = 0; i < 100000; i++)
		;
	check("time moves on", csr_read(time) > time);
	check("cycle moves on", csr_read(cycle) > cycle);
	check("instret moves on", csr_read(instret) > instret);
}

int main(void)
{
	begin("csr");
	/* A vDSO reads the time, and no Linux without SBI PMU opens it. */
	print("scounteren %lu at the start\n", csr_read(scounteren));
	test_warl();
	test_stvec();
	test_sip();
	test_satp();
	ILLEGAL_CSRS(SHOW_ILLEGAL)
	HYPERVISOR_CSRS(CHECK_HYPERVISOR)
	csr_set(sstatus, SSTATUS_FS | SSTATUS_VS);
	OPTIONAL_CSRS(CHECK_OPTIONAL)
	test_read_only();
	test_forms();
	test_counters();
	test_user();
	finish();
}
