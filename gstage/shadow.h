/* SPDX-License-Identifier: BSD-2-Clause */
/* Shadow page tables: guest virtual to host physical, in one stage. */
#ifndef GSTAGE_SHADOW_H
#define GSTAGE_SHADOW_H

#include "gstage/gmap.h"
#include "gstage/ids.h"
#include "gstage/walk.h"

/*
 * A vcpu's shadow is the TLB of a software hart: it may keep what the guest's
 * tables said until that vcpu fences (Privileged, "Supervisor Memory-Management
 * Fence Instruction"), and never keeps that something was invalid. So it is the
 * vcpu's own: no lock, and a remote fence is asked of its vcpu.
 */

/* Who walks the tables. */
enum shadow_kind {
	/* A guest in VS-mode: leaves keep the guest's U, and the hart itself
	 * applies privilege, SUM and MXR. */
	SHADOW_VS,
	/* A guest in U-mode: leaves have U, whatever the view may not touch is
	 * left out, and the VMM is mapped beside the guest, without U. */
	SHADOW_U,
};

/*
 * Which accesses a root allows. Every combination is a root of its own.
 * SHADOW_VS: only VIEW_USER counts, and only while satp is bare.
 */
#define VIEW_USER  (1U << 0) /* virtual U-mode, else virtual S-mode */
#define VIEW_SUM   (1U << 1) /* of virtual S-mode */
#define VIEW_MXR   (1U << 2)
#define VIEW_COUNT 8

enum shadow_result {
	SHADOW_FILLED,       /* mapped: the access will succeed now */
	SHADOW_PAGE_FAULT,   /* the guest's own: inject a page fault */
	SHADOW_ACCESS_FAULT, /* its table lies outside its RAM */
	SHADOW_NOT_RAM,      /* translated, to a GPA that is no RAM: *gpa */
	SHADOW_OURS,         /* the VMM is mapped there: carry it out by hand */
	SHADOW_NO_MEMORY,    /* for the page or for a table */
	SHADOW_TABLE,        /* in sync: carry it out, then shadow_wrote() */
};

struct shadow_root;
struct shadow_node;
struct shadow_memo;
struct table;
struct chunk;

/* Roots that a vcpu's shadow keeps at once. */
#define SHADOW_ROOTS  32
#define SHADOW_HASH   64 /* of roots, and of nodes */
#define SHADOW_FENCES 16 /* that a root may be behind before it is checked */

struct shadow_stat {
	u64 walks;  /* faults for which the guest's table was walked as a whole
		     */
	u64 roots;  /* roots made */
	u64 checks; /* parts whose leaves were compared with the guest's tables
		     */
	u64 drops;  /* roots given up for want of pages */
	u64 tables; /* in sync: guest pages that are tables, now */
	u64 writes; /* in sync: stores into them, caught */
};

/* A fence of the guest, for the roots that were not in use then. */
struct shadow_fence {
	u64 start, size; /* size ~0: all */
	u64 asid;        /* ~0: every */
};

struct shadow {
	enum shadow_kind kind;
	u32 levels; /* of the tables: 3..5, those of the VMM's own */
	struct gmap *gmap;
	struct page_owner *owner;
	/*
	 * The largest leaf that may be around a page of RAM, -1: none, then an
	 * access is OURS. NULL: any; see shadow_limit(). Whoever changes its
	 * mind calls shadow_drop().
	 */
	s32 (*limit)(void *limiter, gpa_t gpa);
	void *limiter;
	/* A walk may read that entry of the guest's tables. NULL: of any in
	 * RAM. As limit. */
	bool (*walkable)(void *limiter, gpa_t at);
	bool picky;   /* a limit, or in sync: RAM is not all the same */
	bool sets_ad; /* A and D are set, as by Svadu, not a page fault */
	/*
	 * Changes when what shadow_use() gave before is no longer to be written
	 * to a satp as it is, but for the current root's. For another guest
	 * satp than the current root's, any fence (seq) does that as well.
	 */
	u64 epoch;
	u64 seq; /* fences of the guest so far */
	struct shadow_stat stat;
	/* The rest is the shadow's own. In sync (else NULL): a bit a guest page
	 * that something was derived from. */
	u64 *tracked;
	bool borrowed;  /* it is gmap.closed: of any page */
	bool alone;     /* nobody else writes the guest's tables */
	bool forgetful; /* keeps the roots of one satp; before first use */
	gpa_t shunned;  /* an SC failed in this page: not even to be read */
	gpa_t opened;   /* the last page that was, */
	u32 opens;      /* and how often in a row */
	struct id_space *ids;
	u64 generation;              /* of the last id used */
	struct shadow_root *current; /* of the last shadow_use() */
	u64 hardware;                /* what that gave */
	u64 view;                    /* whose root it is */
	/* Roots of current's satp that were in use since it is: page by page,
	 * a fence reaches them at once. */
	struct shadow_root *same[VIEW_COUNT];
	u32 nsame;
	struct shadow_memo *memo; /* where faults were lately */
	u64 clock;                /* shadow_use() of another root */
	u64 pages, pages_max;     /* in tables and so on; the most it may */
	u64 pages_most;           /* the most it had */
	bool must_flush;          /* a table was taken out of its place */
	bool loose;          /* in sync: the hart may know a leaf that went */
	struct table *spare; /* zeroed */
	struct chunk *spare_chunks;
	struct shadow_root *roots[SHADOW_ROOTS];
	struct shadow_root *root_hash[SHADOW_HASH];
	struct shadow_node *node_hash[SHADOW_HASH];
	struct shadow_fence fences[SHADOW_FENCES]; /* by seq */
};

