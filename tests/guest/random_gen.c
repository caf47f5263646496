/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes random streams: the frame, integer instructions and jumps. */
#include "tests/guest/random.h"

/* All but x0 that a stream may change. */
static const u8 free_regs[] = {1,  5,  6,  7,  11, 12, 13, 14, 15, 16, 17, 18,
			       19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 31};

struct isa isa;

static struct {
	enum fix kind;
	u32 at, from, op;
} fixes[2 * OPS_MAX];
static u32 fix_count;

/* ---- emission -------------------------------------------------------------
 */

static u16 *code(struct stream *s)
{
	return (u16 *)(ARENA + s->start);
}

void emit16(struct stream *s, u32 insn)
{
	code(s)[s->at++] = (u16)insn;
}

void emit32(struct stream *s, u32 insn)
{
	emit16(s, insn);
	emit16(s, insn >> 16);
}

u32 reg_free_nz(struct stream *s)
{
	return free_regs[pick(s, ARRAY_SIZE(free_regs))];
}

u32 reg_free(struct stream *s)
{
	return chance(s, 12) ? 0 : reg_free_nz(s);
}

u32 reg_free_c(struct stream *s)
{
	return 11 + pick(s, 5);
}

u32 reg_any(struct stream *s)
{
	return pick(s, 32);
}

u32 reg_base(struct stream *s)
{
	u32 n = pick(s, 4);

	return n == 3 ? REG_SP : REG_BASE0 + n;
}

/* ---- integer instructions -------------------------------------------------
 */

/* opcode, funct3, funct7; Unprivileged, "RV32/64G Instruction Set Listings" */
static const u32 forms_r[] = {
	OPCODE(0x33, 0, 0), OPCODE(0x33, 0, 0x20), OPCODE(0x33, 1, 0),
	OPCODE(0x33, 2, 0), OPCODE(0x33, 3, 0),    OPCODE(0x33, 4, 0),
	OPCODE(0x33, 5, 0), OPCODE(0x33, 5, 0x20), OPCODE(0x33, 6, 0),
	OPCODE(0x33, 7, 0), OPCODE(0x3b, 0, 0),    OPCODE(0x3b, 0, 0x20),
	OPCODE(0x3b, 1, 0), OPCODE(0x3b, 5, 0),    OPCODE(0x3b, 5, 0x20),
	OPCODE(0x33, 0, 1), OPCODE(0x33, 1, 1),    OPCODE(0x33, 2, 1),
	OPCODE(0x33, 3, 1), OPCODE(0x33, 4, 1),    OPCODE(0x33, 5, 1),
	OPCODE(0x33, 6, 1), OPCODE(0x33, 7, 1),    OPCODE(0x3b, 0, 1),
	OPCODE(0x3b, 4, 1), OPCODE(0x3b, 5, 1),    OPCODE(0x3b, 6, 1),
	OPCODE(0x3b, 7, 1),
};
static const u32 forms_zba[] = {
	OPCODE(0x3b, 0, 4),    OPCODE(0x33, 2, 0x10), OPCODE(0x33, 4, 0x10),
	OPCODE(0x33, 6, 0x10), OPCODE(0x3b, 2, 0x10), OPCODE(0x3b, 4, 0x10),
	OPCODE(0x3b, 6, 0x10),
};
static const u32 forms_zbb[] = {
	OPCODE(0x33, 7, 0x20), OPCODE(0x33, 6, 0x20), OPCODE(0x33, 4, 0x20),
	OPCODE(0x33, 4, 5),    OPCODE(0x33, 5, 5),    OPCODE(0x33, 6, 5),
	OPCODE(0x33, 7, 5),    OPCODE(0x33, 1, 0x30), OPCODE(0x33, 5, 0x30),
	OPCODE(0x3b, 1, 0x30), OPCODE(0x3b, 5, 0x30),
};
static const u32 forms_zbs[] = {
	OPCODE(0x33, 1, 0x24),
	OPCODE(0x33, 5, 0x24),
	OPCODE(0x33, 1, 0x34),
	OPCODE(0x33, 1, 0x14),
};
static const u32 forms_zicond[] = {
	OPCODE(0x33, 5, 7),
	OPCODE(0x33, 7, 7),
};
/* Of Zbb, with the immediate that belongs to the encoding. */
static const u32 forms_unary[] = {
	OPCODE(0x13, 1, 0x30) | RS2(0), OPCODE(0x13, 1, 0x30) | RS2(1),
	OPCODE(0x13, 1, 0x30) | RS2(2), OPCODE(0x13, 1, 0x30) | RS2(4),
	OPCODE(0x13, 1, 0x30) | RS2(5), OPCODE(0x1b, 1, 0x30) | RS2(0),
	OPCODE(0x1b, 1, 0x30) | RS2(1), OPCODE(0x1b, 1, 0x30) | RS2(2),
	OPCODE(0x13, 5, 0x14) | RS2(7), OPCODE(0x13, 5, 0x35) | RS2(0x18),
	OPCODE(0x3b, 4, 4) | RS2(0),
};

