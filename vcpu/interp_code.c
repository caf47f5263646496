/* SPDX-License-Identifier: BSD-2-Clause */
/* Decoded code: lines by guest physical address, and how a pc finds its own. */
#include <string.h>

#include "vcpu/interp_core.h"
#include "vcpu/interp_ops.h"
#include "vcpu/owner.h"
#include "vcpu/trap.h"
#include "vcpu/vm.h"

#define BLOCK_SIZE (PAGE_SIZE << CODE_BLOCK_ORDER)

static u32 hash(gpa_t gpa)
{
	return gpa.raw / LINE_SIZE % CODE_HASH;
}

/* The slot's instruction has not been needed before. */
static enum interp_stop op_undecoded(OP_ARGS);

/* Behind the last instruction of a line. */
static enum interp_stop op_onward(OP_ARGS)
{
	return jump(v, slot_pc(c, e), left, c);
}

/* It lies on two pages, of which the second may be another one next time. */
static enum interp_stop op_straddling(OP_ARGS)
{
	return code_one(v, slot_pc(c, e), left, c);
}

/*
 * Of FP registers the ops know only whether the guest's own FS is on; where the
 * unit is hidden from it, the hart has to judge.
 */
static bool asks_hart(const struct isa_rules *r, u32 raw)
{
	enum insn_kind kind;

	if (likely(r->units & SSTATUS_FS))
		return false;
	kind = insn_decode(raw).kind;
	return kind == INSN_FLOAD || kind == INSN_FSTORE;
}

/* What it lacks is the same as long as its backend is. */
static void decode_for(const struct vcpu *v, struct slot *s, u32 raw, u32 at)
{
	const struct isa_rules *r = &v->vm->rules;

	interp_decode(s, raw, at);
	if ((raw & 3) != 3)
		raw &= 0xffff;
	if (unlikely(r->refuses) && owner_hides(r, raw))
		s->run = op_illegal;
	else if (asks_hart(r, raw))
		s->run = op_native;
}

static __attribute__((noinline)) void watch_slot(struct vcpu *v, struct slot *s,
						 u32 raw)
{
	if (trap_insn(v->vm, raw))
		s->run = op_watched;
}

/* A slot for it, whether or not it is watched. */
static void decode_slot(struct vcpu *v, struct slot *s, u32 raw, u32 at)
{
	decode_for(v, s, raw, at);
	if (unlikely(v->traps))
		watch_slot(v, s, raw);
}

static void decode(struct vcpu *v, struct line *l, u32 at)
{
	struct slot *s = &l->slots[at / 2];
	u32 raw;

	memcpy(&raw, &l->raw[at], sizeof(raw));
	if ((raw & 3) == 3 && at + 4 > line_bytes(l->gpa))
		s->run = op_straddling;
	else
		decode_slot(v, s, raw, at);
}

static enum interp_stop op_undecoded(OP_ARGS)
{
	decode(v, c->line, 2 * (e - c->line->slots));
	return e->run(v, e, left, c);
}

/* ---- lines --------------------------------------------------------------- */

static void fill(struct line *l, const u8 *code)
{
	memcpy(l->raw, code, line_bytes(l->gpa));
	for (u32 i = 0; i < LINE_SLOTS; i++)
		l->slots[i].run = op_undecoded;
	l->slots[LINE_SLOTS].run = op_onward;
	l->slots[LINE_SLOTS + 1].run = op_onward;
}

/* The code is still what it was decoded from. */
static bool unchanged(const struct line *l, const u8 *code)
{
	return !memcmp(l->raw, code, line_bytes(l->gpa));
}

static struct line *lookup(struct code *k, gpa_t gpa)
{
	struct line *l = k->hash[hash(gpa)];

	while (l && l->gpa.raw != gpa.raw)
		l = l->next;
	return l;
}

void code_drop(struct interp *c)
{
	memset(c->code.hash, 0, sizeof(c->code.hash));
	c->code.lines = 0;
	code_fence(c);
}

static bool add_block(struct code *k, u32 n, struct page_owner *owner)
{
	hpa_t block;

	if (k->blocks[n])
		return true;
	block = page_alloc(CODE_BLOCK_ORDER, owner);
	if (block.raw)
		k->blocks[n] = hpa_ptr(block);
	return block.raw;
}

/* A line to be filled; where there is no room for one more, all are dropped. */
static struct line *take(struct vcpu *v, gpa_t gpa)
{
	struct interp *c = v->interp;
	struct code *k = &c->code;
	struct line *l;

