/* SPDX-License-Identifier: BSD-2-Clause */
/* The VMM's own lines, the log that is kept of them; what consoles printed. */
#include <string.h>

#include "hyp/term.h"
#include "hyp/terminal.h"
#include "hyp/uart.h"
#include "hyp/util.h"

#define OWN_BYTES  32768
#define KEPT_BYTES 8192

static u8 own_data[OWN_BYTES], kept_data[KEPT_BYTES];
static struct ring kept; /* lines with a prefix; the terminal's lock */

void term_lines_init(void)
{
	term.own.ring = (struct ring){.data = own_data, .size = OWN_BYTES};
	kept = (struct ring){.data = kept_data, .size = KEPT_BYTES};
}

static void own_line_locked(const char *prefix, const char *level,
			    const char *text)
{
	u64 len = strlen(prefix) + strlen(level) + strlen(text) + 2;

	term_make_room_locked(&term.own, len);
	ring_put_text(&term.own.ring, prefix);
	ring_put_text(&term.own.ring, level);
	ring_put_text(&term.own.ring, text);
	ring_put_text(&term.own.ring, "\r\n");
	term.own.ring.ready = term.own.ring.end;
	term_send_locked();
}

void term_say_locked(const char *text)
{
	own_line_locked(TERM_PREFIX, "", text);
}

void term_line(const char *prefix, const char *level, const char *text)
{
	lock_acquire(&term.lock);
	if (*prefix) {
		ring_put_text(&kept, prefix);
		ring_put_text(&kept, level);
		ring_put_text(&kept, text);
		ring_put(&kept, '\n');
	}
	own_line_locked(prefix, level, text);
	lock_release(&term.lock);
}

void term_panic_line(const char *text)
{
	while (*text)
		hostuart_put(*text++);
	hostuart_put('\r');
	hostuart_put('\n');
}

/* The line at *place, or what became the first since; false: no more. */
static bool copy_kept(u64 *place, char line[TERM_LINE_MAX])
{
	u64 end, n = 0;

	lock_acquire(&term.lock);
	*place = MAX(*place, ring_first_line(&kept, KEPT_BYTES - 1));
	end = ring_line_end(&kept, *place);
	for (; *place < end; (*place)++) {
		if (n < TERM_LINE_MAX)
			line[n++] = *ring_at(&kept, *place);
	}
	lock_release(&term.lock);
	if (n)
		line[n - 1] = '\0'; /* the newline */
	return n;
}

void term_log_replay(void (*put)(void *ctx, const char *line), void *ctx)
{
	char line[TERM_LINE_MAX];
	u64 place = 0;

	while (copy_kept(&place, line))
		put(ctx, line);
}

static bool ring_has(const struct ring *r, u64 place, const char *text)
{
	while (*text && place < r->end && *ring_at(r, place) == (u8)*text) {
		place++;
		text++;
	}
	return !*text;
}

bool term_says(const struct console_port *p, const char *text)
{
	const struct ring *r = &p->ring;
	bool found = false;

	lock_acquire(&term.lock);
	for (u64 at = ring_oldest(r, RING_FULL); at < r->end && !found; at++)
		found = ring_has(r, at, text);
	lock_release(&term.lock);
	return found;
}
