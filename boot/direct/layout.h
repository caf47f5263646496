/* SPDX-License-Identifier: BSD-2-Clause */
/* Places and sizes that C, the assembler and the linker script agree on. */
#ifndef DIRECT_LAYOUT_H
#define DIRECT_LAYOUT_H

/* The firmware's own memory: a power of two and aligned, for one PMP entry. */
#define FIRMWARE_BASE 0x80000000
#define FIRMWARE_SIZE 0x20000

/* Behind it, for S-mode to read: the device tree. */
#define FDT_SIZE      0x40000

/* Hart ids are below this; one u64 holds a set of them. */
#define HARTS_MAX     16

/* What a hart has of its own: struct hart, and above it the stack. */
#define HART_SHIFT    12

/* The trap frame at the top of the stack: register xN at 8 * N. */
#define FRAME_SIZE    256

#endif
