/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks a guest's own page table in software. */
#ifndef GSTAGE_WALK_H
#define GSTAGE_WALK_H

#include "hyp/types.h"

enum walk_access { WALK_LOAD, WALK_STORE, WALK_FETCH };

/* How the guest looks at its memory. */
struct walk_view {
	u64 satp;  /* its satp (vsatp) */
	bool user; /* virtual U-mode; else virtual S-mode */
	bool sum, mxr;
	bool pbmte; /* Svpbmt is on for the guest */
	bool napot; /* Svnapot is there; else its bit is reserved */
	/* Read 8 bytes of guest RAM; false: not RAM. ctx is the caller's. */
	bool (*read)(void *ctx, gpa_t at, u64 *pte);
	void *ctx;
};

enum walk_result {
	WALK_OK,
	WALK_PAGE_FAULT,   /* the guest gets a page fault */
	WALK_ACCESS_FAULT, /* its table lies outside its RAM */
	WALK_NEEDS_AD,     /* allowed, but A or D is clear: a page fault where
			    * hardware does not set them (Svade) */
};

struct walk {
	gpa_t gpa;    /* where gva translates to (OK, NEEDS_AD) */
	u64 pte;      /* the leaf as read; 0 if bare */
	gpa_t pte_at; /* where it was read, or where the walk failed */
	u32 level;    /* of the leaf; Svnapot: 0 */
};

/*
 * Translate gva (Privileged, "Virtual Address Translation Process"), for Bare,
 * Sv39, Sv48 and Sv57. Reads at most five entries.
 */
enum walk_result walk_guest(const struct walk_view *view, gva_t gva,
			    enum walk_access access, struct walk *out);

struct gmap;

/*
 * That gave WALK_NEEDS_AD: set what is wanting in the guest's entry, in one
 * access, if it still is what was read (Privileged, "Svadu"). What walk_guest()
 * would give then; WALK_NEEDS_AD: others are quicker, try again later.
 */
enum walk_result walk_set_ad(const struct walk_view *view, gva_t gva,
			     enum walk_access access, struct gmap *g,
			     struct walk *w);

#endif
