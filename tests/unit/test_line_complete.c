/* SPDX-License-Identifier: BSD-2-Clause */
/* The line editor's Tab. */
#include "line_bench.h"

static const char *const *words; /* all that may stand anywhere */
static char seen[128];           /* what was asked for, last */

static const char *candidate(struct line *l, const struct words *w, u32 n)
{
	seen[0] = '\0';
	for (u32 i = 0; i < w->argc; i++) {
		strcat(seen, i ? "|" : "");
		strcat(seen, w->argv[i]);
	}
	for (u32 i = 0; i < n; i++)
		if (!words[i])
			return NULL;
	return words[n];
}

static void words_are(const char *const *list)
{
	words = list;
	begin(candidate);
}

#define WORDS(...) words_are((const char *const[]){__VA_ARGS__, NULL})

static void test_unique(void **state)
{
	WORDS("start", "list");
	type("l\t");
	expect("list ", "");
	assert_string_equal(seen, "l");
	type("\t"); /* any word may come */
	assert_string_equal(seen, "list|");
	expect("list ", "");
	assert_int_equal(tty.bells, 1);
	type("s\t");
	expect("list start ", "");
	assert_int_equal(tty.bells, 1);
}

/* What was typed is not written again. */
static void test_output_is_minimal(void **state)
{
	u32 before;

	WORDS("list");
	type("li");
	before = tty.bytes;
	type("\t");
	assert_int_equal(tty.bytes - before, 3);
}

static void test_none(void **state)
{
	WORDS("list");
	type("x\t");
	expect("x", "");
	assert_int_equal(tty.bells, 1);
	type("\025# \t"); /* a comment */
	expect("# ", "");
	type("\025x\t");
	assert_int_equal(tty.bells, 3);
	type("\t"); /* nothing to list either */
	assert_int_equal(tty.row, 0);
	begin(NULL);
	type("x\t");
	expect("x", "");
	assert_int_equal(tty.bells, 1);
}

static void test_common_prefix(void **state)
{
	WORDS("alpha", "beta", "alpine");
	type("a\t");
	expect("alp", "");
	assert_int_equal(tty.bells, 0);
	type("\t");
	expect("alp", "");
	assert_int_equal(tty.bells, 1);
	assert_int_equal(tty.row, 0);
	type("\t");
	expect("alp", "");
	assert_int_equal(tty.row, 2);
	assert_string_equal(tty_row(0), "> alp");
	assert_string_equal(tty_row(1), "alpha  alpine");
	type("h\t");
	expect("alpha ", "");
}

/* A key between two Tabs makes the second a first one. */
static void test_second_tab_is_the_next_key(void **state)
{
	WORDS("alpha", "alpine");
	type("alp\t\002\006\t");
	assert_int_equal(tty.row, 0);
	assert_int_equal(tty.bells, 2);
	type("\t\t"); /* and from the second on each lists */
	assert_int_equal(tty.row, 4);
}

static void test_long_list(void **state)
{
	static char names[40][24];
	static const char *list[41];

	for (u32 i = 0; i < 40; i++) {
		snprintf(names[i], sizeof(names[i]), "machine-number-%02u", i);
		list[i] = names[i];
	}
	words_are(list);
	type("machine-number-\t\t");
	assert_int_equal(tty.row, 11); /* four in a row */
	assert_string_equal(tty_row(10),
			    "machine-number-36  machine-number-37  "
			    "machine-number-38  machine-number-39");
	expect("machine-number-", "");
}

/* Two that are just too wide for one row. */
static void test_wide_list(void **state)
{
	WORDS("a23456789-123456789-123456789-123456789",
	      "b23456789-123456789-123456789-123456789");
	type("\t\t");
	assert_int_equal(tty.row, 3);
}

/* What no line can hold is never completed. */
static void test_bad_candidates(void **state)
{
	char text[LINE_SIZE + 1];

	memset(text, 'c', LINE_SIZE);
	text[LINE_SIZE] = '\0';
	WORDS("a\nb", "b\177", text);
	type("a\t");
	expect("a", "");
	type("\177b\t");
	expect("b", "");
	type("\177c\t");
	expect("c", "");
	assert_int_equal(tty.bells, 3);
}

static void test_inside_the_line(void **state)
{
	WORDS("alpha");
	type("stop al 3\002\002\t");
	expect("stop alpha 3", "3"); /* the blank was there */
	type("\013\025stop alx\002\t");
	expect("stop alpha x", "x");
}

static void test_second_command(void **state)
{
	WORDS("list");
	type("stop \"a;b\"; l\t");
	expect("stop \"a;b\"; list ", "");
	assert_string_equal(seen, "l");
	type(";\t");
	expect("stop \"a;b\"; list ;list ", "");
	assert_string_equal(seen, "");
}

static void test_quoting(void **state)
{
	WORDS("my vm", "a\"b\\c", "two;three", "#1");
	type("stop m\t");
	expect("stop \"my vm\" ", "");
	type("a\t");
	expect("stop \"my vm\" \"a\\\"b\\\\c\" ", "");
	assert_string_equal(seen, "stop|my vm|a");
	type("\025x two\t");
	expect("x \"two;three\" ", "");
	type("\025x \"#\t");
	expect("x \"#1\" ", "");
	type("\025x #\t"); /* a comment */
	expect("x #", "");
}

static void test_quoted_prefix(void **state)
{
	WORDS("my vm 1", "my vm 2", "mine");
	type("x my\t");
	expect("x \"my vm ", "");
	type("2\t");
	expect("x \"my vm 2\" ", "");
	type("\025x \"mi\t");
	expect("x \"mine\" ", "");
	type("\025x \"my vm 1\"\t"); /* it is closed already */
	expect("x \"my vm 1\" ", "");
}

/* Candidates are compared by bytes and cut between characters. */
static void test_utf8(void **state)
{
	WORDS("b\xc3\xa9", "b\xc3\xa8");
	type("\t");
	expect("b", "");
	type("\xc3\xa8\t");
	expect("b\xc3\xa8 ", "");
}

static void test_no_room(void **state)
{
	WORDS("alpha");
	for (u32 i = 0; i < LINE_SIZE - 5; i++)
		press(' ');
	type("al\t"); /* two bytes are left, it takes three */
	assert_int_equal(line.len, LINE_SIZE - 3);
	assert_int_equal(tty.bells, 1);
	type("\177\177b\t");
	assert_int_equal(line.len, LINE_SIZE - 4);
	assert_int_equal(tty.bells, 2);
	type("\177\177\177al\t"); /* it fits, but not the blank */
	assert_int_equal(line.len, LINE_SIZE - 1);
}

static void test_too_many_words(void **state)
{
	WORDS("alpha");
	for (u32 i = 0; i < WORDS_MAX; i++)
		type("a ");
	type("\t");
	assert_int_equal(line.len, 2 * WORDS_MAX);
	assert_int_equal(tty.bells, 1);
	type("b c\t");
	assert_int_equal(line.len, 2 * WORDS_MAX + 3);
	assert_int_equal(tty.bells, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unique),
		cmocka_unit_test(test_output_is_minimal),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_common_prefix),
		cmocka_unit_test(test_second_tab_is_the_next_key),
		cmocka_unit_test(test_long_list),
		cmocka_unit_test(test_wide_list),
		cmocka_unit_test(test_bad_candidates),
		cmocka_unit_test(test_inside_the_line),
		cmocka_unit_test(test_second_command),
		cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_quoted_prefix),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_too_many_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
