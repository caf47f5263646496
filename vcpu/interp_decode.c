/* SPDX-License-Identifier: BSD-2-Clause */
/* From an instruction to the slot that carries it out. */
#include "hyp/host.h"
#include "hyp/isa.h"
#include "vcpu/interp_ops.h"

/* Which operands there are, and where; short ones: "RVC Instruction Set". */
enum form {
	FORM_R,
	FORM_I,
	FORM_SH,
	FORM_1, /* rd, rs1 */
	FORM_U,
	FORM_B,
	FORM_J,
	/* Compressed, x8..x15: */
	FORM_CIW,
	FORM_CB_SH,
	FORM_CB_I,
	FORM_CA,
	FORM_CA_1,   /* rd' = rs1' alone */
	FORM_CA_NOT, /* and -1 */
	FORM_CA_255, /* and 255 */
	FORM_CJ,
	FORM_CB,
	/* Compressed, all registers: */
	FORM_CI,
	FORM_CI_RD, /* rd is not x0 */
	FORM_CI_LI,
	FORM_CI_16SP,
	FORM_CI_LUI,
	FORM_CI_SH,
	FORM_CR,
	FORM_CR_MV,
	FORM_CR_JR,
	FORM_CR_JALR,
};

enum op {
#define OP(name, ...) OP_##name,
#include "vcpu/interp.def"
	OPS
};

/* Of jumps, those to other lines. */
static const op_fn far[OPS] = {
#define OP(name, ...)   [OP_##name] = op_##name,
#define OP_B(name, ...) [OP_##name] = op_##name##_far,
#define OP_J(...)
#include "vcpu/interp.def"
	[OP_jal] = op_jal_far,
	[OP_jalr] = op_jalr,
};

static const op_fn near[OPS] = {
#define OP_B(name, ...) [OP_##name] = op_##name##_near,
#include "vcpu/interp.def"
	[OP_jal] = op_jal_near,
};

static const struct row {
	u32 match, mask;
	u8 op, form;
	const char *ext; /* else: no row, those behind it are ext's */
} rows[] = {
#define ROW(match, mask, op, form)        {match, mask, OP_##op, FORM_##form, NULL},
#define OP_R(name, match, mask, x)        ROW(match, mask, name, R)
#define OP_I(name, match, mask, x)        ROW(match, mask, name, I)
#define OP_SH(name, match, mask, x)       ROW(match, mask, name, SH)
#define OP_1(name, match, mask, x)        ROW(match, mask, name, 1)
#define OP_U(name, match, mask, x)        ROW(match, mask, name, U)
#define OP_B(name, match, mask, x)        ROW(match, mask, name, B)
#define OP_J(name, match, mask, form)     ROW(match, mask, name, form)
#define OP_C(name, match, mask, op, form) ROW(match, mask, op, form)
#define OP_EXT(name)                      {.ext = name},
#include "vcpu/interp.def"
};

/*
 * Rows by opcode and funct3, 0..255, or their like in compressed instructions,
 * 256..287: numbers from 1 on, 0 behind the last.
 */
#define IS_SHORT(raw)  (BITS(raw, 1, 0) != 3)
#define KEYS           288
#define KEY_LONG(raw)  (BITS(raw, 14, 12) << 5 | BITS(raw, 6, 2))
#define KEY_SHORT(raw) (256 | BITS(raw, 15, 13) << 2 | BITS(raw, 1, 0))
#define KEY(raw)       (IS_SHORT(raw) ? KEY_SHORT(raw) : KEY_LONG(raw))
#define KEY_ROWS       20
#define FUNCT3         (7U << 12)

static u8 by_key[KEYS][KEY_ROWS + 1];
_Static_assert(ARRAY_SIZE(rows) < 256, "numbers are bytes");

static void enter(u32 key, u32 row)
{
	u32 n = 0;

	while (by_key[key][n])
		n++;
	BUG_ON(n == KEY_ROWS);
	by_key[key][n] = row + 1;
}

/* What the host's harts do not have is left to them: it is illegal there. */
void interp_decode_init(void)
{
	bool have = true;

	if (by_key[KEY_LONG(0x13)][0])
		return;
	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];

		if (r->ext)
			have = isa_has(host.isa, r->ext);
		if (r->ext || !have)
			continue;
		if (IS_SHORT(r->match) || r->mask & FUNCT3) {
			enter(KEY(r->match), i);
			continue;
		}
		for (u32 funct3 = 0; funct3 < 8; funct3++)
			enter(KEY_LONG(r->match | funct3 << 12), i);
	}
}

