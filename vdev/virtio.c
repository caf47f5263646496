/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtio's registers, and what every virtio device does. */
#include <string.h>

#include "hyp/host.h"
#include "hyp/util.h"
#include "vdev/layout.h"
#include "vdev/virtio.h"

/* Virtio 1.2, "MMIO Device Register Layout". */
#define MAGIC              0x000
#define VERSION            0x004
#define DEVICE_ID          0x008
#define VENDOR_ID          0x00c
#define DEVICE_FEATURES    0x010
#define DEVICE_SEL         0x014
#define DRIVER_FEATURES    0x020
#define DRIVER_SEL         0x024
#define QUEUE_SEL          0x030
#define QUEUE_NUM_MAX      0x034
#define QUEUE_NUM          0x038
#define QUEUE_READY        0x044
#define QUEUE_NOTIFY       0x050
#define INTERRUPT_STATUS   0x060
#define INTERRUPT_ACK      0x064
#define STATUS             0x070
#define QUEUE_DESC         0x080 /* low word, then high word, as the next two */
#define QUEUE_DRIVER       0x090
#define QUEUE_DEVICE       0x0a0
#define GENERATION         0x0fc
#define CONFIG             0x100

#define MAGIC_VALUE        0x74726976
#define VENDOR             0x554d4551 /* "QEMU": simple drivers look for it */

#define STATUS_DRIVER_OK   4
#define STATUS_FEATURES_OK 8
#define STATUS_NEEDS_RESET 0x40

#define INTERRUPT_USED     1
#define INTERRUPT_CONFIG   2

#define EVERYBODY \
	(VIRTIO_F_VERSION_1 | VIRTIO_F_EVENT_IDX | VIRTIO_F_INDIRECT_DESC)

static void update_locked(struct virtio *v)
{
	vdev_show(&v->dev, INTERRUPT_STATUS, v->interrupts);
	vdev_show(&v->dev, STATUS, v->status);
	irq_line_set(v->irq, v->interrupts);
}

static void interrupt(struct virtio *v, u32 why)
{
	lock_acquire(&v->tell);
	v->interrupts |= why;
	update_locked(v);
	lock_release(&v->tell);
}

static void acknowledge(struct virtio *v, u32 what)
{
	lock_acquire(&v->tell);
	v->interrupts &= ~what;
	update_locked(v);
	lock_release(&v->tell);
}

/* Nothing more happens until the driver resets the device. */
void virtio_broken(struct virtio *v)
{
	lock_acquire(&v->tell);
	v->status |= STATUS_NEEDS_RESET;
	if (v->status & STATUS_DRIVER_OK)
		v->interrupts |= INTERRUPT_CONFIG;
	update_locked(v);
	lock_release(&v->tell);
}

void virtio_used(struct virtio *v, struct virtq *q)
{
	if (virtq_tell(q))
		interrupt(v, INTERRUPT_USED);
}

bool virtio_usable(struct virtio *v)
{
	u32 status = __atomic_load_n(&v->status, __ATOMIC_RELAXED);

	return (status & (STATUS_DRIVER_OK | STATUS_NEEDS_RESET)) ==
	       STATUS_DRIVER_OK;
}

/* ---- queues -------------------------------------------------------------- */

/* A queue that there is not: its registers read 0 and ignore writes. */
static struct virtq *selected(struct virtio *v)
{
	return v->queue_sel < v->ops->queues ? &v->queue[v->queue_sel] : NULL;
}

static void set_ready(struct virtio *v, struct virtq *q, u32 value)
{
	if (!(value & 1)) {
		q->ready = false;
		return;
	}
	q->event_idx = v->accepted & VIRTIO_F_EVENT_IDX;
	q->packed = v->accepted & VIRTIO_F_RING_PACKED;
	if (!q->ready && !virtq_start(q))
		virtio_broken(v);
	else
		virtq_listen(q);
}

static void set_half(gpa_t *address, u64 off, u32 value)
{
	u32 shift = off % 8 * 8;

	address->raw &= ~(0xffffffffUL << shift);
	address->raw |= (u64)value << shift;
}

