/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for the machine where pure code is tested on the build host. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "hyp/console.h"
#include "hyp/hart.h"
#include "hyp/lock.h"
#include "hyp/lock_check.h"
#include "hyp/log.h"
#include "hyp/mem.h"
#include "hyp/page.h"
#include "hyp/timer.h"
#include "hyp/trap.h"
#include "hyp/util.h"

enum log_level log_limit = LOG_DEBUG;
char host_log[4096];
char host_out[4096];
u64 host_time;
u32 host_ready;
static struct timer *timers;

/* How a child of host_dies() says that it met a BUG_ON(). */
#define BUG_STATUS 77
static int bug_status;

/* Weak is what a test may link the real thing of. */
#define WEAK __attribute__((weak))

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
	if (bug_status)
		_exit(bug_status);
	fprintf(stderr, "%s:%d: BUG_ON(%s)\n", file, line, what);
	abort();
}

bool host_dies(void (*fn)(void *arg), void *arg)
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	if (!child) {
		bug_status = BUG_STATUS;
		fn(arg);
		_exit(0);
	}
	BUG_ON(child < 0 || waitpid(child, &status, 0) != child);
	return WIFEXITED(status) && WEXITSTATUS(status) == BUG_STATUS;
}

const char *symbol_name(u64 addr, u64 *offset)
{
	return NULL;
}

WEAK void lock_acquire(struct lock *l)
{
	BUG_ON(l->owner);
	lock_check_acquire(l, __builtin_return_address(0));
	l->owner = l;
}

WEAK void lock_release(struct lock *l)
{
	BUG_ON(!l->owner);
	lock_check_release(l, __builtin_return_address(0));
	l->owner = NULL;
}

bool lock_held(const struct lock *l)
{
	return l->owner;
}

WEAK bool console_port_put(struct console_port *p, u8 byte)
{
	size_t used = strlen(host_out);

	BUG_ON(used + 2 > sizeof(host_out));
	host_out[used] = byte;
	host_out[used + 1] = '\0';
	return true;
}

WEAK void console_port_ready(struct console_port *p)
{
	host_ready++;
}

WEAK u64 time_now(void)
{
	return host_time;
}

WEAK void timer_cancel(struct timer *t)
{
	struct timer **p = &timers;

	while (*p && *p != t)
		p = &(*p)->next;
	if (*p)
		*p = t->next;
	t->deadline = TIMER_NEVER;
	t->hart = NULL;
}

WEAK void timer_arm(struct timer *t, u64 deadline)
{
	timer_cancel(t);
	t->deadline = deadline;
	if (deadline == TIMER_NEVER)
		return;
	t->hart = this_hart();
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

/* ---- harts and memory -------------------------------------------------- */

struct host host;
struct hart harts[HOST_HARTS_MAX];
u32 host_hart;

struct hart *this_hart(void)
{
	return &harts[host_hart];
}

u64 host_map(u64 size)
{
	char *p = mmap(NULL, size + GiB(1), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	BUG_ON(p == MAP_FAILED);
	return ALIGN_UP((u64)p, GiB(1));
}

void host_memory(u64 size)
{
	u64 base = host_map(size);

	page_init(base, base + size,
		  (void *)host_map(page_map_bytes(base, base + size)));
	page_add(base, size);
}

/* Large blocks of it are mapped afresh: 1 GiB costs no memory. */
void mem_zero(void *p, u64 len)
{
	BUG_ON(!IS_ALIGNED((u64)p | len, PAGE_SIZE));
	if (len < MiB(2))
		memset(p, 0, len);
	else
		BUG_ON(madvise(p, len, MADV_DONTNEED));
	this_hart()->zeroing += len;
}

void mem_clear(void *p, u64 len)
{
	memset(p, 0, len);
}

void mem_copy(void *to, const void *from, u64 len)
{
	memcpy(to, from, len);
}

/* What host_exhaust() holds. */
static struct {
	hpa_t block;
	u32 order;
} held[4096];
static u32 held_count;
static struct page_owner held_owner;

void host_exhaust(u64 pages)
{
	for (u32 order = ORDER_MAX + 1; order-- > 0;) {
		while (page_free_count() >= pages + (1UL << order)) {
			hpa_t block = page_alloc(order, &held_owner);

			if (!block.raw)
				break;
			BUG_ON(held_count == ARRAY_SIZE(held));
			held[held_count].block = block;
			held[held_count++].order = order;
		}
	}
	BUG_ON(page_free_count() > pages);
}

void host_relieve(void)
{
	while (held_count) {
		held_count--;
		page_free(held[held_count].block, held[held_count].order,
			  &held_owner);
	}
}
