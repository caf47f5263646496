/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's virtio console, if it has one: the terminal is there then. */
#ifndef HYP_HOSTCONSOLE_H
#define HYP_HOSTCONSOLE_H

#include "hyp/types.h"

/* Find and start it; false: there is none. It needs pages. */
bool hostconsole_init(void);

/*
 * All of this is under the terminal's lock, or there is one hart. Send as much
 * as there is room for; the number of bytes.
 */
u32 hostconsole_write(const u8 *bytes, u32 len);

/* A received byte, or -1. */
int hostconsole_get(void);

/* Call handler when bytes came, or there is room again; false: it cannot. */
bool hostconsole_enable(void (*handler)(void));

/* Before and after hostconsole_write() has found no room: is there now? If
 * not, the handler will be called. */
bool hostconsole_room(void);

/* In the handler: lower the interrupt. */
void hostconsole_acknowledge(void);

#endif
