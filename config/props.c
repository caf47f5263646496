/* SPDX-License-Identifier: BSD-2-Clause */
/* The properties of a VM's description: one table holds all that it may say. */
#include <libfdt.h>
#include <string.h>

#include "config/props.h"
#include "config/value.h"
#include "hyp/sched.h"
#include "hyp/util.h"

/* ---- names for values ---------------------------------------------------- */

struct choice {
	const char *name;
	u64 value;
};

#define CHOICES_MAX 9 /* a shorter list ends at a choice without a name */

static const struct choice backends[CHOICES_MAX] = {
	{"hw", BACKEND_HW},
	{"hybrid", BACKEND_HYBRID},
	{"te", BACKEND_TE},
	{"interp", BACKEND_INTERP},
};

static const struct choice boots[CHOICES_MAX] = {
	{"sbi", BOOT_SBI},
	{"machine", BOOT_MACHINE},
};

static const struct choice shadows[CHOICES_MAX] = {
	{"fence", false},
	{"sync", true},
};

static const struct choice lockstep_oracles[CHOICES_MAX] = {
	{"interp", true},
};

static const struct choice page_sizes[CHOICES_MAX] = {
	{"4K", KiB(4)},
	{"2M", MiB(2)},
	{"1G", GiB(1)},
};

static const struct choice forces[CHOICES_MAX] = {
	{"no-htinst", FORCE_NO_HTINST},
	{"no-htval", FORCE_NO_HTVAL},
	{"no-sstc", FORCE_NO_SSTC},
	{"4k", FORCE_4K},
	{"vtw", FORCE_VTW},
	{"no-idle-zero", FORCE_NO_IDLE_ZERO},
	{"no-asid", FORCE_NO_ASID},
	{"no-roots", FORCE_NO_ROOTS},
	{"no-fast", FORCE_NO_FAST},
};

static const struct choice flaws[CHOICES_MAX] = {
	{"htinst-zero", FORCE_NO_HTINST}, {"htval-zero", FORCE_NO_HTVAL},
	{"no-vmid", FORCE_NO_VMID},       {"svade", FORCE_SVADE},
	{"no-sstc", FORCE_NO_SSTC},       {"vu-illegal", FORCE_VU_ILLEGAL},
	{"stval-zero", FORCE_NO_STVAL},   {"4k-only", FORCE_4K},
};

/* The value of that name; otherwise a complaint that lists the choices. */
static u64 choose(struct reader *r, const struct choice *choices,
		  const char *name)
{
	char list[96] = "";

	for (u32 i = 0; i < CHOICES_MAX && choices[i].name; i++) {
		if (!strcmp(choices[i].name, name))
			return choices[i].value;
		BUG_ON(strlen(list) + strlen(choices[i].name) + 3 >
		       sizeof(list));
		strcat(list, i ? ", " : "");
		strcat(list, choices[i].name);
	}
	complain(r, "\"%s\" is none of: %s", name, list);
	return 0;
}

/* ---- one function a property --------------------------------------------- */

static void parse_backend(struct reader *r, const struct value *v)
{
	r->spec->backend = choose(r, backends, v->data);
}

static void parse_boot(struct reader *r, const struct value *v)
{
	r->spec->boot = choose(r, boots, v->data);
}

static void parse_shadow(struct reader *r, const struct value *v)
{
	r->spec->shadow_sync = choose(r, shadows, v->data);
}

static void parse_lockstep(struct reader *r, const struct value *v)
{
	r->spec->lockstep = choose(r, lockstep_oracles, v->data);
}

static void parse_pages(struct reader *r, const struct value *v)
{
	r->spec->page_max = choose(r, page_sizes, v->data);
}

static void parse_force(struct reader *r, const struct value *v)
{
	for (u32 at = 0; at < v->len; at += strlen(v->data + at) + 1)
		r->spec->force |= choose(r, forces, v->data + at);
}

static void parse_personality(struct reader *r, const struct value *v)
{
	for (u32 at = 0; at < v->len; at += strlen(v->data + at) + 1)
		r->spec->force |= choose(r, flaws, v->data + at);
}

static u32 number(struct reader *r, const struct value *v, u32 max)
{
	u32 n = value_cell(v, 0);

	if (!n || n > max)
		complain(r, "%u is not in 1 to %u", n, max);
	return n;
}

static void parse_vcpus(struct reader *r, const struct value *v)
{
	r->spec->vcpus = number(r, v, VM_VCPUS_MAX);
}

static void parse_weight(struct reader *r, const struct value *v)
{
	r->spec->weight = number(r, v, SCHED_WEIGHT_MAX);
}

static void parse_console(struct reader *r, const struct value *v)
{
	r->spec->extra[VM_CONSOLE] = true;
}

static void parse_balloon(struct reader *r, const struct value *v)
{
	r->spec->extra[VM_BALLOON] = true;
}

static void parse_packed(struct reader *r, const struct value *v)
{
	r->spec->packed = true;
}

static void parse_autostart(struct reader *r, const struct value *v)
{
	r->spec->autostart = true;
}

static void parse_memory(struct reader *r, const struct value *v)
{
	u64 *memory = &r->spec->memory;

	if (!value_size(v->data, memory))
		complain(r, "\"%s\" is no size; write it like \"256M\"",
			 v->data);
	else if (!*memory)
		complain(r, "a VM needs some");
	else if (*memory > VALUE_SIZE_MAX)
		complain(r, "%s is more than 1 TiB", v->data);
	else if (!IS_ALIGNED(*memory, KiB(4)))
		complain(r, "%s is no multiple of 4 KiB", v->data);
}

