/* SPDX-License-Identifier: BSD-2-Clause */
/* Decodes raw instructions, and the transformed ones of htinst, by insn.def. */
#include "vcpu/decode.h"
#include "hyp/util.h"

/* Which fields there are; the manual's names where it has one. */
enum form {
	FORM_NONE,
	FORM_I,   /* rd, rs1 */
	FORM_S,   /* rs1, rs2 */
	FORM_RS1, /* rs1 */
	FORM_AMO, /* rd, rs1, rs2, width */
	FORM_CSR, /* rd, rs1 or uimm, csr */
	FORM_CL,  /* rd', rs1' */
	FORM_CS,  /* rs1', rs2' */
	FORM_CI,  /* rd; the base is x2 */
	FORM_CSS, /* rs2; the base is x2 */
};

/* Which bits make the offset. CB, CH, CW, CD: CL and CS, by width. */
enum imm {
	IMM_NONE,
	IMM_I,
	IMM_S,
	IMM_CB,
	IMM_CH,
	IMM_CW,
	IMM_CD,
	IMM_CI_W,
	IMM_CI_D,
	IMM_CSS_W,
	IMM_CSS_D,
};

/* What a match tells: the result without its operands, and where these are. */
struct row {
	union {
		struct {
			enum insn_kind kind;
			u8 len, width;
			bool sign;
		};
		u64 word; /* laid out as that of struct insn */
	};
	u8 form, imm;
};

/* A value as that field of struct insn's word. */
#define AS(field, value) ((u64)(value) << 8 * offsetof(struct insn, field))
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "AS()");
_Static_assert(offsetof(struct insn, sign) == offsetof(struct row, sign), "");

/* Unprivileged, "Base Instruction-Length Encoding". */
#define IS_SHORT(raw)  (BITS(raw, 1, 0) != 3)
#define LEN(raw)       (IS_SHORT(raw) ? 2 : 4)

/*
 * What is looked at first, as a number: funct3 and opcode, 0..255, then their
 * like in compressed instructions, 256..287.
 */
#define KEYS           288
#define KEY_LONG(raw)  (BITS(raw, 14, 12) << 5 | BITS(raw, 6, 2))
#define KEY_SHORT(raw) (256 | BITS(raw, 15, 13) << 2 | BITS(raw, 1, 0))
#define KEY(raw)       (IS_SHORT(raw) ? KEY_SHORT(raw) : KEY_LONG(raw))

