/* SPDX-License-Identifier: BSD-2-Clause */
/* Debug builds: every lock is taken in the order of lock.def, or it is a bug.
 */
#ifndef HYP_LOCK_CHECK_H
#define HYP_LOCK_CHECK_H

#include "hyp/lock.h"

/*
 * This hart is about to take l, or to release it, at that address of our
 * text. A bug with the names and places of both locks unless l's class lies
 * inside those of all locks that it holds, and the last taken goes first.
 */
void lock_check_acquire(const struct lock *l, const void *where);
void lock_check_release(const struct lock *l, const void *where);

/* A bug unless this hart holds no lock: what comes next may take its time. */
void lock_check_none(void);

#endif
