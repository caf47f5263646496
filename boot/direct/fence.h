/* SPDX-License-Identifier: BSD-2-Clause */
/* The fences of the RFENCE extension, on this hart. */
#ifndef DIRECT_FENCE_H
#define DIRECT_FENCE_H

#include "boot/direct/hart.h"

/* f->function is one of the extension's, the last four only with H. */
#define FENCE_FUNCTIONS      7
#define FENCE_FIRST_WITH_H   3
#define FENCE_VVMA_FUNCTIONS 5

void fence_local(const struct fence *f);

/* Forget all translations and instructions. */
void fence_everything(void);

#endif
