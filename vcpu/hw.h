/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the hw backend; see struct backend for the contracts. */
#ifndef VCPU_HW_H
#define VCPU_HW_H

#include "vcpu/backend.h"

void hw_capture(struct vcpu *v, struct vexit *x);
bool hw_decode(struct vcpu *v, struct vexit *x, enum verdict *verdict);
void hw_inject(struct vcpu *v, u64 cause, u64 tval);

/* Find out what the host's hgatp and vsatp can do; once, at boot. */
void hw_probe(void);

/* Levels of the largest guest translation mode, 3..5 (vsatp). */
u32 hw_guest_levels(void);

#endif
