/* SPDX-License-Identifier: BSD-2-Clause */
/* The sifive,test device, as QEMU's `virt` machine has it. */
#include <string.h>

#include "hyp/util.h"
#include "vdev/layout.h"
#include "vdev/syscon.h"

/* The low half of what is written; the high half is a code. */
#define SYSCON_WRITE_FAIL  0x3333
#define SYSCON_WRITE_PASS  0x5555
#define SYSCON_WRITE_RESET 0x7777

static void command(struct syscon *s, u32 value)
{
	u32 code = value >> 16;

	switch (value & 0xffff) {
	case SYSCON_WRITE_PASS:
		s->event(s->owner, SYSCON_PASS, code);
		break;
	case SYSCON_WRITE_FAIL:
		s->event(s->owner, SYSCON_FAIL, code);
		break;
	case SYSCON_WRITE_RESET:
		s->event(s->owner, SYSCON_RESET, code);
		break;
	default: /* no command: ignored, as on QEMU */
		break;
	}
}

/* Half-words serve too: a command without a code fits. Reads give zero. */
static bool syscon_access(struct vdev *d, struct mmio *m)
{
	struct syscon *s = container_of(d, struct syscon, dev);

	if ((m->len != 2 && m->len != 4) || m->off % m->len)
		return false;
	if (m->write && m->off == 0)
		command(s, m->data);
	return true;
}

static void syscon_reset(struct vdev *d)
{
	/* It has no state. */
}

static const struct vdev_ops syscon_ops = {
	.name = "syscon",
	.access = syscon_access,
	.reset = syscon_reset,
};

void syscon_init(struct syscon *s, syscon_handler *event, void *owner)
{
	memset(s, 0, sizeof(*s));
	vdev_init(&s->dev, &syscon_ops, GPA(GUEST_TEST_BASE), GUEST_TEST_SIZE);
	s->event = event;
	s->owner = owner;
}
