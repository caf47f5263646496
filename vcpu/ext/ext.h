/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extension modules: instructions that the host does not have, carried out for
 * the guests whose `isa` names them. One file of this folder each.
 */
#ifndef VCPU_EXT_EXT_H
#define VCPU_EXT_EXT_H

#include "vcpu/vcpu.h"

struct ext {
	const char *name; /* as in an ISA string */
	/*
	 * Carry the instruction out on v->state, all registers of which are
	 * valid; not the pc. False: it is none of this extension's.
	 */
	bool (*exec)(struct vcpu *v, u32 raw);
};

/* All of them, in the order of their bits in vm->emulated and of statistics. */
extern const struct ext *const exts[];
extern const u32 exts_count;

/* The ones that a description's ISA string names and the host lacks, as bits.
 */
u32 ext_wanted(const char *isa);

/*
 * An instruction that the hart refused, in all registers' sight: true if one of
 * v's modules has carried it out, and counted it.
 */
bool ext_run(struct vcpu *v, u32 raw);

extern const struct ext ext_zbb, ext_zbs, ext_zicond;

#endif
