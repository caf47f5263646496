/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the reading of ISA strings, and what a guest is told of the host's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "host.h"
#include "hyp/csr.h"
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
	check("rv64imafdc_zicsr_zba", "rv64gc", 0, "rv64imafdc");
	check("rv64imac_zicsr", "rv64imafdc_zicsr_zbc_sstc", 0,
	      "rv64imac_zicsr");
	assert_non_null(strstr(host_log, "zbc is not to be had"));
	assert_non_null(strstr(host_log, "sstc is not to be had"));
	assert_null(strstr(host_log, "zicsr"));
	check("rv64imach_smstateen", "rv64imach_smstateen", 0, "rv64imac");
	check("rv64imac_zbs", "rv64imac_zicond_zbb_zbs", 0,
	      "rv64imac_zbs_zbb_zicond");
	assert_null(strstr(host_log, "zbb"));
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

/* ---- what enforces it ---------------------------------------------------- */

#define FENCED (ENVCFG_CBIE_FLUSH | ENVCFG_CBCFE)

static struct isa_rules rules(const char *allowed, u32 force,
			      enum backend_id backend)
{
	struct isa_rules r;

	host_reset();
	host.features = ~0U;
	memset(&spec, 0, sizeof(spec));
	snprintf(spec.isa, sizeof(spec.isa), "%s", allowed);
	snprintf(spec.name, sizeof(spec.name), "vm");
	spec.force = force;
	isa_rules_make(&r, &spec, backend);
	return r;
}

static void test_rules_open(void **state)
{
	for (enum backend_id b = BACKEND_HW; b <= BACKEND_INTERP; b++) {
		struct isa_rules r = rules("", 0, b);

		assert_int_equal(r.env, FENCED | ENVCFG_CBZE | ENVCFG_PBMTE);
		assert_int_equal(r.counters, 7);
		assert_int_equal(r.units, SSTATUS_FS | SSTATUS_VS);
		assert_int_equal(r.clean, 2UL << 13 | 2UL << 9);
		assert_true(r.gates & GATE_STCE && r.gates & GATE_INVAL);
		assert_int_equal(r.no_sstatus | r.no_senvcfg, 0);
		assert_false(r.lacks[ISA_zbb] || r.lacks[ISA_v]);
		assert_true(r.lacks[ISA_h] && r.lacks[ISA_zicfiss]);
	}
	assert_false(rules("", FORCE_NO_SSTC, BACKEND_HW).gates & GATE_STCE);
}

static void test_rules_gates(void **state)
{
	static const struct {
		const char *isa;
		u64 env, counters, units;
		u32 gates;
	} rows[] = {
		{"rv64imac", 0, 0, 0, 0},
		{"rv64imac_zicboz", ENVCFG_CBZE, 0, 0, 0},
		{"rv64imac_zicbom", FENCED, 0, 0, 0},
		{"rv64imac_zicntr_svpbmt", ENVCFG_PBMTE, 7, 0, 0},
		{"rv64imaf", 0, 0, SSTATUS_FS, 0},
		{"rv64imad", 0, 0, SSTATUS_FS, 0},
		{"rv64imac_zfhmin", 0, 0, SSTATUS_FS, 0},
		{"rv64imac_zve32x", 0, 0, SSTATUS_VS, 0},
		{"rv64imac_zvkb", 0, 0, SSTATUS_VS, 0},
		{"rv64imafdcv", 0, 0, SSTATUS_FS | SSTATUS_VS, 0},
		{"rv64imac_sstc", 0, 0, 0, GATE_STCE},
		{"rv64imac_svinval_svnapot", 0, 0, 0, GATE_INVAL | GATE_NAPOT},
		/* What no guest is told of opens nothing. */
		{"rv64imac_sscofpmf_ssnpm_zicfilp", 0, 0, 0, 0},
	};
	const u32 rest = GATE_STCE | GATE_INVAL | GATE_NAPOT | GATE_SOFT |
			 GATE_STATE | GATE_SHUT;

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct isa_rules r = rules(rows[i].isa, 0, BACKEND_HW);

		assert_int_equal(r.env, rows[i].env);
		assert_int_equal(r.counters, rows[i].counters);
		assert_int_equal(r.units, rows[i].units);
		assert_int_equal(r.gates & rest, rows[i].gates);
		assert_int_equal(r.no_sstatus | r.no_senvcfg, 0);
	}
}

