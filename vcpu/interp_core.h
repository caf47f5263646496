/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the interpreter: decoded code, translations, ops. */
#ifndef VCPU_INTERP_CORE_H
#define VCPU_INTERP_CORE_H

#include "gstage/walk.h"
#include "hyp/page.h"
#include "hyp/util.h"
#include "vcpu/exit.h"
#include "vcpu/interp.h"
#include "vcpu/native.h"
#include "vcpu/vcpu.h"

struct interp;
struct slot;

/*
 * An op carries out its instruction and goes on to the next one by a call in
 * the last place, which the compiler makes a jump. left: instructions of this
 * slice; where it is not above 0, a jump ends the slice.
 */
typedef enum interp_stop (*op_fn)(struct vcpu *v, const struct slot *e,
				  s64 left, struct interp *c);

#define OP_ARGS struct vcpu *v, const struct slot *e, s64 left, struct interp *c

/* A decoded instruction. Registers are offsets in bytes into gpr[]. */
struct slot {
	op_fn run;
	u8 rd, rs1, rs2;
	u8 size; /* bytes from here to the slot behind the instruction */
	s32 imm; /* or the instruction as it was */
};

#define REG(n)     ((u8)((n) * 8))

/*
 * Code is decoded in lines of 512 bytes, each with a slot for every halfword
 * where an instruction may begin, and two more which lead to the next line. A
 * line is known by its guest physical address and keeps a copy of the code
 * that it was decoded from: after a fence.i it counts again once the copy is
 * still equal. The last instruction may reach two bytes beyond.
 */
#define LINE_SIZE  512
#define LINE_SLOTS (LINE_SIZE / 2)
#define SLOT_SHIFT 3 /* a byte of code is eight bytes of slots */

struct line {
	gpa_t gpa;
	u64 epoch;         /* of struct code, when the copy was last equal */
	struct line *next; /* with the same hash */
	u8 raw[LINE_SIZE + 8];
	struct slot slots[LINE_SLOTS + 2];
};

/* Bytes of raw[] that the line at gpa has: none of another page. */
static inline u32 line_bytes(gpa_t gpa)
{
	return (gpa.raw + LINE_SIZE) % PAGE_SIZE ? LINE_SIZE + 2 : LINE_SIZE;
}

/* Lines come in blocks of pages, which are taken as they are needed. */
#define CODE_HASH        1024
#define CODE_BLOCK_ORDER 7
#define CODE_BLOCK_LINES ((PAGE_SIZE << CODE_BLOCK_ORDER) / sizeof(struct line))
#define CODE_BLOCKS      20

struct code {
	u64 epoch; /* fence.i so far */
	struct line *hash[CODE_HASH];
	struct line *blocks[CODE_BLOCKS];
	u32 lines; /* in use */
};

/*
 * Translations of one satp in one mode, direct-mapped. A page number that no
 * address has marks an unused entry.
 */
#define VIEW_ENTRIES 256
#define VIEW_NONE    (~0UL)

struct mem_entry {
	u64 page;   /* address >> 12 */
	u64 offset; /* from guest virtual to host virtual */
};

struct fetch_entry {
	u64 line; /* address / LINE_SIZE */
	struct line *to;
};

struct view {
	struct mem_entry read[VIEW_ENTRIES];
	struct mem_entry write[VIEW_ENTRIES];
	struct fetch_entry fetch[VIEW_ENTRIES];
	u64 satp;
	u32 mode;    /* VIEW_* of gstage/shadow.h */
	u64 epoch;   /* of struct mmu, when it was last clean */
	u64 fetched; /* of struct code, likewise for fetch[] */
};

#define VIEW_ORDER 2
_Static_assert(sizeof(struct view) <= PAGE_SIZE << VIEW_ORDER, "");

#define VIEWS    16
#define PHYS     64
/* Which large pages have left translations: a bit by hash; see mmu_fence(). */
#define LARGE_2M 1024
#define LARGE_1G 64

