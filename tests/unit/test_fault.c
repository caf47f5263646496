/* SPDX-License-Identifier: BSD-2-Clause */
/* Page faults under shadow tables: whose they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/fault.h"

#define GVA_ 0xffffffc012345678UL
#define GPA_ 0x80345678UL
#define MODE (VIEW_SUM | VIEW_MXR)

static struct vcpu v;
static struct shadow shadow;

/* ---- what the shadow says ------------------------------------------------ */

static enum shadow_result says[3]; /* by access */
static u32 looks[3];

enum shadow_result shadow_fault(struct shadow *s, gva_t gva,
				enum walk_access access, u32 mode, gpa_t *gpa)
{
	assert_ptr_equal(s, &shadow);
	assert_int_equal(gva.raw, GVA_);
	assert_int_equal(mode, MODE);
	assert_in_range(access, 0, 2);
	looks[access]++;
	gpa->raw = GPA_;
	return says[access];
}

/* Exception codes ("Supervisor Cause Register"). */
u64 access_fault(enum access access)
{
	return access == ACCESS_FETCH ? 1 : access == ACCESS_LOAD ? 5 : 7;
}

static u64 page_fault(enum access access)
{
	return access == ACCESS_FETCH ? 12 : access == ACCESS_LOAD ? 13 : 15;
}

/* ---- which instruction it was -------------------------------------------- */

static enum insn_kind insn;
static bool unreadable;
static enum verdict why;
static u32 decodes;

static bool decode(struct vcpu *of, struct vexit *x, enum verdict *verdict)
{
	assert_ptr_equal(of, &v);
	decodes++;
	if (unreadable) {
		*verdict = why;
		return false;
	}
	x->insn.kind = insn;
	return true;
}

static const struct backend backend = {.decode = decode};

static struct vexit fault(enum access access)
{
	struct vexit x = {
		.gva = GVA(GVA_),
		.access = access,
		.cause = page_fault(access),
		.table = true,
		.kind = EXIT_other,
	};

	v.backend = &backend;
	memset(looks, 0, sizeof(looks));
	decodes = 0;
	fault_capture(&v, &shadow, MODE, &x);
	assert_false(x.table);
	return x;
}

static void all_say(enum shadow_result r)
{
	says[WALK_LOAD] = says[WALK_STORE] = says[WALK_FETCH] = r;
	insn = INSN_STORE;
	unreadable = false;
}

/* ---- each result --------------------------------------------------------- */

static void check_kind(enum shadow_result r, enum exit_kind kind)
{
	all_say(r);
	for (u32 a = 0; a < 3; a++) {
		struct vexit x = fault(a);

		assert_int_equal(x.kind, kind);
		assert_int_equal(x.gpa.raw, GPA_);
		assert_int_equal(x.access, a);
		assert_int_equal(x.cause, page_fault(a));
		/* One look, and no look at the instruction. */
		assert_int_equal(looks[0] + looks[1] + looks[2], 1);
		assert_int_equal(looks[a], 1);
		assert_int_equal(decodes, 0);
	}
}

static void test_kinds(void **state)
{
	check_kind(SHADOW_FILLED, EXIT_shadow);
	check_kind(SHADOW_NOT_RAM, EXIT_mmio);
	check_kind(SHADOW_OURS, EXIT_step);
	check_kind(SHADOW_NO_MEMORY, EXIT_ram);
	check_kind(SHADOW_TABLE, EXIT_table);
}

static void test_page_fault(void **state)
{
	all_say(SHADOW_PAGE_FAULT);
	for (u32 a = 0; a < 3; a++) {
		struct vexit x = fault(a);

		assert_int_equal(x.kind, EXIT_reflect);
		assert_int_equal(x.cause, page_fault(a));
		assert_int_equal(x.tval, GVA_);
		assert_int_equal(looks[a], 1);
		assert_int_equal(looks[0] + looks[1] + looks[2], 1);
	}
}

/* A page table outside of RAM ("Virtual Address Translation Process"). */
static void test_access_fault(void **state)
{
	all_say(SHADOW_ACCESS_FAULT);
	for (u32 a = 0; a < 3; a++) {
		struct vexit x = fault(a);

		assert_int_equal(x.kind, EXIT_reflect);
		assert_int_equal(x.cause, access_fault(a));
		assert_int_equal(x.tval, GVA_);
	}
}

/* ---- cache-block management ---------------------------------------------- */

/* Allowed where a load is; a refused one is a store's fault all the same. */
static void test_cbo(void **state)
{
	static const enum exit_kind want[] = {
		[SHADOW_FILLED] = EXIT_shadow,
		[SHADOW_PAGE_FAULT] = EXIT_reflect,
		[SHADOW_ACCESS_FAULT] = EXIT_reflect,
		[SHADOW_NOT_RAM] = EXIT_mmio,
		[SHADOW_OURS] = EXIT_step,
		[SHADOW_NO_MEMORY] = EXIT_ram,
		[SHADOW_TABLE] = EXIT_table,
	};

	for (u32 r = 0; r < ARRAY_SIZE(want); r++) {
		struct vexit x;

		all_say(SHADOW_PAGE_FAULT);
		says[WALK_LOAD] = r;
		insn = INSN_CBO;
		x = fault(ACCESS_STORE);
		assert_int_equal(looks[WALK_STORE], 1);
		assert_int_equal(looks[WALK_LOAD], 1);
		assert_int_equal(looks[WALK_FETCH], 0);
		assert_int_equal(x.kind, want[r]);
		assert_int_equal(x.access, ACCESS_STORE);
		assert_int_equal(x.cause, r == SHADOW_ACCESS_FAULT ? 7 : 15);
		if (x.kind == EXIT_reflect)
			assert_int_equal(x.tval, GVA_);
	}
}

/* Others that store get no second look: cbo.zero, atomics, stores. */
static void test_not_cbo(void **state)
{
	static const enum insn_kind kinds[] = {
		INSN_STORE, INSN_FSTORE,  INSN_AMO, INSN_CBO_ZERO,
		INSN_LOAD,  INSN_UNKNOWN, INSN_CSR,
	};

	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		all_say(SHADOW_PAGE_FAULT);
		says[WALK_LOAD] = SHADOW_FILLED;
		insn = kinds[i];
		assert_int_equal(fault(ACCESS_STORE).kind, EXIT_reflect);
		assert_int_equal(looks[WALK_LOAD], 0);
	}
	/* Nor does what fetches or loads. */
	insn = INSN_CBO;
	says[WALK_STORE] = SHADOW_FILLED;
	assert_int_equal(fault(ACCESS_FETCH).kind, EXIT_reflect);
	says[WALK_LOAD] = SHADOW_PAGE_FAULT;
	assert_int_equal(fault(ACCESS_LOAD).kind, EXIT_reflect);
	assert_int_equal(decodes, 0);
}

/* Its code is not there at the moment: the guest shall fetch it again. */
static void test_unreadable(void **state)
{
	all_say(SHADOW_PAGE_FAULT);
	unreadable = true;
	why = RESUME;
	assert_int_equal(fault(ACCESS_STORE).kind, EXIT_shadow);
	/* The decoder knows that it was no such instruction. */
	why = INJECT;
	assert_int_equal(fault(ACCESS_STORE).kind, EXIT_reflect);
	assert_int_equal(looks[WALK_LOAD], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_page_fault),
		cmocka_unit_test(test_access_fault),
		cmocka_unit_test(test_cbo),
		cmocka_unit_test(test_not_cbo),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
