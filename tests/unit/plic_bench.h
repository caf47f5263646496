/* SPDX-License-Identifier: BSD-2-Clause */
/* A PLIC on a bus, its outputs watched, for its tests. */
#ifndef TESTS_UNIT_PLIC_BENCH_H
#define TESTS_UNIT_PLIC_BENCH_H

#include <string.h>

#include "mmio.h"
#include "vdev/plic.h"

#define PRIORITY(s)  (GUEST_PLIC_BASE + 4 * (s))
#define PENDING      (GUEST_PLIC_BASE + 0x1000)
#define ENABLE(c)    (GUEST_PLIC_BASE + 0x2000 + 0x80 * (c))
#define THRESHOLD(c) (GUEST_PLIC_BASE + 0x200000 + 0x1000 * (c))
#define CLAIM(c)     (THRESHOLD(c) + 4)

static struct plic plic;
static bool seen[PLIC_CONTEXTS]; /* what the far ends of the outputs saw */

static inline void out_set(struct irq_line *line, bool level)
{
	assert_true(lock_held(&plic.dev.lock));
	assert_ptr_equal(line, &plic.out[line->number]);
	assert_int_not_equal(seen[line->number], level);
	seen[line->number] = level;
}

static inline void start(u32 harts)
{
	plic_init(&plic, harts);
	for (u32 c = 0; c < PLIC_CONTEXTS; c++)
		plic.out[c].set = out_set;
	memset(seen, 0, sizeof(seen));
	memset(&bus, 0, sizeof(bus));
	assert_true(vbus_add(&bus, &plic.dev));
}

static inline int setup(void **state)
{
	start(2);
	return 0;
}

static inline void raise(u32 source)
{
	irq_line_set(plic_source(&plic, source), true);
}

static inline void lower(u32 source)
{
	irq_line_set(plic_source(&plic, source), false);
}

static inline void enable(u32 ctx, u32 sources)
{
	mmio_write(ENABLE(ctx), 4, sources);
}

static inline void priority(u32 source, u32 value)
{
	mmio_write(PRIORITY(source), 4, value);
}

static inline u32 claim(u32 ctx)
{
	return mmio_read(CLAIM(ctx), 4);
}

static inline void complete(u32 ctx, u32 source)
{
	mmio_write(CLAIM(ctx), 4, source);
}

#endif
