/* SPDX-License-Identifier: BSD-2-Clause */
/* The ACLINT: software and timer interrupts of M-mode, SiFive's CLINT layout.
 */
#ifndef VDEV_ACLINT_H
#define VDEV_ACLINT_H

#include "hyp/timer.h"
#include "vdev/irq.h"
#include "vdev/layout.h"
#include "vdev/vdev.h"

struct aclint;

struct aclint_hart {
	struct aclint *aclint; /* constant */
	u64 mtimecmp;          /* in guest time; ~0: never; dev.lock */
	struct timer timer;    /* the host reaches mtimecmp; dev.lock */
	struct irq_line msip;  /* the owner fills in set and owner */
	struct irq_line mtip;  /* likewise */
};

struct aclint {
	struct vdev dev;
	u32 harts;        /* constant */
	const u64 *delta; /* guest time - host time, wraps; the VM's */
	u64 offset;       /* what writes to mtime added; dev.lock */
	struct aclint_hart hart[GUEST_HARTS_MAX];
};

/*
 * Make a the ACLINT of a machine with 1..GUEST_HARTS_MAX harts, in its power-on
 * state. *delta is read at each use, in ticks; whoever changes it calls
 * aclint_update(). The outputs are driven with a's lock held.
 */
void aclint_init(struct aclint *a, u32 harts, const u64 *delta);

/* *delta changed: judge every mtimecmp anew; takes a's lock. */
void aclint_update(struct aclint *a);

#endif
