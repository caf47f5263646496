/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads VM descriptions (a compiled device tree) into struct vm_spec. */
#ifndef CONFIG_DESC_H
#define CONFIG_DESC_H

#include "config/archive.h"
#include "vcpu/spec.h"

#define DESC_VMS_MAX 64

/* Which assists this host has; decides what a description may ask for. */
struct desc_limits {
	u32 harts; /* host harts, numbered from 0 in the order of the FDT */
};

/*
 * Read the description `name` (as packed: its path) from the archive into
 * specs[0..max). A VM with a mistake is left out, after one log_error line of
 * the form "FILE: VM: PROPERTY: what is wrong"; a description that is no
 * device tree at all gives 0 and such a line. *errors is set to the number of
 * mistakes. No more than DESC_VMS_MAX VMs are read. Returns the number of specs
 * filled; their files point into the archive.
 */
u32 desc_read(const struct archive *a, const char *name,
	      const struct desc_limits *limits, struct vm_spec *specs, u32 max,
	      u32 *errors);

#endif
