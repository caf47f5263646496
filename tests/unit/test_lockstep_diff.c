/* SPDX-License-Identifier: BSD-2-Clause */
/* Every part of a vcpu's state is looked at, and named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "host.h"
#include "vcpu/lockstep.h"
#include "vcpu/state.h"

static struct vcpu_state a, b;
static u8 va[64], vb[64];

/* One bit of the word at `at` in b: that is found, alone, under its name. */
static void check(u64 *at, const char *name)
{
	char want[80];

	host_reset();
	*at ^= 4;
	assert_int_equal(lockstep_diff("g", &a, &b, sizeof(va)), 1);
	*at ^= 4;
	snprintf(want, sizeof(want),
		 "g: lockstep: %s: backend 0x0, oracle 0x4\n", name);
	assert_string_equal(host_log, want);
	assert_int_equal(lockstep_diff("g", &a, &b, sizeof(va)), 0);
}

static void test_all(void **state)
{
	char name[20];

	a.vec.regs = va;
	b.vec.regs = vb;
	check(&b.pc, "pc");
	for (u32 i = 0; i < 32; i++) {
		snprintf(name, sizeof(name), "x%u", i);
		check(&b.gpr[i], name);
		snprintf(name, sizeof(name), "f%u", i);
		check(&b.fp.f[i], name);
	}
	for (u32 i = 0; i < csr_rows_count; i++)
		check(csr_field(&b, &csr_rows[i]), csr_rows[i].name);
	check(&b.fp.fcsr, "fcsr");
	check(&b.vec.vl, "vl");
	check(&b.vec.vtype, "vtype");
	check(&b.vec.vstart, "vstart");
	check(&b.vec.vcsr, "vcsr");
	check((u64 *)vb + 7, "vector word 7");
	b.priv = PRIV_S;
	assert_int_equal(lockstep_diff("g", &a, &b, 0), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
