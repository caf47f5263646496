/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts a VM's files into its memory. */
#ifndef CONFIG_LOADER_H
#define CONFIG_LOADER_H

#include "vcpu/vm.h"

/*
 * Load kernel, initrd and a generated device tree into vm's RAM and start it:
 * a flat image at RAM + 2 MiB (or its own text offset), an ELF at its physical
 * addresses, the others behind it. False after a log_error line of the form
 * "FILE: VM: PROPERTY: what is wrong"; nothing has been started then.
 */
bool loader_start(struct vm *vm);

#endif
