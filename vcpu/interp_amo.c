/* SPDX-License-Identifier: BSD-2-Clause */
/* Atomics, done atomically on the host's memory: other harts see them too. */
#include "vcpu/interp_core.h"
#include "vcpu/mach.h"

/* All are as strong as .aqrl. */
#define ORDER __ATOMIC_SEQ_CST

/* What writes also reads, but for SC, which never writes what it may not read:
 * its LR has. */
static enum interp_stop find_part(OP_ARGS, u32 width, enum walk_access access)
{
	u64 va = *reg_at(v, e->rs1);
	const struct place *p = &c->span.part[0];

	if (mmu_part(v, va, width, access, p) != MEM_RAM)
		return stop_fault(v, e, left, c);
	if (!mach_allows(v, p->gpa, width, ACCESS_LOAD)) {
		mmu_refuse(v, va, access);
		return stop_fault(v, e, left, c);
	}
	return mmu_once(v, e, left, c, va, access, p);
}

/*
 * Once more, with the page in the view. Misaligned ones are the hart's to
 * judge: it may have Zama16b. Devices take none (Privileged, "Physical Memory
 * Attributes").
 */
static enum interp_stop find_page(OP_ARGS, u32 width, enum walk_access access)
{
	u64 va = *reg_at(v, e->rs1);
	enum mem m;

	if (va % width)
		return op_native(v, e, left, c);
	m = mmu_find(v, va, access, &c->span.part[0]);
	if (m == MEM_RAM && unlikely(c->span.part[0].partial))
		return find_part(v, e, left, c, width, access);
	if (m == MEM_RAM)
		return e->run(v, e, left, c);
	if (m == MEM_DEVICE) {
		mmu_refuse(v, va, access);
		m = MEM_FAULT;
	}
	c->span.gva = va;
	c->span.gpa = c->span.part[0].gpa;
	return stop_mem(v, e, left, c, m, (enum access)access);
}

/* Host memory of the operand, or NULL. */
static inline void *operand(const struct mem_entry *entries, u64 va, u32 width)
{
	const struct mem_entry *t = &entries[va / PAGE_SIZE % VIEW_ENTRIES];

	if (unlikely(t->page != va / PAGE_SIZE || va % width))
		return NULL;
	return (void *)(va + t->offset);
}

static inline enum interp_stop done(OP_ARGS, u64 result)
{
	*reg_at(v, e->rd) = result;
	v->state.gpr[0] = 0;
	return next(v, e, left, c);
}

