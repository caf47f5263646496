/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's ISA string: the host's, filtered; and what enforces it. */
#include <string.h>

#include "hyp/csr.h"
#include "hyp/host.h"
#include "hyp/isa.h"
#include "hyp/log.h"
#include "hyp/util.h"
#include "vcpu/ext/ext.h"
#include "vcpu/guestisa.h"
#include "vcpu/owner.h"

/* Short names, for the rows of the table. */
enum {
	NONE = GATE_NONE,
	FREE = GATE_FREE,
	FS = GATE_FS,
	VS = GATE_VS,
	CBOM = GATE_CBOM,
	CBOZ = GATE_CBOZ,
	PBMT = GATE_PBMT,
	NAPOT = GATE_NAPOT,
	STCE = GATE_STCE,
	COUNTERS = GATE_COUNTERS,
	INVAL = GATE_INVAL,
	SOFT = GATE_SOFT,
	STATE = GATE_STATE,
	SHUT = GATE_SHUT,
};

static const struct ext_row {
	const char *name;
	u32 gates;
	const char *with;
	bool offered;
} rows[] = {
#define EXT(name, gates, with)       {#name, gates, with, true},
#define EXT_NEVER(name, gates, with) {#name, gates, with, false},
#include "vcpu/ext.def"
#undef EXT
#undef EXT_NEVER
};

/* What of that a backend can close. */
static const u32 closes[] = {
	[BACKEND_HW] = FREE | FS | VS | CBOM | CBOZ | PBMT | STCE | COUNTERS |
		       SHUT,
	[BACKEND_HYBRID] = FREE | FS | VS | CBOM | CBOZ | PBMT | STCE |
			   COUNTERS | SHUT | NAPOT,
	[BACKEND_TE] = ~0U,
	[BACKEND_INTERP] = ~0U,
};

#define NAMES_MAX 200 /* characters of names in a line of the log */

static const struct ext_row *find(const char *name)
{
	for (u32 i = 0; i < ISA_EXTS; i++) {
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	}
	return NULL;
}

/* ---- the string ---------------------------------------------------------- */

/*
 * i had these before they had names: a string that knows neither zicsr nor
 * zifencei means them (Linux, "riscv,isa" in its bindings).
 */
static bool part_of_i(const char *isa, const char *name)
{
	static const char *const parts[] = {"zicsr", "zifencei", "zicntr"};
	bool old = !isa_has(isa, "zicsr") && !isa_has(isa, "zifencei");

	for (u32 i = 0; old && i < ARRAY_SIZE(parts); i++) {
		if (!strcmp(parts[i], name))
			return true;
	}
	return false;
}

static bool named(const struct vm_spec *s, const char *name)
{
	return !s->isa[0] || isa_has(s->isa, name) || part_of_i(s->isa, name);
}

static bool allowed(const struct vm_spec *s, const char *name)
{
	if (!strcmp(name, "sstc") && s->force & FORCE_NO_SSTC)
		return false;
	return named(s, name);
}

static void append(char *text, u32 size, const char *prefix, const char *name)
{
	if (strlen(text) + strlen(prefix) + strlen(name) < size)
		strcat(strcat(text, prefix), name);
}

static void warn_missing(const struct vm_spec *s, const char *isa)
{
	const char *at = NULL;
	char name[32];

	while (isa_next(s->isa, &at, name, sizeof(name))) {
		if (!isa_has(isa, name))
			log_warn("%s: isa: %s is not to be had on this host",
				 s->name, name);
	}
	if (isa_has(host.isa, "zicntr") && !named(s, "zicntr") &&
	    !named(s, "sstc"))
		log_warn("%s: isa: without zicntr or sstc there is no time: "
			 "Linux does not start so",
			 s->name);
}

void guest_isa(const struct vm_spec *s, char *isa, u32 size)
{
	const char *at = NULL;
	char name[32];

	isa[0] = '\0';
	append(isa, size, "", "rv64");
	for (const struct ext_row *r = rows; !r->name[1]; r++) {
		if (isa_has(host.isa, r->name) && allowed(s, r->name))
			append(isa, size, "", r->name);
	}
	while (isa_next(host.isa, &at, name, sizeof(name))) {
		const struct ext_row *r = find(name);

		if (r && r->offered && allowed(s, name))
			append(isa, size, "_", name);
	}
	/* Firmware of its own has both, and says which it wants. */
	if ((s->force & FORCE_SVADE || s->boot == BOOT_MACHINE) &&
	    !isa_has(isa, "svade") && allowed(s, "svade"))
		append(isa, size, "_", "svade");
	for (u32 i = 0; i < exts_count; i++) {
		if (ext_wanted(s->isa) & BIT(i))
			append(isa, size, "_", exts[i]->name);
	}
	warn_missing(s, isa);
}

/* ---- what is behind it --------------------------------------------------- */

/* One of the names that include it is there. */
static bool included(const struct vm_spec *s, const struct ext_row *r)
{
	const char *at = NULL;
	char name[32];

	if (!r->with[0])
		return false;
	for (const char *l = r->with + 4; *l && *l != '_'; l++) {
		if (named(s, (char[2]){*l}))
			return true;
	}
	while (isa_next(r->with, &at, name, sizeof(name))) {
		if (named(s, name))
			return true;
	}
	return false;
}

