/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the kernel `cross` share. */
#ifndef GUEST_CROSS_H
#define GUEST_CROSS_H

#include "tests/guest/rt/rt.h"

#define CODE_VA 0xc0000000UL
#define PAIR_VA 0xc0200000UL
/* Neighbours in virtual memory, and not in physical memory. */
#define PAGE_1  0x84003000UL
#define PAGE_2  0x84001000UL

extern u64 *root;
extern char cross_code[];

struct result {
	u64 cause; /* CAUSE_NONE: it reached its ebreak */
	u64 stval;
	u64 value; /* a0 and a2 in the end */
	u64 second;
};

/* Run code of cross_code.S in U or in S with a0 and a1. */
struct result run_at(const char *code, bool user, u64 a0, u64 a1);
/* The pages at PAIR_VA; what is around where they meet. */
void map_pair(u64 first, u64 second);
void fill_pair(void);

void test_crossing(void); /* cross_pages.c */
void test_atomics(void);  /* cross_atomics.c */

#endif
