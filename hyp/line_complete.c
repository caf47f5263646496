/* SPDX-License-Identifier: BSD-2-Clause */
/* The line editor's Tab: completes the word before the cursor, or lists. */
#include <string.h>

#include "hyp/line_edit.h"
#include "hyp/util.h"

/* The word before the cursor. */
struct word {
	u32 start;         /* where it starts in the text, a quote included */
	const char *typed; /* as much as is typed of it, without quotes */
};

/* Find it, and the words of its command: l->words. False: there is none. */
static bool find_word(struct line *l, struct word *word)
{
	struct words *w = &l->words;
	u32 start = 0;

	words_read(w, l->text, l->cursor);
	while (start + w->used < l->cursor) {
		start += w->used + 1; /* behind a ';' */
		words_read(w, l->text + start, l->cursor - start);
	}
	if (w->comment || (w->error && w->error != WORDS_QUOTE))
		return false;
	if (!w->open && w->argc == WORDS_MAX)
		return false;
	word->start = w->open ? start + w->last : l->cursor;
	if (!w->open)
		w->argv[w->argc++] = "";
	word->typed = w->argv[w->argc - 1];
	return true;
}

/* What a line cannot hold is no word for it. */
static bool fits(const char *s)
{
	if (strlen(s) >= LINE_SIZE)
		return false;
	for (; *s; s++)
		if ((u8)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

/* The next candidate from *n on that starts with what is typed, or NULL. */
static const char *next(struct line *l, const struct word *word, u32 *n)
{
	const char *s;

	while ((s = l->complete(l, &l->words, (*n)++)))
		if (!strncmp(s, word->typed, strlen(word->typed)) && fits(s))
			return s;
	return NULL;
}

/* How many candidates there are; what all start with goes into `common`. */
static u32 count(struct line *l, const struct word *word, char *common)
{
	u32 n = 0, found = 0;
	const char *s;

	while ((s = next(l, word, &n))) {
		u32 same = 0;

		if (!found++) {
			strcpy(common, s);
		}
		while (common[same] && common[same] == s[same])
			same++;
		while (same && (s[same] & 0xc0) == 0x80)
			same--; /* whole characters */
		common[same] = '\0';
	}
	return found;
}

/* Write s as a word of a command; `whole`: it ends here. Its length. */
static u32 spell(char *to, const char *s, bool quote, bool whole)
{
	char *start = to;

	if (quote)
		*to++ = '"';
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			*to++ = '\\';
		*to++ = *s;
	}
	if (quote && whole)
		*to++ = '"';
	return to - start;
}

/* Put s where the word is; what stands there already is not touched. */
static void replace(struct line *l, const struct word *word, const char *s,
		    bool whole)
{
	bool quote = l->text[word->start] == '"' || s[strcspn(s, " \";#\\")];
	char spelled[2 * LINE_SIZE + 2];
	u32 n = spell(spelled, s, quote, whole), same = 0;
	u32 typed = l->cursor - word->start;

	if (l->len - typed + n >= LINE_SIZE) {
		line_bell(l);
		return;
	}
	while (same < n && same < typed &&
	       spelled[same] == l->text[word->start + same])
		same++;
	line_erase(l, word->start + same, l->cursor);
	line_insert(l, spelled + same, n - same);
	if (whole && l->text[l->cursor] == ' ')
		l->cursor++;
	else if (whole)
		line_insert(l, " ", 1);
}

/* All candidates below the line, and the line again below them. */
static void list(struct line *l, const struct word *word)
{
	u32 n = 0, col = 0;
	const char *s;

	line_puts(l, "\r\n");
	while ((s = next(l, word, &n))) {
		u32 width = strlen(s);

		if (col && col + 2 + width >= LINE_COLUMNS) {
			line_puts(l, "\r\n");
			col = 0;
		} else if (col) {
			line_puts(l, "  ");
			col += 2;
		}
		line_puts(l, s);
		col += width;
	}
	line_puts(l, "\r\n");
	line_redraw(l);
}

void line_complete(struct line *l, bool again)
{
	char common[LINE_SIZE];
	struct word word;
	u32 found = 0;

	if (l->complete && find_word(l, &word))
		found = count(l, &word, common);
	if (found && (found == 1 || strlen(common) > strlen(word.typed))) {
		replace(l, &word, common, found == 1);
	} else if (found && again) {
		list(l, &word);
		l->was_tab = true;
	} else {
		line_bell(l);
		l->was_tab = true;
	}
}
