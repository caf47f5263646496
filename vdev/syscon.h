/* SPDX-License-Identifier: BSD-2-Clause */
/* The sifive,test device: a guest powers its machine off or resets it. */
#ifndef VDEV_SYSCON_H
#define VDEV_SYSCON_H

#include "vdev/vdev.h"

enum syscon_event {
	SYSCON_PASS, /* power off, all is well */
	SYSCON_FAIL, /* power off; the code says what went wrong */
	SYSCON_RESET,
};

/*
 * The guest asked for this; code is 0..0xffff, of meaning with SYSCON_FAIL.
 * Called with the device's lock: take note and return, reset nothing here.
 */
typedef void syscon_handler(void *owner, enum syscon_event event, u32 code);

struct syscon {
	struct vdev dev;
	syscon_handler *event; /* constant, as is owner */
	void *owner;
};

/* Make s the device that reports to event(owner, ...). */
void syscon_init(struct syscon *s, syscon_handler *event, void *owner);

#endif
