/* SPDX-License-Identifier: BSD-2-Clause */
/* Generates the device tree that a guest boots with. */
#ifndef CONFIG_GUESTFDT_H
#define CONFIG_GUESTFDT_H

#include "vcpu/spec.h"

#define GUEST_FDT_MAX KiB(64)

/* Facts of the machine that the spec does not hold. */
struct guest_fdt_facts {
	const char *isa; /* "rv64i..." as the guest may use it, without g */
	const char *mmu_type; /* "riscv,sv39", "riscv,sv48", "riscv,sv57" */
	u32 timebase;         /* Hz */
	u32 cbom_block, cboz_block; /* bytes; 0: no such extension */
	gpa_t initrd;    /* where it was loaded; spec->initrd.size bytes */
	u8 rng_seed[64]; /* /chosen/rng-seed; Linux stalls without */
};

/*
 * Write the tree of spec's machine (QEMU "virt": see the README's table) to
 * buf, at most size bytes, aligned to 8. Returns the bytes used, or a negative
 * libfdt error (-FDT_ERR_NOSPACE; never with GUEST_FDT_MAX). The PLIC's
 * contexts are numbered as QEMU's: 2h for M-mode of hart h, absent unless it
 * boots in M-mode, and 2h+1 for S-mode.
 */
int guest_fdt_build(const struct vm_spec *spec,
		    const struct guest_fdt_facts *facts, void *buf, int size);

#endif
