/* SPDX-License-Identifier: BSD-2-Clause */
/* Zeroes and copies much memory, by the best means that the host has. */
#ifndef HYP_MEM_H
#define HYP_MEM_H

#include "hyp/types.h"

/* Choose by host.features; once, at boot. */
void mem_init(void);

/*
 * Zero len bytes at p, both multiples of 4 KiB; counts its instructions in
 * this_hart()->zeroing. The vector registers are left as they were.
 */
void mem_zero(void *p, u64 len);

/*
 * memcpy(), by words, and pages by the best means where both are aligned to 8.
 * (picolibc's is built for size: it moves bytes.)
 */
void mem_copy(void *to, const void *from, u64 len);

/* memset() to 0, likewise; not counted apart. */
void mem_clear(void *p, u64 len);

#endif
