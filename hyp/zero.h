/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills memory with zero by the best means that the host has. */
#ifndef HYP_ZERO_H
#define HYP_ZERO_H

#include "hyp/types.h"

/* Choose by host.features; once, at boot. */
void zero_init(void);

/*
 * Zero len bytes at p, both multiples of 4 KiB; counts its instructions in
 * this_hart()->zeroing. The vector registers are left as they were.
 */
void zero_memory(void *p, u64 len);

#endif
