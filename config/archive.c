/* SPDX-License-Identifier: BSD-2-Clause */
/* The newc cpio reader: every byte of the archive is doubted. */
#include <stdio.h>
#include <string.h>

#include "config/archive.h"
#include "hyp/util.h"

#define NEWC_MAGIC   "070701"
#define NEWC_HEADER  110 /* the magic and 13 fields of 8 hex digits */
#define NEWC_ALIGN   4   /* of name and data, from the start of the archive */
#define TRAILER      "TRAILER!!!"

#define MODE_TYPE    0170000
#define MODE_REGULAR 0100000

/* The fields of the header in their order: cpio(5), "New ASCII Format". */
#define NEWC_FIELDS(F)            \
	F(INO, "ino")             \
	F(MODE, "mode")           \
	F(UID, "uid")             \
	F(GID, "gid")             \
	F(NLINK, "nlink")         \
	F(MTIME, "mtime")         \
	F(FILESIZE, "filesize")   \
	F(DEVMAJOR, "devmajor")   \
	F(DEVMINOR, "devminor")   \
	F(RDEVMAJOR, "rdevmajor") \
	F(RDEVMINOR, "rdevminor") \
	F(NAMESIZE, "namesize")   \
	F(CHECK, "check")

#define FIELD_ENUM(id, name) FIELD_##id,
#define FIELD_NAME(id, name) name,
enum field { NEWC_FIELDS(FIELD_ENUM) FIELD_COUNT };
static const char *const field_names[] = {NEWC_FIELDS(FIELD_NAME)};

struct entry {
	u32 field[FIELD_COUNT];
	const char *name;
	u64 data; /* offset of the file's bytes */
	u64 next; /* offset of the entry behind it */
};

/* One text is enough: who reads the archive stops at the first. */
static char error_text[96];

static bool broken(u64 offset, const char *field, const char *what)
{
	snprintf(error_text, sizeof(error_text),
		 "broken archive: %s%s at offset %lu", field, what,
		 (unsigned long)offset);
	return false;
}

static int hex_digit(u8 c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool hex_field(const u8 *text, u32 *value)
{
	*value = 0;
	for (u32 i = 0; i < 8; i++) {
		int digit = hex_digit(text[i]);

		if (digit < 0)
			return false;
		*value = *value << 4 | (u32)digit;
	}
	return true;
}

static bool read_header(const struct archive *a, u64 pos, struct entry *e)
{
	const u8 *header = a->data + pos;
	u64 magic = strlen(NEWC_MAGIC);

	if (a->size - pos < NEWC_HEADER)
		return broken(pos, "", "header cut short");
	if (memcmp(header, NEWC_MAGIC, magic))
		return broken(pos, "", "no newc header");
	for (u32 i = 0; i < FIELD_COUNT; i++) {
		u64 at = magic + 8 * i;

		if (!hex_field(header + at, &e->field[i]))
			return broken(pos + at, field_names[i],
				      " is not 8 hex digits");
	}
	return true;
}

/* The name, its NUL, then nothing but NULs: padding in front of the data. */
static bool read_name(const struct archive *a, u64 pos, struct entry *e)
{
	u64 at = pos + NEWC_HEADER;
	u64 size = e->field[FIELD_NAMESIZE];
	u64 len;

	if (size > a->size - at)
		return broken(at, "", "name cut short");
	e->name = (const char *)a->data + at;
	len = strnlen(e->name, size);
	if (len == size)
		return broken(at, "", "name without its NUL");
	if (!len)
		return broken(at, "", "empty name");
	for (u64 i = len; i < size; i++)
		if (e->name[i])
			return broken(at + i, "", "name goes on after its NUL");
	return true;
}

/* Sizes are 32 bits in 64-bit sums, checked in turn: nothing overflows. */
static bool read_entry(const struct archive *a, u64 pos, struct entry *e)
{
	u64 size;

	if (!read_header(a, pos, e) || !read_name(a, pos, e))
		return false;
	size = e->field[FIELD_FILESIZE];
	e->data = ALIGN_UP(pos + NEWC_HEADER + e->field[FIELD_NAMESIZE],
			   NEWC_ALIGN);
	if (!range_inside(e->data, size, 0, a->size))
		return broken(e->data, "", "file data cut short");
	e->next = MIN(ALIGN_UP(e->data + size, NEWC_ALIGN), a->size);
	return true;
}

static enum archive_result next_file(const struct archive *a, u64 *pos,
				     struct file *f)
{
	struct entry e = {0};

	if (!a->size)
		return ARCHIVE_END;
	while (*pos < a->size) {
		if (!read_entry(a, *pos, &e))
			return ARCHIVE_BROKEN;
		if (!strcmp(e.name, TRAILER))
			return ARCHIVE_END;
		*pos = e.next;
		if ((e.field[FIELD_MODE] & MODE_TYPE) != MODE_REGULAR)
			continue;
		f->name = e.name;
		f->data = a->data + e.data;
		f->size = e.field[FIELD_FILESIZE];
		return ARCHIVE_FILE;
	}
	broken(a->size, "", "no trailer: archive cut short");
	return ARCHIVE_BROKEN;
}

enum archive_result archive_next(const struct archive *a, u64 *pos,
				 struct file *f, const char **error)
{
	enum archive_result result = next_file(a, pos, f);

	if (error && result == ARCHIVE_BROKEN)
		*error = error_text;
	return result;
}

bool archive_find(const struct archive *a, const char *name, struct file *f)
{
	u64 pos = 0;

	while (archive_next(a, &pos, f, NULL) == ARCHIVE_FILE)
		if (!strcmp(f->name, name))
			return true;
	return false;
}

const char *archive_missing(const struct archive *a)
{
	const char *error = "not in the archive";
	struct file f;
	u64 pos = 0;

	while (archive_next(a, &pos, &f, &error) == ARCHIVE_FILE)
		;
	return error;
}
