/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor's table of commands, between its two files. */
#ifndef HYP_MONITOR_TABLE_H
#define HYP_MONITOR_TABLE_H

#include "hyp/monitor.h"
#include "hyp/words.h"

/* Empty but for `help` and `echo`. */
void monitor_table_init(void);

/*
 * The command that the word names, as a whole or by a prefix that no other
 * has. NULL: there is none; `loud`: and it was said which there might be.
 */
struct monitor_command *monitor_find(const char *word, bool loud);

/* The n-th in order of name, or NULL. */
struct monitor_command *monitor_nth(u32 n);

/*
 * Start the command. MONITOR_WAIT: *c is who waits. Mistakes in the words are
 * failures that have been reported.
 */
enum monitor_result monitor_start(struct words *w, struct monitor_command **c);

#endif
