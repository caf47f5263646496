/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the CSR table, what a write leaves, and how a trap is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "hyp/host.h"
#include "hyp/util.h"
#include "vcpu/state.h"

enum hold { VSCOPY, SHARED, SPECIAL };

static const struct {
	const char *name;
	u64 mask;
	enum hold hold;
	u32 number, hw, feature;
} rows[] = {
#define CSR(number, name, hold, hw, mask, feature) \
	{#name, mask, hold, number, hw, feature},
#include "vcpu/csr.def"
#undef CSR
};

/* Privileged, "CSR Listing", and the extensions' own chapters. */
static const struct {
	const char *name;
	u32 number;
} architecture[] = {
	{"sstatus", 0x100},       {"sie", 0x104},       {"stvec", 0x105},
	{"scounteren", 0x106},    {"senvcfg", 0x10a},   {"sstateen0", 0x10c},
	{"sstateen1", 0x10d},     {"sstateen2", 0x10e}, {"sstateen3", 0x10f},
	{"scountinhibit", 0x120}, {"sscratch", 0x140},  {"sepc", 0x141},
	{"scause", 0x142},        {"stval", 0x143},     {"sip", 0x144},
	{"stimecmp", 0x14d},      {"siselect", 0x150},  {"sireg", 0x151},
	{"stopei", 0x15c},        {"satp", 0x180},      {"scontext", 0x5a8},
	{"scountovf", 0xda0},     {"stopi", 0xdb0},     {"hvip", 0x645},
	{"vsstatus", 0x200},      {"vsie", 0x204},      {"vstvec", 0x205},
	{"vsscratch", 0x240},     {"vsepc", 0x241},     {"vscause", 0x242},
	{"vstval", 0x243},        {"vsip", 0x244},      {"vstimecmp", 0x24d},
	{"vsatp", 0x280},
};

static const char *architectural(u32 number)
{
	for (u32 i = 0; i < ARRAY_SIZE(architecture); i++) {
		if (architecture[i].number == number)
			return architecture[i].name;
	}
	return "nothing";
}

/* ---- the table --------------------------------------------------------- */

static void test_numbers(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_string_equal(architectural(rows[i].number),
				    rows[i].name);
		/* Supervisor level, and writable ("CSR Address Mapping"). */
		assert_int_equal(rows[i].number >> 8 & 3, 1);
		assert_int_not_equal(rows[i].number >> 10, 3);
		assert_true(rows[i].number < 0x1000);
	}
}

static void test_unique(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		for (u32 n = 0; n < i; n++) {
			assert_int_not_equal(rows[i].number, rows[n].number);
			assert_string_not_equal(rows[i].name, rows[n].name);
			assert_int_not_equal(csr_rows[i].offset,
					     csr_rows[n].offset);
		}
	}
}

/* A VS copy is numbered 0x100 above, and named with a v before. */
static void test_hardware(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u32 number = rows[i].number, hw = rows[i].hw;

		switch (rows[i].hold) {
		case VSCOPY:
			assert_int_equal(hw, number + 0x100);
			assert_int_equal(architectural(hw)[0], 'v');
			assert_string_equal(architectural(hw) + 1,
					    rows[i].name);
			break;
		case SHARED:
			assert_int_equal(hw, number);
			/* It has no VS copy, or that would be used. */
			assert_string_equal(architectural(hw + 0x100),
					    "nothing");
			break;
		case SPECIAL:
			assert_string_not_equal(architectural(hw), "nothing");
			break;
		}
	}
}

static void test_rows(void **state)
{
	struct vcpu_state s = {0};

	assert_int_equal(csr_rows_count, ARRAY_SIZE(rows));
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(csr_rows[i].number, rows[i].number);
		assert_string_equal(csr_rows[i].name, rows[i].name);
		assert_int_equal(csr_rows[i].writable, rows[i].mask);
		assert_int_equal(csr_rows[i].feature, rows[i].feature);
		*csr_field(&s, &csr_rows[i]) = rows[i].number;
	}
#define CSR(number, name, hold, hw, mask, feature) \
	assert_int_equal(s.csr.name, number);
#include "vcpu/csr.def"
#undef CSR
}

