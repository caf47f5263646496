/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions that the VMM must understand: one decoder for every backend. */
#ifndef VCPU_DECODE_H
#define VCPU_DECODE_H

#include "hyp/types.h"

enum insn_kind {
	INSN_UNKNOWN, /* not one that the VMM emulates, or not legal */
	INSN_LOAD,    /* integer load */
	INSN_STORE,   /* integer store */
	INSN_FLOAD,   /* floating-point load */
	INSN_FSTORE,  /* floating-point store */
	INSN_AMO,     /* LR, SC and AMO*: never done on a device */
	INSN_CBO,     /* cbo.inval, cbo.clean, cbo.flush */
	INSN_CBO_ZERO,
	INSN_CSR, /* csrrw, csrrs, csrrc and the immediate forms */
	INSN_WFI,
	INSN_WRS, /* wrs.nto, wrs.sto */
	INSN_SRET,
	INSN_MRET,
	INSN_SFENCE_VMA,
	INSN_SINVAL, /* sinval.vma, sfence.w.inval, sfence.inval.ir */
	INSN_ECALL,
	INSN_EBREAK,
} __attribute__((packed));

enum csr_op {
	CSR_WRITE = 1,
	CSR_SET = 2,
	CSR_CLEAR = 3,
} __attribute__((packed));

/*
 * A decoded instruction. Registers are numbers 0..31; what the instruction
 * does not have is 0. Two words, so that it is returned in registers.
 */
struct insn {
	union {
		struct {
			enum insn_kind kind;
			u8 len;    /* 2 or 4 bytes in memory */
			u8 width;  /* loads, stores: 1..8 bytes; AMO: 1..16 */
			bool sign; /* loads: sign-extend */
			u8 rd, rs1, rs2;
			bool uimm; /* INSN_CSR: the operand is the number rs1 */
		};
		u64 word; /* all of these; only the decoder needs it */
	};
	union {
		s64 imm; /* loads, stores: the offset; else 0 */
		struct { /* INSN_CSR */
			u16 csr;
			enum csr_op op;
		};
	};
};

/*
 * Decode the instruction in the low 16 (compressed) or 32 bits of raw: loads
 * and stores of RV64GC, Zfhmin and Zcb, atomics of A, Zabha and Zacas, Zicsr,
 * Zicbom, Zicboz, Zawrs, Svinval and the privileged ones (RISC-V Unprivileged,
 * "RV32/64G Instruction Set Listings", "RVC Instruction Set Listings";
 * Privileged, "RISC-V Privileged Instruction Set Listings"). Anything else,
 * reserved encodings included, is INSN_UNKNOWN with len set. Never fails.
 */
struct insn insn_decode(u32 raw);

/*
 * Decode a transformed instruction as htinst has it (Privileged, "Transformed
 * Instruction or Pseudoinstruction for mtinst or htinst"): bit 1 clear means
 * that the original was compressed, so len is 2; rs1 is the number of bytes
 * from the start of a misaligned access to the part that faulted, and imm is
 * 0. Zero, pseudoinstructions (0x3000, 0x3020) and whatever is none of these
 * give INSN_UNKNOWN with len 0.
 */
struct insn insn_decode_htinst(u64 htinst);

/*
 * The frequent case of insn_decode_htinst() without its table: htinst is an
 * aligned integer load, whose fields the functions below tell.
 */
static inline bool htinst_is_load(u64 htinst)
{
	const u64 fields = 0x1fUL << 7 | 7UL << 12 | 2; /* rd, funct3, size */

	return (htinst & ~fields) == 1 && (htinst >> 12 & 7) != 7;
}

static inline u32 htinst_load_rd(u64 htinst)
{
	return htinst >> 7 & 31;
}

static inline u32 htinst_load_width(u64 htinst)
{
	return 1U << (htinst >> 12 & 3);
}

static inline bool htinst_load_sign(u64 htinst)
{
	return !(htinst >> 14 & 1);
}

static inline u32 htinst_load_len(u64 htinst)
{
	return htinst & 2 ? 4 : 2;
}

#endif
