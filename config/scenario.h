/* SPDX-License-Identifier: BSD-2-Clause */
/* The run: VMs from the archive, and the end when all have stopped. */
#ifndef CONFIG_SCENARIO_H
#define CONFIG_SCENARIO_H

/*
 * Read the descriptions that the boot arguments name ("vms=FILE"), build the
 * VMs and start those with autostart. A VM that cannot be built is reported
 * and left out. When all that started have stopped, the machine is switched
 * off: status 0 if each shut itself down and nothing was left out, else 1.
 */
void scenario_start(void);

#endif