static void test_find(void **state)
{
	u32 found = 0;

	for (u32 number = 0; number < 0x2000; number++) {
		const struct csr_row *row = csr_find(number);

		if (!row)
			continue;
		assert_int_equal(row->number, number);
		found++;
	}
	assert_int_equal(found, ARRAY_SIZE(rows));
	assert_null(csr_find(~0U));
	assert_null(csr_find(0x10000 + CSR_SSTATUS));
}

/* ---- writes ------------------------------------------------------------ */

static u64 write(u32 number, u64 old, u64 value)
{
	return csr_legal(csr_find(number), old, value, 5);
}

/* Bits outside the mask stay, bits inside are as written. */
static void test_masks(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		u64 mask = rows[i].mask;

		if (rows[i].number == CSR_SATP ||
		    rows[i].number == CSR_SSTATUS ||
		    rows[i].number == CSR_STVEC)
			continue;
		assert_int_equal(write(rows[i].number, 0, ~0UL), mask);
		assert_int_equal(write(rows[i].number, ~0UL, 0), ~mask);
		for (u32 bit = 0; bit < 64; bit++)
			assert_int_equal(write(rows[i].number, 0, BIT(bit)),
					 mask & BIT(bit));
	}
}

/* Of the modes 2 and 3, which are reserved, harts take nothing. */
static void test_stvec(void **state)
{
	assert_int_equal(write(CSR_STVEC, 0x1000, 0x80000001), 0x80000001);
	assert_int_equal(write(CSR_STVEC, 0x1001, ~0UL - 3), ~0UL - 3);
	assert_int_equal(write(CSR_STVEC, 0x1001, 0x80000002), 0x1001);
	assert_int_equal(write(CSR_STVEC, 0x1000, 0x80000003), 0x1000);
}

/* What the specification lets no write of the CSR change. */
static void test_fixed_bits(void **state)
{
	static const struct {
		u32 number;
		u64 fixed;
	} never[] = {
		/* WPRI and, read-only or fixed here, UBE, XS, UXL. */
		{CSR_SSTATUS, 0x1 | 0x4 | 0x8 | 0x10 | 0x80 | 0x800 | 0x1000},
		{CSR_SSTATUS, 0x20000 | 0x700000 | 0xfe000000},
		{CSR_SSTATUS, 0x7ffffffc00000000},
		{CSR_SSTATUS, 0x40 | 0x18000 | 3UL << 32},
		{CSR_STVEC, 2},
		{CSR_SEPC, 1},
		{CSR_SIE, ~0xffffUL & ~0xffff0000UL},
		{CSR_SIE, 0xdd},
		{CSR_SIP, ~2UL}, /* SEIP, STIP are read-only */
		{CSR_SCOUNTEREN, 0xffffffff00000000},
	};
	static const struct {
		u32 number;
		u64 free;
	} always[] = {
		{CSR_SSTATUS, SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP},
		{CSR_SSTATUS, SSTATUS_SUM | SSTATUS_MXR},
		{CSR_STVEC, ~3UL | 1},
		{CSR_SEPC, ~1UL},
		{CSR_SIE, BIT(1) | BIT(5) | BIT(9)},
		{CSR_SIP, BIT(1)},
		{CSR_SSCRATCH, ~0UL},
		{CSR_STVAL, ~0UL},
		{CSR_SCAUSE, BIT(63) | 63},
		{CSR_SCOUNTEREN, 7},
		{CSR_STIMECMP, ~0UL},
		{CSR_SENVCFG, ENVCFG_FIOM},
		{CSR_SENVCFG, 0x30 | ENVCFG_CBCFE | ENVCFG_CBZE}, /* CBIE */
	};

	for (u32 i = 0; i < ARRAY_SIZE(never); i++)
		assert_int_equal(
			write(never[i].number, 0, ~0UL) & never[i].fixed, 0);
	for (u32 i = 0; i < ARRAY_SIZE(always); i++) {
		assert_int_equal(write(always[i].number, 0, always[i].free),
				 always[i].free);
		assert_int_equal(
			write(always[i].number, ~0UL, 0) & always[i].free, 0);
	}
}

