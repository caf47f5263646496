/* SPDX-License-Identifier: BSD-2-Clause */
/* The VMM's own address space: the direct window and the stacks. */
#ifndef HYP_MAP_H
#define HYP_MAP_H

#include "hyp/types.h"

#define STACK_PAGES 4

/*
 * Build it: the image with W^X in 4 KiB pages, all other memory read-write in
 * the largest leaves, a guarded stack and panic stack for each hart. Returns
 * the satp value; the caller switches. image is its physical address.
 */
u64 map_init(u64 image);

/* Bytes of the image in memory, its bss included (boot/link.ld). */
u64 image_size(void);

#endif
