/* SPDX-License-Identifier: BSD-2-Clause */
/* The run as the boot arguments and the archive describe it. */
#ifndef CONFIG_SCENARIO_H
#define CONFIG_SCENARIO_H

#include "vcpu/spec.h"

/*
 * Read the descriptions that the boot arguments name ("vms=FILE"), build the
 * VMs and start those with autostart. A VM that cannot be built is reported
 * and left out. "script=FILE" (in the archive) and "exec=COMMANDS" go to the
 * monitor. In a batch, when all VMs have stopped and the commands are through,
 * the machine is switched off: status 0 if each shut itself down and nothing
 * was left out, else 1.
 */
void scenario_start(void);

/*
 * Create the VMs that a description in the archive has, or only that one of
 * them, by life_create(). file must stay valid. Returns how many; *errors is
 * the number of those that were left out and of mistakes, each with its
 * log_error line.
 */
u32 scenario_create(const char *file, const char *only, u32 *errors);

/* A file of the archive by its name; false: there is none. */
bool scenario_file(const char *name, struct file *f);

/* The name of the n-th file of the archive, or NULL. */
const char *scenario_files(u32 n);

#endif
