/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Output to the terminal: guests' consoles and the VMM's lines share it. All
 * that is printed goes to a ring and is sent from there, at once if possible;
 * what the terminal does not take is sent by a task as it does. Who has a full
 * ring then is held back, and nobody else.
 *
 * Interactive, the port in focus is sent byte by byte, and its ring is what
 * has been printed last: to show it again is to send it again. In a batch a
 * ring has lines, behind their port's name, and the ports take turns.
 */
#include <string.h>

#include "hyp/term.h"
#include "hyp/terminal.h"
#include "hyp/timer.h"
#include "hyp/uart.h"
#include "hyp/util.h"

#define TURN_BYTES 256 /* sent with the lock held, and interrupts off */
#define PUT_BYTES  64  /* what one byte may make of itself, name and all */

struct terminal term = {.lock = LOCK_INIT(LOCK_TERM)};

void term_init(void)
{
	memset(&term, 0, sizeof(term));
	lock_init(&term.lock, LOCK_TERM);
	term_lines_init();
	hostuart_init();
}

void term_set_batch(bool on)
{
	term.batch = on;
}

bool term_is_batch(void)
{
	return term.batch;
}

/* ---- from the rings to the UART ----------------------------------------- */

static u64 unsent(const struct console_port *p)
{
	return p->ring.ready - p->ring.sent;
}

/* Send up to that place; false: the UART has no room. */
static bool send(struct ring *r, u64 until)
{
	while (r->sent != until) {
		u64 to_edge = r->size - (r->sent & (r->size - 1));
		u64 n = MIN(until - r->sent, to_edge);
		u64 done = hostuart_write(ring_at(r, r->sent), n);

		r->sent += done;
		term.sent += done;
		if (done < n)
			return false;
	}
	return true;
}

static void stall(void)
{
	term.backlog = true;
	if (hostuart_irq(true))
		task_wake(&term.output);
}

/* The line of the focus gives way to lines of ours. */
static void interrupt_line(void)
{
	struct console_port *p = term.focus;

	term.midline = false;
	term.newline = 2;
	if (p && p->redraw)
		p->ring.sent =
			MIN(p->ring.sent, ring_last_line(&p->ring, RING_FULL));
}

/* Who may send next, or NULL. Our own lines come before the focus. */
static struct console_port *next_interactive(void)
{
	struct console_port *p = term.focus;

	if (unsent(&term.own)) {
		if (term.midline)
			interrupt_line();
		return &term.own;
	}
	if (!p)
		return NULL;
	p->ring.ready = p->ring.end;
	return unsent(p) ? p : NULL;
}

/* The port after p in the circle of all, own among them. */
static struct console_port *after(const struct console_port *p)
{
	if (p == &term.own)
		return term.ports ? term.ports : &term.own;
	return p->next ? p->next : &term.own;
}

/* Who has begun a line ends it; then one line each in turn. */
static struct console_port *next_in_batch(void)
{
	struct console_port *first = term.last ? after(term.last) : &term.own;
	struct console_port *p = first;

	if (term.sending)
		return term.sending;
	do {
		if (unsent(p)) {
			term.last = p;
			return p;
		}
		p = after(p);
	} while (p != first);
	return NULL;
}

static bool send_newline(void)
{
	static const u8 newline[] = "\r\n";

	if (term.newline)
		term.newline -= hostuart_write(newline + 2 - term.newline,
					       term.newline);
	return !term.newline;
}

/* A line of p's, or some of it; false: the UART has no room. */
static bool send_part(struct console_port *p)
{
	struct ring *r = &p->ring;
	u64 before = r->sent, until = r->sent + MIN(unsent(p), TURN_BYTES);
	bool done;

	if (!send_newline())
		return false;
	if (term.batch)
		until = ring_line_end(r, r->sent);
	done = send(r, until);
	term.sending = term.batch && !done ? p : NULL;
	if (p != &term.own && r->sent != before)
		term.midline = *ring_at(r, r->sent - 1) != '\n';
	if (p->gate.closed && r->end - r->sent < RING_FULL / 2)
		gate_open(&p->gate);
	return done;
}

enum sent { SENT_ALL, SENT_SOME, SENT_NO_ROOM };

/* Send what waits, but not for long. */
static enum sent send_some_locked(void)
{
	u64 end = term.sent + TURN_BYTES;
	struct console_port *p;

	for (;;) {
		p = term.batch ? next_in_batch() : next_interactive();
		if (!p)
			break;
		if (term.sent >= end)
			return SENT_SOME;
		if (!send_part(p)) {
			stall();
			return SENT_NO_ROOM;
		}
	}
	term.backlog = false;
	return SENT_ALL;
}