void props_file(struct reader *r, const struct value *v, struct file *f)
{
	if (!archive_find(r->archive, v->data, f))
		complain(r, "%s: %s", v->data, archive_missing(r->archive));
	else if (!f->size)
		complain(r, "%s: empty file", v->data);
}

static void parse_kernel(struct reader *r, const struct value *v)
{
	props_file(r, v, &r->spec->kernel);
}

/* M-mode's: below the kernel, at the first address of RAM. */
static void parse_firmware(struct reader *r, const struct value *v)
{
	props_file(r, v, &r->spec->firmware);
}

static void parse_initrd(struct reader *r, const struct value *v)
{
	props_file(r, v, &r->spec->initrd);
}

static void copy_string(struct reader *r, const struct value *v, char *to,
			u32 size)
{
	if (v->len > size)
		complain(r, "longer than %u bytes", size - 1);
	else
		memcpy(to, v->data, v->len);
}

static void parse_bootargs(struct reader *r, const struct value *v)
{
	copy_string(r, v, r->spec->bootargs, sizeof(r->spec->bootargs));
}

static void parse_isa(struct reader *r, const struct value *v)
{
	if (value_isa(v->data))
		copy_string(r, v, r->spec->isa, sizeof(r->spec->isa));
	else
		complain(r, "\"%s\" is not like \"rv64imac_zicsr\" (without g)",
			 v->data);
}

static void parse_harts(struct reader *r, const struct value *v)
{
	for (u32 i = 0; i < v->len / 4; i++) {
		u32 hart = value_cell(v, i);

		if (hart >= r->limits->harts || hart >= 64)
			complain(r, "no hart %u: the host has %u", hart,
				 r->limits->harts);
		else
			r->spec->harts |= BIT(hart);
	}
}

/* ---- the table ----------------------------------------------------------- */

/* A name that ends in '#' stands for all with a number there. */
static const struct rule {
	const char *name;
	enum value_type type;
	void (*parse)(struct reader *r, const struct value *v);
	bool required;
} rules[] = {
	{"backend", VALUE_STRING, parse_backend, false},
	{"boot", VALUE_STRING, parse_boot, false},
	{"vcpus", VALUE_CELL, parse_vcpus, false},
	{"memory", VALUE_STRING, parse_memory, true},
	{"pages", VALUE_STRING, parse_pages, false},
	{"kernel", VALUE_STRING, parse_kernel, true},
	{"initrd", VALUE_STRING, parse_initrd, false},
	{"firmware", VALUE_STRING, parse_firmware, false},
	{"bootargs", VALUE_STRING, parse_bootargs, false},
	{"isa", VALUE_STRING, parse_isa, false},
	{"weight", VALUE_CELL, parse_weight, false},
	{"harts", VALUE_CELLS, parse_harts, false},
	{"autostart", VALUE_FLAG, parse_autostart, false},
	{"rng", VALUE_FLAG, props_rng, false},
	{"console", VALUE_FLAG, parse_console, false},
	{"ports", VALUE_STRINGS, props_ports, false},
	{"balloon", VALUE_FLAG, parse_balloon, false},
	{"packed", VALUE_FLAG, parse_packed, false},
	{"force", VALUE_STRINGS, parse_force, false},
	{"personality", VALUE_STRINGS, parse_personality, false},
	{"shadow", VALUE_STRING, parse_shadow, false},
	{"lockstep", VALUE_STRING, parse_lockstep, false},
	{"disk#", VALUE_STRINGS, props_disk, false},
	{"net#", VALUE_STRINGS, props_net, false},
	{"aia", VALUE_LATER, NULL, false},
	{"trap", VALUE_STRINGS, props_trap, false},
};

static bool name_fits(const char *pattern, const char *name)
{
	u64 stem = strcspn(pattern, "#");

	if (!pattern[stem])
		return !strcmp(pattern, name);
	if (strncmp(pattern, name, stem) || !name[stem])
		return false;
	name += stem;
	return !name[strspn(name, "0123456789")];
}

/* The rule of that name, ARRAY_SIZE(rules) if there is none. */
static u32 find_rule(const char *name)
{
	u32 i = 0;

	while (i < ARRAY_SIZE(rules) && !name_fits(rules[i].name, name))
		i++;
	return i;
}

void props_clean_name(char to[VM_NAME_MAX], const char *from)
{
	u32 i;

	for (i = 0; i < VM_NAME_MAX - 1 && from[i]; i++)
		to[i] = from[i] > ' ' && from[i] < 0x7f ? from[i] : '?';
	to[i] = '\0';
}

static void read_property(struct reader *r, int offset, u64 *seen)
{
	const char *name;
	struct value v;
	int len = 0;
	u32 i;

	v.data = fdt_getprop_by_offset(r->fdt, offset, &name, &len);
	if (!v.data)
		return; /* not after fdt_check_full() */
	v.len = len;
	props_clean_name(r->prop, name);
	i = find_rule(name);
	if (i == ARRAY_SIZE(rules))
		complain(r, "unknown property");
	else if (!value_fits(rules[i].type, &v))
		complain(r, "%s", value_wish(rules[i].type));
	else if (*seen & BIT(i) && !strchr(rules[i].name, '#'))
		complain(r, "given twice");
	else
		rules[i].parse(r, &v);
	if (i < ARRAY_SIZE(rules))
		*seen |= BIT(i);
}

void props_read(struct reader *r, int node)
{
	u64 seen = 0;
	int offset;

	fdt_for_each_property_offset(offset, r->fdt, node)
		read_property(r, offset, &seen);
	for (u32 i = 0; i < ARRAY_SIZE(rules); i++) {
		props_clean_name(r->prop, rules[i].name);
		if (rules[i].required && !(seen & BIT(i)))
			complain(r, "missing");
	}
	props_check_slots(r);
	props_check_traps(r);
}
