/* SPDX-License-Identifier: BSD-2-Clause */
/* A virtual CPU: its architectural state, and what runs it. */
#ifndef VCPU_VCPU_H
#define VCPU_VCPU_H

#include "hyp/csr.h"
#include "hyp/debug.h"
#include "hyp/hart.h"
#include "hyp/sched.h"
#include "hyp/timer.h"
#include "hyp/types.h"
#include "gstage/shadow.h"
#include "vcpu/spec.h"

struct vm;
struct backend;
struct te;
struct interp;
struct lockstep;

enum exit_kind {
#define EXIT(kind, handler, text, section) EXIT_##kind,
#include "vcpu/exits.def"
#undef EXIT
	EXIT_KINDS
};

/* Rows of csr.def and sbi.def, by name. */
enum csr_id {
#define CSR(number, name, hold, hw, mask, feature) CSR_ROW_##name,
#include "vcpu/csr.def"
#undef CSR
	CSR_ROWS
};

enum sbi_id {
#define SBI(id, name, serve) SBI_##name,
#include "vcpu/sbi.def"
#undef SBI
	SBI_ROWS
};

enum priv { PRIV_U = 0, PRIV_S = 1, PRIV_M = 3 };

struct vcpu_csrs {
#define CSR(number, name, hold, hw, mask, feature) u64 name;
#include "vcpu/csr.def"
#undef CSR
};

struct vcpu_fp {
	u64 f[32];
	u64 fcsr;
};

struct vcpu_vector {
	u64 vstart, vcsr, vl, vtype;
	u8 *regs;  /* 32 * vlenb bytes */
	u32 order; /* of the pages behind regs */
};

/*
 * Everything that the architecture says of a hart, in one form for all
 * backends. While a vcpu is loaded on a hart a backend may keep parts of it
 * in registers; backend->save() brings them home.
 */
struct vcpu_state {
	u64 gpr[32]; /* gpr[0] is always 0 */
	u64 pc;
	enum priv priv;
	struct vcpu_csrs csr;
	struct vcpu_fp fp;
	struct vcpu_vector vec;
};

/* Privileged, "Physical Memory Protection". */
struct pmp {
	u64 cfg[2], addr[16]; /* pmpcfg0, pmpcfg2; pmpaddr0 to 15 */
};

/*
 * M-mode's part of that, of machine guests (boot = "machine"): the interpreter
 * alone has to do with it. It stands last in struct vcpu, for small offsets.
 */
struct vcpu_machine {
	bool present;       /* constant */
	bool deferred;      /* v->fault_cause is to be taken in M-mode */
	bool shortcuts;     /* v->general is for it alone, and not now */
	bool pmp_changed;   /* what S-mode's tables were derived from */
	u64 open, open_end; /* S-mode has all between them; 0, 0: not known */
	u32 pmp_writes;     /* how often PMP was written to */
	bool at_home; /* in S- or U-mode, under the VM's backend; gmap.lock */
	u32 lines;    /* levels of 3, 7, 9 and 11 of mip; atomic */
	u64 mstatus;  /* what sstatus does not have of it */
	u64 mie;      /* likewise sie */
	u64 software; /* of mip, as M-mode wrote it: 5 and 9 */
	u64 menvcfg;
	u32 by_hand; /* exits for pages that PMP splits, since it came home */
	u64 cycles, instructions; /* added to the host's */
	struct pmp pmp;
	u64 entries; /* how often it was entered */
#define MCSR(number, name, writable) u64 name;
#include "vcpu/mcsr.def"
#undef MCSR
};

/*
 * What others ask of a vcpu, by bits of task.attention; it answers before it
 * enters its guest again.
 */
enum vcpu_request {
	REQ_IRQ = 1 << 0,   /* its interrupt lines changed */
	REQ_SSIP = 1 << 1,  /* set sip.SSIP: an IPI arrived */
	REQ_FENCE = 1 << 2, /* v->fence wants doing */
	REQ_STOP = 1 << 3,  /* its VM stops */
	REQ_PAUSE = 1 << 4, /* its VM is paused */
	REQ_WATCH = 1 << 5, /* tracing began or ended */
};

enum fence_kind {
	FENCE_I = 1 << 0,
	FENCE_VMA = 1 << 1, /* start, size; ASID if has_asid */
};

