/* SPDX-License-Identifier: BSD-2-Clause */
/* The narrator: what a traced event was about, in words. */
#include <stdarg.h>
#include <stdio.h>

#include "hyp/sbi.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/watch.h"

/* Text that grows; what does not fit is cut. */
struct story {
	char *text;
	u64 size, used;
};

__attribute__((format(printf, 2, 3))) static void say(struct story *s,
						      const char *fmt, ...)
{
	va_list args;
	int n;

	if (s->used >= s->size)
		return;
	va_start(args, fmt);
	n = vsnprintf(s->text + s->used, s->size - s->used, fmt, args);
	va_end(args);
	s->used = n < 0 ? s->size : MIN(s->size, s->used + n);
}

static const char *const verdicts[] = {
	[ADVANCE] = "advance", [RESUME] = "resume",   [INJECT] = "inject",
	[BLOCK] = "block",     [YIELD] = "yield",     [HALT] = "halt",
	[STOP] = "stop",       [ANOTHER] = "another", [FULL] = "full",
};

static const char *const outcomes[] = {
	[ADVANCE] = "The guest goes on behind the instruction.",
	[RESUME] = "The guest goes on.",
	[INJECT] = "The guest's own trap handler is next.",
	[BLOCK] = "The vcpu sleeps until an interrupt.",
	[YIELD] = "Others may have the hart first.",
	[HALT] = "This vcpu stops.",
	[STOP] = "The VM stops.",
	[ANOTHER] = "",
	[FULL] = "",
};

const char *verdict_name(u32 verdict)
{
	return verdict < ARRAY_SIZE(verdicts) ? verdicts[verdict] : "?";
}

/* ---- names --------------------------------------------------------------- */

static const char *csr_name(u32 number)
{
	switch (number) {
#define CSR(number, name, hold, hw, mask, feature) \
	case number:                               \
		return #name;
#include "vcpu/csr.def"
#undef CSR
	}
	return NULL;
}

static const char *sbi_name(u64 extension)
{
	switch (extension) {
#define SBI(id, name, serve) \
	case id:             \
		return #name;
#include "vcpu/sbi.def"
#undef SBI
	}
	return NULL;
}

static const char *cause_name(u64 cause)
{
	static const char *const names[] = {
		"instruction address misaligned",
		"instruction access fault",
		"illegal instruction",
		"breakpoint",
		"load address misaligned",
		"load access fault",
		"store address misaligned",
		"store access fault",
		"call from U-mode",
		"call from S-mode",
		"call from VS-mode",
		"call from M-mode",
		"instruction page fault",
		"load page fault",
		"reserved",
		"store page fault",
		"double trap",
		"reserved",
		"software check",
	};

	return cause < ARRAY_SIZE(names) ? names[cause] : "an exception";
}

static const char *access_name(u32 access)
{
	return access == ACCESS_STORE   ? "store to"
	       : access == ACCESS_FETCH ? "fetch from"
					: "load from";
}

static const char *mode_name(u32 priv)
{
	return priv == PRIV_U ? "U-mode" : "S-mode";
}

/* ---- exits --------------------------------------------------------------- */

static void about_csr(struct story *s, const struct trace_event *e)
{
	struct insn i = insn_decode(e->arg[0]);
	const char *name = csr_name(i.csr);
	static const char *const did[] = {
		[CSR_WRITE] = "wrote 0x%lx to ",
		[CSR_SET] = "set the bits 0x%lx of ",
		[CSR_CLEAR] = "cleared the bits 0x%lx of ",
	};

	say(s, "its kernel ");
	if (i.op == CSR_WRITE || i.rs1)
		say(s, did[i.op], e->arg[1]);
	else
		say(s, "read 0x%lx from ", e->arg[2]);
	if (name)
		say(s, "%s", name);
	else
		say(s, "CSR 0x%x", i.csr);
	say(s, ", which its hart does not have for it: carried out in software"
	       ".");
}

static void about_sbi(struct story *s, const struct trace_event *e)
{
	const char *name = sbi_name(e->arg[0]);

	say(s, "its kernel called the SBI: ");
	if (name)
		say(s, "extension %s", name);
	else
		say(s, "extension 0x%lx, which there is not", e->arg[0]);
	say(s, ", function %lu. The VMM, in firmware's place, answered %ld.",
	    e->arg[1], (long)e->arg[2]);
}

static void about_mmio(struct story *s, const struct trace_event *e)
{
	say(s,
	    "a %s GPA 0x%lx, which is no RAM: the instruction was decoded and "
	    "given to the device there (%u bytes, 0x%lx).",
	    access_name(e->access), e->arg[1], e->width, e->arg[2]);
}

static void about_fence(struct story *s, const struct trace_event *e)
{
	say(s, "its kernel fenced ");
	if (e->arg[0] == ~0UL)
		say(s, "all addresses");
	else
		say(s, "address 0x%lx", e->arg[0]);
	if (e->arg[1] != ~0UL)
		say(s, " of ASID %lu", e->arg[1]);
	say(s, ": what was derived from its old page tables goes.");
}

static void about_ram(struct story *s, const struct trace_event *e)
{
	say(s,
	    "a %s GPA 0x%lx, its RAM, where no page was mapped yet: one is "
	    "now.",
	    access_name(e->access), e->arg[1]);
}

static void about_shadow(struct story *s, const struct trace_event *e)
{
	say(s,
	    "a %s 0x%lx that its own page tables allow and the shadow of them "
	    "did not have yet: it has now.",
	    access_name(e->access), e->arg[0]);
}

static void about_table(struct story *s, const struct trace_event *e)
{
	say(s,
	    "a %s 0x%lx, one of its page tables, which are watched: done by "
	    "hand, and the shadow follows.",
	    access_name(e->access), e->arg[0]);
}

