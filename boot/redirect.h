/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether illegal instructions come to us as the architecture says. */
#ifndef BOOT_REDIRECT_H
#define BOOT_REDIRECT_H

/*
 * An M-mode firmware may keep illegal instructions to itself and pass them on
 * afterwards; some do it wrongly, and so do some emulators. So try a few, from
 * below: what is wrong is said in one line each, and backends that depend on
 * it are refused. Sets host.illegal_tval and host.time_traps. Once, on the hart
 * that boots, with the VMM's own table in satp.
 *
 * Boot argument redirect=cause, redirect=pc or redirect=v: make it go wrong
 * that way, on purpose.
 */
void redirect_check(void);

#endif
