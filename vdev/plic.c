/* SPDX-License-Identifier: BSD-2-Clause */
/* The PLIC: level-triggered gateways, priorities, claim and completion. */
#include <string.h>

#include "hyp/util.h"
#include "vdev/plic.h"

/* RISC-V PLIC, "Memory Map". */
#define PLIC_PENDING        0x1000
#define PLIC_ENABLE         0x2000
#define PLIC_ENABLE_STRIDE  0x80
#define PLIC_CONTEXT        0x200000
#define PLIC_CONTEXT_STRIDE 0x1000
#define PLIC_THRESHOLD      0x0
#define PLIC_CLAIM          0x4

/* One word holds the bits of every source; bit 0 is hardwired to zero. */
#define SOURCE_BITS         ((u32)(BIT(PLIC_SOURCES) - 2))

_Static_assert(PLIC_SOURCES <= 32, "masks are one word");
_Static_assert(PLIC_CONTEXT + PLIC_CONTEXTS * PLIC_CONTEXT_STRIDE <=
		       GUEST_PLIC_SIZE,
	       "every context lies in the window");

/*
 * The enabled pending source of the highest priority above floor, or 0; of
 * equals the lowest number (RISC-V PLIC, "Interrupt Priorities"). Priority 0
 * is never above a floor: it means "never interrupt".
 */
static u32 best(const struct plic *p, u32 ctx, u32 floor)
{
	u32 left = p->pending & p->enable[ctx];
	u32 winner = 0;

	for (; left; left &= left - 1) {
		u32 source = __builtin_ctz(left);

		if (p->priority[source] <= floor)
			continue;
		floor = p->priority[source];
		winner = source;
	}
	return winner;
}

static void update(struct plic *p, u32 ctx)
{
	irq_line_set(&p->out[ctx], best(p, ctx, p->threshold[ctx]) != 0);
}

/* The state of these sources changed: only who enables them can notice. */
static void update_sources(struct plic *p, u32 sources)
{
	for (u32 ctx = 0; ctx < p->contexts; ctx++)
		if (p->enable[ctx] & sources)
			update(p, ctx);
}

/* Let the requests of these sources through that no gateway holds back. */
static void gateway(struct plic *p, u32 sources)
{
	u32 fresh = sources & p->level & ~p->claimed & ~p->pending;

	if (!fresh)
		return;
	p->pending |= fresh;
	update_sources(p, fresh);
}

/*
 * Not affected by the threshold (RISC-V PLIC, "Interrupt Claim Process"): a
 * guest that polls may claim what does not interrupt it.
 */
static u32 claim(struct plic *p, u32 ctx)
{
	u32 source = best(p, ctx, 0);

	if (!source)
		return 0;
	p->pending &= ~BIT(source);
	p->claimed |= BIT(source);
	update_sources(p, BIT(source));
	return source;
}

/* Silently ignored unless enabled (RISC-V PLIC, "Interrupt Completion"). */
static void complete(struct plic *p, u32 ctx, u32 source)
{
	if (source >= PLIC_SOURCES || !(p->enable[ctx] & BIT(source)))
		return;
	p->claimed &= ~BIT(source);
	gateway(p, BIT(source));
}

static void access_priority(struct plic *p, struct mmio *m)
{
	u64 source = m->off / 4;

	if (source == 0 || source >= PLIC_SOURCES)
		return;
	if (!m->write) {
		m->data = p->priority[source];
		return;
	}
	p->priority[source] = m->data & PLIC_PRIORITY_MASK;
	if (p->pending & BIT(source))
		update_sources(p, BIT(source));
}

static void set_enable(struct plic *p, u32 ctx, u32 sources)
{
	p->enable[ctx] = sources;
	vdev_show(&p->dev, PLIC_ENABLE + ctx * PLIC_ENABLE_STRIDE, sources);
}

static void access_enable(struct plic *p, struct mmio *m)
{
	u64 ctx = (m->off - PLIC_ENABLE) / PLIC_ENABLE_STRIDE;

	if (ctx >= p->contexts || m->off % PLIC_ENABLE_STRIDE)
		return;
	if (!m->write) {
		m->data = p->enable[ctx];
		return;
	}
	set_enable(p, ctx, m->data & SOURCE_BITS);
	update(p, ctx);
}

