/* SPDX-License-Identifier: BSD-2-Clause */
/* A terminal whose UART is a buffer, with ports that note what they get. */
#ifndef TESTS_UNIT_TERM_BENCH_H
#define TESTS_UNIT_TERM_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "host.h"
#include "hyp/irqchip.h"
#include "hyp/page.h"
#include "hyp/power.h"
#include "hyp/term.h"
#include "hyp/terminal.h"
#include "hyp/uart.h"
#include "hyp/util.h"

#define PORTS 4

static char screen[1 << 20]; /* what the UART sent since seen() */
static u32 shown;
static u32 room;   /* bytes that the UART will still take */
static u32 refill; /* it takes so many more after it has refused */
static bool wants; /* it is to interrupt when it has room */
static char keys[64];
static u32 keys_left;
static void (*interrupt)(void);
static jmp_buf ended, rounds_over;
static u32 rounds;

static struct guest {
	struct console_port port;
	char got[2048]; /* '^' stands for a break */
	u32 count;
	u32 limit; /* what it takes of it */
	bool added;
} guest[PORTS];

/* ---- the machine -------------------------------------------------------- */

void hostuart_init(void)
{
}

u32 hostuart_write(const u8 *bytes, u32 len)
{
	u32 n = MIN(len, room);

	assert_true(lock_held(&term.lock));
	assert_true(shown + n < sizeof(screen));
	memcpy(screen + shown, bytes, n);
	shown += n;
	room -= n;
	if (n < len)
		room += refill;
	host_time++; /* so that who waits sees time pass */
	return n;
}

void hostuart_put(u8 byte)
{
	screen[shown++] = byte;
}

int hostuart_get(void)
{
	return keys_left ? keys[sizeof(keys) - keys_left--] : -1;
}

bool hostuart_irq(bool on_room)
{
	assert_true(!on_room || term.backlog);
	wants = on_room;
	return false;
}

void hostuart_acknowledge(void)
{
}

bool hostuart_enable(void (*handler)(void))
{
	interrupt = handler;
	return true;
}

void power_off(u32 status)
{
	assert_int_equal(status, 0);
	lock_release(&term.lock); /* the machine is off; the next test's not */
	longjmp(ended, 1);
}

void hart_kick(struct hart *h)
{
}

void hart_idle(void)
{
}

void hart_interrupts(void)
{
	if (wants && room)
		interrupt();
	if (!rounds--)
		longjmp(rounds_over, 1);
}

/* Tasks run, and interrupts come, for so many turns. */
static inline void turns(u32 n)
{
	rounds = n;
	if (!setjmp(rounds_over))
		sched_loop();
}

/* The UART takes so many bytes, and whoever waits for it goes on. */
static inline void take(u32 bytes)
{
	room = bytes;
	turns(MIN(bytes, RING_BYTES) / 16 + 10);
}

/* ---- ports -------------------------------------------------------------- */

static inline bool note(struct console_port *p, char what)
{
	struct guest *g = container_of(p, struct guest, port);

	assert_false(lock_held(&term.lock));
	if (g->count == g->limit)
		return false;
	assert_true(g->count + 1 < sizeof(g->got));
	g->got[g->count++] = what;
	return true;
}

static inline bool receive(struct console_port *p, u8 byte)
{
	return note(p, byte);
}

static inline bool send_break(struct console_port *p)
{
	return note(p, '^');
}

static inline struct console_port *add(u32 i, const char *name)
{
	struct guest *g = &guest[i];

	memset(g, 0, sizeof(*g));
	g->limit = sizeof(g->got);
	g->port.name = name;
	g->port.receive = receive;
	g->port.send_break = send_break;
	g->added = true;
	assert_true(term_add(&g->port));
	return &g->port;
}

static inline struct console_port *add_monitor(u32 i)
{
	struct guest *g = &guest[i];

	memset(g, 0, sizeof(*g));
	g->limit = sizeof(g->got);
	g->port.name = "monitor";
	g->port.monitor = g->port.redraw = true;
	g->port.receive = receive;
	g->added = true;
	assert_true(term_add(&g->port));
	return &g->port;
}

static inline void drop(u32 i)
{
	guest[i].added = false;
	term_remove(&guest[i].port);
	memset(&guest[i].port, 0xee, sizeof(guest[i].port));
}

/* True: all of it was welcome. */
static inline bool print(struct console_port *p, const char *s)
{
	bool more = true;

	while (*s)
		more &= console_port_put(p, *s++);
	return more;
}

static inline void type(const char *s)
{
	keys_left = strlen(s);
	assert_true(keys_left <= sizeof(keys));
	memcpy(keys + sizeof(keys) - keys_left, s, keys_left);
	interrupt();
}

/* This, and nothing else, was sent since the last look. */
static inline void seen(const char *want)
{
	screen[shown] = '\0';
	shown = 0;
	assert_string_equal(screen, want);
}

static inline int start(void **state)
{
	u64 now = host_time;
	static bool once;

	if (!once)
		host_memory(MiB(4));
	once = true;
	host_reset();
	host_time = now; /* the scheduler's clock does not go back */
	host.timebase = 1000;
	host.nharts = 1;
	harts[0].current = NULL;
	shown = keys_left = refill = 0;
	room = ~0U;
	wants = false;
	term_init();
	term_input_here();
	return 0;
}

static inline int start_batch(void **state)
{
	start(state);
	term_set_batch(true);
	return 0;
}

static inline int finish(void **state)
{
	room = ~0U;
	for (u32 i = 0; i < PORTS; i++) {
		if (guest[i].added)
			drop(i);
	}
	while (sched_contended()) /* nobody is left for the next test */
		turns(1);
	assert_int_equal(page_vmm.pages, 0);
	return 0;
}

#define TEST(f)       cmocka_unit_test_setup_teardown(f, start, finish)
#define TEST_BATCH(f) cmocka_unit_test_setup_teardown(f, start_batch, finish)

#endif
