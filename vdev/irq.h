/* SPDX-License-Identifier: BSD-2-Clause */
/* An interrupt wire: a device drives it, whoever owns the far end listens. */
#ifndef VDEV_IRQ_H
#define VDEV_IRQ_H

#include "hyp/types.h"

struct irq_line {
	/* The level changed. May be called on any hart, with a vdev lock. */
	void (*set)(struct irq_line *line, bool level);
	void *owner; /* the far end's */
	u32 number;  /* the far end's: source, hart or cause */
	bool level;  /* as last driven; the driver's lock */
};

/* Drive the wire; nothing happens unless the level changes. */
static inline void irq_line_set(struct irq_line *line, bool level)
{
	if (line->level == level)
		return;
	line->level = level;
	if (line->set)
		line->set(line, level);
}

#endif