#define ROW(raw, k, w, s, f, i) \
	{.kind = INSN_##k,      \
	 .len = LEN(raw),       \
	 .width = w,            \
	 .sign = s,             \
	 .form = FORM_##f,      \
	 .imm = IMM_##i}

static const struct row by_key[KEYS] = {
#define INSN(name, match, mask, ...) [KEY(match)] = ROW(match, __VA_ARGS__),
#define INSN_MORE(...)
#include "vcpu/insn.def"
#undef INSN
#undef INSN_MORE
};

static const struct pattern {
	u32 match, mask;
	struct row row;
} by_mask[] = {
#define INSN(...)
#define INSN_MORE(name, match, mask, ...) \
	{match, mask, ROW(match, __VA_ARGS__)},
#include "vcpu/insn.def"
#undef INSN
#undef INSN_MORE
};

static const struct row unknown_long = {.len = 4};
static const struct row unknown_short = {.len = 2};

static const struct row *find(u32 raw)
{
	const struct row *r = &by_key[KEY(raw)];
	const struct pattern *p = by_mask;

	/* c.lwsp and c.ldsp to x0 are reserved. */
	if (r->form == FORM_CI && r->kind == INSN_LOAD && !BITS(raw, 11, 7))
		return &unknown_short;
	if (r->kind)
		return r;
	for (; p < by_mask + ARRAY_SIZE(by_mask); p++)
		if ((raw & p->mask) == p->match)
			return &p->row;
	return IS_SHORT(raw) ? &unknown_short : &unknown_long;
}

/* The registers, as part of struct insn's word; x' is one of x8..x15. */
static inline u64 operands(u32 raw, enum form form)
{
	u64 outer = BITS(raw, 11, 7), inner = BITS(raw, 6, 2);
	u64 rs1 = AS(rs1, BITS(raw, 19, 15)), rs2 = AS(rs2, BITS(raw, 24, 20));
	u64 funct3 = BITS(raw, 14, 12);

	switch (form) {
	case FORM_NONE:
		return 0;
	case FORM_I:
		return AS(rd, outer) | rs1;
	case FORM_S:
		return rs1 | rs2;
	case FORM_RS1:
		return rs1;
	case FORM_AMO:
		return AS(rd, outer) | rs1 | rs2 | AS(width, 1 << funct3);
	case FORM_CSR:
		return AS(rd, outer) | rs1 | AS(uimm, funct3 >> 2);
	case FORM_CL:
		return AS(rd, 8 + inner % 8) | AS(rs1, 8 + outer % 8);
	case FORM_CS:
		return AS(rs1, 8 + outer % 8) | AS(rs2, 8 + inner % 8);
	case FORM_CI:
		return AS(rd, outer) | AS(rs1, 2);
	case FORM_CSS:
		return AS(rs1, 2) | AS(rs2, inner);
	}
	return 0;
}

static inline s64 offset(u32 raw, enum imm imm)
{
	switch (imm) {
	case IMM_NONE:
		return 0;
	case IMM_I:
		return (s32)raw >> 20;
	case IMM_S:
		return ((s32)raw >> 25) * 32 | (s64)BITS(raw, 11, 7);
	case IMM_CB:
		return BITS(raw, 6, 6) | BITS(raw, 5, 5) << 1;
	case IMM_CH:
		return BITS(raw, 5, 5) << 1;
	case IMM_CW:
		return BITS(raw, 12, 10) << 3 | BITS(raw, 6, 6) << 2 |
		       BITS(raw, 5, 5) << 6;
	case IMM_CD:
		return BITS(raw, 12, 10) << 3 | BITS(raw, 6, 5) << 6;
	case IMM_CI_W:
		return BITS(raw, 12, 12) << 5 | BITS(raw, 6, 4) << 2 |
		       BITS(raw, 3, 2) << 6;
	case IMM_CI_D:
		return BITS(raw, 12, 12) << 5 | BITS(raw, 6, 5) << 3 |
		       BITS(raw, 4, 2) << 6;
	case IMM_CSS_W:
		return BITS(raw, 12, 9) << 2 | BITS(raw, 8, 7) << 6;
	case IMM_CSS_D:
		return BITS(raw, 12, 10) << 3 | BITS(raw, 9, 7) << 6;
	}
	return 0;
}

/* Kept out of the way of the loads and stores of 32 bits, which are hot. */
static __attribute__((noinline)) struct insn decode_any(u32 raw)
{
	const struct row *r = find(raw);
	struct insn i = {
		.word = r->word | operands(raw, r->form),
		.imm = offset(raw, r->imm),
	};

	if (i.kind == INSN_CSR) {
		i.csr = BITS(raw, 31, 20);
		i.op = BITS(raw, 13, 12);
	}
	return i;
}

struct insn insn_decode(u32 raw)
{
	const struct row *r = &by_key[KEY_LONG(raw)];
	struct insn i;

	if (IS_SHORT(raw)) {
		i = decode_any(raw);
	} else if (r->form == FORM_I) {
		i.word = r->word | operands(raw, FORM_I);
		i.imm = offset(raw, IMM_I);
	} else if (r->form == FORM_S) {
		i.word = r->word | operands(raw, FORM_S);
		i.imm = offset(raw, IMM_S);
	} else {
		i = decode_any(raw);
	}
	return i;
}

/* Of the rest, too, only explicit accesses to memory are transformed. */
static __attribute__((noinline)) u64 htinst_any(u32 htinst)
{
	struct insn i = decode_any(htinst);

	return i.kind == INSN_AMO || i.kind == INSN_CBO ||
			       i.kind == INSN_CBO_ZERO
		       ? i.word
		       : 0;
}

static inline u64 htinst_word(u64 htinst)
{
	/* Of these rows only loads have FORM_I, only stores FORM_S. */
	const struct row *r = &by_key[KEY_LONG(htinst)];
	u64 word;

	if (htinst >> 32 || !(htinst & 1))
		return 0;
	if (r->form == FORM_I)
		word = r->word | operands(htinst, FORM_I);
	else if (r->form == FORM_S)
		word = r->word | operands(htinst, FORM_S);
	else
		return htinst_any(htinst);
	if (unlikely(!(htinst & 2)))
		word -= AS(len, 2);
	return word;
}

struct insn insn_decode_htinst(u64 htinst)
{
	return (struct insn){.word = htinst_word(htinst)};
}
