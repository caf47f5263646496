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
 * all guest translations before it uses it: the generation is new to the hart.
 * Where there is but one VMID, each holder is a generation of its own. hart:
 * its index. A holder whose memory changes sets v->generation to 0 first.
 */
bool vmid_use(struct vmid *v, u32 hart);

/* Start over with ids of `bits` bits (0..14); for boot and tests. */
void vmid_init(u32 bits);

#endif
