/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet between guests: switches, each by its name, and their ports. */
#ifndef VDEV_SWITCH_H
#define VDEV_SWITCH_H

#include "hyp/lock.h"
#include "hyp/types.h"

#define SWITCH_NAME_MAX 32
#define SWITCHES_MAX    16
#define SWITCH_ADDRS    256 /* that one remembers; a power of two */

#define ETH_ADDR        6
#define ETH_HEADER      14
#define ETH_MTU         1500U
#define ETH_FRAME_MAX   (ETH_HEADER + 4 + ETH_MTU) /* with a VLAN's tag */

struct port;

/* Where an address was seen last. */
struct seen {
	u8 addr[ETH_ADDR];
	struct port *port; /* NULL: free */
};

/* All fields are under the lock. */
struct eth_switch {
	struct lock lock;
	char name[SWITCH_NAME_MAX]; /* empty: free */
	struct port *ports;
	struct seen seen[SWITCH_ADDRS];
};

/* What is plugged into a switch. The counters are the switch's lock's. */
struct port {
	struct eth_switch *at; /* constant while it is plugged in */
	struct port *next;
	/* A frame for it, ETH_HEADER to ETH_FRAME_MAX bytes, with the switch's
	 * lock. False: it has no room, the frame is lost. */
	bool (*receive)(struct port *p, const u8 *frame, u32 len);
	bool locked; /* only with its own address as the source; constant */
	u8 addr[ETH_ADDR];
	u64 sent, received; /* frames: from it, to it */
	u64 lost;           /* to it, but it had no room */
	u64 refused;        /* from it: wrong length, or a false address */
};

/*
 * Plug p, whose receive, locked and addr are filled in, into the switch of that
 * name, which comes to be with its first port. False: the name is too long or
 * empty, or there are SWITCHES_MAX. One caller at a time, as for unplug.
 */
bool switch_plug(struct port *p, const char *name);

/* Nothing reaches p any more. */
void switch_unplug(struct port *p);

/*
 * A frame from p. It goes to where its destination was seen last, otherwise to
 * all others; never to another switch. Not with the switch's lock.
 */
void switch_send(struct port *p, const u8 *frame, u32 len);

#endif
