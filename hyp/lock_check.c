/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each hart holds, and whether it may take more. An order that is wrong
 * is found the first time that a path is taken, not when two harts meet.
 */
#include <stdio.h>

#include "hyp/hart.h"
#include "hyp/lock_check.h"
#include "hyp/trap.h"
#include "hyp/util.h"

/* Each class once at most. */
static struct held {
	const struct lock *lock[LOCK_CLASSES];
	const void *where[LOCK_CLASSES];
	u32 count;
} held[HOST_HARTS_MAX]; /* its own hart */

static const char *const names[LOCK_CLASSES] = {
#define LOCK_CLASS(name, what) [LOCK_##name] = #name,
#include "hyp/lock.def"
#undef LOCK_CLASS
};

/* "NAME taken at FUNCTION+0xOFFSET". */
static void describe(char *text, u32 size, const struct lock *l,
		     const char *what, const void *where)
{
	u64 offset = 0;
	const char *function = symbol_name((u64)where, &offset);

	snprintf(text, size, "%s %s at %s+0x%lx", names[l->class], what,
		 function ? function : "?", offset);
}

/* This, at where, clashes with the last that h took. */
static __attribute__((noreturn)) void
complain(const struct held *h, const struct lock *l, const char *what,
	 const void *where, const char *how)
{
	char now[72], last[72], text[160];

	describe(now, sizeof(now), l, what, where);
	describe(last, sizeof(last), h->lock[h->count - 1], "taken",
		 h->where[h->count - 1]);
	snprintf(text, sizeof(text), "%s, %s %s", now, how, last);
	bug(text, __FILE__, __LINE__);
}

void lock_check_acquire(const struct lock *l, const void *where)
{
	struct held *h = &held[this_hart()->index];

	BUG_ON(l->class == LOCK_NONE || l->class >= LOCK_CLASSES);
	if (h->count && l->class <= h->lock[h->count - 1]->class)
		complain(h, l, "taken", where, "inside");
	h->lock[h->count] = l;
	h->where[h->count++] = where;
}

void lock_check_release(const struct lock *l, const void *where)
{
	struct held *h = &held[this_hart()->index];

	BUG_ON(!h->count);
	if (h->lock[h->count - 1] != l)
		complain(h, l, "released", where, "before");
	h->count--;
}

void lock_check_none(void)
{
	const struct held *h = &held[this_hart()->index];

	if (h->count)
		complain(h, h->lock[0], "still held",
			 __builtin_return_address(0), "after");
}
