/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for the machine where pure code is tested on the build host. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "hyp/console.h"
#include "hyp/lock.h"
#include "hyp/log.h"
#include "hyp/timer.h"
#include "hyp/util.h"

enum log_level log_limit = LOG_DEBUG;
char host_log[4096];
char host_out[4096];
u64 host_time;
u32 host_ready;
static struct timer *timers;

void host_reset(void)
{
	host_log[0] = host_out[0] = '\0';
	host_time = host_ready = 0;
	timers = NULL;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	size_t used = MIN(strlen(host_log), sizeof(host_log) - 1);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(host_log + used, sizeof(host_log) - used - 1, fmt, ap);
	va_end(ap);
	used = strlen(host_log);
	if (used + 2 <= sizeof(host_log))
		strcpy(host_log + used, "\n");
}

void bug(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: BUG_ON(%s)\n", file, line, what);
	abort();
}

void lock_acquire(struct lock *l)
{
	BUG_ON(l->owner);
	l->owner = l;
}

void lock_release(struct lock *l)
{
	BUG_ON(!l->owner);
	l->owner = NULL;
}

bool lock_held(const struct lock *l)
{
	return l->owner;
}

void console_port_put(struct console_port *p, u8 byte)
{
	size_t used = strlen(host_out);

	BUG_ON(used + 2 > sizeof(host_out));
	host_out[used] = byte;
	host_out[used + 1] = '\0';
}

void console_port_ready(struct console_port *p)
{
	host_ready++;
}

u64 time_now(void)
{
	return host_time;
}

void timer_cancel(struct timer *t)
{
	struct timer **p = &timers;

	while (*p && *p != t)
		p = &(*p)->next;
	if (*p)
		*p = t->next;
	t->deadline = TIMER_NEVER;
}

void timer_arm(struct timer *t, u64 deadline)
{
	timer_cancel(t);
	t->deadline = deadline;
	t->next = timers;
	timers = t;
}

void host_advance(u64 to)
{
	host_time = to;
	for (struct timer *t = timers, *next; t; t = next) {
		next = t->next;
		if (t->deadline > host_time)
			continue;
		timer_cancel(t);
		t->fire(t);
	}
}
