/* SPDX-License-Identifier: BSD-2-Clause */
/* Options in the boot arguments: words, "name", "name=value", name="a b". */
#include <string.h>

#include "hyp/host.h"

/* The length of the word at p: blanks between double quotes are part of it. */
static u32 word_length(const char *p)
{
	bool quoted = false;
	u32 n = 0;

	for (; p[n] && (quoted || p[n] != ' '); n++)
		quoted ^= p[n] == '"';
	return n;
}

const char *host_option(const char *name, char *buf, u32 len)
{
	u32 size = strlen(name), n = 0;
	const char *p = host.bootargs;

	while (*p) {
		u32 word = word_length(p);

		if (word >= size && !strncmp(p, name, size) &&
		    (word == size || p[size] == '=')) {
			for (u32 i = size + 1; i < word && n + 1 < len; i++) {
				if (p[i] != '"')
					buf[n++] = p[i];
			}
			buf[n] = '\0';
			return buf;
		}
		p += word;
		p += strspn(p, " ");
	}
	return NULL;
}
