/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A console (Virtio 1.2, "Console Device"): lines, not bytes. Its first port is
 * a terminal, others are streams that the guest knows by name.
 */
#ifndef VDEV_VIRTIO_CONSOLE_H
#define VDEV_VIRTIO_CONSOLE_H

#include "hyp/console.h"
#include "vdev/virtio.h"

#define HVC_PORTS    4  /* at most */
#define HVC_NAME_MAX 32 /* bytes of a port's name, with its end */
#define HVC_FIRST    "hvc0"

/* All fields are under virtio.dev.lock. */
struct hvc_port {
	struct console_port port;
	struct hvc *hvc;              /* constant, as the next three */
	u32 number;                   /* below hvc.ports */
	const char *name;             /* in the guest */
	char label[2 * HVC_NAME_MAX]; /* VM.name, on the terminal */
	u32 owed; /* a bit a message that the driver has not been sent yet */
};

struct hvc {
	struct virtio virtio;
	struct {
		u16 columns, rows;
		u32 ports;
	} config;                /* constant */
	struct virtq_chain room; /* for what the driver is told: large */
	u8 buffer[256];
	struct hvc_port port[HVC_PORTS];
};

/*
 * Make h a console in that slot, of the terminal and `named` more ports, below
 * HVC_PORTS. vm, before each name, and the names stay valid.
 */
void hvc_init(struct hvc *h, u32 slot, struct irq_line *irq, struct gmap *mem,
	      const char *vm, char (*names)[HVC_NAME_MAX], u32 named);

#endif
