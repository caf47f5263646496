/* SPDX-License-Identifier: BSD-2-Clause */
/* memcpy() by words, whatever the alignments. */
#ifndef HYP_COPY_H
#define HYP_COPY_H

#include "hyp/types.h"

/*
 * Copy len bytes; they do not overlap. The words of 8 bytes around the first
 * and the last byte of `from` may be read whole, which no page is too small
 * for.
 */
void copy_bytes(void *to, const void *from, u64 len);

#endif