#define AMO(name, type, old)                                               \
	static enum interp_stop name(OP_ARGS)                              \
	{                                                                  \
		u##type *p =                                               \
			operand(c->write, *reg_at(v, e->rs1), sizeof(*p)); \
		u##type b = *reg_at(v, e->rs2);                            \
                                                                           \
		if (unlikely(!p))                                          \
			return find_page(v, e, left, c, sizeof(*p),        \
					 WALK_STORE);                      \
		return done(v, e, left, c, (u64)(s##type)(old));           \
	}

/* What the compiler has no builtin for. */
#define CHOOSE(name, type, better)                                         \
	static inline type name(type *p, type b)                           \
	{                                                                  \
		type a = __atomic_load_n(p, __ATOMIC_RELAXED);             \
                                                                           \
		while (!__atomic_compare_exchange_n(p, &a, better ? b : a, \
						    false, ORDER, ORDER))  \
			;                                                  \
		return a;                                                  \
	}

CHOOSE(fetch_min32, u32, (s32)b < (s32)a)
CHOOSE(fetch_max32, u32, (s32)b > (s32)a)
CHOOSE(fetch_minu32, u32, b < a)
CHOOSE(fetch_maxu32, u32, b > a)
CHOOSE(fetch_min64, u64, (s64)b < (s64)a)
CHOOSE(fetch_max64, u64, (s64)b > (s64)a)
CHOOSE(fetch_minu64, u64, b < a)
CHOOSE(fetch_maxu64, u64, b > a)

#define BOTH(name, call)                  \
	AMO(name##_w, 32, call##32(p, b)) \
	AMO(name##_d, 64, call##64(p, b))
#define swap32(p, b) __atomic_exchange_n(p, b, ORDER)
#define swap64       swap32
#define add32(p, b)  __atomic_fetch_add(p, b, ORDER)
#define add64        add32
#define xor32(p, b)  __atomic_fetch_xor(p, b, ORDER)
#define xor64        xor32
#define and32(p, b)  __atomic_fetch_and(p, b, ORDER)
#define and64        and32
#define or32(p, b)   __atomic_fetch_or(p, b, ORDER)
#define or64         or32

BOTH(amoswap, swap)
BOTH(amoadd, add)
BOTH(amoxor, xor)
BOTH(amoand, and)
BOTH(amoor, or)
BOTH(amomin, fetch_min)
BOTH(amomax, fetch_max)
BOTH(amominu, fetch_minu)
BOTH(amomaxu, fetch_maxu)

/*
 * A reservation is the place and what was there: SC succeeds if that is still
 * so. That a value changed and changed back goes unnoticed; in a constrained
 * loop (Unprivileged, "Eventual Success of Store-Conditional Instructions")
 * nothing but the LR lies in between, which might as well have come later.
 */
#define LR(name, type)                                                         \
	static enum interp_stop name(OP_ARGS)                                  \
	{                                                                      \
		s##type *p = operand(c->read, *reg_at(v, e->rs1), sizeof(*p)); \
                                                                               \
		if (unlikely(!p))                                              \
			return find_page(v, e, left, c, sizeof(*p),            \
					 WALK_LOAD);                           \
		c->reserved = p;                                               \
		c->reserved_width = sizeof(*p);                                \
		c->reserved_value = __atomic_load_n(p, ORDER);                 \
		return done(v, e, left, c, c->reserved_value);                 \
	}

/*
 * Without a reservation nothing is accessed. GCC before 14 compares all 64 bits
 * of the expected value where it means 32 (its bug 114130): it has to be
 * sign-extended in its register, as what is loaded by itself is.
 */
#define SC(name, type)                                                      \
	static enum interp_stop name(OP_ARGS)                               \
	{                                                                   \
		s##type *p =                                                \
			operand(c->write, *reg_at(v, e->rs1), sizeof(*p));  \
		s##type expected = *(volatile s##type *)&c->reserved_value; \
		bool mine = c->reserved == p;                               \
                                                                            \
		if (c->reserved_width != sizeof(*p) &&                      \
		    *reg_at(v, e->rs1) % sizeof(*p) == 0)                   \
			return done(v, e, left, c, 1);                      \
		if (unlikely(!p))                                           \
			return find_page(v, e, left, c, sizeof(*p),         \
					 WALK_STORE);                       \
		c->reserved_width = 0;                                      \
		mine = mine &&                                              \
		       __atomic_compare_exchange_n(                         \
			       p, &expected, (s##type) * reg_at(v, e->rs2), \
			       false, ORDER, ORDER);                        \
		return done(v, e, left, c, !mine);                          \
	}

LR(lr_w, 32)
LR(lr_d, 64)
SC(sc_w, 32)
SC(sc_d, 64)

op_fn amo_op(u32 raw)
{
	/* By funct5; words, doublewords. */
	static const op_fn ops[32][2] = {
		[0x00] = {amoadd_w, amoadd_d},
		[0x01] = {amoswap_w, amoswap_d},
		[0x02] = {lr_w, lr_d},
		[0x03] = {sc_w, sc_d},
		[0x04] = {amoxor_w, amoxor_d},
		[0x08] = {amoor_w, amoor_d},
		[0x0c] = {amoand_w, amoand_d},
		[0x10] = {amomin_w, amomin_d},
		[0x14] = {amomax_w, amomax_d},
		[0x18] = {amominu_w, amominu_d},
		[0x1c] = {amomaxu_w, amomaxu_d},
	};
	u32 funct3 = BITS(raw, 14, 12);
	op_fn op = NULL;

	if (funct3 == 2 || funct3 == 3)
		op = ops[BITS(raw, 31, 27)][funct3 - 2];
	return op ? op : op_native;
}
