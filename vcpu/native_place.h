/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the VMM to a guest's code in U-mode: the hart's CSRs, there and back.
 * Inline, as it is done for one instruction.
 */
#ifndef VCPU_NATIVE_PLACE_H
#define VCPU_NATIVE_PLACE_H

#include "hyp/csr.h"
#include "hyp/map.h"
#include "vcpu/native.h"
#include "vcpu/soft.h"
#include "vcpu/vm.h"

#define NATIVE_UNITS (SSTATUS_FS | SSTATUS_VS)

extern char native_vector[];

/* What of the hart is not as the VMM, or another backend, left it. */
struct native_place {
	u64 satp, stvec, sie, senvcfg, units;
	u64 host_sp; /* of the backend that runs v, if not interp */
};

/* ---- FS and VS ----------------------------------------------------------- */

static inline bool native_dirty(u64 status, u64 unit)
{
	return (status & unit) == unit;
}

/*
 * The hart's own say whether registers are newer than what was saved; the
 * guest's say what it may use, and are told of what becomes dirty.
 */
static inline u64 native_unit(u64 guest, u64 unit)
{
	u64 state = guest & unit;

	return !state || state == unit ? state : unit & -unit << 1;
}

static inline void native_units_out(const struct vcpu *v)
{
	u64 guest = v->state.csr.sstatus & v->vm->rules.units;

	csr_clear(CSR_SSTATUS, NATIVE_UNITS);
	csr_set(CSR_SSTATUS, native_unit(guest, SSTATUS_FS) |
				     native_unit(guest, SSTATUS_VS));
}

static inline void native_units_note(struct vcpu *v,
				     struct native_place *before)
{
	u64 now = csr_read(CSR_SSTATUS), set = 0;

	if (native_dirty(now, SSTATUS_FS))
		set |= SSTATUS_FS;
	if (native_dirty(now, SSTATUS_VS))
		set |= SSTATUS_VS;
	if (set)
		v->state.csr.sstatus |= set | SSTATUS_SD;
	before->units |= set;
}

/* ---- there and back ------------------------------------------------------ */

static inline struct native_place native_leave(struct vcpu *v)
{
	struct native_place b = {
		.satp = csr_read(CSR_SATP),
		.stvec = csr_swap(stvec, (u64)native_vector),
		.sie = csr_swap(CSR_SIE, 0), /* U-mode would take them */
		.units = csr_read(CSR_SSTATUS) & NATIVE_UNITS,
		.host_sp = v->host_sp,
	};

	b.senvcfg = csr_swap(CSR_SENVCFG, soft_env(v, v->state.priv));
	native_units_out(v);
	csr_clear(CSR_SSTATUS, SSTATUS_SIE | SSTATUS_SPP);
	if (host_has(HOST_H))
		csr_clear(CSR_HSTATUS, HSTATUS_SPV);
	map_scratch(true);
	return b;
}

static inline void native_back(struct vcpu *v, const struct native *n,
			       struct native_place *b)
{
	v->host_sp = b->host_sp;
	if (n->rooted)
		csr_write(CSR_SATP, b->satp);
	native_units_note(v, b);
	csr_clear(CSR_SSTATUS, NATIVE_UNITS);
	csr_set(CSR_SSTATUS, b->units);
	csr_write(CSR_SENVCFG, b->senvcfg);
	csr_write(stvec, b->stvec);
	csr_write(CSR_SIE, b->sie);
}

#endif
