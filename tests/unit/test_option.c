/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the options in the host's boot arguments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "hyp/host.h"
#include "hyp/util.h"

static void test_options(void **state)
{
	static const struct {
		const char *args, *name, *value; /* NULL: not there */
	} rows[] = {
		{"", "batch", NULL},
		{"batch", "batch", ""},
		{"batch=", "batch", ""},
		{"batch=1", "batch", "1"},
		{"  batch=1  ", "batch", "1"},
		{"vm=a b=c", "b", "c"},
		{"vm=a b=c", "vm", "a"},
		{"vm=a b=c", "a", NULL},
		{"vm=a b=c", "c", NULL},
		{"vm=a b=c", "v", NULL},
		{"vms=a", "vm", NULL},
		{"avm=a", "vm", NULL},
		{"vm-x vm", "vm", ""},
		{"vm=first vm=second", "vm", "first"},
		{"x=a=b", "x", "a=b"},
		{"x=batch batch2", "batch", NULL},
		{"x=1,y=2", "y", NULL},
		{"   ", "x", NULL},
	};
	char buf[32];

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *value;

		snprintf(host.bootargs, sizeof(host.bootargs), "%s",
			 rows[i].args);
		value = host_option(rows[i].name, buf, sizeof(buf));
		if (rows[i].value) {
			assert_ptr_equal(value, buf);
			assert_string_equal(value, rows[i].value);
		} else {
			assert_null(value);
		}
	}
}

/* A long value is cut to the buffer. */
static void test_cut(void **state)
{
	char buf[8] = "xxxxxxx";

	strcpy(host.bootargs, "name=abcdefgh next");
	assert_string_equal(host_option("name", buf, 5), "abcd");
	assert_string_equal(buf + 5, "xx");
	assert_string_equal(host_option("name", buf, 1), "");
	assert_string_equal(host_option("next", buf, 5), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
