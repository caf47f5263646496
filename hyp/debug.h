/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether this is a debug build: `make DEBUG=1 vmm`. */
#ifndef HYP_DEBUG_H
#define HYP_DEBUG_H

/*
 * A constant condition for checks that cost too much to be always there:
 * if (DEBUG_CHECKS) ...; a usual build has no trace of them.
 */
#ifndef DEBUG_CHECKS
#define DEBUG_CHECKS 0
#endif

#endif
