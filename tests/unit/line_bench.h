/* SPDX-License-Identifier: BSD-2-Clause */
/* A line editor at a terminal that obeys like a VT100, for its tests. */
#ifndef TESTS_UNIT_LINE_BENCH_H
#define TESTS_UNIT_LINE_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hyp/line.h"
#include "hyp/util.h"

#define PROMPT "> "
#define COLS   LINE_COLUMNS
#define ROWS   64

/* Rows of characters; the screen grows down, and starts anew when full. */
struct terminal {
	char cell[ROWS][COLS][5]; /* a character in UTF-8; "": blank */
	u32 row, col;
	u32 bells, bytes;
	char seq[16]; /* an escape sequence that is not complete */
	u32 seq_len;
	char utf8[5];
	u32 utf8_len;
};

static struct terminal tty;
static struct line line;
static enum line_event event; /* of the last key */

static inline void tty_clear(void)
{
	memset(tty.cell, 0, sizeof(tty.cell));
	tty.row = tty.col = 0;
}

/* ESC [ number final; a number that is left out counts 1. */
static inline void tty_escape(void)
{
	char final = tty.seq[tty.seq_len - 1];
	bool number = tty.seq_len > 3;
	u32 n = number ? atoi(tty.seq + 2) : 1;

	if (final == 'C') {
		tty.col += n;
		assert_true(tty.col < COLS);
	} else if (final == 'D') {
		assert_true(n <= tty.col);
		tty.col -= n;
	} else if (final == 'K' && !number) {
		for (u32 i = tty.col; i < COLS; i++)
			tty.cell[tty.row][i][0] = '\0';
	} else if (final == 'H' && !number) {
		tty.row = tty.col = 0;
	} else if (final == 'J' && n == 2) {
		memset(tty.cell, 0, sizeof(tty.cell));
	} else {
		fail_msg("the editor wrote ESC %s", tty.seq + 1);
	}
}

static inline void tty_sequence(char byte)
{
	assert_true(tty.seq_len < sizeof(tty.seq) - 1);
	tty.seq[tty.seq_len++] = byte;
	tty.seq[tty.seq_len] = '\0';
	if (tty.seq_len == 2)
		assert_int_equal(byte, '[');
	if (tty.seq_len < 3 || byte < 0x40)
		return;
	tty_escape();
	tty.seq_len = 0;
}

/* The last column is never written: it would leave the cursor undecided. */
static inline void tty_character(const char *utf8)
{
	assert_true(tty.col < COLS - 1);
	strcpy(tty.cell[tty.row][tty.col++], utf8);
}

static inline void tty_control(char c)
{
	if (c == '\r') {
		tty.col = 0;
	} else if (c == '\n') {
		if (++tty.row == ROWS) {
			u32 col = tty.col;

			tty_clear();
			tty.col = col;
		}
	} else if (c == '\b') {
		assert_true(tty.col);
		tty.col--;
	} else if (c == '\a') {
		tty.bells++;
	} else {
		assert_int_equal(c, 0x1b);
		tty.seq[0] = c;
		tty.seq_len = 1;
	}
}

/* A byte of a character: ASCII, or part of a longer one. */
static inline void tty_part(u8 byte)
{
	u32 size;
	u8 first;

	assert_int_equal((byte & 0xc0) == 0x80, tty.utf8_len > 0);
	tty.utf8[tty.utf8_len++] = byte;
	first = tty.utf8[0];
	size = 1 + (first >= 0xc0) + (first >= 0xe0) + (first >= 0xf0);
	if (tty.utf8_len < size)
		return;
	tty.utf8[tty.utf8_len] = '\0';
	tty.utf8_len = 0;
	tty_character(tty.utf8);
}

static inline void tty_byte(u8 byte)
{
	tty.bytes++;
	if (tty.seq_len) {
		tty_sequence(byte);
	} else if (byte < ' ') {
		assert_int_equal(tty.utf8_len, 0);
		tty_control(byte);
	} else {
		tty_part(byte);
	}
}

static inline void tty_put(struct line *l, const char *bytes, u32 n)
{
	while (n--)
		tty_byte(*bytes++);
}

/* A row's text, without the blanks behind it. */
static inline const char *tty_row(u32 row)
{
	static char text[COLS * 4 + 1];
	u32 end = 0;

	text[0] = '\0';
	for (u32 i = 0; i < COLS; i++) {
		const char *c = tty.cell[row][i];

		strcat(text, *c ? c : " ");
		if (*c && *c != ' ')
			end = strlen(text);
	}
	text[end] = '\0';
	return text;
}

/* ---- the editor's view of it ------------------------------------------- */

/* Where character `n` of the line starts. */
static inline u32 nth(u32 n)
{
	u32 at = 0;

	while (n--)
		do
			at++;
		while ((line.text[at] & 0xc0) == 0x80);
	return at;
}

static inline u32 characters(u32 to)
{
	u32 n = 0;

	for (u32 i = 0; i < to; i++)
		n += (line.text[i] & 0xc0) != 0x80;
	return n;
}

/* The terminal shows the line, or a window of it, and the cursor. */
static inline void check_screen(void)
{
	u32 room = COLS - 1 - strlen(PROMPT), all = characters(line.len);
	u32 cursor = characters(line.cursor);
	u32 from = line.shift, to = MIN(all, from + room), used;
	char want[sizeof(PROMPT) + LINE_SIZE] = PROMPT;

	assert_int_equal(tty.seq_len, 0);
	assert_int_equal(strlen(line.text), line.len);
	assert_true(from <= cursor && cursor <= from + room);
	assert_true(all > room || !from);
	strncat(want, line.text + nth(from), nth(to) - nth(from));
	for (used = strlen(want); used && want[used - 1] == ' '; used--)
		want[used - 1] = '\0';
	assert_string_equal(tty_row(tty.row), want);
	assert_int_equal(tty.col, strlen(PROMPT) + cursor - from);
}

static inline void start_line(void)
{
	line_start(&line);
	check_screen();
}

static inline void press(u8 byte)
{
	event = line_key(&line, byte);
	if (event == LINE_MORE)
		check_screen();
	else
		assert_int_equal(tty.col, 0);
}

/* Type; a line that is over is followed by the next, but for the last one. */
static inline void type(const char *keys)
{
	for (; *keys; keys++) {
		press(*keys);
		if (event != LINE_MORE && keys[1])
			start_line();
	}
}

/* The line is `text`, and its cursor stands before `rest` of it. */
static inline void expect(const char *text, const char *rest)
{
	assert_string_equal(line.text, text);
	assert_string_equal(line.text + line.cursor, rest);
	check_screen();
}

/* A fresh editor at a fresh terminal, for the words of `complete`. */
static inline void begin(const char *(*complete)(struct line *,
						 const struct words *, u32))
{
	memset(&tty, 0, sizeof(tty));
	line_init(&line, PROMPT, tty_put, complete);
	start_line();
}

static inline int setup(void **state)
{
	begin(NULL);
	return 0;
}

#endif
