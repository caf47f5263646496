/* SPDX-License-Identifier: BSD-2-Clause */
/* Shadow page tables: guest virtual to host physical, in one stage. */
#ifndef GSTAGE_SHADOW_H
#define GSTAGE_SHADOW_H

#include "gstage/gmap.h"
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
};

struct shadow_root;

/* Roots that a vcpu's shadow keeps at once. */
#define SHADOW_ROOTS 32

struct shadow_stat {
	u64 fills; /* leaves mapped */
	u64 roots; /* roots made */
	u64 drops; /* times that everything was dropped for want of room */
};

struct shadow {
	enum shadow_kind kind;
	u32 levels; /* of the tables: 3..5, those of the VMM's own */
	struct gmap *gmap;
	struct page_owner *owner;
	struct shadow_root *current; /* of the last shadow_use() */
	struct shadow_root *roots;   /* SHADOW_ROOTS of them */
	struct shadow_stat stat;
};

/*
 * An empty shadow. levels: 3..5, for SHADOW_U those of the VMM's own table.
 * False: out of memory.
 */
bool shadow_init(struct shadow *s, enum shadow_kind kind, u32 levels,
		 struct gmap *g, struct page_owner *owner);

/* Give every page back. The hart must not use it any more. */
void shadow_destroy(struct shadow *s);

/*
 * Make the root for a guest's satp and view the current one, finding it or
 * making it empty: the value for the hart's satp (SHADOW_VS: vsatp), with an
 * ASID of its own. 0: out of memory. Where the hart has no ASIDs, *flush says
 * that all of its translations must be dropped after the write.
 */
u64 shadow_use(struct shadow *s, u64 guest_satp, u32 view, bool *flush);

/*
 * The guest, under the current root, faulted on an access at gva: what its own
 * tables say. mode: VIEW_* as they are now (SHADOW_U: those of the root).
 * FILLED has mapped the page, with the largest leaf that guest and host allow,
 * writable only if the guest's D is set (Svade: a clear A or D is a page fault
 * of the guest's). *gpa is set where the walk got to one, for ACCESS_FAULT to
 * the table's. pte is read with gmap_read(): at most five.
 */
enum shadow_result shadow_fault(struct shadow *s, gva_t gva,
				enum walk_access access, u32 mode, gpa_t *gpa);

/*
 * What the guest's sfence.vma means: NULL stands for x0. Drops the whole leaf
 * that each address hit, in every view, and fences this hart.
 */
void shadow_fence(struct shadow *s, const gva_t *gva, const u64 *asid);

/* The same for a range; size ~0: everything. */
void shadow_fence_range(struct shadow *s, u64 start, u64 size, const u64 *asid);

/* Forget everything that was derived. Fences this hart. */
void shadow_drop(struct shadow *s);

#endif
