/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the reading of ISA strings, and what a guest is told of the host's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "host.h"
#include "hyp/host.h"
#include "hyp/isa.h"
#include "hyp/util.h"
#include "vcpu/guestisa.h"

#define QEMU                                                                \
	"rv64imafdch_zic64b_zicbom_zicboz_zicntr_zicsr_zifencei_zihpm_zba_" \
	"smaia_smstateen_ssaia_ssstateen_sstc_svadu_svpbmt_xventana"

static void test_letters(void **state)
{
	static const struct {
		const char *isa, *has, *lacks;
	} rows[] = {
		{"rv64imafdch_zicsr", "imafdch", "bgvqzs"},
		{"rv64gc", "imafdcg", "hvqb"},
		{"rv64gcv_zba_zvh", "imafdcvg", "hqzb"},
		{"rv64i", "i", "mafdcv"},
		{"rv64", "", "imafdcv"},
		{"rv32imac", "", "imac"},
		{"RV64IMAC", "", "imac"},
		{"", "", "imac"},
		{"rv64i_h", "i", "m"},
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		for (const char *p = rows[i].has; *p; p++)
			assert_true(isa_has(rows[i].isa, (char[2]){*p}));
		for (const char *p = rows[i].lacks; *p; p++)
			assert_false(isa_has(rows[i].isa, (char[2]){*p}));
	}
}

static void test_names(void **state)
{
	static const char *const has[] = {
		"zic64b", "zicbom",    "zicntr", "zba",      "smstateen",
		"sstc",   "ssstateen", "svpbmt", "xventana",
	};
	/* Parts of names, letters, nothing. */
	static const char *const lacks[] = {
		"zic",     "icbom", "zicbomx", "stateen",  "ss",
		"imafdch", "zbb",   "xventan", "zbazicsr",
	};

	for (u32 i = 0; i < ARRAY_SIZE(has); i++)
		assert_true(isa_has(QEMU, has[i]));
	for (u32 i = 0; i < ARRAY_SIZE(lacks); i++)
		assert_false(isa_has(QEMU, lacks[i]));
	assert_false(isa_has("rv64imac", "zicsr"));
	assert_false(isa_has("", "zicsr"));
}

static void test_next(void **state)
{
	const char *isa = "rv64imac_zicsr_zifencei_sstc", *at = NULL;
	char name[32];

	assert_true(isa_next(isa, &at, name, sizeof(name)));
	assert_string_equal(name, "zicsr");
	assert_true(isa_next(isa, &at, name, sizeof(name)));
	assert_string_equal(name, "zifencei");
	assert_true(isa_next(isa, &at, name, sizeof(name)));
	assert_string_equal(name, "sstc");
	assert_false(isa_next(isa, &at, name, sizeof(name)));
	at = NULL;
	assert_false(isa_next("rv64imac", &at, name, sizeof(name)));
	assert_false(isa_next("", &at, name, sizeof(name)));
}

/* A name that is too long is cut, and the next one is still found. */
static void test_next_long(void **state)
{
	const char *isa = "rv64i_zabcdefghij_zkl", *at = NULL;
	char name[4];

	assert_true(isa_next(isa, &at, name, sizeof(name)));
	assert_string_equal(name, "zab");
	assert_true(isa_next(isa, &at, name, sizeof(name)));
	assert_string_equal(name, "zkl");
	assert_false(isa_next(isa, &at, name, sizeof(name)));
}

/* ---- the guest's ------------------------------------------------------- */

static struct vm_spec spec;

static void check(const char *hosts, const char *allowed, u32 force,
		  const char *want)
{
	char isa[VM_ISA_MAX];

	host_reset();
	memset(&spec, 0, sizeof(spec));
	snprintf(host.isa, sizeof(host.isa), "%s", hosts);
	snprintf(spec.isa, sizeof(spec.isa), "%s", allowed);
	snprintf(spec.name, sizeof(spec.name), "vm");
	spec.force = force;
	guest_isa(&spec, isa, sizeof(isa));
	assert_string_equal(isa, want);
}

