/* SPDX-License-Identifier: BSD-2-Clause */
/* Watchpoints on architecture: events of a guest that are VM exits. */
#ifndef VCPU_TRAP_H
#define VCPU_TRAP_H

#include "vcpu/exit.h"
#include "vcpu/interp.h"
#include "vcpu/vm.h"

/*
 * A VM that has any has v->general set, so all of its exits go through
 * run_vexit(), where they are counted: an instruction once it was carried out
 * (ecall and ebreak: once they are handed on), whoever carried it out. Where
 * the interpreter comes to one it stops, and the vcpu's own backend does it as
 * at any other exit. A watched page is in no table of ours; the interpreter
 * carries out what touches it (exit_step()), and tells which pages that were.
 */

/* What makes a hart in VS-mode trap; bits. */
enum trap_how {
	TRAP_NEVER = 0,
	TRAP_VTVM = 1 << 0, /* of hstatus */
	TRAP_VTSR = 1 << 1,
	TRAP_VTW = 1 << 2,
	TRAP_CY = 1 << 3, /* of hcounteren, clear; TM: stimecmp as well */
	TRAP_TM = 1 << 4,
	TRAP_IR = 1 << 5,
	TRAP_ENVCFG = 1 << 6, /* of hstateen0, clear */
	TRAP_ECALL = 1 << 7,  /* not in hedeleg */
	TRAP_EBREAK = 1 << 8,
};

/* The name of a row of trap.def; NULL: there are no more. */
const char *trap_row_name(u32 row);

/* The row of that name ("insn:ecall" is "ecall"), or TRAP_ROWS. */
u32 trap_find(const char *name);

/* As statistics call it. */
#define TRAP_NAME 32
void trap_name(const struct trap_spec *t, char name[TRAP_NAME]);

/*
 * Why backend id does not see all of s's watchpoints, for a person; name: the
 * first of those. NULL: it does.
 */
const char *trap_refused(const struct vm_spec *s, enum backend_id id,
			 char name[TRAP_NAME]);

/* Of a new VM: what follows from its spec. */
void trap_init(struct vm *vm);

/* vm's watchpoints for the page around gpa, as bits by their places; 0: none.
 */
u32 trap_page(const struct vm *vm, gpa_t gpa);

/* The largest page around gpa that has no watched page in it; -1: none. */
s32 trap_level(const struct vm *vm, gpa_t gpa);

/* The instruction is one of vm's watchpoints. */
bool trap_insn(const struct vm *vm, u32 raw);

/* An exit before its handler: x may become an exit of another kind. */
void trap_before(struct vcpu *v, struct vexit *x);

/* After its handler, unless that wanted FULL: count it. */
void trap_after(struct vcpu *v, const struct vexit *x, enum verdict verdict);

/*
 * The interpreter has made a step, and touched these pages by fetches and by
 * loads and stores; kind: of the exit that it has led to, if any.
 */
void trap_stepped(struct vcpu *v, enum interp_stop stop, enum exit_kind kind,
		  u32 fetched, u32 touched);

/* ---- hw and hybrid: trap_hw.c -------------------------------------------- */

/* v's CSRs were loaded: make the hart trap. */
void trap_hw_load(const struct vcpu *v);

/*
 * What hw's hart does by itself for other guests: a CSR, SRET, a fence. All
 * registers are in v->state.
 */
enum verdict trap_hw_privileged(struct vcpu *v, struct vexit *x);

/* ---- tables: trap_page.c ------------------------------------------------- */

/* All of vm's pages may be in tables, by leaves of any size. */
bool trap_no_limit(const struct vm *vm);

/* As mach_gstage_level() and so on, of which these make use. */
s32 trap_gstage_level(void *owner, gpa_t gpa);
s32 trap_shadow_level(void *owner, gpa_t gpa);
s32 trap_native_level(void *owner, gpa_t gpa);

#endif
