/* SPDX-License-Identifier: BSD-2-Clause */
/* Random privileged instructions, and those that always trap. */
#include "tests/guest/random.h"

enum { CSRRW = 1, CSRRS, CSRRC, CSRRWI = 5, CSRRSI, CSRRCI };

/* What may be written to a CSR: its bits, or one of the ways below. */
enum way {
	WAY_BITS,  /* any of mask, from a register made for it */
	WAY_ANY,   /* whatever a register has */
	WAY_READ,  /* forms that do not write */
	WAY_WHOLE, /* as WAY_BITS, but csrrw alone */
	WAY_SATP,
	WAY_SINK /* reads go to x0, writes are illegal */
};

/*
 * The CSRs of S, and what streams do to them. sstatus: FS is off or dirty,
 * as what makes it dirty is the machine's choice. sie, sip: SSIP alone is
 * ever pending; other bits read as zero on all machines. senvcfg: csrrw, so
 * that CBIE is never the reserved 2. stvec and satp lead back to us.
 */
static const struct {
	u16 number;
	u8 way;
	u64 mask;
} csrs[] = {
	{0x100, WAY_BITS,
	 SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP | SSTATUS_SUM | SSTATUS_MXR},
	{0x100, WAY_BITS,
	 SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_SPP | SSTATUS_SUM | SSTATUS_MXR},
	{0x100, WAY_BITS, SSTATUS_SUM | SSTATUS_MXR},
	{0x100, WAY_BITS, SSTATUS_FS},
	{0x104, WAY_BITS, 0x222},
	{0x144, WAY_BITS, 0x222},
	{0x144, WAY_BITS, 0x2},
	{0x105, WAY_READ, 0},
	{0x106, WAY_BITS, 7},
	{0x10a, WAY_WHOLE, 0xd1},
	{0x140, WAY_ANY, 0},
	{0x141, WAY_BITS, 0xffffe}, /* QEMU keeps bit 0, which is always 0 */
	{0x142, WAY_BITS, 0x1f},
	{0x143, WAY_ANY, 0},
	{0x180, WAY_SATP, 0},
	{0x180, WAY_SATP, 0},
	{0xc00, WAY_SINK, 0},
	{0xc02, WAY_SINK, 0},
	{0x001, WAY_ANY, 0}, /* fflags, frm, fcsr */
	{0x002, WAY_ANY, 0},
	{0x003, WAY_ANY, 0},
};

static void csr(struct stream *s, u32 f3, u32 number, u32 rd, u32 rs1)
{
	emit32(s, OPCODE(0x73, f3, 0) | RD(rd) | RS1(rs1) | number << 20);
}

static u32 form(struct stream *s)
{
	return CSRRW + pick(s, 3);
}

/* REG_SRC = some of mask's bits; lui and addi reach 20 bits. */
static void make_source(struct stream *s, u64 mask)
{
	u32 v = (u32)(rnd(s) >> 20 & mask);

	if (chance(s, 3))
		v = (u32)mask;
	if ((v & SSTATUS_FS) != SSTATUS_FS)
		v &= (u32)~SSTATUS_FS;
	emit32(s, 0x37 | RD(REG_SRC) | ((v + 0x800) & 0xfffff000));
	emit32(s, OPCODE(0x1b, 0, 0) | RD(REG_SRC) | RS1(REG_SRC) |
			  IMM_I(v & 0xfff));
}

/* PITFALLS 45: rs1 = x0 does not write, whatever the CSR. */
static void csr_read_only(struct stream *s, u32 number)
{
	u32 f3 = CSRRS + pick(s, 2);

	csr(s, chance(s, 2) ? f3 : f3 + 4, number, reg_free(s), 0);
}

static void csr_bits(struct stream *s, u32 number, u64 mask, bool whole)
{
	/* Five bits of an immediate: sstatus, sie and sip have SIE and SSIP
	 * among them, the others all that mask has. */
	if (!whole && chance(s, 3)) {
		csr(s, form(s) + 4, number, reg_free(s),
		    pick(s, 32) & ((u32)mask | 2));
		return;
	}
	make_source(s, mask);
	/* rd = rs1 as often as not. */
	csr(s, whole ? CSRRW : form(s), number,
	    chance(s, 2) ? REG_SRC : reg_free(s), REG_SRC);
}

void gen_csr(struct stream *s)
{
	u32 n = pick(s, ARRAY_SIZE(csrs)), number = csrs[n].number;
	u32 r = reg_free_nz(s);

	if (number <= 3 && !s->fp)
		return;
	if (csrs[n].way == WAY_READ || chance(s, 4)) {
		if (csrs[n].way == WAY_SINK)
			csr(s, CSRRS + pick(s, 2), number, 0, 0);
		else
			csr_read_only(s, number);
		return;
	}
	switch (csrs[n].way) {
	case WAY_BITS:
	case WAY_WHOLE:
		csr_bits(s, number, csrs[n].mask, csrs[n].way == WAY_WHOLE);
		return;
	case WAY_ANY:
		if (chance(s, 3))
			csr(s, form(s) + 4, number, reg_free(s), pick(s, 32));
		else
			csr(s, form(s), number, chance(s, 2) ? r : reg_free(s),
			    r);
		return;
	case WAY_SATP:
		csr(s, CSRRW, number, chance(s, 2) ? REG_SATP : reg_free(s),
		    REG_SATP);
		return;
	default:
		csr(s, form(s), number, 0, 1 + pick(s, 31));
		return;
	}
}