/* A remote fence, from many callers folded into one. v->fence_lock. */
struct fence {
	u32 kinds;       /* enum fence_kind; 0: nothing to do */
	u64 start, size; /* size ~0: the whole address space */
	u64 asid;
	bool has_asid;
};

/* More addresses than this are fenced as a whole. */
#define FENCE_PAGES_MAX 64

/* Extensions that modules have, together. */
#define EXT_MAX         8
#define EXT_WORDS       8 /* of state per vcpu that each can have */

/*
 * What is counted as it happens. Where a row can be told, it alone is counted
 * on the quick ways: vcpu_counts() has the sums.
 */
struct vcpu_stat {
	u64 exits[EXIT_KINDS];
	u64 csr[CSR_ROWS + 1]; /* of exits.csr, by row; the last: others */
	u64 sbi[SBI_ROWS + 1]; /* of exits.sbi, by extension; likewise */
	u64 vmm_instructions;  /* below the guest; zeroing not among them */
	u64 zeroing;           /* instructions that zeroed memory */
	u64 run_instructions;  /* from entry to leave, guest and VMM */
	u64 injected;          /* exceptions that we injected */
	u64 emulated[EXT_MAX]; /* by extension modules (ext/ext.h) */
	u64 emulation;         /* what the modules took, in instructions */
	u64 interpreted;       /* instructions of the guest, done in software */
	/* Translations that interp did not have (256 entries each for loads
	 * and stores, by line for fetches), by enum access. */
	u64 walks[3];
	/* Of shadows that went; shadow_pages: the most of one of them. */
	struct shadow_stat shadow;
	u64 shadow_pages;
	/* Stretches that the oracle agreed with, its instructions for all of
	 * them, and stretches that could not be compared. */
	u64 lockstep_stretches, lockstep_steps, lockstep_unsure;
};

/* Steal time for the guest (SBI STA); the vcpu's own turns. */
struct vcpu_sta {
	gpa_t shmem;    /* where it wants to read it, or STA_NONE */
	u64 waited;     /* task.waited at the last look */
	u64 stolen;     /* ticks, since the VM's start, while reported */
	u32 sequence;   /* as in shmem */
	bool preempted; /* likewise */
};

struct shadow_root;

/* A root that te used lately; satp 0: none. */
struct te_recent {
	u64 guest_satp, satp, stamp;
	struct shadow_root *root;
	u32 view;
};

/*
 * What the te backend's assembly needs at hand; derived, like all that a
 * backend has.
 */
struct te_fast {
	u64 satp[8]; /* the hart's satp, by VIEW_*, for the guest's; 0: ask */
	u64 guest_satp;              /* that one; */
	u64 epoch;                   /* and the shadow's then */
	const struct te_site *sites; /* of the present privilege */
	u64 units;    /* SSTATUS_FS, SSTATUS_VS, as far as there are such */
	u64 units_sd; /* and SSTATUS_SD */
	u64 writable; /* bits of sstatus */
	u64 operand;  /* rs1 of what te_trap.c has to do */
	u64 unsaved;  /* of units: were not clean when the guest changed them */
	struct {
		u64 counters, env; /* scounteren, senvcfg */
		struct te_site *sites;
	} by_priv[2];
	struct te_recent recent[8];
};

/* Why vcpu_run() came back. */
enum vcpu_leave {
	LEAVE_NONE,
	LEAVE_BLOCK,
	LEAVE_YIELD,
	LEAVE_STOP,
	LEAVE_PARK,
	LEAVE_BORDER, /* into M-mode, or out of it: mach_cross() */
};

