/* SPDX-License-Identifier: BSD-2-Clause */
/* CSR instructions in all their forms, and what U and S may not touch. */
#include "tests/guest/rt/rt.h"

#define STVAL  0x143U
#define SEPC   0x141U
#define SSTAT  0x100U
#define EBREAK 0x00100073U
#define SRET   0x10200073U

#define CSR_INSN(form, rd, number, rs1)                                  \
	(0x73U | (u32)(rd) << 7 | (u32)(form) << 12 | (u32)(rs1) << 15 | \
	 (u32)(number) << 20)

enum { CSRRW = 1, CSRRS, CSRRC, CSRRWI = 5, CSRRSI, CSRRCI };
static const u8 forms[] = {CSRRW, CSRRS, CSRRC, CSRRWI, CSRRSI, CSRRCI};

/* Without translation: U runs what S wrote. */
static u32 code[16] __attribute__((aligned(64)));
static u32 used;
static struct frame f;

static void start(void)
{
	used = 0;
}

static void put(u32 insn)
{
	code[used++] = insn;
}

static u64 run(bool user)
{
	put(EBREAK);
	asm volatile("fence.i" ::: "memory");
	f.sepc = (u64)code;
	if (user)
		user_run(&f);
	else
		super_run(&f);
	return f.scause;
}

static u64 run_one(bool user, u32 insn)
{
	start();
	put(insn);
	return run(user);
}

/* ---- every form, every rd, every rs1 ----------------------------------------
 */

static u64 pattern(u32 r)
{
	return r ? 0x0101010101010101UL * r ^ 0xf0f0f0f000ff00ffUL << r : 0;
}

static u64 changed(u32 form, u64 old, u64 source)
{
	switch (form & 3) {
	case CSRRW:
		return source;
	case CSRRS:
		return old | source;
	default:
		return old & ~source;
	}
}

/*
 * "CSR Instructions": the source is what rs1 was before rd is written. stval
 * takes all bits, and nothing here traps before it is read again.
 */
static bool form_is_right(u32 form, u32 rd, u32 rs1)
{
	const u64 old = 0x123456789abcdef0UL;
	u32 probe = rd == 31 ? 30 : 31;
	u64 source = form & 4 ? rs1 : pattern(rs1);

	start();
	put(CSR_INSN(form, rd, STVAL, rs1));
	put(CSR_INSN(CSRRS, probe, STVAL, 0));
	for (u32 r = 1; r < 32; r++)
		f.x[r] = pattern(r);
	csr_write(stval, old);
	run(false);
	for (u32 r = 1; r < 32; r++) {
		u64 want = r == probe ? changed(form, old, source)
			   : r == rd  ? old
				      : pattern(r);

		if (f.x[r] == want)
			continue;
		print("form %u rd x%u rs1 %u: x%u is 0x%lx, not 0x%lx\n", form,
		      rd, rs1, r, f.x[r], want);
		return false;
	}
	return f.scause == CAUSE_BREAK;
}

static void test_forms(void)
{
	static const char *const names[] = {"csrrw",  "csrrs",  "csrrc",
					    "csrrwi", "csrrsi", "csrrci"};

	for (u32 n = 0; n < ARRAY_SIZE(forms); n++) {
		u32 wrong = 0;

		for (u32 rd = 0; rd < 32; rd++)
			for (u32 rs1 = 0; rs1 < 32; rs1++)
				wrong += !form_is_right(forms[n], rd, rs1);
		print("%s: %u of 1024 wrong\n", names[n], wrong);
		check("p45_every_register", !wrong);
	}
}

/* Read-only: forms that do not write are fine, whatever the value would be. */
static void test_read_only(void)
{
	for (u32 n = 0; n < ARRAY_SIZE(forms); n++) {
		f.x[5] = 0;
		print("p45 cycle, form %u:", forms[n]);
		print(" rs1 0: %lu",
		      run_one(false, CSR_INSN(forms[n], 6, 0xc00, 0)));
		print(" rs1 5: %lu",
		      run_one(false, CSR_INSN(forms[n], 6, 0xc00, 5)));
		print(" rd 0: %lu",
		      run_one(false, CSR_INSN(forms[n], 0, 0xc00, 0)));
		print("\n");
	}
}