struct mmu {
	struct view *view; /* the present one */
	struct view *views[VIEWS];
	u32 used;  /* of views */
	u32 next;  /* the one to give up first */
	u64 epoch; /* fences of everything so far */
	u64 large_2m[LARGE_2M / 64];
	u64 large_1g;
	/* Pages of RAM by guest physical page number; they never move. */
	struct mem_entry phys[PHYS];
};

struct place {
	gpa_t gpa;
	u8 *host;     /* of RAM */
	bool partial; /* PMP splits its page: only this byte was asked for, and
			 the view does not have it */
};

/* An access, which may lie on two pages. */
struct span {
	struct place part[2];
	u32 first; /* bytes in part[0] */
	u64 gva;   /* of the part that was looked at last, and failed if any */
	gpa_t gpa; /* likewise */
};

/* What the interpreter derives for one vcpu. */
struct interp {
	/* Of the present view. */
	const struct mem_entry *read, *write;
	const struct fetch_entry *fetch;
	u64 pc_base; /* pc = pc_base + address of the slot / 8 */
	struct line *line;
	s64 left; /* when the ops came back */
	/* LR's: where, what it read, bytes; 0 bytes is none. */
	void *reserved;
	s64 reserved_value;
	u32 reserved_width;
	struct vexit exit;
	/* Of M-mode, interpreted before the hart has a try; and the next time.
	 */
	s64 wait, patience;
	/* A step: watched pages are let in, and noted (trap_page()). */
	bool stepping;
	u32 fetched_from, touched;
	u32 fenced; /* enum fence_kind: by the guest, in this step */
	/* Results of what ops call: no op has a variable that is pointed to,
	 * or its last call would be no jump. */
	enum interp_stop stop;
	u32 fetched; /* an instruction */
	struct span span;
	struct native native;
	struct mmu mmu;
	struct code code;
	/* For one instruction alone: a step, or one that lies on two pages. */
	struct line one;
};

#define INTERP_ORDER 3
_Static_assert(sizeof(struct interp) <= PAGE_SIZE << INTERP_ORDER, "");

/* ---- registers, pc, the next instruction --------------------------------- */

_Static_assert(offsetof(struct vcpu, state.gpr) == 0, "slots count from here");

static inline u64 *reg_at(struct vcpu *v, u8 offset)
{
	return (u64 *)((char *)v + offset);
}

static inline u64 slot_pc(const struct interp *c, const struct slot *e)
{
	return c->pc_base + ((u64)e >> SLOT_SHIFT);
}

/* The instruction as the guest's memory has it, or had it. */
static inline u32 slot_raw(const struct interp *c, const struct slot *e)
{
	u32 raw;

	__builtin_memcpy(&raw, &c->line->raw[2 * (e - c->line->slots)], 4);
	return e->size == 2 << SLOT_SHIFT ? raw & 0xffff : raw;
}

static inline enum interp_stop next(OP_ARGS)
{
	e = (const struct slot *)((const char *)e + e->size);
	return e->run(v, e, left - 1, c);
}

/* ---- interp_code.c ------------------------------------------------------- */

/* On at pc, which is not in the present view's fetch[], or left is over. */
enum interp_stop code_seek(struct vcpu *v, u64 pc, s64 left, struct interp *c);

/* The instruction at pc alone, from c->one, then on; not cached. */
enum interp_stop code_one(struct vcpu *v, u64 pc, s64 left, struct interp *c);

static inline enum interp_stop jump(struct vcpu *v, u64 pc, s64 left,
				    struct interp *c)
{
	const struct fetch_entry *f = &c->fetch[pc / LINE_SIZE % VIEW_ENTRIES];
	struct line *l = f->to;
	const struct slot *e;

	if (unlikely(f->line != pc / LINE_SIZE || left <= 0))
		return code_seek(v, pc, left, c);
	c->line = l;
	c->pc_base = pc - pc % LINE_SIZE - ((u64)l->slots >> SLOT_SHIFT);
	e = (const struct slot *)((const char *)l->slots +
				  (pc % LINE_SIZE << SLOT_SHIFT));
	return e->run(v, e, left, c);
}

/* Forget all code: the blocks are filled again from the first one on. */
void code_drop(struct interp *c);

