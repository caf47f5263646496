/* SPDX-License-Identifier: BSD-2-Clause */
/* A small reader of the FDT that the kernel was given. */
#include "tests/guest/rt/rt.h"

enum { FDT_BEGIN_NODE = 1, FDT_END_NODE, FDT_PROP, FDT_NOP, FDT_END = 9 };
enum { OFF_STRUCT = 8, OFF_STRINGS = 12 };

u32 fdt_u32(const void *p)
{
	const u8 *b = p;

	return (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
}

/* The node's name up to '@' is this one. */
static bool is_node(const char *full, const char *name)
{
	for (; *name && *full == *name; full++)
		name++;
	return !*name && (*full == '@' || !*full);
}

/*
 * Nodes of one name never nest in the trees that we read, and properties
 * come before subnodes: so "inside" ends at the next node of any kind.
 */
const void *fdt_prop(const char *node, u32 nth, const char *prop, u32 *len)
{
	const u8 *p = boot_fdt + fdt_u32(boot_fdt + OFF_STRUCT);
	const char *names =
		(const char *)boot_fdt + fdt_u32(boot_fdt + OFF_STRINGS);
	bool inside = false;
	u32 seen = 0, token;

	while ((token = fdt_u32(p)) != FDT_END) {
		p += 4;
		if (token == FDT_BEGIN_NODE) {
			inside = is_node((const char *)p, node) &&
				 seen++ == nth;
			p += (strlen((const char *)p) + 4) & ~3UL;
		} else if (token == FDT_PROP) {
			*len = fdt_u32(p);
			if (inside && !strcmp(names + fdt_u32(p + 4), prop))
				return p + 8;
			p += 8 + ((*len + 3) & ~3UL);
		} else if (token == FDT_END_NODE) {
			inside = false;
		}
	}
	return 0;
}

u32 fdt_harts(u32 *ids, u32 max)
{
	const void *reg;
	u32 n = 0, len;

	for (; n < max && (reg = fdt_prop("cpu", n, "reg", &len)); n++)
		ids[n] = fdt_u32((const u8 *)reg + len - 4);
	return n;
}

static bool same(const char *a, const char *b, size_t n)
{
	for (; n && *a == *b; n--) {
		a++;
		b++;
	}
	return !n;
}

/* In "rv64imafdc_zba_zbb": a letter of the first part, or a later word. */
static bool isa_string_has(const char *isa, const char *ext)
{
	size_t n = strlen(ext);

	for (isa += 4; *isa && *isa != '_'; isa++)
		if (n == 1 && *isa == *ext)
			return true;
	while (*isa++ == '_') {
		size_t len = 0;

		while (isa[len] && isa[len] != '_')
			len++;
		if (len == n && same(isa, ext, n))
			return true;
		isa += len;
	}
	return false;
}

bool fdt_isa_has(const char *ext)
{
	u32 len, at = 0;
	const char *list = fdt_prop("cpu", 0, "riscv,isa-extensions", &len);

	if (!list) {
		list = fdt_prop("cpu", 0, "riscv,isa", &len);
		return list && isa_string_has(list, ext);
	}
	for (; at < len; at += (u32)strlen(list + at) + 1)
		if (!strcmp(list + at, ext))
			return true;
	return false;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_';
}

/* What follows this word of /chosen/bootargs, or NULL. */
static const char *find_word(const char *word)
{
	u32 len;
	const char *p = fdt_prop("chosen", 0, "bootargs", &len);

	while (p && *p) {
		const char *w = word;

		for (; *w && *p == *w; p++)
			w++;
		if (!*w && !is_word(*p))
			return p;
		while (is_word(*p))
			p++;
		while (*p && !is_word(*p))
			p++;
	}
	return NULL;
}

bool bootargs_has(const char *word)
{
	return find_word(word);
}

u64 bootargs_number(const char *word, u64 otherwise)
{
	const char *p = find_word(word);
	u64 n = 0;

	if (!p || *p++ != '=')
		return otherwise;
	for (; *p >= '0' && *p <= '9'; p++)
		n = n * 10 + (u64)(*p - '0');
	return n;
}

u64 timebase(void)
{
	u32 len;

	return fdt_u32(fdt_prop("cpus", 0, "timebase-frequency", &len));
}
