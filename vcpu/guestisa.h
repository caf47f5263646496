/* SPDX-License-Identifier: BSD-2-Clause */
/* Which ISA extensions a guest is told of. */
#ifndef VCPU_GUESTISA_H
#define VCPU_GUESTISA_H

#include "vcpu/spec.h"

/*
 * The riscv,isa string for a guest: what the host has, we know to work in a
 * guest (ext.def), and the description (spec->isa) allows. Writes at most
 * size bytes; warns of what the description names and the host lacks.
 */
void guest_isa(const struct vm_spec *spec, char *isa, u32 size);

#endif
