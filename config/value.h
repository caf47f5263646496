/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of properties, which nobody has checked: their types and forms. */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "hyp/types.h"
#include "hyp/util.h"

struct value {
	const char *data;
	u32 len; /* bytes */
};

enum value_type {
	VALUE_FLAG,    /* nothing at all */
	VALUE_STRING,  /* printable text */
	VALUE_STRINGS, /* at least one */
	VALUE_CELL,    /* 32 bits */
	VALUE_CELLS,   /* at least one */
	VALUE_LATER,   /* nothing fits yet */
};

/* v is of that type: its strings end within it, and so on. */
bool value_fits(enum value_type type, const struct value *v);

/* What a value of that type must be, for a person. */
const char *value_wish(enum value_type type);

/* A cell of a VALUE_CELL or VALUE_CELLS. */
u32 value_cell(const struct value *v, u32 index);

#define VALUE_SIZE_MAX GiB(1024)

/* "256M" in bytes, VALUE_SIZE_MAX + 1 for whatever is more. False: no size. */
bool value_size(const char *text, u64 *bytes);

/*
 * "rv64i", letters, then _names: "ISA Extension Naming Conventions". The
 * letter g is refused, so that nobody else has to know what it stands for.
 */
bool value_isa(const char *isa);

#endif
