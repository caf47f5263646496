/* SPDX-License-Identifier: BSD-2-Clause */
/* How a command is split into words. */
#ifndef HYP_WORDS_H
#define HYP_WORDS_H

#include "hyp/types.h"

#define WORDS_MAX  32
#define WORDS_SIZE 512 /* bytes of a command's words, one more for each */

enum words_error { WORDS_GOOD, WORDS_QUOTE, WORDS_MANY, WORDS_LONG };

/* One command. */
struct words {
	u32 argc;
	char text[WORDS_SIZE];
	char *argv[WORDS_MAX + 1]; /* into text; NULL after the last */
	enum words_error error;
	u64 used;     /* bytes of the input, without the separator */
	u64 last;     /* where in the input the last word starts */
	bool open;    /* the last word reaches the end of the input */
	bool quoted;  /* and its quote is not closed */
	bool comment; /* the end lies in a comment */
};

/*
 * Read the first command of text: it ends before ';', a newline or the end.
 * Blanks separate words; '#' where a word would start begins a comment, to the
 * end of the line. In "..." all is literal but \ before any character. An
 * unclosed quote, or too much, is an error; used is right all the same.
 */
void words_read(struct words *w, const char *text, u64 size);

/* What is wrong, for a person. */
const char *words_complaint(enum words_error error);

#endif
