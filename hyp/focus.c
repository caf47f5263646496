/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal's ports, and which of them has the focus. */
#include <stdio.h>

#include "hyp/term.h"
#include "hyp/terminal.h"
#include "hyp/util.h"

static bool make_ring(struct ring *r)
{
	hpa_t block = page_alloc(RING_ORDER, &page_vmm);

	if (!block.raw)
		return false;
	*r = (struct ring){.data = hpa_ptr(block), .size = RING_BYTES};
	return true;
}

static void insert(struct console_port *p)
{
	struct console_port **at = &term.ports;

	while (*at && (p->monitor || !(*at)->monitor))
		at = &(*at)->next;
	p->next = *at;
	*at = p;
}

bool term_add(struct console_port *p)
{
	struct console_port *old;

	p->column = p->typed_first = p->typed_count = 0;
	p->gate.closed = false;
	if (!make_ring(&p->ring))
		return false;
	lock_acquire(&term.lock);
	insert(p);
	old = term.focus;
	if (!old)
		term.focus = p;
	else if (old->monitor && !term.opened)
		term_focus_locked(p);
	lock_release(&term.lock);
	return true;
}

static void unlink(struct console_port *p)
{
	struct console_port **at = &term.ports;

	BUG_ON(term.sending == p); /* all that it had was sent */
	while (*at != p) {
		BUG_ON(!*at);
		at = &(*at)->next;
	}
	*at = p->next;
	if (term.last == p)
		term.last = NULL;
}

/* The monitor, or whoever comes after p; NULL: p is the last. */
static struct console_port *heir(const struct console_port *p)
{
	struct console_port *end = term.ports;

	while (end && end->next)
		end = end->next;
	if (end && end->monitor)
		return end;
	return p->next ? p->next : term.ports;
}

void term_remove(struct console_port *p)
{
	struct console_port *next;

	lock_acquire(&term.lock);
	term_end_line_locked(p);
	if (term.batch)
		term_wait_locked(p, p->ring.size);
	unlink(p);
	gate_open(&p->gate);
	if (term.focus == p) {
		next = heir(p);
		term.focus = NULL;
		if (next)
			term_focus_locked(next);
	}
	lock_release(&term.lock);
	page_free(ptr_hpa(p->ring.data), RING_ORDER, &page_vmm);
}

void term_focus_locked(struct console_port *p)
{
	struct console_port *old = term.focus;
	char text[80];

	term.focus = p;
	if (old && old != p)
		gate_open(&old->gate);
	if (term.batch)
		return;
	p->ring.sent = ring_first_line(&p->ring, RING_FULL);
	snprintf(text, sizeof(text), "console of %s", p->name);
	term_say_locked(text);
}

void term_focus(struct console_port *p)
{
	lock_acquire(&term.lock);
	term.opened |= p->monitor;
	term_focus_locked(p);
	lock_release(&term.lock);
}

struct console_port *term_focused(void)
{
	return __atomic_load_n(&term.focus, __ATOMIC_RELAXED);
}

bool term_monitor_opened(void)
{
	return __atomic_load_n(&term.opened, __ATOMIC_RELAXED);
}
