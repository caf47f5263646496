/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests watchpoints: their names, what of a VM they concern, what they count.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "descs.h"
#include "hyp/csr.h"
#include "hyp/host.h"
#include "hyp/pt.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/state.h"
#include "vcpu/trap.h"

#define CSRRW_SATP 0x180510f3 /* csrrw ra, satp, a0 */
#define SRET       0x10200073
#define SFENCE     0x12b50073 /* sfence.vma a0, a1 */
#define SINVAL     0x16b50073
#define EBREAK     0x00100073
#define C_EBREAK   0x9002

static struct vm vm;
static struct backend soft = {.soft = true};

/* A VM with one vcpu, described as said. */
static struct vcpu *set_up(const char *property)
{
	char dts[512];

	snprintf(dts, sizeof(dts),
		 HEAD "a { kernel = \"Image\"; memory = \"64M\"; %s }; };",
		 property);
	assert_int_equal(read_dts(dts), 1);
	memset(&vm, 0, sizeof(vm));
	vm.spec = specs[0];
	vm.vcpu[0].vm = &vm;
	vm.vcpu[0].backend = &soft;
	vm.vcpu[0].counters = 7;
	trap_init(&vm);
	return &vm.vcpu[0];
}

/* Every CSR of a guest has a row, by its name and its number. */
static void test_csrs(void **state)
{
	for (u32 i = 0; i < csr_rows_count; i++) {
		char name[40] = "csr:";
		u32 read = csr_rows[i].number << 20 | 0x2573; /* csrr a0 */
		struct trap_spec t;

		strcat(name, csr_rows[i].name);
		t = (struct trap_spec){.row = trap_find(name)};
		assert_true(t.row < TRAP_ROWS);
		vm.spec = (struct vm_spec){.traps = 1, .trap = {t}};
		assert_true(trap_insn(&vm, read));
		assert_false(trap_insn(&vm, read ^ 1U << 20));
	}
	assert_int_equal(trap_find("csr:mstatus"), TRAP_ROWS);
}

static void test_names(void **state)
{
	char text[TRAP_NAME];

	set_up("trap = \"insn:ecall\", \"csr:satp\", \"page:0x80ABC000\";");
	assert_int_equal(vm.spec.traps, 3);
	trap_name(&vm.spec.trap[0], text);
	assert_string_equal(text, "ecall");
	trap_name(&vm.spec.trap[1], text);
	assert_string_equal(text, "csr:satp");
	trap_name(&vm.spec.trap[2], text);
	assert_string_equal(text, "page:0x80abc000");
	assert_null(trap_row_name(TRAP_ROWS));
}

/* What follows for a vcpu: nothing, unless it is asked for. */
static void test_init(void **state)
{
	const struct vcpu *v = set_up("");

	assert_false(v->traps || v->guarded || vm.trap_how);
	assert_int_equal(v->counters, 7);
	v = set_up("trap = \"csr:time\", \"csr:cycle\";");
	assert_true(v->traps && !v->guarded);
	assert_int_equal(v->counters, COUNTEREN_IR);
	v = set_up("trap = \"csr:stimecmp\";");
	assert_int_equal(vm.trap_how, TRAP_TM);
	v = set_up("trap = \"page:0x80001000\";");
	assert_true(v->guarded && !vm.trap_how);
	assert_int_equal(v->counters, 7);
	v = set_up("boot = \"machine\";");
	assert_true(v->guarded && !v->traps);
}

/* Leaves leave the page out, and no more than that. */
static void test_pages(void **state)
{
	set_up("trap = \"page:0x80201000\", \"ecall\", \"page:0x80202000\";");
	assert_int_equal(trap_page(&vm, GPA(0x80200fff)), 0);
	assert_int_equal(trap_page(&vm, GPA(0x80201000)), 1);
	assert_int_equal(trap_page(&vm, GPA(0x80202fff)), 4);
	assert_int_equal(trap_level(&vm, GPA(0x80201800)), -1);
	assert_int_equal(trap_level(&vm, GPA(0x80203000)), PT_LEVEL_4K);
	assert_int_equal(trap_level(&vm, GPA(0x801fffff)), PT_LEVEL_2M);
	assert_int_equal(trap_level(&vm, GPA(0xc0000000)), PT_LEVEL_1G);
}

static void test_insns(void **state)
{
	set_up("trap = \"insn:sfence.vma\", \"insn:ebreak\", "
	       "\"page:0x80000000\";");
	assert_true(trap_insn(&vm, SFENCE));
	assert_true(trap_insn(&vm, EBREAK));
	assert_true(trap_insn(&vm, C_EBREAK));
	assert_false(trap_insn(&vm, SINVAL));
	assert_false(trap_insn(&vm, SRET));
	set_up("trap = \"insn:sinval.vma\";");
	assert_true(trap_insn(&vm, SINVAL));
	assert_false(trap_insn(&vm, SFENCE));
}

