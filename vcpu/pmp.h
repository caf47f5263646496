/* SPDX-License-Identifier: BSD-2-Clause */
/* What M-mode lets the lower modes, and itself, do with memory (Privileged,
 * "Physical Memory Protection"): 16 entries. Pure. */
#ifndef VCPU_PMP_H
#define VCPU_PMP_H

#include "vcpu/exit.h"
#include "vcpu/vcpu.h"

#define PMP_ENTRIES 16

/* Of a configuration byte. */
#define PMP_R       0x01
#define PMP_W       0x02
#define PMP_X       0x04
#define PMP_RWX     0x07
#define PMP_A       0x18
#define PMP_TOR     0x08
#define PMP_NA4     0x10
#define PMP_NAPOT   0x18
#define PMP_L       0x80

/*
 * What priv may do with all of [gpa, gpa + len) in one access: PMP_*. 0 where
 * the entry that decides has only a part of it.
 */
u32 pmp_allows(const struct pmp *m, enum priv priv, gpa_t gpa, u64 len);

/* Each byte there may be used in every way, whichever entries decide. */
bool pmp_all(const struct pmp *m, enum priv priv, gpa_t gpa, u64 len);

/* Some entry begins or ends within a page of those. */
bool pmp_splits(const struct pmp *m, gpa_t gpa, u64 len);

/* The same entry decides each byte there, or none does. */
bool pmp_same(const struct pmp *m, gpa_t gpa, u64 len);

/* The most around gpa, [*from, *to), that no entry begins or ends in. */
void pmp_span(const struct pmp *m, gpa_t gpa, u64 *from, u64 *to);

/* The bit of PMP_* that an access needs. */
static inline u32 pmp_need(enum access access)
{
	return access == ACCESS_LOAD    ? PMP_R
	       : access == ACCESS_STORE ? PMP_W
					: PMP_X;
}

/*
 * A write of pmpcfg0 or pmpcfg2 (which: 0, 1), of pmpaddr n: locked entries
 * stay as they are, and so does the address below one of TOR.
 */
void pmp_write_cfg(struct pmp *m, u32 which, u64 value);
void pmp_write_addr(struct pmp *m, u32 n, u64 value);

#endif