static void access_threshold(struct plic *p, u32 ctx, struct mmio *m)
{
	if (!m->write) {
		m->data = p->threshold[ctx];
		return;
	}
	p->threshold[ctx] = m->data & PLIC_PRIORITY_MASK;
	update(p, ctx);
}

static void access_context(struct plic *p, struct mmio *m)
{
	u64 ctx = (m->off - PLIC_CONTEXT) / PLIC_CONTEXT_STRIDE;
	u64 reg = m->off % PLIC_CONTEXT_STRIDE;

	if (ctx >= p->contexts)
		return;
	if (reg == PLIC_THRESHOLD)
		access_threshold(p, ctx, m);
	else if (reg == PLIC_CLAIM && m->write)
		complete(p, ctx, m->data);
	else if (reg == PLIC_CLAIM)
		m->data = claim(p, ctx);
}

/* What is reserved reads zero and ignores writes, as on QEMU. */
static bool plic_access(struct vdev *d, struct mmio *m)
{
	struct plic *p = container_of(d, struct plic, dev);

	if (m->len != 4 || m->off % 4)
		return false;
	if (m->off >= PLIC_CONTEXT)
		access_context(p, m);
	else if (m->off >= PLIC_ENABLE)
		access_enable(p, m);
	else if (m->off < PLIC_PENDING)
		access_priority(p, m);
	else if (m->off == PLIC_PENDING && !m->write)
		m->data = p->pending;
	return true;
}

/* The wires stay as their drivers left them: gateways sample them again. */
static void plic_reset(struct vdev *d)
{
	struct plic *p = container_of(d, struct plic, dev);

	for (u32 ctx = 0; ctx < PLIC_CONTEXTS; ctx++)
		set_enable(p, ctx, 0);
	memset(p->threshold, 0, sizeof(p->threshold));
	memset(p->priority, 0, sizeof(p->priority));
	p->claimed = 0;
	p->pending = p->level;
	for (u32 ctx = 0; ctx < p->contexts; ctx++)
		update(p, ctx);
}

/* The enable registers: a kernel that sets up its interrupts reads each before
 * it writes it. */
static void plic_show(struct vdev *d)
{
	struct plic *p = container_of(d, struct plic, dev);

	_Static_assert(PLIC_CONTEXTS * PLIC_ENABLE_STRIDE <= 4096, "one page");
	for (u32 ctx = 0; ctx < PLIC_CONTEXTS; ctx++)
		set_enable(p, ctx, p->enable[ctx]);
}

static const struct vdev_ops plic_ops = {
	.name = "plic",
	.access = plic_access,
	.reset = plic_reset,
	.show = plic_show,
};

void plic_set_source(struct plic *p, u32 source, bool level)
{
	BUG_ON(source == 0 || source >= PLIC_SOURCES);
	lock_acquire(&p->dev.lock);
	if (level)
		p->level |= BIT(source);
	else
		p->level &= ~BIT(source);
	gateway(p, BIT(source));
	lock_release(&p->dev.lock);
}

static void source_set(struct irq_line *line, bool level)
{
	plic_set_source(line->owner, line->number, level);
}

struct irq_line *plic_source(struct plic *p, u32 source)
{
	BUG_ON(source == 0 || source >= PLIC_SOURCES);
	return &p->source[source];
}

void plic_init(struct plic *p, u32 harts)
{
	BUG_ON(harts == 0 || harts > GUEST_HARTS_MAX);
	memset(p, 0, sizeof(*p));
	vdev_init(&p->dev, &plic_ops, GPA(GUEST_PLIC_BASE), GUEST_PLIC_SIZE);
	p->dev.mirror_off = PLIC_ENABLE;
	lock_init(&p->dev.lock, LOCK_PLIC); /* inside those that drive it */
	p->contexts = 2 * harts;
	for (u32 ctx = 0; ctx < PLIC_CONTEXTS; ctx++)
		p->out[ctx].number = ctx;
	for (u32 s = 1; s < PLIC_SOURCES; s++) {
		p->source[s].set = source_set;
		p->source[s].owner = p;
		p->source[s].number = s;
	}
}
