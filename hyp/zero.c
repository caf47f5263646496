/* SPDX-License-Identifier: BSD-2-Clause */
/* Chooses how memory is zeroed, and counts what it costs. */
#include "hyp/csr.h"
#include "hyp/hart.h"
#include "hyp/zero.h"

/* zero_asm.S. end - p is a multiple of 4 KiB. */
void zero_plain(void *p, void *end, u64 block);
void zero_cboz(void *p, void *end, u64 block);
void vec_zero(void *p, void *end, u64 block);

#define VEC_BYTES_MAX 128 /* vlenb: 32 registers are at most a page */

static void (*zero)(void *, void *, u64) = zero_plain;

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
void zero_init(void)
{
	u64 stride = 8, block = host.cboz_block;

	if (host_has(HOST_ZICBOZ) && block >= 16 && block <= 256) {
		zero = zero_cboz;
		stride = block;
	}
	if (host_has(HOST_V)) {
		u64 bytes = vector_bytes();

		if (bytes <= VEC_BYTES_MAX && bytes * 8 > stride)
			zero = vec_zero;
	}
}

void zero_memory(void *p, u64 len)
{
	u64 start = csr_read(CSR_INSTRET);

	zero(p, (char *)p + len, host.cboz_block);
	this_hart()->zeroing += csr_read(CSR_INSTRET) - start;
}