static void gen_r(struct stream *s)
{
	const u32 *forms = forms_r;
	u32 n = ARRAY_SIZE(forms_r), which = pick(s, 10);

	if (which == 0 && isa.zba)
		forms = forms_zba, n = ARRAY_SIZE(forms_zba);
	else if (which == 1 && isa.zbb)
		forms = forms_zbb, n = ARRAY_SIZE(forms_zbb);
	else if (which == 2 && isa.zbs)
		forms = forms_zbs, n = ARRAY_SIZE(forms_zbs);
	else if (which == 3 && isa.zicond)
		forms = forms_zicond, n = ARRAY_SIZE(forms_zicond);
	emit32(s, forms[pick(s, n)] | RD(reg_free(s)) | RS1(reg_any(s)) |
			  RS2(reg_any(s)));
}

/* addi, slti, sltiu, xori, ori, andi, addiw; lui, auipc; shifts; Zbb's. */
static void gen_i(struct stream *s)
{
	u32 regs = RD(reg_free(s)) | RS1(reg_any(s)), imm = pick(s, 4096);
	u32 f3 = pick(s, 8), which = pick(s, 16);

	if (which == 0)
		emit32(s, (chance(s, 2) ? 0x37 : 0x17) | regs | imm << 20);
	else if (which == 1 && isa.zbb)
		emit32(s, forms_unary[pick(s, ARRAY_SIZE(forms_unary))] | regs);
	else if (which == 2)
		emit32(s, OPCODE(0x1b, 0, 0) | regs | IMM_I(imm));
	else if (which == 3)
		emit32(s, OPCODE(0x1b, 1, 0) | regs | IMM_I(imm & 31));
	else if (which == 4)
		emit32(s, OPCODE(0x1b, 5, 0) | regs | IMM_I(imm & 0x41f));
	else if (f3 == 1)
		emit32(s, OPCODE(0x13, 1, 0) | regs | IMM_I(imm & 63));
	else if (f3 == 5)
		emit32(s, OPCODE(0x13, 5, 0) | regs | IMM_I(imm & 0x43f));
	else
		emit32(s, OPCODE(0x13, f3, 0) | regs | IMM_I(imm));
}

/* Of quadrants 1 and 2, without those where a zero is something else. */
static void gen_c(struct stream *s)
{
	u32 rd = reg_free_nz(s) << 7, rs = (1 + pick(s, 31)) << 2;
	u32 rc = (reg_free_c(s) - 8) << 7, rc2 = pick(s, 8) << 2;
	u32 imm = (1 + pick(s, 31)) << 2 | pick(s, 2) << 12;
	const u32 forms[] = {
		0x0001 | rd | imm,                   /* c.addi */
		0x2001 | rd | imm,                   /* c.addiw */
		0x4001 | rd | imm,                   /* c.li */
		0x6001 | rd | imm,                   /* c.lui */
		0x0002 | rd | imm,                   /* c.slli */
		0x8001 | rc | imm,                   /* c.srli */
		0x8401 | rc | imm,                   /* c.srai */
		0x8801 | rc | imm,                   /* c.andi */
		0x8c01 | rc | rc2 | pick(s, 4) << 5, /* c.sub xor or and */
		0x9c01 | rc | rc2 | pick(s, 2) << 5, /* c.subw c.addw */
		0x8002 | rd | rs,                    /* c.mv */
		0x9002 | rd | rs,                    /* c.add */
		0x0000 | 0x20 | pick(s, 256) << 5 | (reg_free_c(s) - 8) << 2,
	};

	emit16(s, forms[pick(s, ARRAY_SIZE(forms))]);
}

/* ---- jumps, always forward ------------------------------------------------
 */

void fix_later(struct stream *s, enum fix kind, u32 at, u32 from)
{
	fixes[fix_count].kind = kind;
	fixes[fix_count].at = at;
	fixes[fix_count].from = from;
	fixes[fix_count++].op = s->ops + 1 + pick(s, 4);
}

static void gen_branch(struct stream *s)
{
	static const u8 f3[] = {0, 1, 4, 5, 6, 7};
	u32 r = reg_any(s);

	if (chance(s, 3)) {
		fix_later(s, FIX_CB, s->at, s->at);
		emit16(s, 0xc001 | pick(s, 2) << 13 | pick(s, 8) << 7);
		return;
	}
	fix_later(s, FIX_BRANCH, s->at, s->at);
	emit32(s, OPCODE(0x63, f3[pick(s, 6)], 0) | RS1(r) |
			  RS2(chance(s, 4) ? r : reg_any(s)));
}

