/* SPDX-License-Identifier: BSD-2-Clause */
/* Log lines of the VMM itself, by level. */
#ifndef HYP_LOG_H
#define HYP_LOG_H

enum log_level {
	LOG_ERROR, /* we broke, or the configuration is wrong */
	LOG_WARN,  /* a guest broke a rule */
	LOG_INFO,  /* a state changed */
	LOG_DEBUG, /* off unless asked for */
};

/* Lines above this level are dropped; LOG_INFO at start. */
extern enum log_level log_limit;

/* One line, without the newline; never call on a hot path. */
__attribute__((format(printf, 2, 3))) void log_line(enum log_level level,
						    const char *fmt, ...);

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
