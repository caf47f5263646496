/* SPDX-License-Identifier: BSD-2-Clause */
/* The call itself (RISC-V SBI, "Binary Encoding"). */

	.text
	/* struct sbi_ret sbi_call(u64 ext, u64 fid, u64 a0, u64 a1, u64 a2) */
	.globl sbi_call
sbi_call:
	mv	a7, a0
	mv	a6, a1
	mv	a0, a2
	mv	a1, a3
	mv	a2, a4
	ecall
	ret
