/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests what enforces a guest's isa, and what is said of what nothing hides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "host.h"
#include "hyp/csr.h"
#include "hyp/host.h"
#include "hyp/util.h"
#include "vcpu/guestisa.h"

static struct vm_spec spec;

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
		{"rv64imac_zicsr", 0, 0, 0, 0},
		{"rv64imac", 0, 7, 0, 0},
		{"rv64imac_zicboz_zicsr", ENVCFG_CBZE, 0, 0, 0},
		{"rv64imac_zicbom_zicsr", FENCED, 0, 0, 0},
		{"rv64imac_zicntr_svpbmt_zicsr", ENVCFG_PBMTE, 7, 0, 0},
		{"rv64imaf_zicsr", 0, 0, SSTATUS_FS, 0},
		{"rv64imad_zicsr", 0, 0, SSTATUS_FS, 0},
		{"rv64imac_zfhmin_zicsr", 0, 0, SSTATUS_FS, 0},
		{"rv64imac_zve32x_zicsr", 0, 0, SSTATUS_VS, 0},
		{"rv64imac_zvkb_zicsr", 0, 0, SSTATUS_VS, 0},
		{"rv64imafdcv_zicsr", 0, 0, SSTATUS_FS | SSTATUS_VS, 0},
		{"rv64imac_sstc_zicsr", 0, 7, 0, GATE_STCE},
		{"rv64imac_svinval_svnapot_zicsr", 0, 0, 0,
		 GATE_INVAL | GATE_NAPOT},
		/* What no guest is told of opens nothing. */
		{"rv64imac_sscofpmf_ssnpm_zicfilp_zicsr", 0, 0, 0, 0},
	};
	const u32 rest = GATE_STCE | GATE_INVAL | GATE_NAPOT | GATE_SOFT |
			 GATE_STATE | GATE_SHUT;

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		struct isa_rules r = rules(rows[i].isa, 0, BACKEND_HW);

		assert_int_equal(r.env, rows[i].env);
		assert_int_equal(r.counters, rows[i].counters);
		assert_int_equal(r.units, rows[i].units);
		assert_int_equal(r.no_sstatus | r.no_senvcfg, 0);
		r = rules(rows[i].isa, 0, BACKEND_INTERP);
		assert_int_equal(r.gates & rest, rows[i].gates);
	}
}

/* What a backend cannot close is open to all of us, the oracle, too. */
static void test_rules_backends(void **state)
{
	const u32 rest = GATE_INVAL | GATE_NAPOT | GATE_SOFT | GATE_STATE |
			 GATE_COUNTERS;

	assert_int_equal(rules("rv64i_zicsr", 0, BACKEND_HW).gates & rest,
			 GATE_INVAL | GATE_NAPOT | GATE_SOFT);
	assert_int_equal(rules("rv64i_zicsr", 0, BACKEND_HYBRID).gates & rest,
			 GATE_INVAL | GATE_SOFT);
	host.time_closes = host.inval_traps = false;
	assert_int_equal(rules("rv64i_zicsr", 0, BACKEND_TE).gates & rest,
			 GATE_COUNTERS | GATE_INVAL);
	assert_int_equal(rules("rv64i_zicsr", 0, BACKEND_TE).counters, 0);
	host.time_closes = host.inval_traps = true;
	assert_int_equal(rules("rv64i_zicsr", 0, BACKEND_TE).gates & rest, 0);
	assert_true(rules("rv64i_zicsr", 0, BACKEND_INTERP).refuses);
	assert_false(rules("rv64i_zicsr", 0, BACKEND_TE).refuses);
	assert_false(rules("", 0, BACKEND_INTERP).refuses);
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
	host.time_closes = host.inval_traps = true;
	warned("rv64i_svinval_svnapot_zicntr", "rv64i_zicsr", BACKEND_TE, "");
	host.time_closes = host.inval_traps = false;
	warned("rv64i_svinval_svnapot", "rv64i", BACKEND_TE, STAYS("svinval"));
	warned("rv64i_sscofpmf_ssaia", "rv64i", BACKEND_HW,
	       STAY("sscofpmf ssaia"));
	warned("rv64i_sscofpmf_ssaia", "rv64i", BACKEND_INTERP, "");
	warned("rv64i_zicntr", "rv64i_zicsr", BACKEND_TE, STAYS("zicntr"));
	warned("rv64i_zicntr", "rv64i_zicsr", BACKEND_INTERP, "");
	warned("rv64i_zicntr", "rv64i", BACKEND_TE, "");
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
		cmocka_unit_test(test_rules_open),
		cmocka_unit_test(test_rules_gates),
		cmocka_unit_test(test_rules_backends),
		cmocka_unit_test(test_rules_masks),
		cmocka_unit_test(test_rules_lacks),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_warnings_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
