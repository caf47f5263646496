/* SPDX-License-Identifier: BSD-2-Clause */
/* The ops that load and store: quick where the view knows the page. */
#include "vcpu/interp_core.h"
#include "vcpu/mmio.h"

enum interp_stop stop_mem(OP_ARGS, enum mem why, enum access access)
{
	if (why == MEM_FAULT)
		return stop_fault(v, e, left, c);
	stop_exit(v, e, left, c, why == MEM_DRY ? EXIT_ram : EXIT_mmio);
	c->exit.gva = GVA(c->span.gva);
	c->exit.gpa = c->span.gpa;
	c->exit.access = access;
	return INTERP_EXIT;
}

/* ---- misaligned, or on two pages ----------------------------------------- */

/* Both parts are looked at before anything is read or written. */
static enum mem find_span(struct vcpu *v, u64 va, u32 len,
			  enum walk_access access)
{
	u64 end = ALIGN_DOWN(va, PAGE_SIZE) + PAGE_SIZE;
	struct span *s = &v->interp->span;
	enum mem m;

	s->first = MIN(len, end - va);
	for (u32 i = 0; i < 2 && (!i || s->first < len); i++) {
		s->gva = i ? end : va;
		m = mmu_find(v, s->gva, access, &s->part[i]);
		s->gpa = s->part[i].gpa;
		if (m == MEM_RAM && unlikely(s->part[i].partial))
			m = mmu_part(v, s->gva, i ? len - s->first : s->first,
				     access, &s->part[i]);
		if (m == MEM_DEVICE && s->first < len) {
			mmu_refuse(v, s->gva, access);
			return MEM_FAULT;
		}
		if (m != MEM_RAM)
			return m;
	}
	return MEM_RAM;
}

static u8 *byte_of(const struct span *s, u32 n)
{
	return n < s->first ? s->part[0].host + n
			    : s->part[1].host + (n - s->first);
}

static u64 read_span(const struct span *s, u32 len)
{
	u64 value = 0;

	for (u32 n = 0; n < len; n++)
		value |= (u64) * (volatile u8 *)byte_of(s, n) << 8 * n;
	return value;
}

static void write_span(const struct span *s, u32 len, u64 value)
{
	for (u32 n = 0; n < len; n++)
		*(volatile u8 *)byte_of(s, n) = value >> 8 * n;
}

/* ---- the long way -------------------------------------------------------- */

/*
 * RAM is in the view now: what is aligned is done by the quick way, in one
 * piece. True: it was done here.
 */
static bool load_parts(struct vcpu *v, const struct insn *i, u64 va)
{
	u64 value;

	if (va % i->width == 0 && i->rd)
		return false;
	value = read_span(&v->interp->span, i->width);
	if (i->rd)
		v->state.gpr[i->rd] = mmio_extend(value, i->sign, i->width);
	return true;
}

static enum interp_stop load_slow(OP_ARGS)
{
	const struct insn i = insn_decode(slot_raw(c, e));
	u64 va = *reg_at(v, e->rs1) + (s64)e->imm;
	enum mem m = find_span(v, va, i.width, WALK_LOAD);

	if (m != MEM_RAM)
		return stop_mem(v, e, left, c, m, ACCESS_LOAD);
	if (load_parts(v, &i, va))
		return next(v, e, left, c);
	if (unlikely(c->span.part[0].partial))
		return mmu_once(v, e, left, c, va, WALK_LOAD, &c->span.part[0]);
	return e->run(v, e, left, c);
}

static enum interp_stop store_slow(OP_ARGS)
{
	u32 width = insn_decode(slot_raw(c, e)).width;
	u64 va = *reg_at(v, e->rs1) + (s64)e->imm;
	enum mem m = find_span(v, va, width, WALK_STORE);

	if (m != MEM_RAM)
		return stop_mem(v, e, left, c, m, ACCESS_STORE);
	if (va % width == 0 && unlikely(c->span.part[0].partial))
		return mmu_once(v, e, left, c, va, WALK_STORE,
				&c->span.part[0]);
	if (va % width == 0)
		return e->run(v, e, left, c);
	write_span(&c->span, width, *reg_at(v, e->rs2));
	return next(v, e, left, c);
}

/* ---- the quick way ------------------------------------------------------- */

#define LOAD(name, type)                                                      \
	static enum interp_stop name(OP_ARGS)                                 \
	{                                                                     \
		u64 va = *reg_at(v, e->rs1) + (s64)e->imm;                    \
		const struct mem_entry *t =                                   \
			&c->read[va / PAGE_SIZE % VIEW_ENTRIES];              \
                                                                              \
		if (unlikely(t->page != va / PAGE_SIZE || va % sizeof(type))) \
			return load_slow(v, e, left, c);                      \
		*reg_at(v, e->rd) = *(const volatile type *)(va + t->offset); \
		return next(v, e, left, c);                                   \
	}

LOAD(load_s8, s8)
LOAD(load_s16, s16)
LOAD(load_s32, s32)
LOAD(load_u64, u64)
LOAD(load_u8, u8)
LOAD(load_u16, u16)
LOAD(load_u32, u32)

#define STORE(name, type)                                                     \
	static enum interp_stop name(OP_ARGS)                                 \
	{                                                                     \
		u64 va = *reg_at(v, e->rs1) + (s64)e->imm;                    \
		const struct mem_entry *t =                                   \
			&c->write[va / PAGE_SIZE % VIEW_ENTRIES];             \
                                                                              \
		if (unlikely(t->page != va / PAGE_SIZE || va % sizeof(type))) \
			return store_slow(v, e, left, c);                     \
		*(volatile type *)(va + t->offset) = *reg_at(v, e->rs2);      \
		return next(v, e, left, c);                                   \
	}

STORE(store_8, u8)
STORE(store_16, u16)
STORE(store_32, u32)
STORE(store_64, u64)

/* What is loaded for x0 only faults. */
op_fn mem_load_op(const struct insn *i)
{
	if (!i->rd)
		return load_slow;
	switch (i->width) {
	case 1:
		return i->sign ? load_s8 : load_u8;
	case 2:
		return i->sign ? load_s16 : load_u16;
	case 4:
		return i->sign ? load_s32 : load_u32;
	default:
		return load_u64;
	}
}

op_fn mem_store_op(const struct insn *i)
{
	return i->width == 1   ? store_8
	       : i->width == 2 ? store_16
	       : i->width == 4 ? store_32
			       : store_64;
}
