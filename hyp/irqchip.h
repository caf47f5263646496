/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's PLIC: which hart gets which device's interrupt. */
#ifndef HYP_IRQCHIP_H
#define HYP_IRQCHIP_H

#include "hyp/types.h"

/*
 * Deliver PLIC source `irq` to this hart, where handler() is then called.
 * False: there is no such source, or no way to this hart.
 */
bool irqchip_enable(u32 irq, void (*handler)(void));

/* An external interrupt is pending here: claim and handle. */
void irqchip_handle(void);

#endif
