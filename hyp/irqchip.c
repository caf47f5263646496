/* SPDX-License-Identifier: BSD-2-Clause */
/* Driver of the host's PLIC (RISC-V PLIC Specification, "Memory Map"). */
#include "hyp/csr.h"
#include "hyp/hart.h"
#include "hyp/irqchip.h"
#include "hyp/page.h"
#include "hyp/util.h"

#define PLIC_PRIORITY(irq)    (4UL * (irq))
#define PLIC_ENABLE(ctx, irq) (0x2000UL + 0x80UL * (ctx) + 4UL * ((irq) / 32))
#define PLIC_THRESHOLD(ctx)   (0x200000UL + 0x1000UL * (ctx))
#define PLIC_CLAIM(ctx)       (PLIC_THRESHOLD(ctx) + 4)
#define PLIC_IRQS             128

static void (*handlers[PLIC_IRQS])(void);

static volatile u32 *reg(u64 offset)
{
	return hpa_ptr(HPA(host.plic.base + offset));
}

bool irqchip_enable(u32 irq, void (*handler)(void))
{
	u32 ctx = host.plic_context[this_hart()->index];

	if (!host.plic.size || ctx == ~0U || irq == 0 || irq >= PLIC_IRQS)
		return false;
	handlers[irq] = handler;
	*reg(PLIC_PRIORITY(irq)) = 1;
	*reg(PLIC_ENABLE(ctx, irq)) |= 1U << irq % 32;
	*reg(PLIC_THRESHOLD(ctx)) = 0;
	csr_set(CSR_SIE, BIT(IRQ_S_EXT));
	return true;
}

void irqchip_handle(void)
{
	u32 ctx = host.plic_context[this_hart()->index];
	u32 irq;

	while ((irq = *reg(PLIC_CLAIM(ctx)))) {
		if (irq < PLIC_IRQS && handlers[irq])
			handlers[irq]();
		*reg(PLIC_CLAIM(ctx)) = irq;
	}
}
