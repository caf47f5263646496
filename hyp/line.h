/* SPDX-License-Identifier: BSD-2-Clause */
/* A line editor: keys in, a VT100's bytes out. Pure, and allocates nothing. */
#ifndef HYP_LINE_H
#define HYP_LINE_H

#include "hyp/words.h"

#define LINE_SIZE    256 /* bytes of a line, its NUL included */
#define LINE_HISTORY 32
#define LINE_COLUMNS 80 /* a longer line is seen through a window */
#define LINE_ESCAPE  8  /* bytes of the longest key, more than enough */

enum line_event {
	LINE_MORE,
	LINE_DONE,      /* text is the line; line_start() begins the next */
	LINE_ABANDONED, /* Ctrl-C; line_start() begins the next */
};

/* All fields are the editor's; `text` and `len` are for reading. */
struct line {
	const char *prompt; /* one column a byte */
	void (*put)(struct line *l, const char *bytes, u32 n);
	/*
	 * The n-th word that the last of w may become, or NULL when there are
	 * no more; it is valid until the next call. Those that do not start
	 * with what is typed are left out by the editor.
	 */
	const char *(*complete)(struct line *l, const struct words *w, u32 n);

	/* UTF-8 without control characters, NUL behind it. */
	char text[LINE_SIZE];
	u32 len, cursor; /* bytes; the cursor stands before a character */

	/* What the terminal shows, in columns; a character has one. */
	u32 shift; /* of the text, left of the window */
	u32 shown; /* of the text, in the window */
	u32 at;    /* the terminal's cursor, behind the prompt */
	u32 dirty; /* from here on the text has changed */

	/* Keys of more than one byte. */
	char escape[LINE_ESCAPE]; /* what followed ESC */
	u32 escape_len;
	bool escaped;
	char utf8[4]; /* the first bytes of a character */
	u32 utf8_len, utf8_need;
	bool was_cr;  /* a newline now is the rest of CR LF */
	bool was_tab; /* and that one changed nothing */

	char history[LINE_HISTORY][LINE_SIZE];
	u64 entered; /* lines put into history, ever */
	u32 back;    /* the line shown is this old; 0: not of history */
	char kept[LINE_SIZE]; /* while back: the line that was being typed */

	struct words words; /* of completion */
};

/* Nothing is written yet; complete may be NULL. */
void line_init(struct line *l, const char *prompt,
	       void (*put)(struct line *, const char *, u32),
	       const char *(*complete)(struct line *, const struct words *,
				       u32));

/* Write the prompt, on a fresh row; the line is empty. */
void line_start(struct line *l);

/* One byte was typed. */
enum line_event line_key(struct line *l, u8 byte);

/*
 * The n-th of the lines that history keeps, the oldest is 0, or NULL; `number`
 * counts from 1 since line_init().
 */
const char *line_history(const struct line *l, u32 n, u64 *number);

#endif
