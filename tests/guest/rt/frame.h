/* SPDX-License-Identifier: BSD-2-Clause */
/* The layout of a trap frame, for the assembler and for C. */
#ifndef GUEST_FRAME_H
#define GUEST_FRAME_H

#define FRAME_SEPC    256
#define FRAME_SSTATUS 264
#define FRAME_SCAUSE  272
#define FRAME_STVAL   280
#define FRAME_SIZE    288 /* a multiple of 16: the ABI's stack alignment */

#define HARTS_MAX     16
#define STACK_SHIFT   14

#endif
