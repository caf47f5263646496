/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads and stores of FP registers: the rest of floating point is the hart's.
 */
#include "vcpu/fpu.h"
#include "vcpu/interp_core.h"

/* Also what is unusual: FS is off, the address misaligned. */
static enum interp_stop find_page(OP_ARGS, u32 width, enum walk_access access)
{
	u64 va = *reg_at(v, e->rs1) + (s64)e->imm;
	enum mem m;

	if (!(v->state.csr.sstatus & SSTATUS_FS) || va % width)
		return op_native(v, e, left, c);
	m = mmu_find(v, va, access, &c->span.part[0]);
	if (m == MEM_RAM && unlikely(c->span.part[0].partial)) {
		if (mmu_part(v, va, width, access, &c->span.part[0]) != m)
			return stop_fault(v, e, left, c);
		return mmu_once(v, e, left, c, va, access, &c->span.part[0]);
	}
	if (m == MEM_RAM)
		return e->run(v, e, left, c);
	c->span.gva = va;
	c->span.gpa = c->span.part[0].gpa;
	return stop_mem(v, e, left, c, m, (enum access)access);
}

static inline void *operand(struct vcpu *v, const struct mem_entry *entries,
			    u64 va, u32 width)
{
	const struct mem_entry *t = &entries[va / PAGE_SIZE % VIEW_ENTRIES];

	if (unlikely(t->page != va / PAGE_SIZE || va % width ||
		     !(v->state.csr.sstatus & SSTATUS_FS)))
		return NULL;
	return (void *)(va + t->offset);
}

/* Narrow values are NaN-boxed (Unprivileged, "NaN Boxing"). */
#define FLOAD(name, type, box)                                        \
	static enum interp_stop name(OP_ARGS)                         \
	{                                                             \
		u64 va = *reg_at(v, e->rs1) + (s64)e->imm;            \
		const volatile type *p =                              \
			operand(v, c->read, va, sizeof(type));        \
                                                                      \
		if (unlikely(!p))                                     \
			return find_page(v, e, left, c, sizeof(type), \
					 WALK_LOAD);                  \
		fp_set(e->rd / REG(1), *p | (box));                   \
		v->state.csr.sstatus |= SSTATUS_FS | SSTATUS_SD;      \
		return next(v, e, left, c);                           \
	}

#define FSTORE(name, type)                                                 \
	static enum interp_stop name(OP_ARGS)                              \
	{                                                                  \
		u64 va = *reg_at(v, e->rs1) + (s64)e->imm;                 \
		volatile type *p = operand(v, c->write, va, sizeof(type)); \
                                                                           \
		if (unlikely(!p))                                          \
			return find_page(v, e, left, c, sizeof(type),      \
					 WALK_STORE);                      \
		*p = fp_get(e->rs2 / REG(1));                              \
		return next(v, e, left, c);                                \
	}

FLOAD(load_f32, u32, ~0UL << 32)
FLOAD(load_f64, u64, 0)
FSTORE(store_f32, u32)
FSTORE(store_f64, u64)

op_fn fp_op(const struct insn *i)
{
	bool load = i->kind == INSN_FLOAD;

	if (i->width == 4)
		return load ? load_f32 : store_f32;
	if (i->width == 8)
		return load ? load_f64 : store_f64;
	return op_native;
}
