/* SPDX-License-Identifier: BSD-2-Clause */
/* Options in the boot arguments: words, "name" or "name=value". */
#include <string.h>

#include "hyp/host.h"

const char *host_option(const char *name, char *buf, u32 len)
{
	u32 size = strlen(name), n = 0;
	const char *p = host.bootargs;

	while (*p) {
		u32 word = strcspn(p, " ");

		if (word >= size && !strncmp(p, name, size) &&
		    (word == size || p[size] == '=')) {
			p += word == size ? size : size + 1;
			while (*p && *p != ' ' && n + 1 < len)
				buf[n++] = *p++;
			buf[n] = '\0';
			return buf;
		}
		p += word;
		p += strspn(p, " ");
	}
	return NULL;
}
