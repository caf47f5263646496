/* SPDX-License-Identifier: BSD-2-Clause */
/* Log lines go to the terminal behind the VMM's own name. */
#include <stdarg.h>
#include <stdio.h>

#include "hyp/log.h"
#include "hyp/term.h"

enum log_level log_limit = LOG_INFO;

static const char *const level_names[] = {
	[LOG_ERROR] = "error: ",
	[LOG_WARN] = "warning: ",
	[LOG_INFO] = "",
	[LOG_DEBUG] = "debug: ",
};

void log_line(enum log_level level, const char *fmt, ...)
{
	char line[320];
	va_list ap;

	if (level > log_limit)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	term_line("trapeze: ", level_names[level], line);
}
