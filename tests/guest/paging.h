/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the kernel `paging` share: accesses, and two pages. */
#ifndef GUEST_PAGING_H
#define GUEST_PAGING_H

#include "tests/guest/rt/rt.h"

#define CODE_VA  0xc0000000UL /* U code, in every root */
#define TEST_VA  0xc0200000UL /* a page of the test's own */
#define SUPER_VA 0xc0400000UL /* 2 MiB of the test's own */
#define GIGA_VA  0x100000000UL

/* Two regions of 2 MiB; their first pages are the pages A and B. Every page
 * in them starts with a tag. */
#define REGION_A 0x84000000UL
#define REGION_B 0x84200000UL
#define SUPER    0x200000UL
#define GIGA     0x40000000UL
#define TAG(pa)  (0x7a90000000000000UL | (pa))
#define TAG_A    TAG(REGION_A)
#define TAG_B    TAG(REGION_B)

/* Loads read the tag, stores and atomics have a place of their own, and
 * fetches find something that comes back. */
enum kind { LOAD, STORE, FETCH, AMO, LR, KINDS };
enum { AT_SCRATCH = 32, AT_RETURN = 16, AT_ECALL = 24 };

extern u64 *root;
/* This machine faults where A or D is clear. */
extern bool svade;

/* The cause that the access raised in S, or in U; CAUSE_NONE if none. */
u64 try_s(enum kind kind, u64 va);
u64 try_u(enum kind kind, u64 va);
/* The u64 at va, as S with SUM or as U reads it; the cause if it faults. */
u64 seen_s(u64 va);
u64 seen_u(u64 va);
/* Both see that. */
bool both_see(u64 va, u64 what);

/* Tag every page of the regions, and make them executable code. */
void tag_regions(void);
/* A root like mmu_new()'s with the U code in it. */
u64 *new_root(void);

static inline void fence_va(u64 va)
{
	asm volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
}

static inline void fence_asid(u64 asid)
{
	asm volatile("sfence.vma zero, %0" ::"r"(asid) : "memory");
}

static inline void fence_va_asid(u64 va, u64 asid)
{
	asm volatile("sfence.vma %0, %1" ::"r"(va), "r"(asid) : "memory");
}

/* One without a fence: the stores before it must be done. */
static inline void set_satp(u64 *table, u64 asid)
{
	csr_write(satp, SATP_SV39 | asid << 44 | (u64)table >> 12);
}

void test_matrix(void); /* paging_matrix.c */
void test_leaves(void);
void test_fences(void); /* paging_fence.c */
void test_asids(void);
void test_svinval(void);
void test_tables(void); /* paging_tables.c */
void test_views(void);  /* paging_views.c */
void test_modes(void);  /* paging_modes.c */

#endif
