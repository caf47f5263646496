/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages of a shadow: tables, logs of origins, and their bound. */
#include "gstage/shadow_parts.h"

/* Entries of a chunk that has a page of its own. */
#define CHUNK_ORIGINS \
	((PAGE_SIZE - sizeof(struct chunk)) / sizeof(struct origin))

static void *page_try(struct shadow *s, u32 order)
{
	hpa_t page;

	if (s->pages + (1UL << order) > s->pages_max)
		return NULL;
	page = page_alloc_zeroed(order, s->owner);
	if (!page.raw)
		return NULL;
	s->pages += 1UL << order;
	return hpa_ptr(page);
}

/* What the hart may still walk must not become somebody else's memory. */
void spares_free(struct shadow *s)
{
	hart_fence_due(s);
	while (s->spare)
		page_put(s, table_get(s), TABLE_ORDER);
	while (s->spare_chunks) {
		struct chunk *c = s->spare_chunks;

		s->spare_chunks = c->next;
		page_put(s, c, ORDER_4K);
	}
}

/* Not more than its share, in which the spare ones count. */
void *page_get(struct shadow *s, u32 order)
{
	void *p = page_try(s, order);

	s->pages_most = MAX(s->pages_most, s->pages);
	if (p || (!s->spare && !s->spare_chunks))
		return p;
	spares_free(s);
	return page_try(s, order);
}

void page_put(struct shadow *s, void *p, u32 order)
{
	page_free(ptr_hpa(p), order, s->owner);
	s->pages -= 1UL << order;
}

struct table *table_get(struct shadow *s)
{
	struct table *t = NULL;

	while (!s->spare) {
		t = page_get(s, TABLE_ORDER);
		if (t || !root_reclaim(s))
			return t;
	}
	t = s->spare;
	s->spare = (struct table *)t->origin[0];
	t->origin[0] = NULL;
	return t;
}

void table_put(struct shadow *s, struct table *t)
{
	t->origin[0] = (struct origin *)s->spare;
	s->spare = t;
	s->must_flush = true;
}

void log_init(struct log *l, struct chunk *first, struct origin *begin,
	      u32 count)
{
	*first = (struct chunk){.begin = begin, .end = begin + count};
	*l = (struct log){
		.first = first,
		.last = first,
		.next = begin,
		.end = first->end,
		.chunks = 1,
	};
}

static void log_enter(struct log *l, struct chunk *c)
{
	l->last = c;
	l->next = c->begin;
	l->end = c->end;
}

static struct chunk *chunk_get(struct shadow *s)
{
	struct chunk *c = s->spare_chunks;

	if (c) {
		s->spare_chunks = c->next;
		c->next = NULL;
		return c;
	}
	c = page_try(s, ORDER_4K);
	if (c) {
		c->begin = (struct origin *)(c + 1);
		c->end = c->begin + CHUNK_ORIGINS;
	}
	return c;
}

static bool log_grow(struct shadow *s, struct log *l)
{
	struct chunk *c = NULL;

	if (l->chunks < LOG_CHUNKS_MAX)
		c = chunk_get(s);
	if (!c)
		return false;
	l->last->next = c;
	l->chunks++;
	log_enter(l, c);
	return true;
}

bool log_make_room(struct shadow *s, struct log *l)
{
	return !l->wrapped && (l->next != l->end || log_grow(s, l));
}

/* Go back to the oldest origins. */
static void log_turn(struct log *l)
{
	log_enter(l, l->last->next ? l->last->next : l->first);
	l->wrapped = true;
}

struct origin *log_more(struct shadow *s, struct log *l, bool wraps)
{
	struct origin *o;

	if (l->next == l->end && (l->wrapped || !log_grow(s, l))) {
		if (!wraps)
			return NULL;
		log_turn(l);
	}
	o = l->next++;
	if (l->wrapped && o->spte) {
		*o->spte = 0;
		*origin_of(o->spte) = NULL;
	}
	return o;
}

void log_cut(struct shadow *s, struct log *l, struct chunk *last,
	     struct origin *next)
{
	while (last->next) {
		struct chunk *c = last->next;

		last->next = c->next;
		c->next = s->spare_chunks;
		s->spare_chunks = c;
		l->chunks--;
	}
	l->last = last;
	l->next = next;
	l->end = last->end;
	l->wrapped = false;
}
