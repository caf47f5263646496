/* SPDX-License-Identifier: BSD-2-Clause */
/* Mistakes on purpose: shows what the VMM does about its own. */
#ifndef BOOT_SELFTEST_H
#define BOOT_SELFTEST_H

/*
 * "selftest=NAME" in the boot arguments makes the VMM do what it must not:
 * load, store-text, store-rodata, exec-data, stack, bug. Each must end in the
 * last words of hyp/trap.c; returns only if there is no such argument.
 */
void selftest(void);

#endif
