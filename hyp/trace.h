/* SPDX-License-Identifier: BSD-2-Clause */
/* Traced events: a ring on each hart, which keeps the last ones. */
#ifndef HYP_TRACE_H
#define HYP_TRACE_H

#include "hyp/host.h"
#include "hyp/types.h"

enum trace_type {
#define TRACE(name, lasts, text) TRACE_##name,
#include "hyp/trace.def"
#undef TRACE
	TRACE_TYPES
};

/* Rings hold a power of two of events, in this range. */
#define TRACE_MIN     64UL
#define TRACE_MAX     (1UL << 20)
#define TRACE_DEFAULT 8192UL

struct trace_event {
	u64 when, until; /* instret at its begin and end; one if it lasts not */
	u64 pc;
	u64 arg[3];
	u8 type; /* enum trace_type */
	u8 who;  /* trace_who() */
	u8 vcpu;
	u8 kind, verdict, access, width, priv;
};

/*
 * Begin with empty rings of that many events a hart, rounded up; 0: of those
 * that there are, or the default. False: no memory, and nothing is traced.
 */
__attribute__((warn_unused_result)) bool trace_start(u64 events);

/* No more events; the rings keep what they have. */
void trace_stop(void);

/* Between the two. Any hart. */
bool trace_is_on(void);

/* A number for a name, for ever; and back. Many names share the last one. */
u8 trace_who(const char *name);
const char *trace_name(u8 who);

/* The name of a type, and whether its events last. */
const char *trace_type_name(u32 type);
bool trace_lasts(u32 type);

/* Note an event on this hart, if trace_is_on(). */
void trace_put(const struct trace_event *e);

/* A reader of all rings, in the order of trace_event.until. */
struct trace_reader {
	u64 at[HOST_HARTS_MAX];
	u64 lost; /* events that had to give way to others before */
};

/*
 * Begin at the oldest events, `last` of each hart at most (0: all). Read while
 * nothing is traced, or what is overtaken is lost.
 */
void trace_rewind(struct trace_reader *r, u64 last);

/* The next event and its hart's index; false: there is none. */
bool trace_next(struct trace_reader *r, struct trace_event *e, u32 *hart);

#endif
