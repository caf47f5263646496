/* SPDX-License-Identifier: BSD-2-Clause */
/* How commands are split into words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz.h"
#include "hyp/words.h"

static struct words w;

/* The words, each in <>; of a copy that is not a byte longer. */
static const char *split(const char *text)
{
	static char all[2 * WORDS_SIZE];
	u64 size = strlen(text);
	char *copy = malloc(size ? size : 1);

	memcpy(copy, text, size);
	words_read(&w, copy, size);
	free(copy);
	all[0] = '\0';
	for (u32 i = 0; i < w.argc; i++) {
		strcat(all, "<");
		strcat(all, w.argv[i]);
		strcat(all, ">");
	}
	assert_null(w.argv[w.argc]);
	return all;
}

static void test_blanks(void **state)
{
	assert_string_equal(split(""), "");
	assert_string_equal(split(" \t\r "), "");
	assert_string_equal(split("list"), "<list>");
	assert_string_equal(split("  stop \t alpha\r"), "<stop><alpha>");
	assert_int_equal(w.error, WORDS_GOOD);
}

static void test_end_of_a_command(void **state)
{
	assert_string_equal(split("a b;c"), "<a><b>");
	assert_int_equal(w.used, 3);
	assert_string_equal(split("a\nb"), "<a>");
	assert_int_equal(w.used, 1);
	assert_string_equal(split(";a"), "");
	assert_int_equal(w.used, 0);
	assert_string_equal(split("a 'b;c'"), "<a><'b>");
	assert_string_equal(split("a \"b;c\" d"), "<a><b;c><d>");
	assert_int_equal(w.used, 9);
}

static void test_comments(void **state)
{
	assert_string_equal(split("# a; b\nc"), "");
	assert_int_equal(w.used, 6);
	assert_true(w.comment);
	assert_string_equal(split("a b#c # d"), "<a><b#c>");
	assert_false(w.open);
	assert_string_equal(split("a \"#\""), "<a><#>");
	assert_false(w.comment);
}

static void test_quotes(void **state)
{
	assert_string_equal(split("echo \"a  b\""), "<echo><a  b>");
	assert_string_equal(split("x\"y z\"\"\"t"), "<xy zt>");
	assert_string_equal(split("\"\" \"\""), "<><>");
	assert_string_equal(split("\"a\\\"b\\\\c\\d\""), "<a\"b\\cd>");
	assert_string_equal(split("a\\ b"), "<a\\><b>");
	assert_int_equal(w.error, WORDS_GOOD);
}

/* The next line is read as a command again. */
static void test_quote_not_closed(void **state)
{
	assert_string_equal(split("echo \"a b\nlist"), "<echo><a b>");
	assert_int_equal(w.error, WORDS_QUOTE);
	assert_int_equal(w.used, 9);
	assert_false(w.open);
	split("echo \"a\\");
	assert_int_equal(w.error, WORDS_QUOTE);
	assert_int_equal(w.used, 8);
	assert_true(strlen(words_complaint(w.error)));
}

/* Where the last word is, for completion. */
static void test_last_word(void **state)
{
	split("stop al");
	assert_true(w.open && !w.quoted);
	assert_int_equal(w.last, 5);
	split("stop al ");
	assert_false(w.open);
	split("stop  \"al b");
	assert_true(w.open && w.quoted);
	assert_int_equal(w.last, 6);
	split("stop \"al\"");
	assert_true(w.open && !w.quoted);
	split("stop;");
	assert_false(w.open);
}

static void test_too_much(void **state)
{
	char text[2 * WORDS_SIZE + 1] = "";

	for (u32 i = 0; i < WORDS_MAX; i++)
		strcat(text, "a ");
	split(text);
	assert_int_equal(w.error, WORDS_GOOD);
	assert_int_equal(w.argc, WORDS_MAX);
	strcat(text, "b;c");
	split(text);
	assert_int_equal(w.error, WORDS_MANY);
	assert_int_equal(w.argc, WORDS_MAX);
	assert_int_equal(w.used, 2 * WORDS_MAX + 1);
	memset(text, 'a', sizeof(text) - 1);
	text[WORDS_SIZE - 1] = '\0';
	split(text);
	assert_int_equal(w.error, WORDS_GOOD);
	text[WORDS_SIZE - 1] = 'a';
	split(text);
	assert_int_equal(w.error, WORDS_LONG);
	assert_int_equal(w.used, 2 * WORDS_SIZE);
}

/* Whatever is there, reading stays in it and comes to its end. */
static void test_random(void **state)
{
	static const char likely[] = "ab \"\\;#\n";
	u64 seed = fuzz_seed();
	char text[1500];

	for (u32 i = 0; i < 20000; i++) {
		u64 size = fuzz_random(&seed) % (i % 16 ? 40 : sizeof(text));
		u32 kinds = i % 16 ? 8 : 5; /* one long command */
		char *copy;

		for (u64 n = 0; n < size; n++) {
			u64 r = fuzz_random(&seed);

			text[n] = r % 8 ? (u8)likely[(r >> 8) % kinds]
					: (u8)(r >> 8);
		}
		copy = malloc(size ? size : 1);
		memcpy(copy, text, size);
		for (u64 at = 0; at < size; at += w.used + 1) {
			words_read(&w, copy + at, size - at);
			assert_true(at + w.used <= size);
			assert_true(at + w.used == size ||
				    strchr(";\n", text[at + w.used]));
			for (u32 n = 0; n < w.argc; n++)
				assert_true(w.argv[n] + strlen(w.argv[n]) <
					    w.text + WORDS_SIZE);
		}
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blanks),
		cmocka_unit_test(test_end_of_a_command),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_quote_not_closed),
		cmocka_unit_test(test_last_word),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
