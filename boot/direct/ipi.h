/* SPDX-License-Identifier: BSD-2-Clause */
/* What harts ask of each other, by mailbox and MSWI; and the timer. */
#ifndef DIRECT_IPI_H
#define DIRECT_IPI_H

#include "boot/direct/hart.h"
#include "hyp/types.h"

/* Put mail into the hart's box and wake it. */
void mail_send(u64 id, u64 mail);

/* Answer this hart's mail; returns what there was. */
u64 mail_serve(struct hart *h);

/* The M-level software interrupt, from entry.S. */
void mail_interrupt(void);

/* The M-level timer interrupt is pending and enabled: hand it to S-mode. */
void timer_pass_on(void);

/* Timer interrupt for S-mode at `deadline` in ticks of time; ~0: never. */
void timer_set(u64 deadline);

/* SSIP on all of these harts that run; a bit is a hart id. */
void ipi_send(u64 targets);

/* Do f on all of these harts that are not stopped; returns when all have. */
void fence_send(u64 targets, const struct fence *f);

#endif
