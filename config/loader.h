/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts a VM's files into its memory. */
#ifndef CONFIG_LOADER_H
#define CONFIG_LOADER_H

#include "vcpu/vm.h"

enum load_stage {
	LOAD_NONE,
	LOAD_FIRMWARE,
	LOAD_KERNEL,
	LOAD_INITRD,
	LOAD_DONE
};

/* A load under way; all zero but for vm at first. The loader's own, but: */
struct load {
	struct vm *vm;
	enum load_stage stage; /* LOAD_DONE: vm can be started */
	u64 entry, fdt;        /* then: where, and with what; GPAs */
	u64 end;    /* the first byte behind the kernel and its bss */
	u64 initrd; /* GPA */
	const struct file *elf; /* an ELF file; where its segments stand */
	u64 segments;
	u32 segment, segment_count;
	/* The copy under way. */
	const char *prop; /* where a complaint points to */
	const u8 *data;
	u64 to, left; /* GPA; bytes */
};

/*
 * Do a piece of loading l->vm, which is VM_LOADING: no more than 2 MiB are
 * copied. A flat image goes to RAM + 2 MiB (or its own text offset), an ELF to
 * its physical addresses, initrd and a generated device tree behind it. For a
 * machine guest a flat image goes to the first address of RAM, where all of its
 * harts start, or firmware does: then that finds in a2 where to go on; the tree
 * is near the end of RAM, the initrd in its middle. False after a log_error
 * line of the form "FILE: VM: PROPERTY: what is wrong".
 */
bool loader_step(struct load *l);

#endif
