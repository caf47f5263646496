/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine as its device tree describes it. */
#ifndef DIRECT_MACHINE_H
#define DIRECT_MACHINE_H

#include "hyp/types.h"

#define MACHINE_RANGES 8

/* Written by the boot hart before any other leaves hart_park(). */
struct machine {
	u64 harts;             /* a bit is a hart id */
	u64 clint, uart, test; /* addresses; 0: none */
	bool h, sstc;          /* what the boot hart has */
	u32 nmemory;
	struct {
		u64 base, size;
	} memory[MACHINE_RANGES];
};

extern struct machine machine;

/* Fill `machine`; NULL, or what is missing. */
const char *machine_read(const void *fdt);

/*
 * A copy of fdt for S-mode, in which our memory is reserved (Devicetree
 * Specification, "/reserved-memory Node"); NULL where there is no room.
 */
const void *machine_fdt(const void *fdt);

/* These bytes are RAM, and not ours. */
bool machine_ram(u64 addr, u64 size);

enum machine_power { POWER_OFF, POWER_FAIL, POWER_RESET };

/* By the sifive,test device. QEMU then ends with status 0 or 1, or resets. */
__attribute__((noreturn)) void machine_end(enum machine_power how);

#endif
