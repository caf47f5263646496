/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends the machine. */
#ifndef HYP_POWER_H
#define HYP_POWER_H

#include "hyp/types.h"

/* Off, with an exit status (0: all went well) where there is a way to say. */
__attribute__((noreturn)) void power_off(u32 status);

#endif
