/* SPDX-License-Identifier: BSD-2-Clause */
/* A learning switch (IEEE 802.1Q, "Principles of Bridge operation"). */
#include <string.h>

#include "hyp/util.h"
#include "vdev/switch.h"

#define GROUP 1 /* of an address' first byte: multicast and broadcast */

static struct eth_switch switches[SWITCHES_MAX];

static bool same(const u8 *a, const u8 *b)
{
	return !memcmp(a, b, ETH_ADDR);
}

/* ---- who is where -------------------------------------------------------- */

/* The one place for an address: a newer one takes it over. */
static struct seen *place(struct eth_switch *s, const u8 *addr)
{
	u32 hash = addr[5] ^ addr[4] << 3 ^ addr[3] << 6 ^ addr[2];

	return &s->seen[hash % SWITCH_ADDRS];
}

static void learn(struct port *p, const u8 *addr)
{
	struct seen *seen = place(p->at, addr);

	if (addr[0] & GROUP)
		return;
	memcpy(seen->addr, addr, ETH_ADDR);
	seen->port = p;
}

/* NULL: nobody knows. */
static struct port *look_up(struct eth_switch *s, const u8 *addr)
{
	struct seen *seen = place(s, addr);

	return seen->port && same(seen->addr, addr) ? seen->port : NULL;
}

static void forget(struct eth_switch *s, const struct port *p)
{
	for (u32 i = 0; i < SWITCH_ADDRS; i++) {
		if (s->seen[i].port == p)
			s->seen[i].port = NULL;
	}
}

/* ---- ports --------------------------------------------------------------- */

static struct eth_switch *find(const char *name)
{
	struct eth_switch *empty = NULL;

	for (u32 i = 0; i < SWITCHES_MAX; i++) {
		struct eth_switch *s = &switches[i];

		if (!strcmp(s->name, name))
			return s;
		if (!s->name[0] && !empty)
			empty = s;
	}
	if (!empty)
		return NULL;
	memset(empty, 0, sizeof(*empty));
	lock_init(&empty->lock, LOCK_SWITCH);
	memcpy(empty->name, name, strlen(name));
	return empty;
}

bool switch_plug(struct port *p, const char *name)
{
	struct eth_switch *s;

	if (!name[0] || strlen(name) >= SWITCH_NAME_MAX)
		return false;
	s = find(name);
	if (!s)
		return false;
	lock_acquire(&s->lock);
	p->at = s;
	p->next = s->ports;
	s->ports = p;
	lock_release(&s->lock);
	return true;
}

void switch_unplug(struct port *p)
{
	struct eth_switch *s = p->at;
	struct port **at = &s->ports;

	lock_acquire(&s->lock);
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	forget(s, p);
	if (!s->ports)
		s->name[0] = '\0';
	lock_release(&s->lock);
	p->at = NULL;
}

/* ---- frames -------------------------------------------------------------- */

static void deliver(struct port *to, const u8 *frame, u32 len)
{
	if (to->receive(to, frame, len))
		to->received++;
	else
		to->lost++;
}

static void forward(struct port *from, const u8 *frame, u32 len)
{
	struct port *to = frame[0] & GROUP ? NULL : look_up(from->at, frame);

	if (to) {
		if (to != from)
			deliver(to, frame, len);
		return;
	}
	for (to = from->at->ports; to; to = to->next) {
		if (to != from)
			deliver(to, frame, len);
	}
}

static bool good(const struct port *p, const u8 *frame, u32 len)
{
	return len >= ETH_HEADER && len <= ETH_FRAME_MAX &&
	       (!p->locked || same(frame + ETH_ADDR, p->addr));
}

void switch_send(struct port *p, const u8 *frame, u32 len)
{
	lock_acquire(&p->at->lock);
	if (good(p, frame, len)) {
		p->sent++;
		learn(p, frame + ETH_ADDR);
		forward(p, frame, len);
	} else {
		p->refused++;
	}
	lock_release(&p->at->lock);
}
