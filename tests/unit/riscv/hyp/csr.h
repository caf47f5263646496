/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for RISC-V instructions where pure code meets a few of them. */
#ifndef TESTS_UNIT_RISCV_CSR_H
#define TESTS_UNIT_RISCV_CSR_H

#include_next "hyp/csr.h"

#undef csr_read
#undef csr_write
#undef csr_set
#undef csr_clear
#undef csr_swap

/* The test that links such code defines them. */
unsigned long host_csr_read(unsigned int csr);
void host_csr_write(unsigned int csr, unsigned long value);

#define csr_read(csr)       host_csr_read(csr)
#define csr_write(csr, val) host_csr_write(csr, val)

#endif