struct vcpu {
	struct vcpu_state state; /* first: the entry code's offsets are small */
	/* The entry code's own (hw_entry.S). */
	u64 host_sp;
	u64 host_tp;
	u64 exit_mark; /* instret when the guest stopped */
	u32 stale;     /* enum soft_stale (soft.h): what to look at again */
	/* No exit may take a shortcut: forced, traced, or in lockstep. */
	bool general;
	bool traced;  /* watch.c is told of its exits, */
	u8 trace_who; /* under this name */
	bool guarded; /* M-mode, or a watched page: RAM is not all the same;
			 constant */
	struct te_fast fast; /* te_entry.S's own */
	struct task task;
	struct vcpu_stat stat;
	u64 irq_lines; /* levels, as bits of sip (5, 9); atomic */
	/* An exception that a handler wants injected; its verdict is INJECT. */
	u64 fault_cause, fault_tval;
	enum vcpu_leave leave;
	struct vm *vm;
	const struct backend *backend;
	struct te *te;             /* what the te backend derives, or NULL */
	struct shadow *shadow;     /* what hybrid does, or NULL */
	struct interp *interp;     /* likewise the interpreter */
	struct lockstep *lockstep; /* or NULL */
	bool oracle; /* it is the oracle that runs, for lockstep */
	bool traps;  /* it has watchpoints (trap.h); constant */
	/* Of cycle, time, instret, those that need not trap; constant. */
	u8 counters;
	u32 id;  /* 0..: the guest's hart id */
	u32 hsm; /* SBI_HSM_*; atomic; leaves STOPPED under vm->lock */
	u64 start_pc, start_arg; /* for START_PENDING; vm->lock */
	struct hart *loaded;    /* the hart that holds its registers, or NULL */
	struct hart *last_hart; /* where it ran last */
	struct timer timer; /* its next interrupt while it sleeps, or ever */
	bool htinst, htval; /* believe these CSRs; constant */
	bool sstc; /* the guest's timer is stimecmp; else v->timer; constant */
	struct lock fence_lock;
	struct fence fence;
	u64 fence_done;  /* fences answered; atomic */
	u64 fence_asked; /* fences asked for; fence_lock */
	bool gone;       /* counted out of its stopping VM */
	struct vcpu_sta sta;
	bool parked; /* stands still in its paused VM; vm->lock */
	bool rearm;  /* was parked: v->timer is to be armed again */
	/* Without Sstc: when the timer interrupts, in guest time. */
	u64 sbi_deadline;
	struct vcpu_machine mach;
	/* The modules' state: architectural, the same for all backends. */
	u64 ext[EXT_MAX][EXT_WORDS];
	u64 trapped[VM_TRAPS_MAX]; /* how often, by its VM's trap[] */
};

/* All that v has counted up to now. */
void vcpu_counts(const struct vcpu *v, struct vcpu_stat *counts);

/* Its shadow is about to go: keep what that has counted. vm->lock. */
void vcpu_keep_shadow(struct vcpu *v, const struct shadow *s);

/* Ask something of v and make sure that it hears of it. Any hart. */
void vcpu_request(struct vcpu *v, u64 requests);

/* One of v's interrupt lines (bit 5 or 9 of sip). Any hart. */
void vcpu_set_line(struct vcpu *v, u32 bit, bool level);

/*
 * The same of a machine guest: an M-level line (3, 7, 11), or the PLIC's
 * S-level one (9), which M-mode can raise as well.
 */
void vcpu_set_machine_line(struct vcpu *v, u32 bit, bool level);

/*
 * The host time at which guest time reaches deadline: now if it has, and
 * TIMER_NEVER if that is beyond the end of host time (guest time wraps).
 */
u64 vcpu_host_deadline(const struct vcpu *v, u64 deadline);

/*
 * Fence on v: now if it is this hart's own, else asked for and waited for as
 * long as its guest runs elsewhere (SBI, "RFENCE Extension").
 */
void vcpu_fence(struct vcpu *self, struct vcpu *v, const struct fence *f);

/* v asked for nothing else: do the fences that others want of it. */
void vcpu_fence_answer(struct vcpu *v);

/*
 * Have v, which is stopped (HSM), start at pc in S-mode with a0 = its id and
 * a1 = arg. SBI_ERR_ALREADY_AVAILABLE: it is not stopped; SBI_ERR_FAILED: its
 * VM does not run. Takes vm->lock.
 */
long vcpu_start(struct vcpu *v, u64 pc, u64 arg);

/* The start itself, by v's own turn: registers as after reset, then STARTED. */
void vcpu_begin(struct vcpu *v);

/* Make v a vcpu of vm, first on h; stopped (HSM), without pages of its own. */
void vcpu_init(struct vcpu *v, struct vm *vm, u32 id, struct hart *h);

/* v was parked: set the timer again for which its guest waits. */
void vcpu_rearm(struct vcpu *v);

/* Bring v's registers home, if a hart holds them; on that hart. */
void vcpu_unload(struct vcpu *v);

#endif