static bool given(const struct vm_spec *s, const struct ext_row *r)
{
	return r->offered && (allowed(s, r->name) || included(s, r));
}

static u32 open_gates(const struct vm_spec *s)
{
	u32 gates = 0;

	for (u32 i = 0; i < ISA_EXTS; i++) {
		if (given(s, &rows[i]))
			gates |= rows[i].gates;
	}
	return gates;
}

static u32 can_close(enum backend_id backend)
{
	u32 gates = closes[backend];

	if (host_has(HOST_STATEEN))
		gates |= GATE_STATE;
	if (backend == BACKEND_TE && !host.time_closes)
		gates &= ~(u32)GATE_COUNTERS;
	if (backend == BACKEND_TE && !host.inval_traps)
		gates &= ~(u32)GATE_INVAL;
	return gates;
}

static u64 env_bits(u32 gates)
{
	u64 env = 0;

	/* cbo.inval flushes: what a fresh page held before must not come
	 * back. */
	if (gates & GATE_CBOM)
		env |= ENVCFG_CBIE_FLUSH | ENVCFG_CBCFE;
	if (gates & GATE_CBOZ)
		env |= ENVCFG_CBZE;
	if (gates & GATE_PBMT)
		env |= ENVCFG_PBMTE;
	return env;
}

static void make_masks(struct isa_rules *r)
{
	r->no_sstatus = (SSTATUS_FS | SSTATUS_VS) & ~r->units;
	r->no_senvcfg = 0;
	if (!(r->gates & GATE_CBOM))
		r->no_senvcfg |= ENVCFG_CBIE | ENVCFG_CBCFE;
	if (!(r->gates & GATE_CBOZ))
		r->no_senvcfg |= ENVCFG_CBZE;
}

void isa_rules_make(struct isa_rules *r, const struct vm_spec *s,
		    enum backend_id backend)
{
	u32 open = open_gates(s);

	*r = (struct isa_rules){
		.gates = open | ~can_close(backend),
		.env = env_bits(open),
		.refuses = s->isa[0] && backend == BACKEND_INTERP,
	};
	if (open & GATE_COUNTERS)
		r->counters = COUNTEREN_CY | COUNTEREN_TM | COUNTEREN_IR;
	if (open & GATE_FS && host_has(HOST_FD))
		r->units |= SSTATUS_FS;
	if (open & GATE_VS && host_has(HOST_V))
		r->units |= SSTATUS_VS;
	r->clean = r->units & (XS_CLEAN << SSTATUS_FS_SHIFT |
			       XS_CLEAN << SSTATUS_VS_SHIFT);
	/* Others have these registers in hardware, with all their bits. */
	if (backend == BACKEND_TE || backend == BACKEND_INTERP)
		make_masks(r);
	for (u32 i = 0; i < ISA_EXTS; i++)
		r->lacks[i] = !given(s, &rows[i]);
}

/* ---- what nothing hides -------------------------------------------------- */

/* A name of the host's that S-mode has nothing to do with. */
static bool of_others(const char *name)
{
	return !strncmp(name, "sm", 2) || !strncmp(name, "sh", 2);
}

/* The interpreter decodes, and refuses; the others have the gates alone. */
static bool usable(const struct vm_spec *s, const char *name,
		   enum backend_id backend)
{
	u32 closed = ~open_gates(s) | GATE_FREE;
	const struct ext_row *r = find(name);

	if (!r)
		return !of_others(name);
	if (backend == BACKEND_INTERP && owner_knows(r - rows))
		return false;
	return !given(s, r) && !(r->gates & closed & can_close(backend));
}

struct list {
	const struct vm_spec *spec;
	const char *backend;
	char text[NAMES_MAX];
	u32 count;
};

static void say(struct list *l)
{
	if (l->count)
		log_warn("%s: isa: %s %s usable: nothing hides %s under %s",
			 l->spec->name, l->text,
			 l->count > 1 ? "stay" : "stays",
			 l->count > 1 ? "them" : "it", l->backend);
	l->text[0] = '\0';
	l->count = 0;
}

static void add(struct list *l, const char *name)
{
	if (strlen(l->text) + strlen(name) + 2 > sizeof(l->text))
		say(l);
	append(l->text, sizeof(l->text), l->count ? " " : "", name);
	l->count++;
}

void isa_warn_usable(const struct vm_spec *s, enum backend_id backend,
		     const char *called)
{
	struct list l = {.spec = s, .backend = called};
	const char *at = NULL;
	char name[32];

	if (!s->isa[0])
		return;
	for (const struct ext_row *r = rows; !r->name[1]; r++) {
		if (isa_has(host.isa, r->name) && usable(s, r->name, backend))
			add(&l, r->name);
	}
	while (isa_next(host.isa, &at, name, sizeof(name))) {
		if (usable(s, name, backend))
			add(&l, name);
	}
	say(&l);
}
