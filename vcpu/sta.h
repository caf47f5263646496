/* SPDX-License-Identifier: BSD-2-Clause */
/* Steal time that a guest asked to be told of (SBI STA), turn by turn. */
#ifndef VCPU_STA_H
#define VCPU_STA_H

#include "vcpu/vcpu.h"

/* No address of RAM: the guest did not ask. */
#define STA_NONE GPA(0)

static inline bool sta_wanted(const struct vcpu *v)
{
	return v->sta.shmem.raw != STA_NONE.raw;
}

/*
 * v, which wants it, is about to run, or has to make room for others though
 * it has more to do. By its own turn (RISC-V SBI, "Steal-time Accounting
 * Extension").
 */
void sta_enter(struct vcpu *v);
void sta_leave(struct vcpu *v);

#endif