static const struct row *find(u32 raw)
{
	const u8 *n = by_key[KEY(raw)];

	for (; *n; n++) {
		const struct row *r = &rows[*n - 1];

		if ((raw & r->mask) == r->match)
			return r;
	}
	return NULL;
}

/* ---- operands ------------------------------------------------------------ */

/* Bits hi..lo of raw, as bits from `to` on. */
#define PUT(raw, hi, lo, to) (BITS(raw, hi, lo) << (to))

static s32 imm_b(u32 raw)
{
	return sign_extend(PUT(raw, 31, 31, 12) | PUT(raw, 7, 7, 11) |
				   PUT(raw, 30, 25, 5) | PUT(raw, 11, 8, 1),
			   13);
}

static s32 imm_j(u32 raw)
{
	return sign_extend(PUT(raw, 31, 31, 20) | PUT(raw, 19, 12, 12) |
				   PUT(raw, 20, 20, 11) | PUT(raw, 30, 21, 1),
			   21);
}

static s32 imm_ci(u32 raw)
{
	return sign_extend(PUT(raw, 12, 12, 5) | BITS(raw, 6, 2), 6);
}

static s32 imm_16sp(u32 raw)
{
	return sign_extend(PUT(raw, 12, 12, 9) | PUT(raw, 6, 6, 4) |
				   PUT(raw, 5, 5, 6) | PUT(raw, 4, 3, 7) |
				   PUT(raw, 2, 2, 5),
			   10);
}

static s32 imm_ciw(u32 raw)
{
	return PUT(raw, 12, 11, 4) | PUT(raw, 10, 7, 6) | PUT(raw, 6, 6, 2) |
	       PUT(raw, 5, 5, 3);
}

static s32 imm_cj(u32 raw)
{
	return sign_extend(PUT(raw, 12, 12, 11) | PUT(raw, 11, 11, 4) |
				   PUT(raw, 10, 9, 8) | PUT(raw, 8, 8, 10) |
				   PUT(raw, 7, 7, 6) | PUT(raw, 6, 6, 7) |
				   PUT(raw, 5, 3, 1) | PUT(raw, 2, 2, 5),
			   12);
}

static s32 imm_cb(u32 raw)
{
	return sign_extend(PUT(raw, 12, 12, 8) | PUT(raw, 11, 10, 3) |
				   PUT(raw, 6, 5, 6) | PUT(raw, 4, 3, 1) |
				   PUT(raw, 2, 2, 5),
			   9);
}

static u64 shamt_c(u32 raw)
{
	return PUT(raw, 12, 12, 5) | BITS(raw, 6, 2);
}

struct operands {
	u32 rd, rs1, rs2;
	s32 imm;
};

static void operands_long(struct operands *o, u32 raw, enum form form)
{
	*o = (struct operands){BITS(raw, 11, 7), BITS(raw, 19, 15), 0, 0};
	switch (form) {
	case FORM_R:
		o->rs2 = BITS(raw, 24, 20);
		return;
	case FORM_I:
		o->imm = (s32)raw >> 20;
		return;
	case FORM_SH:
		o->imm = BITS(raw, 25, 20);
		return;
	case FORM_U:
		*o = (struct operands){o->rd, 0, 0, raw & ~0xfffU};
		return;
	case FORM_B:
		*o = (struct operands){0, o->rs1, BITS(raw, 24, 20),
				       imm_b(raw)};
		return;
	case FORM_J:
		*o = (struct operands){o->rd, 0, 0, imm_j(raw)};
		return;
	default: /* FORM_1 */
		return;
	}
}

/* Registers of the full set. False: a reserved encoding, or another's. */
static bool operands_wide(struct operands *o, u32 raw, enum form form)
{
	u32 outer = BITS(raw, 11, 7), inner = BITS(raw, 6, 2);

	*o = (struct operands){outer, outer, 0, 0};
	switch (form) {
	case FORM_CI:
		o->imm = imm_ci(raw);
		return true;
	case FORM_CI_RD:
		o->imm = imm_ci(raw);
		return outer;
	case FORM_CI_LI:
		o->rs1 = 0;
		o->imm = imm_ci(raw);
		return true;
	case FORM_CI_16SP:
		o->imm = imm_16sp(raw);
		return o->imm;
	case FORM_CI_LUI:
		o->rs1 = 0;
		o->imm = imm_ci(raw) * 4096;
		return o->imm;
	case FORM_CI_SH:
		o->imm = shamt_c(raw);
		return true;
	case FORM_CR_MV:
		o->rs1 = inner;
		return true;
	case FORM_CR_JR:
		o->rd = 0;
		return outer;
	case FORM_CR_JALR:
		o->rd = 1;
		return outer;
	default: /* FORM_CR */
		o->rs2 = inner;
		return true;
	}
}

