/* SPDX-License-Identifier: BSD-2-Clause */
/* Fences of guest translations on this hart (Privileged, "SFENCE.VMA" and
 * "HFENCE"). */
#ifndef GSTAGE_FENCE_H
#define GSTAGE_FENCE_H

#include "hyp/types.h"

/* Second stage, every VM. */
static inline void hfence_gvma_all(void)
{
	asm volatile(".option push; .option arch, +h; hfence.gvma;"
		     ".option pop" ::
			     : "memory");
}

/* Second stage, one address (rs1 holds it shifted right by two). */
static inline void hfence_gvma(gpa_t gpa)
{
	asm volatile(".option push; .option arch, +h; hfence.gvma %0, zero;"
		     ".option pop" ::"r"(gpa.raw >> 2)
		     : "memory");
}

/* First stage of the VMID in hgatp: everything, one address, one ASID. */
static inline void hfence_vvma_all(void)
{
	asm volatile(".option push; .option arch, +h; hfence.vvma;"
		     ".option pop" ::
			     : "memory");
}

static inline void hfence_vvma(gva_t gva)
{
	asm volatile(".option push; .option arch, +h; hfence.vvma %0, zero;"
		     ".option pop" ::"r"(gva.raw)
		     : "memory");
}

static inline void hfence_vvma_asid(u64 asid)
{
	asm volatile(".option push; .option arch, +h; hfence.vvma zero, %0;"
		     ".option pop" ::"r"(asid)
		     : "memory");
}

static inline void hfence_vvma_asid_gva(gva_t gva, u64 asid)
{
	asm volatile(".option push; .option arch, +h; hfence.vvma %0, %1;"
		     ".option pop" ::"r"(gva.raw),
		     "r"(asid)
		     : "memory");
}

/* The hart's own stage: everything, one address, one ASID. */
static inline void sfence_vma_all(void)
{
	asm volatile("sfence.vma" ::: "memory");
}

static inline void sfence_vma(gva_t gva)
{
	asm volatile("sfence.vma %0" ::"r"(gva.raw) : "memory");
}

static inline void sfence_vma_asid(u64 asid)
{
	asm volatile("sfence.vma zero, %0" ::"r"(asid) : "memory");
}

#endif
