/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's ISA string: the host's, filtered. */
#include <string.h>

#include "hyp/host.h"
#include "hyp/isa.h"
#include "hyp/log.h"
#include "hyp/util.h"
#include "vcpu/ext/ext.h"
#include "vcpu/guestisa.h"

static const char *const known[] = {
#define EXT(name) name,
#include "vcpu/ext.def"
#undef EXT
};

/* Single letters that a guest may have, in canonical order. */
static const char letters[] = "imafdcv";

static bool is_known(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strcmp(known[i], name))
			return true;
	}
	return false;
}

static bool allowed(const struct vm_spec *s, const char *name)
{
	if (!strcmp(name, "sstc") && s->force & FORCE_NO_SSTC)
		return false;
	return !s->isa[0] || isa_has(s->isa, name);
}

static void append(char *isa, u32 size, const char *prefix, const char *name)
{
	if (strlen(isa) + strlen(prefix) + strlen(name) < size)
		strcat(strcat(isa, prefix), name);
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
}

void guest_isa(const struct vm_spec *s, char *isa, u32 size)
{
	const char *at = NULL;
	char name[32];

	isa[0] = '\0';
	append(isa, size, "", "rv64");
	for (const char *l = letters; *l; l++) {
		char letter[2] = {*l};

		if (isa_has(host.isa, letter) && allowed(s, letter))
			append(isa, size, "", letter);
	}
	while (isa_next(host.isa, &at, name, sizeof(name))) {
		if (is_known(name) && allowed(s, name))
			append(isa, size, "_", name);
	}
	if (s->force & FORCE_SVADE && !isa_has(isa, "svade") &&
	    allowed(s, "svade"))
		append(isa, size, "_", "svade");
	for (u32 i = 0; i < exts_count; i++) {
		if (ext_wanted(s->isa) & BIT(i))
			append(isa, size, "_", exts[i]->name);
	}
	warn_missing(s, isa);
}
