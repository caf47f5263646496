/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal: guests' consoles and the log share it. Interactive, the port
 * in focus has it raw. In a batch every line is whole and named.
 */
#include <stdio.h>
#include <string.h>

#include "hyp/irqchip.h"
#include "hyp/lock.h"
#include "hyp/power.h"
#include "hyp/sched.h"
#include "hyp/term.h"
#include "hyp/uart.h"
#include "hyp/util.h"

#define TYPED_MAX 1024
#define ESCAPE    0x01 /* Ctrl-A, as QEMU and screen have it */

static struct lock lock;
static struct console_port *ports, *focus; /* lock */
static bool batch;
static bool escaped; /* the last byte typed was ESCAPE; lock */
static bool midline; /* raw output stands in an unfinished line; lock */
/* What was typed and the focus has not taken; beyond that it is lost. */
static u8 typed[TYPED_MAX];
static u32 typed_first, typed_count; /* lock */

static void put_text(const char *s)
{
	while (*s)
		hostuart_put(*s++);
}

void term_init(void)
{
	hostuart_init();
}

void term_set_batch(bool on)
{
	batch = on;
}

static void line_locked(const char *prefix, const char *level, const char *text)
{
	if (midline)
		put_text("\r\n");
	midline = false;
	put_text(prefix);
	put_text(level);
	put_text(text);
	put_text("\r\n");
}

void term_line(const char *prefix, const char *level, const char *text)
{
	lock_acquire(&lock);
	line_locked(prefix, level, text);
	lock_release(&lock);
}

void term_panic_line(const char *text)
{
	put_text(text);
	put_text("\r\n");
}

static void flush_locked(struct console_port *p)
{
	p->line[p->used] = '\0';
	p->used = 0;
	put_text(p->name);
	put_text("| ");
	put_text(p->line);
	put_text("\r\n");
}

static void batch_put_locked(struct console_port *p, u8 byte)
{
	if (byte == '\r' || byte == '\0')
		return;
	if (byte != '\n')
		p->line[p->used++] = byte;
	if (byte == '\n' || p->used == CONSOLE_LINE - 1)
		flush_locked(p);
}

void console_port_put(struct console_port *p, u8 byte)
{
	lock_acquire(&lock);
	if (batch) {
		batch_put_locked(p, byte);
	} else if (p == focus) {
		hostuart_put(byte);
		midline = byte != '\n';
	}
	lock_release(&lock);
}

void term_flush(struct console_port *p)
{
	lock_acquire(&lock);
	if (batch && p->used)
		flush_locked(p);
	lock_release(&lock);
}

void term_add(struct console_port *p)
{
	lock_acquire(&lock);
	p->next = ports;
	ports = p;
	if (!focus)
		focus = p;
	lock_release(&lock);
}

void term_remove(struct console_port *p)
{
	struct console_port **at = &ports;

	lock_acquire(&lock);
	while (*at && *at != p)
		at = &(*at)->next;
	if (*at)
		*at = p->next;
	if (focus == p)
		focus = ports;
	lock_release(&lock);
}

static void focus_next_locked(void)
{
	char text[80];

	if (!focus)
		return;
	focus = focus->next ? focus->next : ports;
	snprintf(text, sizeof(text), "console of %s", focus->name);
	line_locked("trapeze: ", "", text);
}

/* What follows ESCAPE; true: a byte for the guest comes of it. */
static bool command_locked(u8 byte)
{
	switch (byte) {
	case ESCAPE:
		return true;
	case 'x':
		line_locked("trapeze: ", "", "ended from the terminal");
		power_off(0);
	case 'c':
		focus_next_locked();
		return false;
	default:
		line_locked("trapeze: ", "",
			    "Ctrl-A: x end the run, c next console, "
			    "Ctrl-A send it");
		return false;
	}
}

static void queue_locked(u8 byte)
{
	if (typed_count == TYPED_MAX)
		return;
	typed[(typed_first + typed_count) % TYPED_MAX] = byte;
	typed_count++;
}

/* Read all that the UART has: commands are obeyed, however stuck a guest is. */
static void read_locked(void)
{
	int byte;

	while ((byte = hostuart_get()) >= 0) {
		bool command = escaped;

		escaped = !command && byte == ESCAPE;
		if (escaped || (command && !command_locked(byte)))
			continue;
		queue_locked(byte);
	}
}

/* The oldest byte that was typed, for *p, the focus; -1: none. */
static int peek(struct console_port **p)
{
	int byte;

	lock_acquire(&lock);
	read_locked();
	*p = focus;
	byte = typed_count ? typed[typed_first] : -1;
	lock_release(&lock);
	return byte;
}

static void drop_first(void)
{
	lock_acquire(&lock);
	typed_first = (typed_first + 1) % TYPED_MAX;
	typed_count--;
	lock_release(&lock);
}

/*
 * The receiver takes its own locks, which come before ours: call it without.
 * All input is handled on one hart, so bytes stay in order. A byte counts as
 * typed until it was taken: console_port_ready() then finds it.
 */
void term_input(void)
{
	struct console_port *p;
	int byte;

	while ((byte = peek(&p)) >= 0) {
		if (!p || !p->receive || !p->receive(p, byte))
			return;
		drop_first();
	}
}

/* Where a port made room for what it had refused. */
static struct task input_task;

static bool input_again(struct task *t)
{
	term_input();
	return false;
}

void console_port_ready(struct console_port *p)
{
	if (typed_count && p == focus)
		task_wake(&input_task);
}

void term_input_here(void)
{
	task_init(&input_task, input_again, BIT(this_hart()->index),
		  SCHED_WEIGHT, this_hart());
	irqchip_enable(host.uart_irq, term_input);
	hostuart_irq(true);
}
