/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the archive (newc cpio) that reaches the VMM as the host's initrd. */
#ifndef CONFIG_ARCHIVE_H
#define CONFIG_ARCHIVE_H

#include "vcpu/spec.h"

struct archive {
	const u8 *data;
	u64 size; /* bytes */
};

/* What archive_next() found. */
enum archive_result {
	ARCHIVE_FILE,  /* *f is the next regular file */
	ARCHIVE_END,   /* the trailer, or the end of an empty archive */
	ARCHIVE_BROKEN /* not newc, or cut short; *error tells */
};

/*
 * Walk the archive: *pos is 0 at first and is moved on. Directories and links
 * are passed over. Formats: cpio(5), "New ASCII Format"; the name may be
 * padded with NULs (our packer aligns file data to 4 KiB that way). When it
 * is broken, *error (unless error is NULL) is one line that says what is wrong
 * at which offset; it stays valid until the next broken entry. Stop there.
 */
enum archive_result archive_next(const struct archive *a, u64 *pos,
				 struct file *f, const char **error);

/* The file of that name; false if there is none (or the archive is broken). */
bool archive_find(const struct archive *a, const char *name, struct file *f);

/*
 * Why archive_find() failed, for a person: so that an archive that was cut
 * short does not pass for a wrong path. Valid as archive_next()'s *error.
 */
const char *archive_missing(const struct archive *a);

#endif