/* The queue's set-up is fixed while it is ready. */
static void write_queue(struct virtio *v, u64 off, u32 value)
{
	struct virtq *q = selected(v);

	if (!q)
		return;
	if (off == QUEUE_READY)
		return set_ready(v, q, value);
	if (q->ready)
		return;
	switch (ALIGN_DOWN(off, 8)) {
	case QUEUE_NUM:
		q->size = value;
		break;
	case QUEUE_DESC:
		set_half(&q->desc, off, value);
		break;
	case QUEUE_DRIVER:
		set_half(&q->avail, off, value);
		break;
	case QUEUE_DEVICE:
		set_half(&q->used, off, value);
		break;
	}
}

/* ---- set-up -------------------------------------------------------------- */

/* FEATURES_OK sticks only if we can live with what was accepted. */
static void set_status(struct virtio *v, u32 value)
{
	if (!value) {
		virtio_reset(&v->dev);
		return;
	}
	if (value & STATUS_FEATURES_OK &&
	    ((!v->ops->lenient && !(v->accepted & VIRTIO_F_VERSION_1)) ||
	     v->accepted & ~v->offered))
		value &= ~STATUS_FEATURES_OK;
	lock_acquire(&v->tell);
	v->status &= STATUS_NEEDS_RESET;
	v->status |= value & 0xff & ~STATUS_NEEDS_RESET;
	update_locked(v);
	lock_release(&v->tell);
}

static void accept(struct virtio *v, u32 value)
{
	u32 shift = v->driver_sel * 32;

	if (v->driver_sel > 1 || v->status & STATUS_FEATURES_OK)
		return;
	v->accepted &= ~(0xffffffffUL << shift);
	v->accepted |= (u64)value << shift;
}

static u32 read_register(struct virtio *v, u64 off)
{
	const struct virtq *q = selected(v);

	switch (off) {
	case MAGIC:
		return MAGIC_VALUE;
	case VERSION:
		return 2;
	case DEVICE_ID:
		return v->ops->id;
	case VENDOR_ID:
		return VENDOR;
	case DEVICE_FEATURES:
		return v->device_sel > 1 ? 0 : v->offered >> v->device_sel * 32;
	case QUEUE_NUM_MAX:
		return q ? VIRTQ_SIZE_MAX : 0;
	case QUEUE_READY:
		return q && q->ready;
	case INTERRUPT_STATUS:
		return v->interrupts;
	case STATUS:
		return v->status;
	case GENERATION:
		return v->generation;
	default:
		return 0;
	}
}

static void show(struct virtio *v, u64 off)
{
	vdev_show(&v->dev, off, read_register(v, off));
}

static void write_register(struct virtio *v, u64 off, u32 value)
{
	switch (off) {
	case DEVICE_SEL:
		v->device_sel = value;
		show(v, DEVICE_FEATURES);
		break;
	case DRIVER_SEL:
		v->driver_sel = value;
		break;
	case DRIVER_FEATURES:
		accept(v, value);
		break;
	case QUEUE_SEL:
		v->queue_sel = value;
		show(v, QUEUE_NUM_MAX);
		show(v, QUEUE_READY);
		break;
	case QUEUE_NOTIFY:
		virtio_serve(v, value);
		break;
	case INTERRUPT_ACK:
		acknowledge(v, value);
		break;
	case STATUS:
		set_status(v, value);
		break;
	default:
		write_queue(v, off, value);
		show(v, QUEUE_READY);
	}
}

static void show_config(struct virtio *v)
{
	if (v->dev.mirror && v->config)
		memcpy((char *)v->dev.mirror + CONFIG, v->config,
		       v->ops->config_size);
}

/* Of any width; beyond its end there is nothing. */
static bool config_access(struct virtio *v, struct mmio *m)
{
	u64 off = m->off - CONFIG;

	if (m->len > 4 || m->off % m->len)
		return false;
	if (m->write && v->ops->configure &&
	    v->ops->configure(v, off, m->len, m->data))
		show_config(v);
	if (!m->write && off + m->len <= v->ops->config_size)
		memcpy(&m->data, (const char *)v->config + off, m->len);
	return true;
}

