/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the hybrid backend; see struct backend for the
 * contracts.
 */
#ifndef VCPU_HYBRID_H
#define VCPU_HYBRID_H

#include "vcpu/backend.h"
#include "vcpu/soft.h"

/* The guest's satp is bare: there are no tables. */
static inline bool hybrid_bare(const struct vcpu *v)
{
	return !(v->state.csr.satp >> ATP_MODE_SHIFT);
}

/* The guest's mode now, as VIEW_*: in the hart's hands between exits. */
static inline u32 hybrid_mode(struct vcpu *v)
{
	v->state.csr.sstatus = csr_read(CSR_VSSTATUS);
	v->state.priv = csr_read(CSR_SSTATUS) & SSTATUS_SPP ? PRIV_S : PRIV_U;
	return soft_view(v);
}

/*
 * The shadow root for the guest's satp (view: VIEW_*) into vsatp. False: out of
 * memory.
 */
bool hybrid_use_root(struct vcpu *v, u32 view);

void hybrid_capture(struct vcpu *v, struct vexit *x);

#endif