	if (k->lines == CODE_BLOCKS * CODE_BLOCK_LINES ||
	    !add_block(k, k->lines / CODE_BLOCK_LINES, &v->vm->pages))
		code_drop(c);
	l = &k->blocks[k->lines / CODE_BLOCK_LINES]
		      [k->lines % CODE_BLOCK_LINES];
	k->lines++;
	l->gpa = gpa;
	l->next = k->hash[hash(gpa)];
	k->hash[hash(gpa)] = l;
	return l;
}

/* The line of the code at gpa, which lies at code. */
static struct line *line_of(struct vcpu *v, gpa_t gpa, const u8 *code)
{
	struct code *k = &v->interp->code;
	u64 off = gpa.raw % LINE_SIZE;
	struct line *l;

	gpa.raw -= off;
	code -= off;
	l = lookup(k, gpa);
	if (l && l->epoch == k->epoch)
		return l;
	if (!l || !unchanged(l, code)) {
		if (!l)
			l = take(v, gpa);
		fill(l, code);
	}
	l->epoch = k->epoch;
	return l;
}

/* ---- from a pc ----------------------------------------------------------- */

/* The guest fetches at `at`, for the instruction at pc. False: c->stop. */
static bool fetch(struct vcpu *v, u64 pc, u64 at)
{
	struct interp *c = v->interp;
	struct place *p = &c->span.part[0];

	v->state.pc = pc;
	c->stop = INTERP_FAULT;
	switch (mmu_find(v, at, WALK_FETCH, p)) {
	case MEM_RAM:
		return true;
	case MEM_DEVICE:
		mmu_refuse(v, at, WALK_FETCH);
		return false;
	case MEM_DRY:
		c->exit = (struct vexit){
			.kind = EXIT_ram,
			.pc = pc,
			.gva = GVA(at),
			.gpa = p->gpa,
			.access = ACCESS_FETCH,
			.full = true,
		};
		c->stop = INTERP_EXIT;
		return false;
	default:
		return false;
	}
}

enum interp_stop code_seek(struct vcpu *v, u64 pc, s64 left, struct interp *c)
{
	struct fetch_entry *f =
		&c->mmu.view->fetch[pc / LINE_SIZE % VIEW_ENTRIES];
	const struct place *p = &c->span.part[0];

	c->left = left;
	v->state.pc = pc;
	if (left <= 0)
		return INTERP_AGAIN;
	if (!fetch(v, pc, pc))
		return c->stop;
	if (unlikely(p->partial)) /* a line may be more than is allowed */
		return code_one(v, pc, left, c);
	f->to = line_of(v, p->gpa, p->host);
	f->line = pc / LINE_SIZE;
	return jump(v, pc, left, c);
}

/* Both halves, each with its own page's faults. False: c->stop. */
static bool fetch_raw(struct vcpu *v, u64 pc)
{
	struct interp *c = v->interp;
	u16 low, high = 0;

	if (!fetch(v, pc, pc))
		return false;
	memcpy(&low, c->span.part[0].host, 2);
	if ((low & 3) == 3) {
		if (!fetch(v, pc, pc + 2))
			return false;
		memcpy(&high, c->span.part[0].host, 2);
	}
	c->fetched = (u32)high << 16 | low;
	return true;
}

enum interp_stop code_one(struct vcpu *v, u64 pc, s64 left, struct interp *c)
{
	struct slot *s = c->one.slots;

	c->left = left;
	if (!fetch_raw(v, pc)) {
		c->fetched_from = 0;
		return c->stop;
	}
	memcpy(c->one.raw, &c->fetched, sizeof(c->fetched));
	decode_slot(v, s, c->fetched, ALONE);
	s[1].run = s[2].run = op_onward;
	c->line = &c->one;
	c->pc_base = pc - ((u64)s >> SLOT_SHIFT);
	return s->run(v, s, left, c);
}

/* ---- life ---------------------------------------------------------------- */

void code_fence(struct interp *c)
{
	c->code.epoch++;
	c->fenced |= FENCE_I;
	mmu_fetch_fence(c);
}

bool code_init(struct interp *c, struct page_owner *owner)
{
	return add_block(&c->code, 0, owner);
}

void code_destroy(struct interp *c, struct page_owner *owner)
{
	for (u32 i = 0; i < CODE_BLOCKS; i++) {
		if (c->code.blocks[i])
			page_free(ptr_hpa(c->code.blocks[i]), CODE_BLOCK_ORDER,
				  owner);
	}
}