bool virtio_is_notify(const struct mmio *m)
{
	return m->write && m->off == QUEUE_NOTIFY;
}

bool virtio_access(struct vdev *d, struct mmio *m)
{
	struct virtio *v = container_of(d, struct virtio, dev);

	if (m->off >= CONFIG)
		return config_access(v, m);
	if (m->len != 4 || m->off % 4)
		return false;
	if (m->write)
		write_register(v, m->off, m->data);
	else
		m->data = read_register(v, m->off);
	return true;
}

void virtio_reset(struct vdev *d)
{
	struct virtio *v = container_of(d, struct virtio, dev);

	timer_cancel(&v->later);
	v->accepted = 0;
	v->device_sel = v->driver_sel = v->queue_sel = 0;
	for (u32 i = 0; i < VIRTIO_QUEUES_MAX; i++)
		v->queue[i] = (struct virtq){.mem = v->mem};
	show(v, DEVICE_FEATURES);
	show(v, QUEUE_NUM_MAX);
	show(v, QUEUE_READY);
	if (v->ops->reset)
		v->ops->reset(v);
	lock_acquire(&v->tell);
	v->status = v->interrupts = 0;
	update_locked(v);
	lock_release(&v->tell);
}

void virtio_config_changed(struct virtio *v)
{
	v->generation++;
	show_config(v);
	show(v, GENERATION);
}

void virtio_tell_config(struct virtio *v)
{
	if (virtio_usable(v))
		interrupt(v, INTERRUPT_CONFIG);
}

void virtio_show(struct vdev *d)
{
	struct virtio *v = container_of(d, struct virtio, dev);

	_Static_assert(GUEST_VIRTIO_SIZE == 4096, "one page");
	for (u64 off = 0; off < CONFIG; off += 4)
		show(v, off);
	show_config(v);
}

void virtio_init(struct virtio *v, const struct virtio_ops *ops, u32 slot,
		 struct irq_line *irq, struct gmap *mem, u64 features,
		 const void *config)
{
	gpa_t base = GPA(GUEST_VIRTIO_BASE + slot * GUEST_VIRTIO_SIZE);

	BUG_ON(slot >= GUEST_VIRTIO_SLOTS || ops->queues > VIRTIO_QUEUES_MAX);
	*v = (struct virtio){.ops = ops,
			     .irq = irq,
			     .mem = mem,
			     .config = config,
			     .offered = features | EVERYBODY};
	vdev_init(&v->dev, &ops->bus, base, GUEST_VIRTIO_SIZE);
	lock_init(&v->tell, LOCK_VIRTIO);
	v->later.fire = virtio_go_on;
	v->later.deadline = TIMER_NEVER;
	virtio_reset(&v->dev);
}

/* ---- a slot with nothing in it ------------------------------------------- */

/* Virtio 1.2, "MMIO Device Register Layout": device ID 0, to be ignored. */
static bool empty_access(struct vdev *d, struct mmio *m)
{
	if (m->len != 4 || m->off % 4)
		return false;
	if (m->write)
		return true;
	if (m->off == MAGIC)
		m->data = MAGIC_VALUE;
	else if (m->off == VERSION)
		m->data = 2;
	else if (m->off == VENDOR_ID)
		m->data = VENDOR;
	return true;
}

static void empty_reset(struct vdev *d)
{
}

#define EMPTY(n) \
	{.name = "slot" #n, .access = empty_access, .reset = empty_reset}

static const struct vdev_ops empty_ops[GUEST_VIRTIO_SLOTS] = {
	EMPTY(0), EMPTY(1), EMPTY(2), EMPTY(3),
	EMPTY(4), EMPTY(5), EMPTY(6), EMPTY(7),
};

void virtio_empty_init(struct vdev *d, u32 slot)
{
	vdev_init(d, &empty_ops[slot],
		  GPA(GUEST_VIRTIO_BASE + slot * GUEST_VIRTIO_SIZE),
		  GUEST_VIRTIO_SIZE);
}
