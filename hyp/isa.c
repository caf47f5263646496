/* SPDX-License-Identifier: BSD-2-Clause */
/* ISA strings: single letters after rv64, then names behind underscores. */
#include <string.h>

#include "hyp/isa.h"

static bool letter_in(const char *isa, char letter)
{
	if (strncmp(isa, "rv64", 4) != 0)
		return false;
	for (isa += 4; *isa && *isa != '_'; isa++) {
		if (*isa == letter)
			return true;
		if (*isa == 'g' && strchr("imafd", letter))
			return true;
	}
	return false;
}

bool isa_next(const char *isa, const char **at, char *name, u32 len)
{
	const char *p = strchr(*at ? *at : isa, '_');
	u32 n = 0;

	if (!p)
		return false;
	for (p++; *p && *p != '_' && n + 1 < len; p++)
		name[n++] = *p;
	name[n] = '\0';
	*at = p;
	return true;
}

bool isa_has(const char *isa, const char *ext)
{
	const char *at = NULL;
	char name[32];

	if (!ext[1])
		return letter_in(isa, ext[0]);
	while (isa_next(isa, &at, name, sizeof(name))) {
		if (!strcmp(name, ext))
			return true;
	}
	return false;
}
