/* SPDX-License-Identifier: BSD-2-Clause */
/* The line editor's history: a ring of lines, and browsing in it. */
#include <string.h>

#include "hyp/line_edit.h"
#include "hyp/util.h"

static u32 kept(const struct line *l)
{
	return MIN(l->entered, LINE_HISTORY);
}

/* The line that is `back` old; 1 is the newest. */
static char *entry(struct line *l, u32 back)
{
	return l->history[(l->entered - back) % LINE_HISTORY];
}

const char *line_history(const struct line *l, u32 n, u64 *number)
{
	u64 index = l->entered - kept(l) + n;

	if (n >= kept(l))
		return NULL;
	*number = index + 1;
	return l->history[index % LINE_HISTORY];
}

void line_older(struct line *l)
{
	if (l->back == kept(l))
		return;
	if (!l->back)
		memcpy(l->kept, l->text, sizeof(l->kept));
	l->back++;
	line_set(l, entry(l, l->back));
}

void line_newer(struct line *l)
{
	if (!l->back)
		return;
	l->back--;
	line_set(l, l->back ? entry(l, l->back) : l->kept);
}

void line_remember(struct line *l)
{
	bool blank = !l->text[strspn(l->text, " ")];

	if (blank || (l->entered && !strcmp(entry(l, 1), l->text)))
		return;
	l->entered++;
	memcpy(entry(l, 1), l->text, sizeof(l->text));
}