/* To a later operation, in either mode, through either window. */
void gen_sret(struct stream *s)
{
	u32 from;

	if (!chance(s, 4)) {
		emit32(s, OPCODE(0x13, 0, 0) | RD(REG_SRC) | IMM_I(0x100));
		csr(s, CSRRS + pick(s, 2), 0x100, reg_free(s), REG_SRC);
	}
	from = s->at;
	emit32(s, 0x17 | RD(REG_TARGET));
	fix_later(s, FIX_ADDI, s->at, from);
	emit32(s, OPCODE(0x13, 0, 0) | RD(REG_TARGET) | RS1(REG_TARGET));
	if (chance(s, 2)) {
		emit32(s, OPCODE(0x03, 3, 0) | RD(REG_SRC) | RS1(REG_MAIL));
		emit32(s, OPCODE(0x33, 0, 0) | RD(REG_TARGET) |
				  RS1(REG_TARGET) | RS2(REG_SRC));
	}
	csr(s, CSRRW, 0x141, 0, REG_TARGET);
	emit32(s, 0x10200073);
}

/* sfence.vma, fence, fence.i: more than is due is always right. */
void gen_fence(struct stream *s)
{
	u32 which = pick(s, 6);
	u32 rs1 = chance(s, 3) ? 0 : chance(s, 2) ? reg_base(s) : reg_any(s);

	if (which == 0)
		emit32(s, 0x0ff0000f);
	else if (which == 1)
		emit32(s, 0x0000100f);
	else
		emit32(s, OPCODE(0x73, 0, 9) | RS1(rs1) |
				  RS2(chance(s, 3) ? 0 : reg_any(s)));
}

/*
 * ecall: from U it comes back to us. From S it is an SBI call with the same
 * answer everywhere: is there a TIME extension. What else its registers hold
 * must be kept.
 */
void gen_call(struct stream *s)
{
	emit32(s, OPCODE(0x13, 0, 0) | RD(17) | IMM_I(0x10));
	emit32(s, OPCODE(0x13, 0, 0) | RD(16) | IMM_I(3));
	/* a0 is the base of data: it moves away and back. */
	emit32(s, OPCODE(0x13, 0, 0) | RD(REG_SRC) | RS1(10));
	emit32(s, 0x37 | RD(10) | (SBI_TIME & 0xfffff000));
	emit32(s,
	       OPCODE(0x1b, 0, 0) | RD(10) | RS1(10) | IMM_I(SBI_TIME & 0xfff));
	emit32(s, 0x00000073);
	emit32(s, OPCODE(0x13, 0, 0) | RD(10) | RS1(REG_SRC));
	/* The value: "1 or another value that is not 0". */
	emit32(s, OPCODE(0x33, 3, 0) | RD(11) | RS2(11));
}

/* "mret" and what needs H or is nothing; ebreak. */
void gen_illegal(struct stream *s)
{
	static const u32 words[] = {
		0xffffffff, 0x0000000b, 0x30200073, 0x00200073, 0x7b200073,
		0x22000073, 0x62000073, 0x64000073, 0x68004073, 0x6a000073,
		0x7b002073, 0x30002073, 0x34005073, 0x20002073, 0x28001073,
		0x60002073, 0x5cf02073, 0x8ff02073, 0xcff02073, 0x00004073,
		0x00100073, 0x00100073, 0x0000705b, 0x8000103b,
	};
	static const u16 halves[] = {0, 0x9002, 0x9002, 0};

	if (chance(s, 5))
		emit16(s, halves[pick(s, ARRAY_SIZE(halves))]);
	else
		emit32(s, words[pick(s, ARRAY_SIZE(words))]);
}

/*
 * One that falls through: SIE is clear, and SSIP pending and enabled. In U
 * all of this is illegal. It is not the last of its page: to one that traps
 * there QEMU 10 gives the next page's sepc.
 */
void gen_wfi(struct stream *s)
{
	while ((s->start + 2 * s->at + 12) % PAGE_SIZE >= PAGE_SIZE - 4)
		emit16(s, 1); /* c.nop */
	csr(s, CSRRCI, 0x100, 0, 2);
	csr(s, CSRRSI, 0x104, 0, 2);
	csr(s, CSRRSI, 0x144, 0, 2);
	emit32(s, 0x10500073);
}

/* A jump to an address that no mode has. */
void gen_nowhere(struct stream *s)
{
	emit32(s, 0x37 | RD(REG_TARGET) | (1 + pick(s, 0x7fffe)) << 12);
	emit32(s, OPCODE(0x13, 1, 0) | RD(REG_TARGET) | RS1(REG_TARGET) |
			  IMM_I(28));
	emit32(s, OPCODE(0x67, 0, 0) | RD(reg_free(s)) | RS1(REG_TARGET) |
			  IMM_I(pick(s, 4096)));
}
