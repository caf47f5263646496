/* SPDX-License-Identifier: BSD-2-Clause */
/* The line editor: what each key does to the line and to the terminal. */
#include "line_bench.h"

#define LEFT       "\033[D"
#define RIGHT      "\033[C"
#define HOME       "\001"
#define UP         "\033[A"
#define DOWN       "\033[B"
#define KILL       "\025"
#define WORD_LEFT  "\033b"
#define WORD_RIGHT "\033f"

static void test_typing(void **state)
{
	type("list");
	expect("list", "");
	assert_string_equal(tty_row(0), "> list");
	press('\r');
	assert_int_equal(event, LINE_DONE);
	assert_string_equal(line.text, "list");
	assert_int_equal(tty.row, 1);
	start_line();
	expect("", "");
	assert_string_equal(tty_row(1), ">");
}

/* A character at the end of the line is one byte to the terminal. */
static void test_output_is_minimal(void **state)
{
	u32 before = tty.bytes;

	type("list");
	assert_int_equal(tty.bytes - before, 4);
	type(LEFT);
	assert_int_equal(tty.bytes - before, 5);
	type("x"); /* x, t, one back */
	assert_int_equal(tty.bytes - before, 8);
	type("\005\177"); /* ESC [1C, then back and ESC [K */
	assert_int_equal(tty.bytes - before, 8 + 4 + 4);
	expect("lisx", "");
}

static void test_ends_of_line(void **state)
{
	type("a\r");
	assert_int_equal(event, LINE_DONE);
	start_line();
	press('\n'); /* the rest of CR LF */
	assert_int_equal(event, LINE_MORE);
	type("b\n");
	assert_int_equal(event, LINE_DONE);
	assert_string_equal(line.text, "b");
	start_line();
	press('\n');
	assert_int_equal(event, LINE_DONE);
	start_line();
	press('\r');
	assert_int_equal(event, LINE_DONE);
	start_line();
	press('\r');
	assert_int_equal(event, LINE_DONE);
	assert_string_equal(line.text, "");
}

static void test_insert_anywhere(void **state)
{
	type("ac" LEFT "b");
	expect("abc", "c");
	type(HOME "_");
	expect("_abc", "abc");
}

/* Each way to say so, at the middle of "abc" and at its ends. */
static void moves(const char *key, const char *middle, const char *begin_rest,
		  const char *end_rest)
{
	type(KILL "abc" LEFT);
	type(key);
	expect("abc", middle);
	type(KILL "\013"
		  "abc" HOME);
	type(key);
	expect("abc", begin_rest);
	type("\013" KILL "abc");
	type(key);
	expect("abc", end_rest);
	type(HOME "\013");
}

static void test_left_right(void **state)
{
	static const char *const lefts[] = {LEFT, "\033OD", "\002"};
	static const char *const rights[] = {RIGHT, "\033OC", "\006"};

	for (u32 i = 0; i < ARRAY_SIZE(lefts); i++) {
		moves(lefts[i], "bc", "abc", "c");
		moves(rights[i], "", "bc", "");
	}
}

static void test_home_end(void **state)
{
	static const char *const homes[] = {"\033[H",  "\033[1~", "\033OH",
					    "\033[7~", "\001",    NULL};
	static const char *const ends[] = {"\033[F",  "\033[4~", "\033OF",
					   "\033[8~", "\005",    NULL};

	for (u32 i = 0; homes[i]; i++)
		moves(homes[i], "abc", "abc", "abc");
	for (u32 i = 0; ends[i]; i++)
		moves(ends[i], "", "", "");
}

static void test_backspace(void **state)
{
	type("abcd\177");
	expect("abc", "");
	type("\b");
	expect("ab", "");
	type(LEFT "\177");
	expect("b", "b");
	type("\177");
	expect("b", "b");
}

static void test_delete(void **state)
{
	type("abcd" HOME "\033[3~");
	expect("bcd", "bcd");
	type("\004");
	expect("cd", "cd");
	type(RIGHT RIGHT "\033[3~\004");
	expect("cd", "");
	type(KILL "\004"); /* an empty line has no end of file */
	expect("", "");
	assert_int_equal(event, LINE_MORE);
}

