/* SPDX-License-Identifier: BSD-2-Clause */
/* Rings of traced events: what they keep, in which order it is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "host.h"
#include "hyp/hart.h"
#include "hyp/page.h"
#include "hyp/trace.h"

static void put(u32 hart, u64 until)
{
	struct trace_event e = {.until = until, .vcpu = hart};

	host_hart = hart;
	trace_put(&e);
	host_hart = 0;
}

static int begin(void **state)
{
	host_reset();
	host.nharts = 2;
	harts[1].index = 1;
	assert_true(trace_start(64));
	return 0;
}

static void test_order(void **state)
{
	struct trace_reader r;
	struct trace_event e;
	u32 hart;

	put(0, 1);
	put(1, 2);
	put(1, 3);
	put(0, 4);
	trace_rewind(&r, 0);
	for (u64 n = 1; n <= 4; n++) {
		assert_true(trace_next(&r, &e, &hart));
		assert_int_equal(e.until, n);
		assert_int_equal(hart, e.vcpu);
	}
	assert_false(trace_next(&r, &e, &hart));
	assert_int_equal(r.lost, 0);
}

static void test_overtaken(void **state)
{
	struct trace_reader r;
	struct trace_event e;
	u32 hart;

	for (u64 n = 1; n <= 100; n++)
		put(0, n);
	trace_rewind(&r, 0);
	assert_int_equal(r.lost, 36);
	for (u64 n = 101; n <= 110; n++) /* while it is read */
		put(0, n);
	assert_true(trace_next(&r, &e, &hart));
	assert_int_equal(e.until, 47);
	assert_int_equal(r.lost, 46);
	trace_rewind(&r, 3);
	assert_true(trace_next(&r, &e, &hart));
	assert_int_equal(e.until, 108);
	assert_int_equal(r.lost, 107);
}

/* Off, nothing is put, and what there is can be read; on, it is gone. */
static void test_off(void **state)
{
	struct trace_reader r;
	struct trace_event e;
	u32 hart;

	put(0, 5);
	trace_stop();
	assert_false(trace_is_on());
	put(0, 6);
	trace_rewind(&r, 0);
	assert_true(trace_next(&r, &e, &hart));
	assert_int_equal(e.until, 5);
	assert_false(trace_next(&r, &e, &hart));
	assert_true(trace_start(0));
	trace_rewind(&r, 0);
	assert_false(trace_next(&r, &e, &hart));
}

/* Other sizes; pages that are given up are given back. */
static void test_sizes(void **state)
{
	u64 free = page_free_count();
	struct trace_reader r;

	for (u64 events = 100; events < 100000; events *= 10)
		assert_true(trace_start(events));
	for (u64 n = 0; n < 200000; n++)
		put(0, n);
	trace_rewind(&r, 0);
	assert_int_equal(r.lost, 200000 - 16384);
	assert_true(trace_start(64));
	assert_int_equal(page_free_count(), free);
}

static void test_no_memory(void **state)
{
	struct trace_reader r;
	struct trace_event e;
	u32 hart;

	host_exhaust(100);
	assert_false(trace_start(TRACE_MAX));
	assert_false(trace_is_on());
	put(0, 1);
	trace_rewind(&r, 0);
	assert_false(trace_next(&r, &e, &hart));
	host_relieve();
	assert_true(trace_start(64));
}

static void test_names(void **state)
{
	char name[16];
	u8 a = trace_who("a"), b = trace_who("b");

	assert_int_not_equal(a, b);
	assert_int_equal(trace_who("a"), a);
	assert_string_equal(trace_name(b), "b");
	for (u32 i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "vm%u", i);
		trace_who(name);
	}
	assert_string_equal(trace_name(trace_who("one more")), "others");
	assert_string_equal(trace_name(trace_who("a")), "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_order, begin),
		cmocka_unit_test_setup(test_overtaken, begin),
		cmocka_unit_test_setup(test_off, begin),
		cmocka_unit_test_setup(test_sizes, begin),
		cmocka_unit_test_setup(test_no_memory, begin),
		cmocka_unit_test_setup(test_names, begin),
	};

	host_memory(64 << 20);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