/* A form that does not write leaves even a CSR alone that traps change. */
static void test_no_write(void)
{
	static const u16 numbers[] = {0x100, 0x104, 0x105, 0x106, 0x10a, 0x140,
				      0x141, 0x142, 0x143, 0x144, 0x180};
	bool good = true;

	for (u32 n = 0; n < ARRAY_SIZE(numbers); n++) {
		for (u32 k = CSRRS; k <= CSRRC; k++) {
			start();
			put(CSR_INSN(CSRRS, 5, numbers[n], 0));
			put(CSR_INSN(k, 0, numbers[n], 0));
			put(CSR_INSN(k + 4, 6, numbers[n], 0));
			put(CSR_INSN(k, 7, numbers[n], 0));
			good &= run(false) == CAUSE_BREAK && f.x[5] == f.x[6] &&
				f.x[5] == f.x[7];
		}
	}
	check("p45_no_write", good);
}

/* ---- who may
 * ------------------------------------------------------------------ */

/* "CSR Address Mapping Conventions": bits 9 and 8 are the lowest privilege.
 * QEMU has htimedelta even where it has no H. */
#define HTIMEDELTA 0x605
static u32 wrongly_allowed(bool user, u32 privilege)
{
	u32 wrong = 0;

	for (u32 number = 0; number < 4096; number++) {
		if ((number >> 8 & 3) != privilege || number == HTIMEDELTA)
			continue;
		if (run_one(user, CSR_INSN(CSRRS, 5, number, 0)) ==
			    CAUSE_ILLEGAL &&
		    run_one(user, CSR_INSN(CSRRW, 0, number, 0)) ==
			    CAUSE_ILLEGAL)
			continue;
		print("0x%x is there\n", number);
		wrong++;
	}
	return wrong;
}

static void test_privileges(void)
{
	for (u32 privilege = 1; privilege < 4; privilege++)
		expect("CSRs that U may touch, but must not",
		       wrongly_allowed(true, privilege), 0);
	expect("CSRs of H that S may touch",
	       fdt_isa_has("h") ? 0 : wrongly_allowed(false, 2), 0);
	expect("CSRs of M that S may touch", wrongly_allowed(false, 3), 0);
}

static void test_instructions(void)
{
	static const struct {
		const char *name;
		u32 insn;
	} rows[] = {
		{"sret", SRET},
		{"mret", 0x30200073},
		{"uret", 0x00200073},
		{"dret", 0x7b200073},
		{"sfence.vma", 0x12000073},
		{"sinval.vma", 0x16000073},
		{"hfence.vvma", 0x22000073},
		{"hfence.gvma", 0x62000073},
		{"hlv.w", 0x68004073},
		{"hsv.w", 0x6a004073},
		{"zero", 0},
		{"ones", 0xffffffff},
		{"reserved system", 0x10000073},
	};

	for (u32 n = 0; n < ARRAY_SIZE(rows); n++) {
		print("U %s: %lu", rows[n].name, run_one(true, rows[n].insn));
		/* What S may is not tried: it would need a place to go. */
		if (n && n != 4 && n != 5)
			print(" S %lu", run_one(false, rows[n].insn));
		print("\n");
	}
}

/* ---- sret
 * --------------------------------------------------------------------- */

static void sret(u64 spp, u64 spie, u64 sie)
{
	u64 status = (csr_read(sstatus) & ~(SSTATUS_SPP | SSTATUS_SPIE)) |
		     spp * SSTATUS_SPP | spie * SSTATUS_SPIE |
		     sie * SSTATUS_SIE;

	start();
	put(CSR_INSN(CSRRW, 0, SEPC, 10));
	put(CSR_INSN(CSRRW, 0, SSTAT, 11));
	put(SRET);
	put(EBREAK);
	put(spp ? CSR_INSN(CSRRS, 12, SSTAT, 0) : 0x13);
	csr_write(sie, 0);
	f.x[10] = (u64)&code[4];
	f.x[11] = status;
	f.x[12] = 0;
	run(false);
	print("sret SPP %lu SPIE %lu SIE %lu: cause %lu at %lu from %s, "
	      "SIE was %lu, SPIE %lu, SPP %lu\n",
	      spp, spie, sie, f.scause, (f.sepc - (u64)code) / 4,
	      f.sstatus & SSTATUS_SPP ? "S" : "U", f.sstatus >> 5 & 1,
	      f.x[12] >> 5 & 1, f.x[12] >> 8 & 1);
}

