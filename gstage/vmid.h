/* SPDX-License-Identifier: BSD-2-Clause */
/* VMIDs: handed out in generations, so that none is reused without a fence. */
#ifndef GSTAGE_VMID_H
#define GSTAGE_VMID_H

#include "hyp/host.h"
#include "hyp/types.h"

struct vmid {
	u64 generation; /* 0: none yet */
	u32 id;
};

/*
 * Make v valid in the current generation and say whether this hart must drop
 * all guest translations before it uses it: the generation is new to the hart,
 * or there is but one VMID and another VM used it last. hart: its index. vm:
 * any pointer that stands for the VM.
 */
bool vmid_use(struct vmid *v, u32 hart, const void *vm);

/* Start over with ids of `bits` bits (0..14); for boot and tests. */
void vmid_init(u32 bits);

#endif
