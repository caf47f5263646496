/* SPDX-License-Identifier: BSD-2-Clause */
/* The platform-level interrupt controller of QEMU's `virt` machine. */
#ifndef VDEV_PLIC_H
#define VDEV_PLIC_H

#include "vdev/irq.h"
#include "vdev/layout.h"
#include "vdev/vdev.h"

/* Hart h has the contexts 2 * h (M-mode) and 2 * h + 1 (S-mode). */
#define PLIC_CONTEXTS      (2 * GUEST_HARTS_MAX)
#define PLIC_CONTEXT_M(h)  (2 * (h))
#define PLIC_CONTEXT_S(h)  (2 * (h) + 1)
#define PLIC_SOURCES       (GUEST_PLIC_NDEV + 1) /* source 0 is no source */
#define PLIC_PRIORITY_MASK 7

/* Bit masks below have bit n for source n; all are under dev.lock. */
struct plic {
	struct vdev dev;
	u32 contexts; /* constant */
	u32 level;    /* the input wires */
	u32 pending;  /* the gateway passed a request on, nobody claimed it */
	u32 claimed;  /* claimed and not completed: the gateway is shut */
	u32 enable[PLIC_CONTEXTS];
	u8 threshold[PLIC_CONTEXTS];
	u8 priority[PLIC_SOURCES];
	/* Outputs, by context: the owner fills in set and owner. */
	struct irq_line out[PLIC_CONTEXTS];
	struct irq_line source[PLIC_SOURCES];
};

/*
 * Make p the PLIC of a machine with 1..GUEST_HARTS_MAX harts, in its power-on
 * state. The outputs lead nowhere yet; they are driven with p's lock held.
 */
void plic_init(struct plic *p, u32 harts);

/* The wire that the device behind source 1..GUEST_PLIC_NDEV drives. */
struct irq_line *plic_source(struct plic *p, u32 source);

/*
 * Source 1..GUEST_PLIC_NDEV is now high or low; takes p's lock. High makes it
 * pending unless it is claimed; low takes no request back (RISC-V PLIC,
 * "Interrupt Gateways").
 */
void plic_set_source(struct plic *p, u32 source, bool level);

#endif
