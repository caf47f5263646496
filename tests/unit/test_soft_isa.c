/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests that emulated S-mode does not have what isa hides. */
#include "gstage/shadow.h"
#include "soft_bench.h"

#define SINVAL 0x16b60073U /* sinval.vma a2, a1 */

static void start_with(const char *isa)
{
	start(true);
	snprintf(vm.spec.isa, sizeof(vm.spec.isa), "%s", isa);
	isa_rules_make(&vm.rules, &vm.spec, BACKEND_TE);
	vcpu_init(cpu, &vm, 0, &harts[0]);
	cpu->state.priv = PRIV_S;
	cpu->state.gpr[11] = ~0UL;
}

static void test_hidden(void **state)
{
	start_with("rv64imac_zicsr");
	assert_int_equal(run(csr_insn(RW, CSR_SSTATUS, 0, 11)), ADVANCE);
	assert_int_equal(cpu->state.csr.sstatus & (SSTATUS_FS | SSTATUS_VS), 0);
	assert_int_equal(run(csr_insn(RW, CSR_SENVCFG, 0, 11)), ADVANCE);
	assert_int_equal(cpu->state.csr.senvcfg & 0xf0, 0);
	assert_int_equal(soft_env(cpu, PRIV_S), 0);
	assert_int_equal(run(csr_insn(RS, CSR_STIMECMP, 10, 0)), INJECT);
	assert_int_equal(run(csr_insn(RS, CSR_TIME, 10, 0)), INJECT);
	assert_int_equal(run(csr_insn(RS, CSR_INSTRET, 10, 0)), INJECT);
	assert_int_equal(run(SINVAL), INJECT);
	assert_int_equal(cpu->fault_cause, 2);
	assert_int_equal(cpu->fault_tval, SINVAL);
}

static void test_not_hidden(void **state)
{
	start_with("rv64imafdcv_zicboz_zicntr_sstc_svinval");
	assert_int_equal(run(csr_insn(RW, CSR_SSTATUS, 0, 11)), ADVANCE);
	assert_int_equal(cpu->state.csr.sstatus & (SSTATUS_FS | SSTATUS_VS),
			 SSTATUS_FS | SSTATUS_VS);
	assert_int_equal(run(csr_insn(RW, CSR_SENVCFG, 0, 11)), ADVANCE);
	assert_int_equal(cpu->state.csr.senvcfg & 0xf0, 0x80);
	assert_int_equal(soft_env(cpu, PRIV_S), 0x80);
	assert_int_equal(run(csr_insn(RS, CSR_STIMECMP, 10, 0)), ADVANCE);
	assert_int_equal(run(csr_insn(RS, CSR_TIME, 10, 0)), ADVANCE);
	assert_int_equal(run(SINVAL), ADVANCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_not_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