/*
 * An empty shadow. levels: 3..5, for SHADOW_U those of the VMM's own table.
 * False: out of memory.
 */
bool shadow_init(struct shadow *s, enum shadow_kind kind, u32 levels,
		 struct gmap *g, struct page_owner *owner);

/* Before first use: s->limit. */
void shadow_limit(struct shadow *s, s32 (*limit)(void *limiter, gpa_t gpa),
		  void *limiter);

/*
 * Keep the shadow in sync with the guest's tables by catching its stores into
 * them, rather than comparing at its fences; before first use. alone: the
 * guest has one vcpu, so all its stores are seen. False: out of memory.
 */
bool shadow_sync(struct shadow *s, bool alone);

/* Stores to pages that gmap.closed has are TABLE accesses. */
void shadow_follow(struct shadow *s);

/*
 * A TABLE access was carried out; gpa: where it began, one_entry: it wrote that
 * aligned doubleword at most. What that entry led to is dropped.
 */
void shadow_wrote(struct shadow *s, gpa_t gpa, bool one_entry);

/*
 * For a TABLE access that nobody carries out: what was derived from that page
 * is dropped and the page is no longer watched, so the hart can do it now. A
 * guest that gets nowhere that way is followed by its fences from then on.
 */
void shadow_open(struct shadow *s, gpa_t gpa);

/*
 * An SC came to a TABLE page, without the LR before it: the next access to the
 * page is a TABLE one as well, so that both are carried out by hand.
 */
void shadow_shun(struct shadow *s, gpa_t gpa);

/* Give every page back. The hart must not use it any more. */
void shadow_destroy(struct shadow *s);

/*
 * Make the root for a guest's satp and view the current one, finding it or
 * making it empty: the value for the hart's satp (SHADOW_VS: vsatp), with an
 * ASID of its own. 0: out of memory. *flush is set if all of the hart's (VS:
 * guest) translations must be dropped after the write. On the vcpu's hart; the
 * caller drops them when the vcpu comes from another.
 */
u64 shadow_use(struct shadow *s, u64 guest_satp, u32 view, bool *flush);

/*
 * The hart went over to this root by itself, with a value that shadow_use()
 * gave in this epoch; shadow_went(): to what was current then.
 */
void shadow_at(struct shadow *s, u64 guest_satp, u32 view);
void shadow_went(struct shadow *s, struct shadow_root *r);

/*
 * The guest, under the current root, faulted on an access at gva: what its own
 * tables say. mode: VIEW_* as they are now (SHADOW_U: those of the root).
 * FILLED has mapped the page, with the largest leaf that guest and host allow,
 * writable only if the guest's D is set (Svade: a clear A or D is a page fault
 * of the guest's). *gpa is set where the walk got to one, for ACCESS_FAULT to
 * the table's.
 */
enum shadow_result shadow_fault(struct shadow *s, gva_t gva,
				enum walk_access access, u32 mode, gpa_t *gpa);

/*
 * The same, (access: enum walk_access), where it is FILLED without a walk of
 * the guest's whole table; false: nothing happened, ask shadow_fault().
 */
bool shadow_quick(struct shadow *s, gva_t gva, u64 access, u64 mode);

/* sfence.vma of one page, every ASID: see shadow_fence_range(). */
void shadow_fence_page(struct shadow *s, gva_t gva);

/*
 * What the guest's sfence.vma means, on its hart. start, size: in bytes, size
 * ~0: everything; asid: NULL stands for x0. What it hit is dropped, in every
 * view, or has been compared with the guest's tables; the hart is fenced.
 */
void shadow_fence_range(struct shadow *s, u64 start, u64 size, const u64 *asid);

/* Forget everything that was derived. Fences this hart. */
void shadow_drop(struct shadow *s);

#endif