/* fence.i: code is looked at again. */
void code_fence(struct interp *c);

/* An empty cache. False: no memory. */
bool code_init(struct interp *c, struct page_owner *owner);
void code_destroy(struct interp *c, struct page_owner *owner);

/* ---- interp_decode.c ----------------------------------------------------- */

/* Not in a line: jumps go by address. */
#define ALONE (~0U)

/*
 * The instruction in the low 16 or 32 bits of raw, at that offset of its line,
 * or ALONE. Never fails: what is unknown is left to the hart.
 */
void interp_decode(struct slot *s, u32 raw, u32 at);

/* Unprivileged, "Zifencei". */
#define IS_FENCE_I(raw) (((raw) & 0x707f) == 0x100f)

/* ---- interp_mem.c, interp_amo.c, interp_sys.c ---------------------------- */

op_fn mem_load_op(const struct insn *i);
op_fn mem_store_op(const struct insn *i);

/* A load or store of an FP register; of 16 bits, the hart's. */
op_fn fp_op(const struct insn *i);

/* LR, SC and the AMOs of A; the newer ones are left to the hart. */
op_fn amo_op(u32 raw);

/* What is neither computed nor a memory access. */
op_fn sys_op(const struct insn *i, u32 raw);

/* What is watched (trap.h): an exit, whatever it is. */
enum interp_stop op_watched(OP_ARGS);

/* The hart's own way; or an illegal instruction. */
enum interp_stop op_native(OP_ARGS);

/* ---- interp_mmu.c -------------------------------------------------------- */

enum mem {
	MEM_RAM,
	MEM_DEVICE, /* or nothing: no RAM */
	MEM_FAULT,  /* v->fault_cause, v->fault_tval */
	MEM_DRY,    /* RAM, but there is no page for it; or it is watched */
};

/*
 * What lies at gva for v in its present mode. RAM is entered in the view for
 * loads or for stores.
 */
enum mem mmu_find(struct vcpu *v, u64 gva, enum walk_access access,
		  struct place *out);

/*
 * Of a place that is partial, for an access of len bytes in its page: MEM_RAM,
 * or MEM_FAULT.
 */
enum mem mmu_part(struct vcpu *v, u64 gva, u32 len, enum walk_access access,
		  const struct place *p);

/*
 * Carry out the instruction of e alone, with the page of that place in the view
 * as long as that takes; then stop.
 */
enum interp_stop mmu_once(OP_ARGS, u64 gva, enum walk_access access,
			  const struct place *p);

/* The guest's exception for an access to gva that no memory answers. */
void mmu_refuse(struct vcpu *v, u64 gva, enum walk_access access);

/* Make the view of v's present mode the present one. */
void mmu_use(struct vcpu *v);

/* Pages [start, start + size), in every view; size ~0: everything. */
void mmu_fence(struct interp *c, u64 start, u64 size);

/* RAM moves: nothing of where it is stays. */
void mmu_forget(struct interp *c);

/* The present view's fetch[] is stale. */
void mmu_fetch_fence(struct interp *c);

/* An empty one. False: no memory. */
bool mmu_init(struct interp *c, struct page_owner *owner);
void mmu_destroy(struct interp *c, struct page_owner *owner);

/* ---- ways out ------------------------------------------------------------ */

/* Back to the loop, to go on at pc. */
static inline enum interp_stop stop_at(struct vcpu *v, u64 pc, s64 left,
				       struct interp *c, enum interp_stop why)
{
	v->state.pc = pc;
	c->left = left;
	return why;
}

/* v->fault_cause, v->fault_tval by the instruction of e. */
static inline enum interp_stop stop_fault(OP_ARGS)
{
	return stop_at(v, slot_pc(c, e), left, c, INTERP_FAULT);
}

/* What the instruction of e did not get: c->span tells where. */
enum interp_stop stop_mem(OP_ARGS, enum mem why, enum access access);

/* An exit of that kind; c->exit is filled in, but for memory's fields. */
enum interp_stop stop_exit(OP_ARGS, enum exit_kind kind);

#endif
