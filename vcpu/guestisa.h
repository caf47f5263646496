/* SPDX-License-Identifier: BSD-2-Clause */
/* Which ISA extensions a guest is told of, and what hides the others. */
#ifndef VCPU_GUESTISA_H
#define VCPU_GUESTISA_H

#include "vcpu/spec.h"

/* Rows of ext.def, by name. */
enum isa_ext {
#define EXT(name, gates, with)       ISA_##name,
#define EXT_NEVER(name, gates, with) ISA_##name,
#include "vcpu/ext.def"
#undef EXT
#undef EXT_NEVER
	ISA_EXTS
};

/* What an extension needs opened, and by what it is closed. */
enum isa_gate {
	GATE_NONE = 0,
	GATE_FREE = 1 << 0,
	GATE_FS = 1 << 1, /* sstatus.FS, VS; with V = 1 the host's */
	GATE_VS = 1 << 2,
	GATE_CBOM = 1 << 3, /* henvcfg, senvcfg */
	GATE_CBOZ = 1 << 4,
	GATE_PBMT = 1 << 5,     /* henvcfg; our own walks */
	GATE_NAPOT = 1 << 6,    /* our own walks alone */
	GATE_STCE = 1 << 7,     /* henvcfg; the list of CSRs */
	GATE_COUNTERS = 1 << 8, /* hcounteren, scounteren */
	GATE_INVAL = 1 << 9,    /* we carry the fences out */
	GATE_SOFT = 1 << 10,    /* never: of no list of CSRs; */
	GATE_STATE = 1 << 11,   /* closed by hstateen0, where there is one; */
	GATE_SHUT = 1 << 12,    /* closed by what every host has */
};

/* What a guest may use, as its backend goes by it. */
struct isa_rules {
	u32 gates;    /* enum isa_gate: open, or not to be closed */
	u64 env;      /* of henvcfg, all but STCE */
	u64 counters; /* of hcounteren */
	u64 units;    /* sstatus.FS, VS */
	u64 clean;    /* the same units, state Clean */
	/* Bits of CSRs that are read-only zero, where we emulate them. */
	u64 no_sstatus, no_senvcfg;
	bool refuses; /* the interpreter refuses what it lacks: */
	bool lacks[ISA_EXTS];
};

/*
 * The riscv,isa string for a guest: what the host has, we know to work in a
 * guest (ext.def), and the description (spec->isa) allows. Writes at most
 * size bytes; warns of what the description names and the host lacks.
 */
void guest_isa(const struct vm_spec *spec, char *isa, u32 size);

/* The rules for a guest of that description under that backend. */
void isa_rules_make(struct isa_rules *r, const struct vm_spec *spec,
		    enum backend_id backend);

/*
 * Warn of what the description hides, the host has and that backend, which is
 * called so, cannot hide.
 */
void isa_warn_usable(const struct vm_spec *spec, enum backend_id backend,
		     const char *called);

#endif