static u64 after(enum exit_kind kind, u32 raw, u64 cause, enum verdict verdict)
{
	struct vcpu *v = &vm.vcpu[0];
	struct vexit x = {.kind = kind,
			  .tval = raw,
			  .cause = cause,
			  .insn = insn_decode(raw)};
	u64 was[VM_TRAPS_MAX], more = 0;

	memcpy(was, v->trapped, sizeof(was));
	trap_after(v, &x, verdict);
	for (u32 i = 0; i < VM_TRAPS_MAX; i++)
		more |= (v->trapped[i] - was[i]) << 4 * i;
	return more;
}

/* What is refused has not happened; ecall and ebreak are for that. */
static void test_counts(void **state)
{
	set_up("trap = \"csr:satp\", \"ecall\", \"insn:sret\", "
	       "\"insn:ebreak\", "
	       "\"insn:sfence.vma\";");
	assert_int_equal(after(EXIT_csr, CSRRW_SATP, 2, ADVANCE), 0x1);
	assert_int_equal(after(EXIT_csr, CSRRW_SATP, 2, INJECT), 0);
	assert_int_equal(after(EXIT_csr, CSRRW_SATP ^ 1U << 20, 2, ADVANCE), 0);
	assert_int_equal(after(EXIT_sbi, 0, 10, ADVANCE), 0x10);
	assert_int_equal(after(EXIT_sbi, 0, 10, INJECT), 0x10);
	assert_int_equal(after(EXIT_reflect, 0, CAUSE_ECALL_U, INJECT), 0x10);
	assert_int_equal(after(EXIT_reflect, 0, CAUSE_LOAD_PAGE, INJECT), 0);
	assert_int_equal(after(EXIT_reflect, 0, CAUSE_BREAKPOINT, INJECT),
			 0x1000);
	assert_int_equal(after(EXIT_sret, SRET, 2, RESUME), 0x100);
	assert_int_equal(after(EXIT_illegal, SRET, 2, INJECT), 0);
	assert_int_equal(after(EXIT_fence, SFENCE, 2, ADVANCE), 0x10000);
	assert_int_equal(after(EXIT_fence, SINVAL, 2, ADVANCE), 0);
	assert_int_equal(after(EXIT_wfi, 0x10500073, 2, BLOCK), 0);
}

/* Of a step that faults only the fetch has been; of one that comes again,
 * nothing. */
static void test_steps(void **state)
{
	struct vcpu *v = set_up("trap = \"page:0x80000000\", "
				"\"page:0x80001000\";");

	trap_stepped(v, INTERP_AGAIN, 0, 1, 3);
	assert_int_equal(v->trapped[0], 1);
	assert_int_equal(v->trapped[1], 1);
	trap_stepped(v, INTERP_FAULT, 0, 1, 2);
	assert_int_equal(v->trapped[0], 2);
	trap_stepped(v, INTERP_EXIT, EXIT_ram, 1, 2);
	assert_int_equal(v->trapped[0], 2);
	trap_stepped(v, INTERP_EXIT, EXIT_sbi, 1, 0);
	assert_int_equal(v->trapped[0], 3);
	assert_int_equal(v->trapped[1], 1);
}

static void need_refusal(enum backend_id id, const char *name, const char *why)
{
	char found[TRAP_NAME] = "";
	const char *said = trap_refused(&vm.spec, id, found);

	assert_non_null(said);
	assert_string_equal(found, name);
	assert_non_null(strstr(said, why));
}

static void need_none(enum backend_id id)
{
	char name[TRAP_NAME];

	assert_null(trap_refused(&vm.spec, id, name));
}

/* Which backends see it, and why others do not. */
static void test_refusals(void **state)
{
	set_up("trap = \"ecall\", \"csr:sepc\", \"csr:satp\";");
	need_refusal(BACKEND_HW, "csr:sepc", "te and interp see it");
	need_refusal(BACKEND_HYBRID, "csr:sepc", "te and interp see it");
	need_none(BACKEND_TE);
	need_none(BACKEND_INTERP);
	set_up("trap = \"csr:senvcfg\";");
	host.features = 0;
	need_refusal(BACKEND_HYBRID, "csr:senvcfg", "Smstateen");
	host.features = HOST_STATEEN;
	need_none(BACKEND_HYBRID);
	set_up("trap = \"csr:time\";");
	host.time_closes = false;
	need_refusal(BACKEND_TE, "csr:time", "firmware");
	need_none(BACKEND_HW);
	host.time_closes = true;
	need_none(BACKEND_TE);
	set_up("trap = \"page:0x80000000\";");
	need_none(BACKEND_HW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csrs),  cmocka_unit_test(test_names),
		cmocka_unit_test(test_init),  cmocka_unit_test(test_pages),
		cmocka_unit_test(test_insns), cmocka_unit_test(test_counts),
		cmocka_unit_test(test_steps), cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
