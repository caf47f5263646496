/* SPDX-License-Identifier: BSD-2-Clause */
/* Page faults of a guest under shadow tables. */
#ifndef VCPU_FAULT_H
#define VCPU_FAULT_H

#include "gstage/shadow.h"
#include "vcpu/exit.h"

/*
 * v faulted at x->gva on x->access under the current root of s, in mode (VIEW_*
 * as they are now): whose fault it is. Maps the page if it is the shadow's
 * (EXIT_shadow); else sets x->kind and what its handler needs. x->cause is the
 * page fault's.
 */
void fault_capture(struct vcpu *v, struct shadow *s, u32 mode, struct vexit *x);

#endif