static void test_kill(void **state)
{
	type("abcd" LEFT LEFT "\013");
	expect("ab", "");
	type("cd" LEFT KILL);
	expect("d", "d");
	type("\013");
	expect("", "");
}

static void test_kill_word(void **state)
{
	type("stop  alpha  ");
	type("\027");
	expect("stop  ", "");
	type("beta" LEFT LEFT "\027");
	expect("stop  ta", "ta");
	type("\027\027");
	expect("ta", "ta");
}

static void test_word_moves(void **state)
{
	static const char *const lefts[] = {WORD_LEFT, "\033[1;5D",
					    "\033[1;3D"};
	static const char *const rights[] = {WORD_RIGHT, "\033[1;5C",
					     "\033[1;3C"};

	type("stop  alpha b");
	for (u32 i = 0; i < ARRAY_SIZE(lefts); i++) {
		type(lefts[i]);
		expect("stop  alpha b", "b");
		type(lefts[i]);
		expect("stop  alpha b", "alpha b");
		type(lefts[i]);
		type(lefts[i]);
		expect("stop  alpha b", "stop  alpha b");
		type(rights[i]);
		expect("stop  alpha b", "  alpha b");
		type(rights[i]);
		expect("stop  alpha b", " b");
		type(rights[i]);
		type(rights[i]);
		expect("stop  alpha b", "");
	}
}

static void test_clear_screen(void **state)
{
	type("one\rtwo" LEFT "\014");
	assert_int_equal(tty.row, 0);
	expect("two", "o");
	assert_string_equal(tty_row(0), "> two");
	assert_string_equal(tty_row(1), "");
}

static void test_abandon(void **state)
{
	type("stop alpha" LEFT LEFT);
	press(3);
	assert_int_equal(event, LINE_ABANDONED);
	assert_string_equal(tty_row(0), "> stop alpha^C");
	assert_int_equal(tty.row, 1);
	start_line();
	expect("", "");
	type(UP);
	expect("", ""); /* not in history */
}

/* There is room for ^C in a line that fills its window, too. */
static void test_abandon_at_the_edge(void **state)
{
	for (u32 i = 0; i < COLS - 1 - strlen(PROMPT); i++)
		press('a');
	press(3);
	assert_int_equal(tty.row, 1);
	assert_string_equal(tty_row(0) + COLS - 3, "^C");
}

static void test_abandon_in_a_sequence(void **state)
{
	type("ab\033[1");
	press(3);
	assert_int_equal(event, LINE_ABANDONED);
	start_line();
	type("x~");
	expect("x~", "");
}

static void test_history(void **state)
{
	type("one\rtwo\rthr" UP);
	expect("two", "");
	type("\020");
	expect("one", "");
	type(UP);
	expect("one", "");
	type("\033OB");
	expect("two", "");
	type("\016");
	expect("thr", "");
	type(DOWN);
	expect("thr", "");
	type("ee\r");
	assert_string_equal(line.text, "three");
}

/* What was recalled may be changed: the entry keeps what it was. */
static void test_history_edited(void **state)
{
	type("one\rtwo\r" UP UP "!" DOWN UP);
	expect("one", "");
	type("s\r");
	assert_string_equal(line.text, "ones");
	start_line();
	type(UP UP UP);
	expect("one", "");
}

static void test_history_leaves_out(void **state)
{
	u64 number;

	type("a\r   \r\ra\rb\ra\r");
	assert_string_equal(line_history(&line, 0, &number), "a");
	assert_string_equal(line_history(&line, 1, &number), "b");
	assert_string_equal(line_history(&line, 2, &number), "a");
	assert_int_equal(number, 3);
	assert_null(line_history(&line, 3, &number));
}

static void test_history_is_bounded(void **state)
{
	char text[16];
	u64 number;

	for (u32 i = 1; i <= LINE_HISTORY + 3; i++) {
		snprintf(text, sizeof(text), "line %u\r", i);
		type(text);
		start_line();
	}
	assert_string_equal(line_history(&line, 0, &number), "line 4");
	assert_int_equal(number, 4);
	assert_null(line_history(&line, LINE_HISTORY, &number));
	for (u32 i = 0; i <= LINE_HISTORY + 3; i++)
		type(UP);
	expect("line 4", "");
	type("\r");
	start_line();
	assert_string_equal(line_history(&line, LINE_HISTORY - 1, &number),
			    "line 4");
}

