/* SPDX-License-Identifier: BSD-2-Clause */
/* The ways of hostile.c to misbehave that have files of their own. */
#ifndef GUEST_HOSTILE_H
#define GUEST_HOSTILE_H

#include "tests/guest/rt/rt.h"

/* Accesses of every width, alignment and kind to devices and beside them. */
void hostile_mmio_widths(void);
/* Every function of every SBI extension, with arguments that make no sense. */
void hostile_sbi_wild(void);

#endif
