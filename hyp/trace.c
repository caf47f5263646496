/* SPDX-License-Identifier: BSD-2-Clause */
/* Traced events: rings, and reading them as one. */
#include <string.h>

#include "hyp/hart.h"
#include "hyp/lock.h"
#include "hyp/page.h"
#include "hyp/trace.h"
#include "hyp/util.h"

#define NAMES    64
#define NAME_MAX 32

struct ring {
	struct lock lock;
	struct trace_event *event; /* NULL: none yet; size of them */
	u64 next;                  /* events put so far */
};

static struct ring rings[HOST_HARTS_MAX];
static u64 size; /* of each ring, a power of two; changes while none is on */
static u32 order;
static bool on;
static struct lock names_lock = LOCK_INIT(LOCK_TRACE);
static char names[NAMES][NAME_MAX];

static const struct {
	const char *name;
	bool lasts;
} types[TRACE_TYPES] = {
#define TRACE(type, long, text) {#type, long},
#include "hyp/trace.def"
#undef TRACE
};

const char *trace_type_name(u32 type)
{
	return types[type].name;
}

bool trace_lasts(u32 type)
{
	return types[type].lasts;
}

bool trace_is_on(void)
{
	return __atomic_load_n(&on, __ATOMIC_ACQUIRE);
}

/* ---- rings --------------------------------------------------------------- */

static void drop_ring(struct ring *r)
{
	struct trace_event *old;

	lock_acquire(&r->lock);
	old = r->event;
	r->event = NULL;
	lock_release(&r->lock);
	if (old)
		page_free(ptr_hpa(old), order, &page_vmm);
}

static bool make_ring(struct ring *r)
{
	hpa_t block = page_alloc(order, &page_vmm);

	if (!block.raw)
		return false;
	lock_acquire(&r->lock);
	r->event = hpa_ptr(block);
	lock_release(&r->lock);
	return true;
}

static bool resize(u64 events)
{
	for (u32 i = 0; i < host.nharts; i++)
		drop_ring(&rings[i]);
	size = TRACE_MIN;
	while (size < MIN(events, TRACE_MAX))
		size *= 2;
	for (order = 0; PAGE_SIZE << order < size * sizeof(*rings->event);)
		order++;
	for (u32 i = 0; i < host.nharts; i++) {
		if (make_ring(&rings[i]))
			continue;
		while (i)
			drop_ring(&rings[--i]);
		size = 0;
		return false;
	}
	return true;
}

bool trace_start(u64 events)
{
	trace_stop();
	for (u32 i = 0; i < host.nharts; i++) {
		if (!rings[i].lock.class)
			lock_init(&rings[i].lock, LOCK_TRACE);
	}
	if ((!size || (events && events != size)) &&
	    !resize(events ? events : TRACE_DEFAULT))
		return false;
	for (u32 i = 0; i < host.nharts; i++) {
		lock_acquire(&rings[i].lock);
		rings[i].next = 0;
		lock_release(&rings[i].lock);
	}
	__atomic_store_n(&on, true, __ATOMIC_RELEASE);
	return true;
}

void trace_stop(void)
{
	__atomic_store_n(&on, false, __ATOMIC_RELEASE);
}

void trace_put(const struct trace_event *e)
{
	struct ring *r = &rings[this_hart()->index];

	lock_acquire(&r->lock);
	if (trace_is_on() && r->event)
		r->event[r->next++ & (size - 1)] = *e;
	lock_release(&r->lock);
}

/* ---- names --------------------------------------------------------------- */

u8 trace_who(const char *name)
{
	u8 who;

	lock_acquire(&names_lock);
	for (who = 0; who < NAMES - 1; who++) {
		if (!names[who][0])
			strncpy(names[who], name, NAME_MAX - 1);
		if (!strncmp(names[who], name, NAME_MAX - 1))
			break;
	}
	lock_release(&names_lock);
	return who;
}

const char *trace_name(u8 who)
{
	return who < NAMES - 1 ? names[who] : "others";
}

/* ---- reading ------------------------------------------------------------- */

void trace_rewind(struct trace_reader *r, u64 last)
{
	*r = (struct trace_reader){0};
	for (u32 i = 0; i < host.nharts; i++) {
		u64 have = rings[i].event ? rings[i].next : 0;
		u64 keep = MIN(have, size);

		if (last)
			keep = MIN(keep, last);
		r->at[i] = have - keep;
		r->lost += have - keep;
	}
}

/* The ring's event at the reader, if it has one. */
static bool peek(struct trace_reader *r, u32 i, struct trace_event *e)
{
	struct ring *g = &rings[i];
	bool found = false;

	lock_acquire(&g->lock);
	if (g->event && r->at[i] < g->next) {
		if (g->next - r->at[i] > size) {
			r->lost += g->next - size - r->at[i];
			r->at[i] = g->next - size;
		}
		*e = g->event[r->at[i] & (size - 1)];
		found = true;
	}
	lock_release(&g->lock);
	return found;
}

bool trace_next(struct trace_reader *r, struct trace_event *e, u32 *hart)
{
	struct trace_event one;
	bool found = false;

	for (u32 i = 0; size && i < host.nharts; i++) {
		if (!peek(r, i, &one) || (found && one.until >= e->until))
			continue;
		*e = one;
		*hart = i;
		found = true;
	}
	if (found)
		r->at[*hart]++;
	return found;
}