static void about_sret(struct story *s, const struct trace_event *e)
{
	say(s, "its kernel returned from a trap, to 0x%lx.", e->arg[0]);
}

static void about_reflect(struct story *s, const struct trace_event *e)
{
	say(s,
	    "%s (cause %lu, stval 0x%lx), the guest's own exception, is handed "
	    "to its kernel.",
	    cause_name(e->arg[0]), e->arg[0], e->arg[1]);
}

static void about_instruction(struct story *s, const struct trace_event *e)
{
	say(s, "the instruction 0x%lx is %s in %s.", e->arg[0],
	    e->kind == EXIT_virtual ? "not allowed to a guest" : "illegal",
	    mode_name(e->priv));
}

static void about_other(struct story *s, const struct trace_event *e)
{
	say(s, "a trap with cause %lu, which no guest should cause.",
	    e->arg[0]);
}

/* What needs no more than a sentence, */
static const char *const plain[EXIT_KINDS] = {
	[EXIT_timer] = "the host's timer interrupted it, which is not the "
		       "guest's affair.",
	[EXIT_ipi] = "another hart asked for attention.",
	[EXIT_device] = "a device of the host interrupted it.",
	[EXIT_wfi] = "its kernel has nothing to do until an interrupt.",
	[EXIT_wrs] = "it waits for another vcpu's store.",
	[EXIT_step] = "no page table of the VMM's can show it what this "
		      "instruction touches: the interpreter did it.",
};

/* and what is told with its figures. */
static void (*const about[EXIT_KINDS])(struct story *,
				       const struct trace_event *) = {
	[EXIT_sbi] = about_sbi,
	[EXIT_ram] = about_ram,
	[EXIT_mmio] = about_mmio,
	[EXIT_csr] = about_csr,
	[EXIT_sret] = about_sret,
	[EXIT_fence] = about_fence,
	[EXIT_shadow] = about_shadow,
	[EXIT_reflect] = about_reflect,
	[EXIT_table] = about_table,
	[EXIT_virtual] = about_instruction,
	[EXIT_illegal] = about_instruction,
	[EXIT_other] = about_other,
};

static void about_exit(struct story *s, const struct trace_event *e)
{
	if (e->kind < EXIT_KINDS && about[e->kind])
		about[e->kind](s, e);
	else if (e->kind < EXIT_KINDS)
		say(s, "%s", plain[e->kind]);
}

static const char *section(u32 kind)
{
	static const char *const sections[EXIT_KINDS] = {
#define EXIT(kind, handler, text, section) section,
#include "vcpu/exits.def"
#undef EXIT
	};

	return kind < EXIT_KINDS ? sections[kind] : "";
}

static void explain_exit(struct story *s, const struct trace_event *e)
{
	say(s, "at 0x%lx in %s: ", e->pc, mode_name(e->priv));
	about_exit(s, e);
	say(s, " (%s.) %s It took %lu instructions.", section(e->kind),
	    e->verdict < ARRAY_SIZE(outcomes) ? outcomes[e->verdict] : "",
	    e->until - e->when);
}

/* ---- the rest ------------------------------------------------------------ */

static void explain_turn(struct story *s, const struct trace_event *e)
{
	static const char *const why[] = {
		[LEAVE_NONE] = "it had to answer somebody first",
		[LEAVE_BLOCK] = "it has nothing to do",
		[LEAVE_YIELD] = "others wait for the hart",
		[LEAVE_STOP] = "it stops",
		[LEAVE_PARK] = "its VM is paused",
	};

	say(s, "had the hart for %lu instructions; left it as %s.",
	    e->until - e->when, e->kind < ARRAY_SIZE(why) ? why[e->kind] : "?");
}

static void explain_line(struct story *s, const struct trace_event *e)
{
	say(s,
	    "its interrupts: timer %s, external %s%s. (Privileged, "
	    "Supervisor Interrupt Registers (sip and sie).)",
	    e->arg[0] & BIT(IRQ_S_TIMER) ? "pending" : "quiet",
	    e->arg[0] & BIT(IRQ_S_EXT) ? "pending" : "quiet",
	    e->arg[1] ? ", and an IPI came" : "");
}

static void explain_fence(struct story *s, const struct trace_event *e)
{
	say(s, "another vcpu had it fence ");
	if (e->kind & FENCE_I)
		say(s, "its instructions%s",
		    e->kind & FENCE_VMA ? " and " : "");
	if (e->kind & FENCE_VMA && e->arg[1] == ~0UL)
		say(s, "all addresses");
	else if (e->kind & FENCE_VMA)
		say(s, "0x%lx bytes at 0x%lx", e->arg[1], e->arg[0]);
	say(s, ". (SBI, RFENCE Extension.)");
}

void explain(const struct trace_event *e, char *text, u64 size)
{
	struct story s = {.text = text, .size = size};

	say(&s, "%s, vcpu %u, ", trace_name(e->who), e->vcpu);
	switch ((enum trace_type)e->type) {
	case TRACE_turn:
		return explain_turn(&s, e);
	case TRACE_exit:
		return explain_exit(&s, e);
	case TRACE_inject:
		say(&s, "gets an exception: %s (cause %lu, stval 0x%lx).",
		    cause_name(e->arg[0]), e->arg[0], e->arg[1]);
		return;
	case TRACE_line:
		return explain_line(&s, e);
	case TRACE_fence:
		return explain_fence(&s, e);
	case TRACE_backend:
		say(&s, "and its VM: run by %s from here on.",
		    backend_name(e->kind));
		return;
	case TRACE_TYPES:
		break;
	}
}
