/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for the fence instructions: a test says what they mean. */
#ifndef TESTS_UNIT_RISCV_FENCE_H
#define TESTS_UNIT_RISCV_FENCE_H

#include "hyp/types.h"

/* The test that links such code defines it. NULL: x0; guest: HFENCE.VVMA. */
void host_fence(bool guest, const u64 *va, const u64 *asid);

static inline void sfence_vma_all(void)
{
	host_fence(false, NULL, NULL);
}

static inline void sfence_vma(gva_t gva)
{
	host_fence(false, &gva.raw, NULL);
}

static inline void sfence_vma_asid(u64 asid)
{
	host_fence(false, NULL, &asid);
}

static inline void hfence_vvma_all(void)
{
	host_fence(true, NULL, NULL);
}

static inline void hfence_vvma(gva_t gva)
{
	host_fence(true, &gva.raw, NULL);
}

static inline void hfence_vvma_asid(u64 asid)
{
	host_fence(true, NULL, &asid);
}

#endif
