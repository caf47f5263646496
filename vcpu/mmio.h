/* SPDX-License-Identifier: BSD-2-Clause */
/* Carries out the loads and stores that hit a device. */
#ifndef VCPU_MMIO_H
#define VCPU_MMIO_H

#include "hyp/util.h"
#include "vcpu/exit.h"

/*
 * Emulate the load or store of x on the device at x->gpa. An access that no
 * device takes, LR/SC, AMO and cache-block operations become the guest's
 * access fault (Privileged, "Physical Memory Attributes": I/O regions need
 * not support them).
 */
enum verdict mmio_emulate(struct vcpu *v, struct vexit *x);

/* What a load of width bytes leaves in its register. */
static inline u64 mmio_extend(u64 data, bool sign, u32 width)
{
	return sign ? (u64)sign_extend(data, 8 * width) : data;
}

#endif
