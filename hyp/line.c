/* SPDX-License-Identifier: BSD-2-Clause */
/* The line editor's text, and how a change of it gets onto the terminal. */
#include <stdio.h>
#include <string.h>

#include "hyp/line_edit.h"
#include "hyp/util.h"

#define CLEAN ~0U
#define STEPS 4 /* as many backspaces are no longer than an escape sequence */

void line_puts(struct line *l, const char *s)
{
	l->put(l, s, strlen(s));
}

void line_bell(struct line *l)
{
	line_puts(l, "\a");
}

/* ---- text -------------------------------------------------------------- */

/* A byte inside a UTF-8 character. */
static bool inside(const struct line *l, u32 at)
{
	return at < l->len && (l->text[at] & 0xc0) == 0x80;
}

u32 line_left(const struct line *l, u32 from)
{
	while (from && inside(l, --from))
		;
	return from;
}

u32 line_right(const struct line *l, u32 from)
{
	if (from < l->len)
		from++;
	while (inside(l, from))
		from++;
	return from;
}

/* The column of a byte, counted from the first of the text. */
static u32 column(const struct line *l, u32 at)
{
	u32 columns = 0;

	for (u32 i = 0; i < at; i = line_right(l, i))
		columns++;
	return columns;
}

/* The byte that stands in a column of the text. */
static u32 offset(const struct line *l, u32 columns)
{
	u32 at = 0;

	while (columns--)
		at = line_right(l, at);
	return at;
}

static void changed(struct line *l, u32 from)
{
	u32 col = column(l, from);

	l->dirty = MIN(l->dirty, col);
}

bool line_insert(struct line *l, const char *bytes, u32 n)
{
	if (n > LINE_SIZE - 1 - l->len) {
		line_bell(l);
		return false;
	}
	memmove(l->text + l->cursor + n, l->text + l->cursor,
		l->len - l->cursor + 1);
	memcpy(l->text + l->cursor, bytes, n);
	l->len += n;
	changed(l, l->cursor);
	l->cursor += n;
	return true;
}

void line_erase(struct line *l, u32 from, u32 to)
{
	if (from == to)
		return;
	memmove(l->text + from, l->text + to, l->len - to + 1);
	l->len -= to - from;
	changed(l, from);
	if (l->cursor > from)
		l->cursor = MAX(l->cursor, to) - (to - from);
}

void line_set(struct line *l, const char *text)
{
	line_erase(l, 0, l->len);
	line_insert(l, text, strlen(text));
}

/* ---- the terminal ------------------------------------------------------ */

/*
 * Columns for text. The terminal's last one stays empty, so that it never
 * waits there to go to the next row.
 */
static u32 window(const struct line *l)
{
	return LINE_COLUMNS - 1 - strlen(l->prompt);
}

static void move(struct line *l, u32 to)
{
	char text[16];

	if (to < l->at && l->at - to <= STEPS) {
		l->put(l, "\b\b\b\b", l->at - to);
	} else if (to != l->at) {
		u32 steps = to < l->at ? l->at - to : to - l->at;

		snprintf(text, sizeof(text), "\033[%u%c", steps,
			 to < l->at ? 'D' : 'C');
		line_puts(l, text);
	}
	l->at = to;
}

/* The text is right on the terminal up to column `from`; and the rest? */
static void repaint(struct line *l, u32 from)
{
	u32 all = column(l, l->len), end = MIN(all, l->shift + window(l));
	u32 first = offset(l, from);

	if (from > end)
		return;
	move(l, from - l->shift);
	l->put(l, l->text + first, offset(l, end) - first);
	l->at = end - l->shift;
	if (l->shown > l->at)
		line_puts(l, "\033[K");
	l->shown = l->at;
}

void line_draw(struct line *l)
{
	u32 cursor = column(l, l->cursor), shift = l->shift;

	if (column(l, l->len) <= window(l))
		shift = 0;
	else if (cursor < shift || cursor > shift + window(l))
		shift = cursor - MIN(cursor, window(l) / 2);
	if (shift != l->shift)
		l->dirty = 0;
	l->shift = shift;
	if (l->dirty != CLEAN)
		repaint(l, MAX(l->dirty, shift));
	l->dirty = CLEAN;
	move(l, cursor - shift);
}

void line_redraw(struct line *l)
{
	l->at = l->shown = l->dirty = 0;
	line_puts(l, l->prompt);
}

void line_end(struct line *l, const char *mark)
{
	if (*mark)
		move(l, MIN(l->shown, window(l) - (u32)strlen(mark)));
	line_puts(l, mark);
	line_puts(l, "\r\n");
}

void line_start(struct line *l)
{
	line_set(l, "");
	l->shift = l->back = 0;
	line_redraw(l);
	line_draw(l);
}

void line_init(struct line *l, const char *prompt,
	       void (*put)(struct line *, const char *, u32),
	       const char *(*complete)(struct line *, const struct words *,
				       u32))
{
	BUG_ON(strlen(prompt) > LINE_COLUMNS / 2);
	memset(l, 0, sizeof(*l));
	l->prompt = prompt;
	l->put = put;
	l->complete = complete;
}