void term_send_locked(void)
{
	if (term.backlog)
		return;
	term.backlog = true;
	if (send_some_locked() == SENT_SOME)
		task_wake(&term.output);
}

static bool output_turn(struct task *t)
{
	enum sent how;

	lock_acquire(&term.lock);
	how = send_some_locked();
	lock_release(&term.lock);
	return how == SENT_SOME;
}

/* It has room, or something was typed. The latch is ours to take back. */
static void uart_interrupt(void)
{
	lock_acquire(&term.lock);
	hostuart_acknowledge();
	hostuart_irq(false);
	if (term.backlog)
		task_wake(&term.output);
	lock_release(&term.lock);
	term_input();
}

bool term_wait_locked(const struct console_port *p, u64 room)
{
	u64 patience = host.timebase / 10, until = time_now() + patience;

	while (p ? p->ring.end + room > p->ring.sent + p->ring.size
		 : term.backlog) {
		u64 before = term.sent;

		send_some_locked();
		if (term.sent != before) {
			until = time_now() + patience;
			term.deaf = false;
		} else if (!term.batch && (term.deaf || time_now() >= until)) {
			term.deaf = true;
			return false;
		}
		lock_release(&term.lock); /* others want to go on */
		lock_acquire(&term.lock);
	}
	return true;
}

void term_drain(void)
{
	lock_acquire(&term.lock);
	for (struct console_port *p = term.ports; p; p = p->next)
		term_end_line_locked(p);
	term_wait_locked(NULL, 0);
	lock_release(&term.lock);
}

/* ---- what guests print -------------------------------------------------- */

void term_make_room_locked(struct console_port *p, u64 room)
{
	struct ring *r = &p->ring;

	if (r->end + room <= r->sent + r->size || term_wait_locked(p, room))
		return;
	r->sent = r->end + room - r->size;
	r->ready = MAX(r->ready, r->sent);
}

/* There is a backlog. False: p's is large, whoever writes is held back. */
static bool admit_locked(struct console_port *p)
{
	if (!term.batch && p != term.focus)
		return true;
	term_make_room_locked(p, PUT_BYTES);
	if (p->ring.end - p->ring.sent < RING_FULL)
		return true;
	gate_close(&p->gate);
	return false;
}

static void end_line(struct console_port *p)
{
	struct ring *r = &p->ring;

	p->column = 0;
	ring_put_text(r, "\r\n");
	r->ready = r->end;
	if (term.backlog || send(r, r->ready))
		return;
	term.sending = term.last = p;
	stall();
}

static void put_in_batch(struct console_port *p, u8 byte)
{
	if (byte == '\r' || byte == '\0')
		return;
	if (!p->column) {
		ring_put_text(&p->ring, p->name);
		ring_put_text(&p->ring, "| ");
	}
	if (byte != '\n') {
		ring_put(&p->ring, byte);
		p->column++;
	}
	if (byte == '\n' || p->column == CONSOLE_LINE - 1)
		end_line(p);
}

static void put_interactive(struct console_port *p, u8 byte)
{
	ring_put(&p->ring, byte);
	if (p != term.focus || term.backlog)
		return;
	if (!hostuart_write(&byte, 1)) {
		stall();
		return;
	}
	p->ring.sent = p->ring.end;
	term.midline = byte != '\n';
}

/* Apart, so that the usual byte saves few registers. */
static __attribute__((noinline)) bool put_locked(struct console_port *p,
						 u8 byte)
{
	bool more = !term.backlog || admit_locked(p);

	if (term.batch)
		put_in_batch(p, byte);
	else
		put_interactive(p, byte);
	return more;
}

/* Batch: a byte in the middle of a line, and all before it has been sent. */
static inline bool is_usual(const struct console_port *p, u8 byte)
{
	return byte >= ' ' && p->column - 1 < CONSOLE_LINE - 3 && term.batch &&
	       !term.backlog;
}

bool console_port_put(struct console_port *p, u8 byte)
{
	bool more = true;

	lock_acquire(&term.lock);
	if (likely(is_usual(p, byte))) {
		ring_put(&p->ring, byte);
		p->column++;
	} else {
		more = put_locked(p, byte);
	}
	lock_release(&term.lock);
	return more;
}

void term_end_line_locked(struct console_port *p)
{
	if (!term.batch || !p->column)
		return;
	term_make_room_locked(p, PUT_BYTES);
	end_line(p);
}

void term_flush(struct console_port *p)
{
	lock_acquire(&term.lock);
	term_end_line_locked(p);
	lock_release(&term.lock);
}

void term_input_here(void)
{
	struct hart *h = this_hart();

	task_init(&term.output, output_turn, BIT(h->index), SCHED_WEIGHT, h);
	term_input_init();
	if (hostuart_enable(uart_interrupt))
		hostuart_irq(false);
}