/* No H, nothing of M-mode, nothing unknown. */
static void test_guest_filter(void **state)
{
	check(QEMU, "", 0,
	      "rv64imafdc_zicbom_zicboz_zicntr_zicsr_zifencei_zba_sstc_svpbmt");
	assert_string_equal(host_log, "");
	check("rv64imafdcvh_zve64d", "", 0, "rv64imafdcv_zve64d");
	check("rv64gc_zicsr", "", 0, "rv64imafdc_zicsr");
	check("rv64imac", "", 0, "rv64imac");
}

static void test_guest_force(void **state)
{
	check("rv64imac_sstc_zba", "", FORCE_NO_SSTC, "rv64imac_zba");
	check("rv64imac_sstc_zba", "rv64imac_sstc", FORCE_NO_SSTC, "rv64imac");
}

/* The description takes away, and adds what there is a module for. */
static void test_guest_allowed(void **state)
{
	check("rv64imafdc_zicsr_zba", "rv64imac_zicsr", 0, "rv64imac_zicsr");
	assert_string_equal(host_log, "");
	check("rv64imafdc_zicsr_zba", "rv64gc", 0, "rv64imafdc_zicsr");
	check("rv64imac_zicsr", "rv64imafdc_zicsr_zbc_sstc", 0,
	      "rv64imac_zicsr");
	assert_non_null(strstr(host_log, "zbc is not to be had"));
	assert_non_null(strstr(host_log, "sstc is not to be had"));
	assert_null(strstr(host_log, "zicsr"));
	check("rv64imach_smstateen", "rv64imach_smstateen", 0, "rv64imac");
	check("rv64imac_zbs", "rv64imac_zicond_zbb_zbs", 0,
	      "rv64imac_zbs_zbb_zicond");
	assert_null(strstr(host_log, "zbb"));
	assert_null(strstr(host_log, "no time"));
	check("rv64imac_zicsr_zicntr", "rv64ima_zicsr", 0, "rv64ima_zicsr");
	assert_non_null(strstr(host_log, "there is no time"));
	check("rv64imac", "", 0, "rv64imac");
}

/* What does not fit is left out whole; the buffer is kept to. */
static void test_guest_size(void **state)
{
	const char *want = "rv64imac_zicsr_zba";

	snprintf(host.isa, sizeof(host.isa), "%s", want);
	memset(&spec, 0, sizeof(spec));
	for (u32 size = 5; size < 32; size++) {
		char isa[32], name[32];
		const char *at;

		memset(isa, 'x', sizeof(isa));
		guest_isa(&spec, isa, size);
		assert_true(strlen(isa) < size);
		assert_memory_equal(isa, "rv64", 4);
		for (u32 i = size; i < sizeof(isa); i++)
			assert_int_equal(isa[i], 'x');
		if (size > strlen(want))
			assert_string_equal(isa, want);
		for (at = NULL; isa_next(isa, &at, name, sizeof(name));)
			assert_true(isa_has(want, name));
	}
}

/* Each extension of ext.def reaches the guest, and is listed once. */
static void test_guest_table(void **state)
{
	static const char *const known[] = {
#define EXT(name, gates, with) #name,
#define EXT_NEVER(...)
#include "vcpu/ext.def"
#undef EXT
#undef EXT_NEVER
	};
	char one[64];

	for (u32 i = 0; i < ARRAY_SIZE(known); i++) {
		if (!known[i][1])
			snprintf(one, sizeof(one), "rv64%s", known[i]);
		else
			snprintf(one, sizeof(one), "rv64i_%s", known[i]);
		check(one, "", 0, one);
		for (u32 n = 0; n < i; n++)
			assert_string_not_equal(known[i], known[n]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_letters),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_next_long),
		cmocka_unit_test(test_guest_filter),
		cmocka_unit_test(test_guest_force),
		cmocka_unit_test(test_guest_allowed),
		cmocka_unit_test(test_guest_size),
		cmocka_unit_test(test_guest_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
