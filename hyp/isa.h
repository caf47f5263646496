/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads ISA strings ("rv64imafdc_zicsr_sstc"). */
#ifndef HYP_ISA_H
#define HYP_ISA_H

#include "hyp/types.h"

/*
 * The string names the extension: a single letter or a multi-letter name,
 * lower case (RISC-V Unprivileged, "ISA Extension Naming Conventions"). "g"
 * counts as imafd; version numbers are not understood.
 */
bool isa_has(const char *isa, const char *ext);

/*
 * The next multi-letter name of isa from *at on, copied to name of len bytes;
 * false at the end. *at is NULL at first.
 */
bool isa_next(const char *isa, const char **at, char *name, u32 len);

#endif
