/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose an instruction is: for a decoder that hides extensions. */
#ifndef VCPU_OWNER_H
#define VCPU_OWNER_H

#include "vcpu/guestisa.h"

/* raw is an extension's that such a guest lacks. */
bool owner_hides(const struct isa_rules *r, u32 raw);

/* Instructions of that extension are known. */
bool owner_knows(enum isa_ext ext);

#endif
