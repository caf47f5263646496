/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the te backend; see struct backend for the contracts. */
#ifndef VCPU_TE_H
#define VCPU_TE_H

#include "gstage/shadow.h"
#include "vcpu/backend.h"
#include "vcpu/run.h"

/* What the backend derives for one vcpu. */
struct te {
	struct shadow shadow;
	u64 host_satp; /* the VMM's own, while the vcpu is loaded */
	/* The guest took back a dirty FS or VS; the registers are not saved. */
	u64 unsaved; /* SSTATUS_FS, SSTATUS_VS */
};

void te_capture(struct vcpu *v, struct vexit *x);
bool te_decode(struct vcpu *v, struct vexit *x, enum verdict *verdict);

/*
 * The shadow root for v's present mode into satp. False: out of memory.
 */
bool te_view(struct vcpu *v);

/* sstatus.FS and VS as the guest has them, between hart and state. */
void te_units_home(struct vcpu *v);

/* Before the guest runs: what became stale. */
enum run_next te_ready(struct vcpu *v);

#endif
