/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds newc archives for the tests, in a buffer of exactly their size. */
#ifndef TESTS_UNIT_NEWC_H
#define TESTS_UNIT_NEWC_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/archive.h"
#include "hyp/util.h"

#define NEWC_FILE 0100644
#define NEWC_DIR  040755
#define NEWC_LINK 0120777

struct newc {
	u8 *data; /* from malloc() */
	u64 size;
};

static inline void newc_append(struct newc *n, const void *data, u64 len)
{
	n->data = realloc(n->data, n->size + len);
	if (len)
		memcpy(n->data + n->size, data, len);
	n->size += len;
}

static inline void newc_pad(struct newc *n, u64 align)
{
	while (n->size % align)
		newc_append(n, "", 1);
}

/* The name is padded with NULs so that the data is aligned. */
static inline void newc_add(struct newc *n, u32 mode, const char *name,
			    const void *data, u64 len, u64 align)
{
	u64 start = n->size + 110;
	u64 name_size = ALIGN_UP(start + strlen(name) + 1, align) - start;
	char header[111];

	snprintf(header, sizeof(header),
		 "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		 1, mode, 0, 0, 1, 0, (u32)len, 0, 0, 0, 0, (u32)name_size, 0);
	newc_append(n, header, 110);
	newc_append(n, name, strlen(name) + 1);
	newc_pad(n, align);
	newc_append(n, data, len);
	newc_pad(n, 4);
}

static inline void newc_file(struct newc *n, const char *name, const void *data,
			     u64 len)
{
	newc_add(n, NEWC_FILE, name, data, len, 16);
}

static inline struct archive newc_end(struct newc *n)
{
	newc_add(n, 0, "TRAILER!!!", NULL, 0, 4);
	return (struct archive){.data = n->data, .size = n->size};
}

#endif
