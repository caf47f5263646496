/* SPDX-License-Identifier: BSD-2-Clause */
/* Types and forms of a property's value. */
#include <libfdt.h>
#include <string.h>

#include "config/value.h"

static const char *const wishes[] = {
	[VALUE_FLAG] = "a flag takes no value",
	[VALUE_STRING] = "must be one string of printable text",
	[VALUE_STRINGS] = "must be a list of strings of printable text",
	[VALUE_CELL] = "must be one number in <>",
	[VALUE_CELLS] = "must be a list of numbers in <>",
	[VALUE_LATER] = "not supported yet",
};

const char *value_wish(enum value_type type)
{
	return wishes[type];
}

/* How many strings it is: each ends in a NUL, none is empty or unprintable. */
static u32 count_strings(const struct value *v)
{
	u32 count = 0;

	if (!v->len || v->data[v->len - 1])
		return 0;
	for (u32 i = 0; i < v->len; i++) {
		u8 c = v->data[i];

		if (!c && i && !v->data[i - 1])
			return 0;
		if (c && (c < 0x20 || c == 0x7f))
			return 0;
		count += !c;
	}
	return count;
}

bool value_fits(enum value_type type, const struct value *v)
{
	switch (type) {
	case VALUE_FLAG:
		return !v->len;
	case VALUE_STRING:
		return count_strings(v) == 1;
	case VALUE_STRINGS:
		return count_strings(v) > 0;
	case VALUE_CELL:
		return v->len == 4;
	case VALUE_CELLS:
		return v->len && v->len % 4 == 0;
	case VALUE_LATER:
		break;
	}
	return false;
}

u32 value_cell(const struct value *v, u32 index)
{
	return fdt32_ld((const fdt32_t *)(v->data + 4 * index));
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

bool value_size(const char *text, u64 *bytes)
{
	static const char units[] = "KMGT";
	const char *unit;
	u64 n = 0;

	if (!is_digit(*text))
		return false;
	for (; is_digit(*text); text++)
		n = MIN(n * 10 + (u64)(*text - '0'), VALUE_SIZE_MAX + 1);
	for (unit = units; *text && *unit; unit++) {
		n = MIN(n << 10, VALUE_SIZE_MAX + 1);
		if (*unit == *text) {
			text++;
			break;
		}
	}
	*bytes = n;
	return !*text;
}

bool value_isa(const char *isa)
{
	const char *p = isa + 5;

	if (strncmp(isa, "rv64i", 5))
		return false;
	while (is_lower(*p) && !strchr("gsxz", *p))
		p++;
	while (*p) {
		p += *p == '_';
		if (!*p || !strchr("sxz", *p))
			return false;
		while (is_lower(*p) || is_digit(*p))
			p++;
	}
	return true;
}
