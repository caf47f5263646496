/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of the architecture on a vcpu's state, the same for all backends. */
#ifndef VCPU_STATE_H
#define VCPU_STATE_H

#include "vcpu/vcpu.h"

/*
 * Take an exception in S-mode (Privileged, "Trap Handling in Supervisor
 * Mode"): uses sstatus, stvec, priv and pc; sets sstatus, sepc, scause,
 * stval, priv and pc.
 */
void state_trap_s(struct vcpu_state *s, u64 cause, u64 tval);

/* Take an interrupt (1, 5, 9) there: the same, but stvec may be vectored. */
void state_interrupt_s(struct vcpu_state *s, u32 irq);

/* SRET in S-mode (Privileged, "Supervisor Status Register"). */
void state_sret(struct vcpu_state *s);

/*
 * sstatus with its SD: FS or VS is dirty (Privileged, "Supervisor Status
 * Register").
 */
u64 state_sd(u64 status);

/* A CSR of csr.def. */
struct csr_row {
	u16 number;
	const char *name;
	u64 writable;
	u32 feature; /* enum host_feature, 0: none */
	u32 offset;  /* of the u64 in struct vcpu_state */
};

extern const struct csr_row csr_rows[];
extern const u32 csr_rows_count;

/* The row of a CSR number, or NULL. */
const struct csr_row *csr_find(u32 number);

/* Which row that is; CSR_ROWS: none. */
u32 csr_index(u32 number);

static inline u64 *csr_field(struct vcpu_state *s, const struct csr_row *row)
{
	return (u64 *)((char *)s + row->offset);
}

/* What the host's scounteren and senvcfg have; all, until somebody looked. */
extern struct csr_bits {
	u64 scounteren, senvcfg;
} csr_bits;

/*
 * Bits of it that a write can change on this host: not every one has units, nor
 * all counters.
 */
u64 csr_writable(const struct csr_row *row);

/*
 * What the CSR holds after a write of value to one that held old (WARL and
 * WPRI rules; Privileged, "Supervisor CSRs"). satp: a MODE that levels_max
 * (3..5) does not reach leaves it as it was.
 */
u64 csr_legal(const struct csr_row *row, u64 old, u64 value, u32 levels_max);

#endif
