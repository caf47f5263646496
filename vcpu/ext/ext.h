/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extension modules: instructions and CSRs that the host does not have, carried
 * out for the guests whose `isa` names them. One file of this folder each.
 */
#ifndef VCPU_EXT_EXT_H
#define VCPU_EXT_EXT_H

#include "vcpu/exit.h"

/* A CSR that is no more than a word of the module's state. */
struct ext_csr {
	u16 number; /* says who may read and write it (Privileged, "CSR Address
		       Mapping Conventions") */
	u16 word;   /* of the state */
	u64 writable;
};

struct ext {
	const char *name; /* as in an ISA string, and in the guest's FDT */
	/*
	 * Carry the instruction out in mode priv, on v->state, all registers of
	 * which are valid; not the pc. A result in x0 may be left there. state:
	 * the module's own of this vcpu, EXT_WORDS of it, 0 after a reset.
	 * False: it is none of this extension's, or not allowed in that mode.
	 */
	bool (*exec)(struct vcpu *v, u64 *state, u32 raw, enum priv priv);
	const struct ext_csr *csrs; /* ends with a number 0 */
};

/* All of them, in the order of their bits in vm->emulated and of statistics. */
extern const struct ext *const exts[];
extern const u32 exts_count;

/* The ones that a description's ISA string names and the host lacks, as bits.
 */
u32 ext_wanted(const char *isa);

/*
 * An instruction that the hart refused, in mode priv and in all registers'
 * sight: true if one of v's modules has carried it out, and counted it.
 */
bool ext_run(struct vcpu *v, u32 raw, enum priv priv);

#define EXT_MODULE(name) extern const struct ext ext_##name;
#include "vcpu/ext/ext.def"
#undef EXT_MODULE

#endif