/* SD says that FS or VS is dirty, whatever was written to it ("sstatus"). */
static void test_sd(void **state)
{
	u64 sd = 1UL << 63;

	for (u64 fs = 0; fs < 4; fs++) {
		for (u64 vs = 0; vs < 4; vs++) {
			u64 value = fs << 13 | vs << 9 | SSTATUS_SUM;
			u64 want = value | (fs == 3 || vs == 3 ? sd : 0);

			assert_int_equal(write(CSR_SSTATUS, 0, value), want);
			assert_int_equal(write(CSR_SSTATUS, sd, value), want);
			assert_int_equal(write(CSR_SSTATUS, sd, value | sd),
					 want);
			assert_int_equal(write(CSR_SSTATUS, 0, value | sd),
					 want);
		}
	}
}

/* Where a unit is missing its field is read-only zero ("Extension Context
 * Status"). */
static void test_units(void **state)
{
	u32 features = host.features;

	for (u32 i = 0; i < 4; i++) {
		u64 want = (i & 1 ? SSTATUS_FS : 0) | (i & 2 ? SSTATUS_VS : 0);

		host.features = (i & 1 ? HOST_FD : 0) | (i & 2 ? HOST_V : 0);
		want |= want ? SSTATUS_SD : 0;
		assert_int_equal(write(CSR_SSTATUS, 0, SSTATUS_FS | SSTATUS_VS),
				 want);
	}
	host.features = features;
}

/* An unsupported MODE makes the whole write have no effect ("satp"). */
static void test_satp(void **state)
{
	const struct csr_row *row = csr_find(CSR_SATP);
	u64 old = 8UL << 60 | 5UL << 44 | 0x80001, rest = 0x0abcd12345678900;

	for (u32 levels = 3; levels <= 5; levels++) {
		for (u64 mode = 0; mode < 16; mode++) {
			u64 value = mode << 60 | rest, want = old;

			if (mode == 0)
				want = 0;
			else if (mode >= 8 && mode <= 5 + levels)
				want = value;
			assert_int_equal(csr_legal(row, old, value, levels),
					 want);
		}
	}
}

/* ---- traps ------------------------------------------------------------- */

static void check_trap(enum priv from, bool sie, u64 stvec)
{
	u64 rest = SSTATUS_SUM | SSTATUS_MXR | SSTATUS_FS | SSTATUS_UXL_64;
	struct vcpu_state s = {.priv = from, .pc = 0xffffffc012345672}, before;

	/* SPIE, SPP as they must not be left. */
	s.csr.sstatus = rest | (sie ? SSTATUS_SIE : SSTATUS_SPIE) |
			(from == PRIV_U ? SSTATUS_SPP : 0);
	s.csr.stvec = stvec;
	s.csr.sscratch = 77;
	for (u32 i = 1; i < 32; i++)
		s.gpr[i] = i;
	before = s;
	state_trap_s(&s, CAUSE_STORE_PAGE, 0xdeadbeef);
	assert_int_equal(s.csr.scause, CAUSE_STORE_PAGE);
	assert_int_equal(s.csr.stval, 0xdeadbeef);
	assert_int_equal(s.csr.sepc, before.pc);
	assert_int_equal(s.csr.sstatus,
			 rest | (sie ? SSTATUS_SPIE : 0) |
				 (from == PRIV_S ? SSTATUS_SPP : 0));
	assert_int_equal(s.priv, PRIV_S);
	assert_int_equal(s.pc, stvec & ~3UL);
	/* And nothing else. */
	s.priv = before.priv;
	s.pc = before.pc;
	s.csr.scause = s.csr.stval = s.csr.sepc = 0;
	s.csr.sstatus = before.csr.sstatus;
	assert_memory_equal(&s, &before, sizeof(s));
}

static void test_trap(void **state)
{
	for (u32 i = 0; i < 8; i++)
		check_trap(i & 1 ? PRIV_S : PRIV_U, i & 2,
			   0xffffffff80001000 | i >> 2);
}

static int setup(void **state)
{
	host.features = HOST_FD | HOST_V;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_unique),
		cmocka_unit_test(test_hardware),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_stvec),
		cmocka_unit_test(test_fixed_bits),
		cmocka_unit_test(test_sd),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_satp),
		cmocka_unit_test(test_trap),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
