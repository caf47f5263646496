/* SPDX-License-Identifier: BSD-2-Clause */
/* The UART, polled: a few words of our own, and the supervisor's by DBCN. */
#ifndef DIRECT_CONSOLE_H
#define DIRECT_CONSOLE_H

#include "hyp/types.h"

void console_text(const char *s);
void console_hex(u64 v);

/* All n bytes, in one piece. */
void console_write(const char *s, u64 n);

/* What has been typed, at most n bytes; returns how many. */
u64 console_read(char *s, u64 n);

#endif
