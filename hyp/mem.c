/* SPDX-License-Identifier: BSD-2-Clause */
/* Chooses how memory is zeroed and copied, and counts what zeroing costs. */
#include <string.h>

#include "hyp/copy.h"
#include "hyp/csr.h"
#include "hyp/hart.h"
#include "hyp/mem.h"
#include "hyp/util.h"

/* mem_asm.S. end - p is a multiple of 4 KiB. */
void zero_plain(void *p, void *end, u64 block);
void zero_cboz(void *p, void *end, u64 block);
void vec_zero(void *p, void *end, u64 block);
void copy_plain(void *to, const void *from, void *end);
void vec_copy(void *to, const void *from, void *end);

#define VEC_BYTES_MAX 128 /* vlenb: 32 registers are at most a page */

static void (*zero)(void *, void *, u64) = zero_plain;
static void (*copy)(void *, const void *, void *) = copy_plain;

static u64 vector_bytes(void)
{
	u64 old = csr_read(CSR_SSTATUS), bytes;

	csr_set(CSR_SSTATUS, SSTATUS_VS);
	bytes = csr_read(CSR_VLENB);
	csr_write(CSR_SSTATUS, old);
	return bytes;
}

/*
 * cbo.zero takes two instructions a block (it has no offset), whole-register
 * stores take two for eight registers: the larger stride wins.
 */
void mem_init(void)
{
	u64 stride = 8, block = host.cboz_block, bytes;

	if (host_has(HOST_ZICBOZ) && block >= 16 && block <= 256) {
		zero = zero_cboz;
		stride = block;
	}
	if (!host_has(HOST_V))
		return;
	bytes = vector_bytes();
	if (bytes > VEC_BYTES_MAX)
		return;
	copy = vec_copy;
	if (bytes * 8 > stride)
		zero = vec_zero;
}

void mem_zero(void *p, u64 len)
{
	u64 start = csr_read(CSR_INSTRET);

	zero(p, (char *)p + len, host.cboz_block);
	this_hart()->zeroing += csr_read(CSR_INSTRET) - start;
}

void mem_clear(void *p, u64 len)
{
	u64 bulk = IS_ALIGNED((u64)p, 8) ? ALIGN_DOWN(len, 4096) : 0;

	if (bulk)
		zero(p, (char *)p + bulk, host.cboz_block);
	memset((char *)p + bulk, 0, len - bulk);
}

void mem_copy(void *to, const void *from, u64 len)
{
	u64 bulk = IS_ALIGNED((u64)to | (u64)from, 8) ? ALIGN_DOWN(len, 4096)
						      : 0;

	if (bulk)
		copy(to, from, (char *)to + bulk);
	copy_bytes((char *)to + bulk, (const char *)from + bulk, len - bulk);
}