/* jal, c.j; jalr, c.jr and c.jalr by a register. */
static void gen_jump(struct stream *s)
{
	u32 from = s->at, which = pick(s, 4);

	if (which == 0) {
		fix_later(s, FIX_JAL, s->at, from);
		emit32(s, 0x6f | RD(reg_free(s)));
	} else if (which == 1) {
		fix_later(s, FIX_CJ, s->at, from);
		emit16(s, 0xa001);
	} else if (which == 2) {
		emit32(s, 0x17 | RD(REG_TARGET));
		fix_later(s, FIX_ADDI, s->at, from);
		emit32(s,
		       OPCODE(0x67, 0, 0) | RD(reg_free(s)) | RS1(REG_TARGET));
	} else {
		emit32(s, 0x17 | RD(REG_TARGET));
		fix_later(s, FIX_ADDI, s->at, from);
		emit32(s,
		       OPCODE(0x13, 0, 0) | RD(REG_TARGET) | RS1(REG_TARGET));
		emit16(s, 0x8002 | pick(s, 2) << 12 | REG_TARGET << 7);
	}
}

static u32 imm_branch(u32 d)
{
	return (d >> 12 & 1) << 31 | (d >> 5 & 63) << 25 | (d >> 1 & 15) << 8 |
	       (d >> 11 & 1) << 7;
}

static u32 imm_jal(u32 d)
{
	return (d >> 20 & 1) << 31 | (d >> 1 & 1023) << 21 |
	       (d >> 11 & 1) << 20 | (d >> 12 & 255) << 12;
}

static u32 imm_cj(u32 d)
{
	return (d >> 11 & 1) << 12 | (d >> 4 & 1) << 11 | (d >> 8 & 3) << 9 |
	       (d >> 10 & 1) << 8 | (d >> 6 & 1) << 7 | (d >> 7 & 1) << 6 |
	       (d >> 1 & 7) << 3 | (d >> 5 & 1) << 2;
}

/* It reaches 255 bytes: who does not reach goes on behind itself. */
static u32 imm_cb(u32 d)
{
	if (d > 254)
		d = 2;
	return (d >> 3 & 3) << 10 | (d >> 6 & 3) << 5 | (d >> 1 & 3) << 3 |
	       (d >> 5 & 1) << 2;
}

static void fix_all(struct stream *s)
{
	for (u32 n = 0; n < fix_count; n++) {
		u32 op = fixes[n].op < s->ops ? fixes[n].op : s->ops - 1;
		u32 d = 2 * (s->op_at[op] - fixes[n].from), insn = 0;
		u16 *p = &code(s)[fixes[n].at];

		if (fixes[n].kind == FIX_BRANCH)
			insn = imm_branch(d);
		else if (fixes[n].kind == FIX_JAL)
			insn = imm_jal(d);
		else if (fixes[n].kind == FIX_ADDI)
			insn = IMM_I(d);
		else if (fixes[n].kind == FIX_CJ)
			insn = imm_cj(d);
		else
			insn = imm_cb(d);
		p[0] |= (u16)insn;
		if (insn >> 16)
			p[1] |= (u16)(insn >> 16);
	}
}

/* ---- a stream -------------------------------------------------------------
 */

static const struct {
	void (*gen)(struct stream *s);
	u32 weight;
} kinds[] = {
	{gen_r, 14},   {gen_i, 12},      {gen_c, 12},        {gen_branch, 7},
	{gen_jump, 5}, {gen_load, 16},   {gen_store, 14},    {gen_memory_c, 8},
	{gen_amo, 6},  {gen_lr_sc, 2},   {gen_cbo, 2},       {gen_csr, 24},
	{gen_sret, 4}, {gen_fence, 5},   {gen_call, 3},      {gen_illegal, 3},
	{gen_wfi, 1},  {gen_nowhere, 1}, {gen_fp_memory, 8}, {gen_fp, 8},
};
#define WEIGHTS_MAX 200

static void (*drawn[WEIGHTS_MAX])(struct stream *s);
static u32 drawn_count;

static void draw(void)
{
	for (u32 k = 0; k < ARRAY_SIZE(kinds); k++)
		for (u32 n = 0; n < kinds[k].weight; n++)
			drawn[drawn_count++] = kinds[k].gen;
}

/* A whole page to go, or a few halfwords in front of the next one. */
static void place(struct stream *s)
{
	s->start = chance(s, 3) ? 0 : (u32)PAGE_SIZE - 2 * pick(s, 40);
}

void gen_stream(struct stream *s)
{
	u32 ops = 4 + pick(s, OPS_MAX - 5);

	if (!drawn_count)
		draw();
	place(s);
	s->at = s->ops = fix_count = 0;
	s->no_hole = false;
	while (s->ops < ops) {
		s->op_at[s->ops] = s->at;
		drawn[pick(s, drawn_count)](s);
		s->ops++;
	}
	s->op_at[s->ops++] = s->at;
	if (chance(s, 2))
		emit32(s, 0x00100073); /* ebreak, c.ebreak */
	else
		emit16(s, 0x9002);
	fix_all(s);
}