static void test_sret(void)
{
	for (u64 n = 0; n < 8; n++)
		sret(n >> 2, n >> 1 & 1, n & 1);
	csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPIE);
	start();
	put(CSR_INSN(CSRRW, 0, SEPC, 10));
	put(CSR_INSN(CSRRS, 11, SEPC, 0));
	f.x[10] = -1UL;
	run(false);
	/* Bit 0 is always 0, but QEMU keeps it. */
	show("sepc after ones", f.x[11] | 1);
}

/* ---- FS and VS
 * ------------------------------------------------------------------ */

#define FMV_D_X   0xf2000053U /* fmv.d.x f0, x0 */
#define FLD       0x00053007U /* fld f0, (a0) */
#define VSETVLI   0x00007057U /* vsetvli x0, x0, e8 */
#define CSRR_FCSR CSR_INSN(CSRRS, 5, 0x003, 0)
#define CSRW_FCSR CSR_INSN(CSRRW, 0, 0x003, 0)

static void dirtied(const char *name, bool user, u64 field, u64 state, u32 insn)
{
	u64 bits = (field & -field) * state;

	csr_clear(sstatus, field);
	csr_set(sstatus, bits);
	f.x[10] = (u64)code;
	run_one(user, insn);
	print("%c %s in state %lu: cause %lu, then %lu SD %lu\n",
	      user ? 'U' : 'S', name, state, f.scause,
	      (csr_read(sstatus) & field) / (field & -field),
	      csr_read(sstatus) >> 63);
	csr_clear(sstatus, field);
}

/* What changes a register or fcsr leaves it dirty, whatever it was. */
static void test_units(void)
{
	for (u32 user = 0; user < 2; user++) {
		for (u64 state = 0; state < 4; state++) {
			dirtied("fmv.d.x", user, SSTATUS_FS, state, FMV_D_X);
			dirtied("fld", user, SSTATUS_FS, state, FLD);
			dirtied("csrw fcsr", user, SSTATUS_FS, state,
				CSRW_FCSR);
			if (fdt_isa_has("v"))
				dirtied("vsetvli", user, SSTATUS_VS, state,
					VSETVLI);
		}
		dirtied("csrr fcsr", user, SSTATUS_FS, 0, CSRR_FCSR);
	}
}

/* ---- senvcfg and the cache
 * ------------------------------------------------------ */

#define CBO(number) (0x0000200fU | (u32)(number) << 20 | 10 << 15)

static u8 block[128] __attribute__((aligned(128)));

/* "Cache-block management": CBIE 1 and 3 let U, CBIE 0 and CBCFE 0 do not. */
static void test_senvcfg(void)
{
	static const u64 cbie[] = {0, 1, 3};

	for (u64 n = 0; n < 12; n++) {
		u64 env = cbie[n % 3] << 4 | (n / 3 & 1) << 6 | (n / 6) << 7;

		csr_write(senvcfg, env);
		f.x[10] = (u64)block;
		print("senvcfg 0x%lx: U", env);
		for (u32 k = 0; k < 5; k++)
			if (k != 3)
				print(" %lu", run_one(true, CBO(k)));
		print(" S");
		for (u32 k = 0; k < 5; k++)
			if (k != 3)
				print(" %lu", run_one(false, CBO(k)));
		print("\n");
	}
	memset(block, 0xff, sizeof(block));
	f.x[10] = (u64)block + 0x35;
	run_one(true, CBO(4));
	print("cbo.zero inside a block: 0x%x 0x%x 0x%x\n", block[0], block[63],
	      block[64]);
	csr_write(senvcfg, 0);
}

int main(void)
{
	begin("zicsr");
	sbi(SBI_TIME, 0, -1UL);
	csr_write(sie, 0);
	csr_write(scounteren, 0);
	csr_clear(sstatus, SSTATUS_FS | SSTATUS_VS);
	test_forms();
	test_read_only();
	test_no_write();
	test_privileges();
	test_instructions();
	test_sret();
	if (fdt_isa_has("d"))
		test_units();
	if (fdt_isa_has("zicbom") && fdt_isa_has("zicboz"))
		test_senvcfg();
	finish();
}
