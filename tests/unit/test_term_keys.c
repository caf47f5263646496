/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests what is typed: bytes, breaks, and the keys behind Ctrl-A. */
#include "term_bench.h"

#define SAID(text)   "trapeze: " text "\r\n"
#define HEADER(name) SAID("console of " name)

static void got(u32 i, const char *want)
{
	guest[i].got[guest[i].count] = '\0';
	guest[i].count = 0;
	assert_string_equal(guest[i].got, want);
}

static void test_typed(void **state)
{
	add(0, "alpha");
	add(1, "beta");
	type("ls\r");
	got(0, "ls\r");
	got(1, "");
	seen(""); /* the echo is the guest's */
}

static void test_escape_itself(void **state)
{
	add(0, "alpha");
	type("\x01\x01"
	     "x\x01"
	     "ab");
	got(0, "\x01"
	       "x\x01"
	       "b");
	type("\x01"); /* the rest comes later */
	type("ac");
	got(0, "\x01"
	       "c");
}

/* Around all guests and the monitor. */
static void test_cycle(void **state)
{
	struct console_port *m = add_monitor(0);

	add(1, "alpha");
	add(2, "beta");
	shown = 0;
	type("\x01"
	     "c"
	     "b");
	seen(HEADER("beta"));
	assert_false(term_monitor_opened());
	type("\x01"
	     "c"
	     "m");
	seen(HEADER("monitor"));
	assert_ptr_equal(term_focused(), m);
	assert_true(term_monitor_opened());
	type("\x01"
	     "c"
	     "a");
	seen(HEADER("alpha"));
	got(0, "m");
	got(1, "a");
	got(2, "b");
}

static void test_monitor_key(void **state)
{
	add(0, "alpha");
	type("\x01m");
	seen(SAID("there is no monitor"));
	add_monitor(1);
	type("\x01m");
	seen(HEADER("monitor"));
	assert_true(term_monitor_opened());
}

static void test_digits(void **state)
{
	add_monitor(0);
	add(1, "alpha");
	add(2, "beta");
	shown = 0;
	type("\x01"
	     "2");
	seen(HEADER("beta"));
	type("\x01"
	     "1");
	seen(HEADER("alpha"));
	type("\x01"
	     "4");
	seen(SAID("there is no console 4"));
	assert_false(term_monitor_opened());
	type("\x01"
	     "3");
	seen(HEADER("monitor"));
	assert_true(term_monitor_opened());
	type("\x01"
	     "0");
	assert_ptr_equal(term_focused(), &guest[0].port);
	shown = 0;
}

static void test_list(void **state)
{
	add(0, "alpha");
	add(1, "beta");
	add_monitor(2);
	type("\x01l");
	seen(SAID("*  1 alpha") SAID("   2 beta") SAID("   3 monitor"));
	type("\x01"
	     "2\x01l");
	seen(HEADER("beta") SAID("   1 alpha") SAID("*  2 beta")
		     SAID("   3 monitor"));
}

static void test_break(void **state)
{
	add(0, "alpha");
	type("x\x01"
	     "by");
	got(0, "x^y");
	add_monitor(1);
	type("\x01m\x01"
	     "b");
	seen(HEADER("monitor") SAID("this console takes no break"));
	got(1, "");
}

static void check_help(const char *typed)
{
	type(typed);
	screen[shown] = '\0';
	for (const char *p = "c1l9mbaxh"; *p; p++)
		assert_non_null(strchr(screen, *p));
	assert_non_null(strstr(screen, SAID("x: end the run")));
	shown = 0;
	got(0, "");
}

static void test_help(void **state)
{
	add(0, "alpha");
	check_help("\x01h");
	check_help("\x01?");
	check_help("\x01z"); /* what means nothing */
}

static void test_end(void **state)
{
	add(0, "alpha");
	if (!setjmp(ended)) {
		type("\x01x");
		assert_true(false);
	}
	seen(SAID("ended from the terminal"));
}

/* What was printed before is sent before. */
static void test_end_slow(void **state)
{
	room = 3;
	refill = 5;
	print(add(0, "alpha"), "a line\r\n");
	if (!setjmp(ended)) {
		type("\x01x");
		assert_true(false);
	}
	seen("a l\r\n" SAID("ended from the terminal") "ine\r\n");
}

/* The end does not wait for a terminal that has stopped. */
static void test_end_deaf(void **state)
{
	add(0, "alpha");
	room = 0;
	if (!setjmp(ended)) {
		type("\x01x");
		assert_true(false);
	}
	seen("");
}

/* What a guest has no room for it is offered again, in order. */
static void test_full(void **state)
{
	add(0, "alpha");
	guest[0].limit = 2;
	type("abc\x01"
	     "bd");
	guest[0].got[2] = '\0';
	assert_string_equal(guest[0].got, "ab");
	guest[0].limit = 4;
	console_port_ready(&guest[0].port);
	assert_int_equal(guest[0].count, 2); /* not with its locks held */
	turns(3);
	guest[0].limit = 100;
	console_port_ready(&guest[0].port);
	turns(3);
	got(0, "abc^d");
}

/* A guest that does not read: keys of others and Ctrl-A work. */
static void test_stuck(void **state)
{
	char many[60];

	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	add(0, "stuck");
	add(1, "beta");
	guest[0].limit = 0;
	for (u32 i = 0; i < CONSOLE_TYPED / 50; i++)
		type(many);
	type("\x01"
	     "cb");
	seen(HEADER("beta"));
	got(1, "b");
	guest[0].limit = 2000;
	console_port_ready(&guest[0].port);
	turns(3);
	assert_int_equal(guest[0].count, CONSOLE_TYPED);
}

/* Nobody there: no harm. */
static void test_nobody(void **state)
{
	type("x\x01"
	     "c\x01"
	     "b\x01"
	     "1");
	seen(SAID("this console takes no break") SAID("there is no console 1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_typed),    TEST(test_escape_itself),
		TEST(test_cycle),    TEST(test_monitor_key),
		TEST(test_digits),   TEST(test_list),
		TEST(test_break),    TEST(test_help),
		TEST(test_end),      TEST(test_end_slow),
		TEST(test_end_deaf), TEST(test_full),
		TEST(test_stuck),    TEST(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
