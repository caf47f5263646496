/* SPDX-License-Identifier: BSD-2-Clause */
/* The line editor's keys: which bytes are a key, and what it does. */
#include <string.h>

#include "hyp/line_edit.h"
#include "hyp/util.h"

#define CTRL(c) ((c) & 0x1f)
#define ESC     0x1b

static bool blank(const struct line *l, u32 at)
{
	return l->text[at] == ' ';
}

static u32 word_left(const struct line *l)
{
	u32 at = l->cursor;

	while (at && blank(l, at - 1))
		at--;
	while (at && !blank(l, at - 1))
		at--;
	return at;
}

static u32 word_right(const struct line *l)
{
	u32 at = l->cursor;

	while (at < l->len && blank(l, at))
		at++;
	while (at < l->len && !blank(l, at))
		at++;
	return at;
}

/* ---- what keys do ------------------------------------------------------ */

static void go_home(struct line *l)
{
	l->cursor = 0;
}

static void go_end(struct line *l)
{
	l->cursor = l->len;
}

static void go_left(struct line *l)
{
	l->cursor = line_left(l, l->cursor);
}

static void go_right(struct line *l)
{
	l->cursor = line_right(l, l->cursor);
}

static void go_word_left(struct line *l)
{
	l->cursor = word_left(l);
}

static void go_word_right(struct line *l)
{
	l->cursor = word_right(l);
}

static void erase_left(struct line *l)
{
	line_erase(l, line_left(l, l->cursor), l->cursor);
}

static void erase_right(struct line *l)
{
	line_erase(l, l->cursor, line_right(l, l->cursor));
}

static void erase_home(struct line *l)
{
	line_erase(l, 0, l->cursor);
}

static void erase_end(struct line *l)
{
	line_erase(l, l->cursor, l->len);
}

static void erase_word(struct line *l)
{
	line_erase(l, word_left(l), l->cursor);
}

static void clear_screen(struct line *l)
{
	line_puts(l, "\033[H\033[2J");
	line_redraw(l);
}

static void begin_escape(struct line *l)
{
	l->escaped = true;
	l->escape_len = 0;
}

/* ---- which keys there are ---------------------------------------------- */

static void (*const controls[0x80])(struct line *) = {
	[CTRL('A')] = go_home,     [CTRL('E')] = go_end,
	[CTRL('B')] = go_left,     [CTRL('F')] = go_right,
	[CTRL('P')] = line_older,  [CTRL('N')] = line_newer,
	[CTRL('D')] = erase_right, [CTRL('H')] = erase_left,
	[CTRL('U')] = erase_home,  [CTRL('K')] = erase_end,
	[CTRL('W')] = erase_word,  [CTRL('L')] = clear_screen,
	[ESC] = begin_escape,      [0x7f] = erase_left,
};

/* What follows ESC, as VT100, xterm, rxvt and the Linux console send it. */
static const struct {
	const char *bytes;
	void (*act)(struct line *);
} escapes[] = {
	{"[A", line_older},       {"OA", line_older},
	{"[B", line_newer},       {"OB", line_newer},
	{"[C", go_right},         {"OC", go_right},
	{"[D", go_left},          {"OD", go_left},
	{"[H", go_home},          {"OH", go_home},
	{"[1~", go_home},         {"[7~", go_home},
	{"[F", go_end},           {"OF", go_end},
	{"[4~", go_end},          {"[8~", go_end},
	{"[3~", erase_right},     {"b", go_word_left},
	{"f", go_word_right},     {"[1;5D", go_word_left},
	{"[1;5C", go_word_right}, {"[1;3D", go_word_left},
	{"[1;3C", go_word_right},
};

/*
 * `last` ends the sequence (ECMA-48, "Control sequences": a final byte is
 * 0x40 or above). The Linux console's F1 is ESC [ [ A.
 */
static bool escape_ends(const struct line *l, u8 last)
{
	bool longer = l->escape[0] == '[' || l->escape[0] == 'O';

	if (!longer)
		return true;
	if (l->escape_len == 1 || (l->escape_len == 2 && last == '['))
		return false;
	return last >= 0x40;
}

/* A byte that belongs to a sequence. Unknown ones do nothing. */
static void key_escape(struct line *l, u8 byte)
{
	if (l->escape_len < LINE_ESCAPE)
		l->escape[l->escape_len++] = byte;
	if (!escape_ends(l, byte))
		return;
	l->escaped = false;
	for (u32 i = 0; i < ARRAY_SIZE(escapes); i++)
		if (strlen(escapes[i].bytes) == l->escape_len &&
		    !memcmp(escapes[i].bytes, l->escape, l->escape_len))
			escapes[i].act(l);
}

/* ---- characters -------------------------------------------------------- */

/* Bytes of the UTF-8 character that starts so; 0: none does. */
static u32 utf8_size(u8 first)
{
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* U+0080 to U+009F are control characters, and a terminal obeys them. */
static bool utf8_control(const char *bytes)
{
	return (u8)bytes[0] == 0xc2 && (u8)bytes[1] < 0xa0;
}

/* Characters go into the text whole, and only if they are in order. */
static void key_utf8(struct line *l, u8 byte)
{
	bool more = (byte & 0xc0) == 0x80;

	if (!more) {
		l->utf8_need = utf8_size(byte);
		l->utf8_len = 0;
	}
	if (!l->utf8_need)
		return;
	l->utf8[l->utf8_len++] = byte;
	if (l->utf8_len < l->utf8_need)
		return;
	if (!utf8_control(l->utf8))
		line_insert(l, l->utf8, l->utf8_len);
	l->utf8_need = 0;
}

static void key_plain(struct line *l, u8 byte)
{
	char c = byte;

	if (byte >= 0x80) {
		key_utf8(l, byte);
		return;
	}
	if (controls[byte])
		controls[byte](l);
	else if (byte >= ' ')
		line_insert(l, &c, 1);
}

enum line_event line_key(struct line *l, u8 byte)
{
	bool rest = byte == '\n' && l->was_cr, again = l->was_tab;

	l->was_cr = byte == '\r';
	l->was_tab = false;
	if (rest)
		return LINE_MORE;
	if (byte < 0x80) /* ends a character that is not complete */
		l->utf8_need = 0;
	if (byte < ' ') /* ends a sequence that is not complete */
		l->escaped = false;
	if (byte == '\r' || byte == '\n') {
		line_end(l, "");
		line_remember(l);
		return LINE_DONE;
	}
	if (byte == CTRL('C')) {
		line_end(l, "^C");
		return LINE_ABANDONED;
	}
	if (l->escaped)
		key_escape(l, byte);
	else if (byte == '\t')
		line_complete(l, again);
	else
		key_plain(l, byte);
	line_draw(l);
	return LINE_MORE;
}
