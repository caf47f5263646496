/* SPDX-License-Identifier: BSD-2-Clause */
/* VMIDs and ASIDs: in generations, so that none is reused without a fence. */
#ifndef GSTAGE_IDS_H
#define GSTAGE_IDS_H

#include "hyp/host.h"
#include "hyp/lock.h"
#include "hyp/types.h"

/* What harts tag translations with; one of each kind, see below. */
struct id_space {
	struct lock lock;
	u64 generation;           /* lock; read by all */
	u32 first, next, count;   /* lock */
	u64 hart[HOST_HARTS_MAX]; /* the generation it is in; its own hart */
};

/* Somebody's number in a space. */
struct hw_id {
	u64 generation; /* 0: none yet */
	u32 id;
};

/*
 * VMID 0 is that of no second stage at all (hybrid); ASID 0 is the VMM's own,
 * and that of a bare vsatp.
 */
extern struct id_space ids_vmid;  /* hgatp */
extern struct id_space ids_asid;  /* satp, of guests in U-mode */
extern struct id_space ids_vasid; /* vsatp, without a second stage */
/* Has but one id, as harts that have no ASIDs: each switch is fenced. */
extern struct id_space ids_none;

/*
 * Start over with ids of `bits` bits (0..16), of which those below `first` are
 * not handed out (unless there is but one). For boot and tests.
 */
void id_space_init(struct id_space *s, u32 bits, u32 first);

/* id_use(), where that has something to do. */
bool id_renew(struct id_space *s, struct hw_id *v, u32 hart);

/*
 * Make v valid in the current generation and say whether this hart must drop
 * all guest translations before it uses it: the generation is new to the hart.
 * Where there is but one id, each holder is a generation of its own. hart: its
 * index. A holder whose memory changes sets v->generation to 0 first.
 */
static inline bool id_use(struct id_space *s, struct hw_id *v, u32 hart)
{
	u64 now = __atomic_load_n(&s->generation, __ATOMIC_RELAXED);

	if (__builtin_expect(v->generation == now && s->hart[hart] == now, 1))
		return false;
	return id_renew(s, v, hart);
}

/* The hart's translations are not what these ids say: flush at the next use. */
static inline void id_spoil(struct id_space *s, u32 hart)
{
	s->hart[hart] = 0;
}

#endif
