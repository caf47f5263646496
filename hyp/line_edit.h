/* SPDX-License-Identifier: BSD-2-Clause */
/* What the line editor's files have for each other. */
#ifndef HYP_LINE_EDIT_H
#define HYP_LINE_EDIT_H

#include "hyp/line.h"

/* Text changes and cursor moves; line_draw() shows them. Offsets in bytes. */

/* n bytes of whole characters at the cursor. False, and a bell: no room. */
bool line_insert(struct line *l, const char *bytes, u32 n);
void line_erase(struct line *l, u32 from, u32 to);
/* Another line altogether, the cursor behind it. */
void line_set(struct line *l, const char *text);
u32 line_left(const struct line *l, u32 from);
u32 line_right(const struct line *l, u32 from);

void line_draw(struct line *l);
/* On a row that is empty; line_draw() is to follow. */
void line_redraw(struct line *l);
/* Leave the row; a mark that is not empty stands behind the text. */
void line_end(struct line *l, const char *mark);
void line_puts(struct line *l, const char *s);
void line_bell(struct line *l);

/* line_history.c */
void line_older(struct line *l);
void line_newer(struct line *l);
void line_remember(struct line *l);

/* line_complete.c: Tab; `again`: the key before was one that changed nothing.
 */
void line_complete(struct line *l, bool again);

#endif