static void test_too_long(void **state)
{
	for (u32 i = 0; i < LINE_SIZE - 1; i++)
		press('a' + i % 26);
	assert_int_equal(tty.bells, 0);
	assert_int_equal(line.len, LINE_SIZE - 1);
	press('x');
	assert_int_equal(tty.bells, 1);
	type("\177\177");
	type("\xc3\xa9"); /* fits as a whole */
	assert_int_equal(line.len, LINE_SIZE - 1);
	type("\177\xe2\x82\xac"); /* does not */
	assert_int_equal(line.len, LINE_SIZE - 3);
	assert_int_equal(tty.bells, 2);
}

/* Longer than the terminal is wide: a window follows the cursor. */
static void test_window(void **state)
{
	for (u32 i = 0; i < COLS - 1 - strlen(PROMPT); i++)
		press('a' + i % 26);
	assert_int_equal(line.shift, 0);
	press('!');
	assert_int_not_equal(line.shift, 0);
	for (u32 i = 0; i < 100; i++)
		press('0' + i % 10);
	for (u32 i = 0; i < 178; i++)
		type(LEFT);
	assert_int_equal(line.cursor, 0);
	assert_int_equal(line.shift, 0);
	for (u32 i = 0; i < 178; i++)
		type(RIGHT);
	assert_int_equal(line.cursor, 178);
	type(HOME "\013");
	expect("", "");
}

static void test_unknown_keys(void **state)
{
	/* Insert, Page Up, F1, F5, Shift-Tab, a report, a paste's mark. */
	type("\033[2~\033[5~\033OP\033[[A\033[15~\033[Z\033[?1;2c\033[200~"
	     "\033[1234567890123;1H\033x\001\033[[Aa\017\024\031");
	expect("a", "");
	assert_int_equal(tty.row, 0);
	type("\033\033[Hb"); /* an ESC starts anew */
	expect("ba", "a");
	type("\033[\177c"); /* DEL is no final byte, it ends all the same */
	expect("bca", "a");
}

static void test_utf8(void **state)
{
	type("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
	assert_int_equal(tty.col, strlen(PROMPT) + 5);
	type(LEFT LEFT);
	expect("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z", "\xf0\x9f\x98\x80z");
	type("\177");
	expect("a\xc3\xa9\xf0\x9f\x98\x80z", "\xf0\x9f\x98\x80z");
	type("\004" LEFT "\033[3~");
	expect("az", "z");
	type("\xe2" /* not complete */
	     "b\x82\xac\xff\xc0\x80\xc2\x9b\xe2\x82\xc3\xa9");
	expect("ab\xc3\xa9z", "z");
	type("\xe2\r\x82\xac");
	expect("", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_typing, setup),
		cmocka_unit_test_setup(test_output_is_minimal, setup),
		cmocka_unit_test_setup(test_ends_of_line, setup),
		cmocka_unit_test_setup(test_insert_anywhere, setup),
		cmocka_unit_test_setup(test_left_right, setup),
		cmocka_unit_test_setup(test_home_end, setup),
		cmocka_unit_test_setup(test_backspace, setup),
		cmocka_unit_test_setup(test_delete, setup),
		cmocka_unit_test_setup(test_kill, setup),
		cmocka_unit_test_setup(test_kill_word, setup),
		cmocka_unit_test_setup(test_word_moves, setup),
		cmocka_unit_test_setup(test_clear_screen, setup),
		cmocka_unit_test_setup(test_abandon, setup),
		cmocka_unit_test_setup(test_abandon_at_the_edge, setup),
		cmocka_unit_test_setup(test_abandon_in_a_sequence, setup),
		cmocka_unit_test_setup(test_history, setup),
		cmocka_unit_test_setup(test_history_edited, setup),
		cmocka_unit_test_setup(test_history_leaves_out, setup),
		cmocka_unit_test_setup(test_history_is_bounded, setup),
		cmocka_unit_test_setup(test_too_long, setup),
		cmocka_unit_test_setup(test_window, setup),
		cmocka_unit_test_setup(test_unknown_keys, setup),
		cmocka_unit_test_setup(test_utf8, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