/* Bits of emulated CSRs; units that the host lacks. */
static void test_rules_masks(void **state)
{
	struct isa_rules r = rules("rv64imafdc_zicbom", 0, BACKEND_TE);

	assert_int_equal(r.no_sstatus, SSTATUS_VS);
	assert_int_equal(r.no_senvcfg, ENVCFG_CBZE);
	r = rules("rv64imac_zicboz", 0, BACKEND_INTERP);
	assert_int_equal(r.no_sstatus, SSTATUS_VS | SSTATUS_FS);
	assert_int_equal(r.no_senvcfg, ENVCFG_CBIE | ENVCFG_CBCFE);
	host.features = HOST_FD;
	isa_rules_make(&r, memset(&spec, 0, sizeof(spec)), BACKEND_HW);
	assert_int_equal(r.units, SSTATUS_FS);
}

/* A name includes others, and some are included whoever is named. */
static void test_rules_lacks(void **state)
{
	struct isa_rules r = rules("rv64ic_zfh_zacas", 0, BACKEND_HW);

	assert_false(r.lacks[ISA_zca] || r.lacks[ISA_zfhmin]);
	assert_false(r.lacks[ISA_zaamo] || r.lacks[ISA_f]);
	assert_true(r.lacks[ISA_zalrsc] && r.lacks[ISA_a] && r.lacks[ISA_d]);
	assert_true(r.lacks[ISA_zcd] && r.lacks[ISA_m] && r.lacks[ISA_zbb]);
	r = rules("rv64g", 0, BACKEND_HW);
	assert_false(r.lacks[ISA_m] || r.lacks[ISA_zalrsc] || r.lacks[ISA_d]);
}

static void warned(const char *hosts, const char *allowed,
		   enum backend_id backend, const char *want)
{
	rules(allowed, 0, backend);
	host.features = HOST_FD | HOST_V;
	snprintf(host.isa, sizeof(host.isa), "%s", hosts);
	isa_warn_usable(&spec, backend, "xy");
	assert_string_equal(host_log, want);
}

static void test_warnings(void **state)
{
#define STAYS(names) \
	"vm: isa: " names " stays usable: nothing hides it under xy\n"
#define STAY(names) \
	"vm: isa: " names " stay usable: nothing hides them under xy\n"
	warned("rv64imafdc_zba_zbb", "", BACKEND_HW, "");
	warned("rv64imafdcbvh_zba_zicbom_zicboz_zicntr_sstc_svpbmt_zicbop_zkt"
	       "_zve32x_zvbb_zfa_zcd_svade_svvptc_smaia_shtvala_zihpm_zmmul",
	       "rv64imac_zba", BACKEND_HW, "");
	warned("rv64imac_zba", "rv64ia", BACKEND_HW, STAY("m c zba"));
	warned("rv64imac_zca_zaamo_zalrsc", "rv64imac", BACKEND_HW, "");
	/* A gate that somebody else needs. */
	warned("rv64imafdc_zfa_zfhmin", "rv64imafc", BACKEND_HW,
	       STAY("d zfa zfhmin"));
	warned("rv64imafdcv_zvbb", "rv64imafdc_zvbb", BACKEND_HW, STAYS("v"));
	/* By backend. */
	warned("rv64i_svinval_svnapot", "rv64i", BACKEND_HW,
	       STAY("svinval svnapot"));
	warned("rv64i_svinval_svnapot", "rv64i", BACKEND_HYBRID,
	       STAYS("svinval"));
	warned("rv64i_svinval_svnapot", "rv64i", BACKEND_TE, "");
	warned("rv64i_sscofpmf_ssaia", "rv64i", BACKEND_HW,
	       STAY("sscofpmf ssaia"));
	warned("rv64i_sscofpmf_ssaia", "rv64i", BACKEND_INTERP, "");
	/* What nobody knows. */
	warned("rv64i_xventana", "rv64i", BACKEND_HW, STAYS("xventana"));
}

/* More names than fit in a line: all are said. */
static void test_warnings_long(void **state)
{
	u32 names = 0, lines = 0;

	strcpy(host.isa, "rv64i");
	for (u32 i = 0; i < 40; i++)
		sprintf(host.isa + strlen(host.isa), "_xlongername%u", 10 + i);
	rules("rv64i", 0, BACKEND_HW);
	isa_warn_usable(&spec, BACKEND_HW, "hw");
	for (const char *p = host_log; (p = strstr(p, "xlongername")); p++)
		names++;
	for (const char *p = host_log; (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(names, 40);
	assert_in_range(lines, 3, 4);
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
		cmocka_unit_test(test_rules_open),
		cmocka_unit_test(test_rules_gates),
		cmocka_unit_test(test_rules_masks),
		cmocka_unit_test(test_rules_lacks),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_warnings_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
