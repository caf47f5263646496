/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the host's device tree. */
#ifndef BOOT_HOSTFDT_H
#define BOOT_HOSTFDT_H

#include "hyp/host.h"

/*
 * Fill *h from the tree (Devicetree Specification; the RISC-V bindings of
 * Linux). Returns NULL, or what makes the machine unusable: no tree, no
 * memory, no hart, no timebase, HOST_RANGES_MAX ranges of memory or more.
 */
const char *hostfdt_read(const void *fdt, struct host *h);

#endif
