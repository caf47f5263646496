/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring of bytes that are typed to the monitor. */
#include <string.h>

#include "hyp/lock.h"
#include "hyp/monitor_input.h"

#define RING_SIZE 1024

static struct {
	struct lock lock;
	struct console_port *port; /* constant */
	void (*wake)(void);        /* constant */
	/* The rest is under lock. */
	u8 bytes[RING_SIZE];
	u32 first, count;
	bool refused; /* the port holds a byte back */
	bool ignored;
} ring;

static u8 *slot(u32 n)
{
	return &ring.bytes[(ring.first + n) % RING_SIZE];
}

/* False: no room. */
static bool push_locked(u8 byte)
{
	if (ring.count < RING_SIZE) {
		*slot(ring.count++) = byte;
		return true;
	}
	if (ring.ignored && byte == MONITOR_CTRL_C)
		*slot(RING_SIZE - 1) = byte;
	return ring.ignored;
}

static bool receive(struct console_port *port, u8 byte)
{
	bool pushed;

	lock_acquire(&ring.lock);
	pushed = push_locked(byte);
	ring.refused |= !pushed;
	lock_release(&ring.lock);
	ring.wake();
	return pushed;
}

static void drop_locked(u32 n)
{
	ring.first = (ring.first + n) % RING_SIZE;
	ring.count -= n;
}

/* Release the lock; if there is room again for what was refused, say so. */
static void release(void)
{
	bool ready = ring.refused && (ring.count < RING_SIZE || ring.ignored);

	if (ready)
		ring.refused = false;
	lock_release(&ring.lock);
	if (ready)
		console_port_ready(ring.port);
}

int monitor_input_take(bool but_ctrl_c)
{
	int byte = -1;

	lock_acquire(&ring.lock);
	if (ring.count && !(but_ctrl_c && *slot(0) == MONITOR_CTRL_C)) {
		byte = *slot(0);
		drop_locked(1);
	}
	release();
	return byte;
}

bool monitor_input_interrupted(void)
{
	bool found = false;

	lock_acquire(&ring.lock);
	for (u32 n = 0; n < ring.count && !found; n++) {
		found = *slot(n) == MONITOR_CTRL_C;
		if (found)
			drop_locked(n + 1);
	}
	release();
	return found;
}

void monitor_input_ignored(bool on)
{
	lock_acquire(&ring.lock);
	ring.ignored = on;
	release();
}

bool monitor_input_any(void)
{
	bool any;

	lock_acquire(&ring.lock);
	any = ring.count;
	lock_release(&ring.lock);
	return any;
}

void monitor_input_init(struct console_port *port, void (*wake)(void))
{
	memset(&ring, 0, sizeof(ring));
	lock_init(&ring.lock, LOCK_MONITOR);
	ring.port = port;
	ring.wake = wake;
	port->receive = receive;
}
