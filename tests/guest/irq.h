/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the kernel `irq` share. */
#ifndef GUEST_IRQ_H
#define GUEST_IRQ_H

#include "tests/guest/rt/rt.h"

#define USER_VA     0xc0000000UL
#define NEVER       (-1UL)
#define SOFT        BIT(IRQ_SOFT)
#define TIMER       BIT(IRQ_TIMER)
#define EXT         BIT(IRQ_EXT)

/* QEMU "virt": source 10 is the UART; context 1 is S-mode of hart 0. */
#define UART_SOURCE 10
#define PLIC_PRIO   (PLIC_BASE + 4 * UART_SOURCE)
#define PLIC_ENABLE (PLIC_BASE + 0x2080)
#define PLIC_LEVEL  (PLIC_BASE + 0x201000)
#define PLIC_CLAIM  (PLIC_BASE + 0x201004)
#define UART_IER    (UART_BASE + 1)
#define IER_THRI    2

/* irq_vectors.S: a page of U's, code of S's. */
extern char irq_user_page[], u_ecall[], u_spin[], u_wfi[], s_break[], s_spin[];

/* From here on no interrupt that an earlier test left. */
void quiet(void);
/* The timer's is pending. */
void due(void);
/* The UART's transmitter is empty: its interrupt is there until we say. */
void raise_external(void);
void lower_external(void);
/* The address of U's code. */
u64 user(const char *code);

void test_nested(void); /* irq_traps.c */
void test_vectored(void);

#endif
