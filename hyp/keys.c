/* SPDX-License-Identifier: BSD-2-Clause */
/* What is typed: for the port in focus, or, behind Ctrl-A, for the terminal. */
#include <stdio.h>

#include "hyp/power.h"
#include "hyp/term.h"
#include "hyp/terminal.h"
#include "hyp/uart.h"
#include "hyp/util.h"

#define ESCAPE 0x01 /* Ctrl-A, as QEMU and screen have it */

static void focus(struct console_port *p)
{
	term.opened |= p->monitor;
	term_focus_locked(p);
}

static void key_next(u8 key)
{
	struct console_port *p = term.focus;

	if (p)
		focus(p->next ? p->next : term.ports);
}

static void key_monitor(u8 key)
{
	struct console_port *p = term.ports;

	while (p && !p->monitor)
		p = p->next;
	if (p)
		focus(p);
	else
		term_say_locked("there is no monitor");
}

static void key_digit(u8 key)
{
	struct console_port *p = term.ports;
	char text[40];

	for (u8 n = '1'; p && n < key; n++)
		p = p->next;
	if (p) {
		focus(p);
		return;
	}
	snprintf(text, sizeof(text), "there is no console %c", key);
	term_say_locked(text);
}

static void key_list(u8 key)
{
	u32 n = 1;

	for (const struct console_port *p = term.ports; p; p = p->next) {
		char text[80];

		snprintf(text, sizeof(text), "%c %2u %s",
			 p == term.focus ? '*' : ' ', n++, p->name);
		term_say_locked(text);
	}
}

/* Beyond what fits it is lost. */
static void queue(struct console_port *p, u16 what)
{
	if (!p || p->typed_count == CONSOLE_TYPED)
		return;
	term.opened |= p->monitor;
	p->typed[(p->typed_first + p->typed_count++) % CONSOLE_TYPED] = what;
}

static void key_break(u8 key)
{
	if (term.focus && term.focus->send_break)
		queue(term.focus, CONSOLE_BREAK);
	else
		term_say_locked("this console takes no break");
}

static void key_escape(u8 key)
{
	queue(term.focus, ESCAPE);
}

static void key_end(u8 key)
{
	term_say_locked("ended from the terminal");
	term_wait_locked(NULL, 0);
	power_off(0);
}

static void key_help(u8 key);

static const struct key {
	u8 first, last;
	void (*act)(u8 key);
	const char *help; /* NULL: as the key before */
} keys[] = {
	{'c', 'c', key_next, "c: the next console"},
	{'1', '9', key_digit, "1 to 9: the n-th console"},
	{'l', 'l', key_list, "l: list the consoles; * has the focus"},
	{'m', 'm', key_monitor, "m: the monitor"},
	{'b', 'b', key_break, "b: send a break"},
	{'a', 'a', key_escape, "a or Ctrl-A: send Ctrl-A itself"},
	{ESCAPE, ESCAPE, key_escape, NULL},
	{'x', 'x', key_end, "x: end the run"},
	{'h', 'h', key_help, "h or ?: this list"},
};

static void key_help(u8 key)
{
	term_say_locked("Ctrl-A is the escape key; behind it:");
	for (u32 i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].help)
			term_say_locked(keys[i].help);
	}
}

static void command(u8 byte)
{
	for (u32 i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].first <= byte && byte <= keys[i].last) {
			keys[i].act(byte);
			return;
		}
	}
	key_help(byte);
}

static void typed(u8 byte)
{
	if (term.escaped) {
		term.escaped = false;
		command(byte);
	} else if (byte == ESCAPE) {
		term.escaped = true;
	} else {
		queue(term.focus, byte);
	}
}

/* The oldest that was typed at p and not taken; -1: nothing. */
static int first_typed(const struct console_port *p)
{
	int what;

	lock_acquire(&term.lock);
	what = p->typed_count ? p->typed[p->typed_first] : -1;
	lock_release(&term.lock);
	return what;
}

static void drop_first(struct console_port *p)
{
	lock_acquire(&term.lock);
	p->typed_first = (p->typed_first + 1) % CONSOLE_TYPED;
	p->typed_count--;
	lock_release(&term.lock);
}

static bool offer(struct console_port *p, int what)
{
	if (what == CONSOLE_BREAK)
		return p->send_break(p);
	return !p->receive || p->receive(p, what);
}

/*
 * The receiver takes its own locks, which come before ours: call it without.
 * Input is handled on one hart, so bytes stay in order. A byte counts as typed
 * until it was taken: console_port_ready() then finds it.
 */
static void deliver(struct console_port *p)
{
	int what;

	while ((what = first_typed(p)) >= 0 && offer(p, what))
		drop_first(p);
}

/* Read all that the UART has: commands are obeyed, however stuck a guest is. */
void term_input(void)
{
	int byte;

	lock_acquire(&term.lock);
	while ((byte = hostuart_get()) >= 0)
		typed(byte);
	lock_release(&term.lock);
	/* Ports come and go on this hart alone. */
	for (struct console_port *p = term.ports; p; p = p->next)
		deliver(p);
}

static bool input_turn(struct task *t)
{
	term_input();
	return false;
}

void console_port_ready(struct console_port *p)
{
	if (__atomic_load_n(&p->typed_count, __ATOMIC_RELAXED))
		task_wake(&term.input);
}

void term_input_init(void)
{
	struct hart *h = this_hart();

	task_init(&term.input, input_turn, BIT(h->index), SCHED_WEIGHT, h);
}