/* Registers x8..x15, rd' and rs1' the same; likewise. */
static bool operands_narrow(struct operands *o, u32 raw, enum form form)
{
	u32 outer = 8 + BITS(raw, 9, 7), inner = 8 + BITS(raw, 4, 2);

	*o = (struct operands){outer, outer, inner, 0};
	switch (form) {
	case FORM_CIW:
		*o = (struct operands){inner, 2, 0, imm_ciw(raw)};
		return o->imm;
	case FORM_CB_SH:
		*o = (struct operands){outer, outer, 0, shamt_c(raw)};
		return true;
	case FORM_CB_I:
		*o = (struct operands){outer, outer, 0, imm_ci(raw)};
		return true;
	case FORM_CA_1:
		*o = (struct operands){outer, outer, 0, 0};
		return true;
	case FORM_CA_NOT:
		*o = (struct operands){outer, outer, 0, -1};
		return true;
	case FORM_CA_255:
		*o = (struct operands){outer, outer, 0, 255};
		return true;
	case FORM_CJ:
		*o = (struct operands){0, 0, 0, imm_cj(raw)};
		return true;
	case FORM_CB:
		*o = (struct operands){0, outer, 0, imm_cb(raw)};
		return true;
	default: /* FORM_CA */
		return true;
	}
}

static bool operands(struct operands *o, u32 raw, enum form form)
{
	if (form >= FORM_CI)
		return operands_wide(o, raw, form);
	if (form >= FORM_CIW)
		return operands_narrow(o, raw, form);
	operands_long(o, raw, form);
	return true;
}

/* ---- slots --------------------------------------------------------------- */

static void set_registers(struct slot *s, u32 rd, u32 rs1, u32 rs2)
{
	s->rd = REG(rd);
	s->rs1 = REG(rs1);
	s->rs2 = REG(rs2);
}

/* A branch or jal from `at`: by slots if it stays in the line. */
static op_fn branch(struct slot *s, enum op op, u32 at)
{
	bool stays = at != ALONE && (u64)((s64)at + s->imm) < LINE_SIZE;
	bool links = s->rd;

	if (stays)
		s->imm *= 1 << SLOT_SHIFT;
	if (op == OP_jal && !links)
		return stays ? op_j_near : op_j_far;
	return stays ? near[op] : far[op];
}

/* What is computed here; a result for x0 is not. */
static bool decode_computed(struct slot *s, u32 raw, u32 at)
{
	const struct row *r = find(raw);
	struct operands o;

	if (!r || !operands(&o, raw, r->form))
		return false;
	set_registers(s, o.rd, o.rs1, o.rs2);
	s->imm = o.imm;
	if (near[r->op])
		s->run = branch(s, r->op, at);
	else if (r->op == OP_jalr)
		s->run = o.rd ? op_jalr : op_jr;
	else
		s->run = o.rd ? far[r->op] : op_nop;
	return true;
}

static op_fn other_op(const struct insn *i, u32 raw)
{
	switch (i->kind) {
	case INSN_LOAD:
		return mem_load_op(i);
	case INSN_STORE:
		return mem_store_op(i);
	case INSN_FLOAD:
	case INSN_FSTORE:
		return fp_op(i);
	case INSN_AMO:
		return amo_op(raw);
	default:
		return sys_op(i, raw);
	}
}

void interp_decode(struct slot *s, u32 raw, u32 at)
{
	struct insn i;

	s->size = (IS_SHORT(raw) ? 2 : 4) << SLOT_SHIFT;
	if (IS_SHORT(raw))
		raw &= 0xffff;
	if (decode_computed(s, raw, at))
		return;
	i = insn_decode(raw);
	set_registers(s, i.rd, i.rs1, i.rs2);
	s->imm = i.imm;
	s->run = other_op(&i, raw);
}
