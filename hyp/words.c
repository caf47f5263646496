/* SPDX-License-Identifier: BSD-2-Clause */
/* Splits a command into words: blanks, quotes, comments. */
#include "hyp/util.h"
#include "hyp/words.h"

struct reader {
	struct words *w;
	const char *text;
	u64 size;
	u32 stored; /* bytes of w->text */
};

static bool at_end(const struct reader *r)
{
	u64 at = r->w->used;

	return at == r->size || r->text[at] == '\n';
}

/* Control characters too: a script may have CRs or be damaged. */
static bool blank(char c)
{
	return (u8)c <= ' ' || c == 0x7f;
}

static void store(struct reader *r, char c)
{
	if (r->stored < WORDS_SIZE)
		r->w->text[r->stored++] = c;
	else
		r->w->error = WORDS_LONG;
}

/* What stands in quotes; the first one has been read. */
static void read_quoted(struct reader *r)
{
	struct words *w = r->w;

	while (!at_end(r) && r->text[w->used] != '"') {
		if (r->text[w->used] == '\\') {
			w->used++;
			if (at_end(r))
				break;
		}
		store(r, r->text[w->used++]);
	}
	w->quoted = at_end(r);
	if (w->quoted)
		w->error = WORDS_QUOTE;
	else
		w->used++;
}

static void read_word(struct reader *r)
{
	struct words *w = r->w;

	w->last = w->used;
	if (w->argc < WORDS_MAX)
		w->argv[w->argc++] = w->text + MIN(r->stored, WORDS_SIZE - 1);
	else
		w->error = WORDS_MANY;
	while (!at_end(r)) {
		char c = r->text[w->used];

		if (blank(c) || c == ';')
			break;
		w->used++;
		if (c == '"')
			read_quoted(r);
		else
			store(r, c);
	}
	store(r, '\0');
	w->open = w->used == r->size;
}

void words_read(struct words *w, const char *text, u64 size)
{
	struct reader r = {.w = w, .text = text, .size = size};

	w->argc = 0;
	w->error = WORDS_GOOD;
	w->used = w->last = 0;
	w->open = w->quoted = w->comment = false;
	while (!at_end(&r) && text[w->used] != ';') {
		if (blank(text[w->used])) {
			w->used++;
		} else if (text[w->used] == '#') {
			w->comment = true;
			while (!at_end(&r))
				w->used++;
		} else {
			read_word(&r);
		}
	}
	w->text[WORDS_SIZE - 1] = '\0';
	w->argv[w->argc] = NULL;
}

const char *words_complaint(enum words_error error)
{
	static const char *const complaints[] = {
		[WORDS_GOOD] = "",
		[WORDS_QUOTE] = "a quote is not closed",
		[WORDS_MANY] = "too many words",
		[WORDS_LONG] = "the command is too long",
	};

	return complaints[error];
}
