/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the te backend; see struct backend for the contracts. */
#ifndef VCPU_TE_H
#define VCPU_TE_H

#include "gstage/shadow.h"
#include "vcpu/backend.h"
#include "vcpu/run.h"
#include "vcpu/soft.h"

/* What the backend derives for one vcpu. */
struct te {
	struct shadow shadow;
	u64 host_satp; /* the VMM's own, while the vcpu is loaded */
};

/*
 * A privileged instruction that a virtual S-mode has carried out before, found
 * again by its bits: what te_entry.S does with it, or what C knows of it.
 */
struct te_site {
	u64 tag;          /* its bits; TE_SITE_NONE: free */
	u64 handler;      /* code: a label of te_entry.S */
	u64 get;          /* code: fetch the operand */
	u64 put;          /* code: set rd */
	u64 count;        /* exits of its kind that it was found for */
	struct insn insn; /* decoded */
	enum exit_kind kind;
	bool write; /* csrw, or sfence.vma of one address */
	bool alone; /* hardly ever one of several in a row */
} __attribute__((aligned(64)));

#define TE_SITES     128
#define TE_SITE_NONE (~0UL)

/* Nothing but free places. */
extern struct te_site te_no_sites[TE_SITES];

/* Free places for all of them. */
void te_sites_init(struct te_site *sites);

/* The place of an instruction. */
static inline struct te_site *te_site(struct te_site *sites, u32 raw)
{
	return &sites[(raw >> 15 ^ raw >> 7) % TE_SITES];
}

/*
 * raw, decoded in x, was carried out: be quicker the next time. What its place
 * has counted goes to stat.
 */
void te_site_learn(struct te_site *sites, struct vcpu_stat *stat, u32 raw,
		   const struct vexit *x);

/* What the sites have counted, on top of what stat has. */
void te_sites_count(const struct te_site *sites, struct vcpu_stat *stat);

void te_capture(struct vcpu *v, struct vexit *x);
bool te_decode(struct vcpu *v, struct vexit *x, enum verdict *verdict);

/*
 * The shadow root for v's present mode into satp. False: out of memory.
 */
bool te_view(struct vcpu *v);

/* The shadow is to know the root that te_fast.S went over to. */
static inline void te_root(struct vcpu *v)
{
	struct shadow *s = &v->te->shadow;

	if (unlikely(csr_read(CSR_SATP) != s->hardware))
		shadow_at(s, v->state.csr.satp, soft_view(v));
}

/* What te_fast.S knows of roots holds no longer, where the shadow says so. */
void te_trust(struct vcpu *v);

/*
 * The guest writes satp: to a root that was in use lately, in this mode. False:
 * it is not to be had so quickly; nothing happened.
 */
bool te_switch(struct vcpu *v, u64 guest_satp);

void te_fence(struct vcpu *v, const struct fence *f);

/* sstatus.FS and VS as the guest has them, between hart and state. */
void te_units_home(struct vcpu *v);

/* Before the guest runs: what became stale. */
enum run_next te_ready(struct vcpu *v);

#endif
