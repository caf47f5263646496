/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the kernel `random`: instructions, page tables, one run. */
#ifndef GUEST_RANDOM_H
#define GUEST_RANDOM_H

#include "tests/guest/rt/rt.h"

/*
 * Physical memory of a case: a 2 MiB page of its own, far from the kernel. A
 * window is a virtual gigabyte that shows it at the same offset, by pages of
 * whatever size: VA = window + (PA - RAM_BASE).
 */
#define ARENA       0x84000000UL
#define CODE_PAGES  3
#define DATA_PAGE   8 /* of the arena, the first of four */
#define DATA_PAGES  4
#define HOLE_PAGE   14 /* maps nothing that exists, if it maps 4 KiB */
#define ARENA_PAGES 16
#define WINDOWS     2
#define BARE_WINDOW RAM_BASE

#define OPS_MAX     24

/* Bytes on each side of a page's start that a stream may touch. */
#define REACH       64

/* Registers with a purpose; streams change none of them. The others are
 * free. */
enum {
	REG_SP = 2,
	REG_MAIL = 3,  /* struct mail */
	REG_FRAME = 4, /* the run's struct frame */
	REG_BASE0 = 8, /* 8, 9 and 10 address data, and so does sp */
	REG_SRC = 7,   /* scratch: what a CSR is given */
	REG_TARGET = 28,
	REG_SATP = 30, /* what satp may be given */
};

/* What a stream in S reads from memory of the kernel's. */
struct mail {
	u64 to_user; /* from the S window to the U window */
};

struct stream {
	u64 rng;
	u64 windows[WINDOWS]; /* where S, and where U, sees the arena */
	bool user;            /* starts in U: it never gets to S */
	bool paging;
	bool fp;
	bool no_hole;           /* its data does not lie where nothing is */
	u32 start;              /* of the code: an offset in the arena */
	u32 at;                 /* halfwords of code so far, and in the end */
	u32 ops;                /* operations so far */
	u32 op_at[OPS_MAX + 1]; /* where each begins, in halfwords */
	struct mail mail;
};

/* What this machine may do, by its FDT. */
struct isa {
	bool fd, zba, zbb, zbs, zicond, zicboz, zcb;
};
extern struct isa isa;

/* ---- random_gen.c, random_mem.c, random_sys.c ---------------------------- */

/* Write s->rng's next stream to the arena. */
void gen_stream(struct stream *s);

static inline u64 rnd(struct stream *s)
{
	return random_next(&s->rng);
}

/* One of n, n small. */
static inline u32 pick(struct stream *s, u32 n)
{
	return (u32)((rnd(s) >> 32) * n >> 32);
}

static inline bool chance(struct stream *s, u32 of)
{
	return !pick(s, of);
}

void emit16(struct stream *s, u32 insn);
void emit32(struct stream *s, u32 insn);
u32 reg_free(struct stream *s);    /* a destination, x0 among them */
u32 reg_free_nz(struct stream *s); /* but x0 */
u32 reg_free_c(struct stream *s);  /* of those that compressed forms name */
u32 reg_any(struct stream *s);
u32 reg_base(struct stream *s);

#define OPCODE(op, f3, f7) ((op) | (f3) << 12 | (u32)(f7) << 25)
#define RD(r)              ((u32)(r) << 7)
#define RS1(r)             ((u32)(r) << 15)
#define RS2(r)             ((u32)(r) << 20)
#define IMM_I(i)           ((u32)(i) << 20)
#define IMM_S(i)           (((u32)(i) >> 5) << 25 | ((u32)(i) & 31) << 7)

/* A place that must learn where the operation after next begins. */
enum fix { FIX_BRANCH, FIX_JAL, FIX_ADDI, FIX_CJ, FIX_CB };
/* The halfword at `at` refers, relative to `from`, to a later operation. */
void fix_later(struct stream *s, enum fix kind, u32 at, u32 from);

void gen_load(struct stream *s);
void gen_store(struct stream *s);
void gen_memory_c(struct stream *s);
void gen_amo(struct stream *s);
void gen_lr_sc(struct stream *s);
void gen_cbo(struct stream *s);
void gen_fp_memory(struct stream *s);
void gen_fp(struct stream *s);
void gen_csr(struct stream *s);
void gen_sret(struct stream *s);
void gen_fence(struct stream *s);
void gen_call(struct stream *s);
void gen_illegal(struct stream *s);
void gen_wfi(struct stream *s);
void gen_nowhere(struct stream *s);

/* ---- random_map.c -------------------------------------------------------- */

/* Machines that set A and D by themselves get none that is clear. */
void map_init(bool svade);
/* New tables for the stream, and satp; sets s->windows. Returns the value for
 * REG_SATP. */
u64 map_case(struct stream *s);
/* Change some of the tables in use, and fence as is due. */
void map_mutate(struct stream *s);
/* Grant the access that failed its A or D; false: that was not it. */
bool map_age(u64 va, bool store);
/* Make the page of code at va one that can be fetched. */
void map_repair(struct stream *s, u64 va, bool user);
void map_dump(void);

/* ---- random_run.S -------------------------------------------------------- */

/* Run from f->sepc with f's registers and sstatus until the next trap, which
 * is then in f. f->x[REG_FRAME] is f. */
void random_run(struct frame *f);

#endif
