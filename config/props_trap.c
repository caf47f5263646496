/* SPDX-License-Identifier: BSD-2-Clause */
/* The property "trap": what is to be watched in a guest. */
#include <string.h>

#include "config/props.h"
#include "hyp/page.h"
#include "hyp/util.h"
#include "vcpu/trap.h"
#include "vdev/layout.h"

#define PAGE "page:"

/* The names that begin as that one does, up to the colon. */
static void unknown(struct reader *r, const char *name)
{
	u64 stem = strcspn(name, ":") + 1;
	bool known = !strncmp(name, "csr:", 4) || !strncmp(name, "insn:", 5);
	char list[160] = "";
	const char *row;

	for (u32 i = 0; known && (row = trap_row_name(i)); i++) {
		if (strncmp(row, name, stem))
			continue;
		BUG_ON(strlen(list) + strlen(row) + 3 > sizeof(list));
		strcat(list, *list ? ", " : "");
		strcat(list, row + stem);
	}
	if (known)
		complain(r, "\"%s\": there are %.*s %s", name, (int)stem, name,
			 list);
	else
		complain(r,
			 "\"%s\" is none of: csr:NAME, insn:NAME, ecall, "
			 "page:ADDRESS",
			 name);
}

/* 0xNUMBER, to 64 bits. */
static bool read_hex(const char *text, u64 *value)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	u32 len = 0;

	if (strncmp(text, "0x", 2))
		return false;
	*value = 0;
	for (text += 2; *text && strchr(digits, *text); text++, len++) {
		u32 n = strchr(digits, *text) - digits;

		*value = *value << 4 | (n < 16 ? n : n - 6);
	}
	return !*text && len && len <= 16;
}

/* One watchpoint; false: it is none, and that was said. */
static bool read_one(struct reader *r, const char *name, struct trap_spec *t)
{
	*t = (struct trap_spec){.row = trap_find(name)};
	if (!strncmp(name, PAGE, strlen(PAGE))) {
		if (read_hex(name + strlen(PAGE), &t->page))
			return true;
		complain(r, "\"%s\" is not like \"page:0x80200000\"", name);
		return false;
	}
	if (t->row != TRAP_ROWS)
		return true;
	unknown(r, name);
	return false;
}

static bool has(const struct vm_spec *s, const struct trap_spec *t)
{
	for (u32 i = 0; i < s->traps; i++) {
		if (s->trap[i].row == t->row && s->trap[i].page == t->page)
			return true;
	}
	return false;
}

void props_trap(struct reader *r, const struct value *v)
{
	struct vm_spec *s = r->spec;
	const char *name = v->data;
	struct trap_spec t;

	for (; name < v->data + v->len; name += strlen(name) + 1) {
		if (!read_one(r, name, &t))
			continue;
		if (has(s, &t)) {
			complain(r, "\"%s\" is there twice", name);
		} else if (s->traps == VM_TRAPS_MAX) {
			complain(r, "\"%s\" is one more than %u", name,
				 VM_TRAPS_MAX);
			return;
		} else {
			s->trap[s->traps++] = t;
		}
	}
}

void props_check_traps(struct reader *r)
{
	const struct vm_spec *s = r->spec;

	for (u32 i = 0; i < s->traps; i++) {
		const struct trap_spec *t = &s->trap[i];

		if (t->row != TRAP_ROWS)
			continue;
		if (!IS_ALIGNED(t->page, PAGE_SIZE))
			complain_vm(r,
				    "trap: page:0x%lx is no multiple of 4 KiB",
				    t->page);
		else if (t->page - GUEST_RAM_BASE >= s->memory)
			complain_vm(r, "trap: page:0x%lx is not in its RAM",
				    t->page);
	}
	if (s->traps && s->lockstep)
		complain_vm(r, "trap: not with lockstep");
}
