/* SPDX-License-Identifier: BSD-2-Clause */
/* The interpreter on a host that lacks extensions: they are left to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "interp_bench.h"

static op_fn decoded(u32 raw)
{
	struct slot s;

	interp_decode(&s, raw, ALONE);
	return s.run;
}

static void test_missing_extensions(void **state)
{
	strcpy(host.isa, "rv64imafd_zbb");
	interp_decode_init();
	assert_ptr_not_equal(decoded(0x00b50533), op_native); /* add */
	assert_ptr_not_equal(decoded(0x60051513), op_native); /* clz */
	assert_ptr_equal(decoded(0x20b52533), op_native);     /* sh1add */
	assert_ptr_equal(decoded(0x28b51533), op_native);     /* bset */
	assert_ptr_equal(decoded(0x0eb55533), op_native);     /* czero.eqz */
	assert_ptr_equal(decoded(0x0505), op_native);         /* c.addi */
	assert_ptr_equal(decoded(0x9d4d), op_native);         /* c.mul */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing_extensions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
