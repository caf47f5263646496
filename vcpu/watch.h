/* SPDX-License-Identifier: BSD-2-Clause */
/* What is traced of vcpus (hyp/trace.h), and explained. */
#ifndef VCPU_WATCH_H
#define VCPU_WATCH_H

#include "hyp/trace.h"
#include "vcpu/exit.h"

/*
 * The events' fields. priv: the guest's mode, before. All values are numbers
 * as the architecture has them.
 *
 *	turn	kind: why it ended (enum vcpu_leave)
 *	exit	kind (enum exit_kind), verdict, pc; arg:
 *		sbi	extension, function, error
 *		csr	the instruction, operand, rd afterwards
 *		sret	where the guest went to
 *		fence	address, ASID; ~0: all
 *		mmio	GVA, GPA, data; access, width in bytes
 *		ram, shadow, table	GVA, GPA; access
 *		reflect	cause, stval
 *		illegal, virtual	the instruction
 *		other	cause
 *	inject	arg: cause, stval
 *	line	arg: the lines, as bits of sip; whether an IPI came
 *	fence	arg: address, size; kind: enum fence_kind
 *	backend	kind: enum backend_id
 */

/*
 * Tracing began or ended: while it is on, v's exits take no shortcut. On v's
 * hart, before its guest runs.
 */
void watch_look(struct vcpu *v);

/* The same for all vcpus of a VM, soon. Any hart. */
void watch_ask(struct vm *vm);

/* An exit, before and after its handler: before() keeps in e what is lost. */
void watch_before(const struct vcpu *v, const struct vexit *x,
		  struct trace_event *e);
void watch_after(const struct vcpu *v, const struct vexit *x,
		 enum verdict verdict, struct trace_event *e);

void watch_turn(const struct vcpu *v, u64 since);
void watch_lines(const struct vcpu *v, bool ipi);
void watch_fence(const struct vcpu *v, const struct fence *f);
void watch_backend(const struct vm *vm);

/*
 * A sentence on an event, or more, with the sections of the specifications
 * behind it; size: of text, in bytes.
 */
void explain(const struct trace_event *e, char *text, u64 size);

/* As traces print them. */
const char *verdict_name(u32 verdict);

#endif
