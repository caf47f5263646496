/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the archive reader: what it finds, what it refuses, and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fuzz.h"
#include "host.h"
#include "newc.h"

/* Offsets of header fields: cpio(5), "New ASCII Format". */
#define AT_MODE     14
#define AT_FILESIZE 54
#define AT_NAMESIZE 94

static enum archive_result walk(const struct archive *a, const char **error)
{
	enum archive_result result;
	struct file f;
	u64 pos = 0, files = 0;

	do
		result = archive_next(a, &pos, &f, error);
	while (result == ARCHIVE_FILE && ++files <= a->size);
	assert_true(files <= a->size);
	return result;
}

/* Touches every byte that the reader hands out. */
static u64 walk_and_touch(const struct archive *a)
{
	struct file f;
	u64 pos = 0, sum = 0;

	while (archive_next(a, &pos, &f, NULL) == ARCHIVE_FILE) {
		assert_true(range_inside(f.data - a->data, f.size, 0, a->size));
		sum += strlen(f.name);
		for (u64 i = 0; i < f.size; i++)
			sum += f.data[i];
	}
	return sum;
}

static struct archive build(struct newc *n)
{
	newc_add(n, NEWC_DIR, "build", NULL, 0, 4);
	newc_add(n, NEWC_FILE, "build/one", "one!", 4, 4);
	newc_add(n, NEWC_LINK, "build/link", "one", 3, 4);
	newc_add(n, NEWC_FILE, "two", "twotwo", 6, 512);
	newc_add(n, NEWC_FILE, "empty", NULL, 0, 4);
	return newc_end(n);
}

static void test_walk(void **state)
{
	struct newc n = {0};
	struct archive a = build(&n);
	struct file f;
	u64 pos = 0;

	assert_int_equal(archive_next(&a, &pos, &f, NULL), ARCHIVE_FILE);
	assert_string_equal(f.name, "build/one");
	assert_int_equal(f.size, 4);
	assert_memory_equal(f.data, "one!", 4);
	assert_int_equal(archive_next(&a, &pos, &f, NULL), ARCHIVE_FILE);
	assert_string_equal(f.name, "two");
	assert_int_equal(f.size, 6);
	assert_memory_equal(f.data, "twotwo", 6);
	assert_int_equal((f.data - a.data) % 512, 0);
	assert_int_equal(archive_next(&a, &pos, &f, NULL), ARCHIVE_FILE);
	assert_string_equal(f.name, "empty");
	assert_int_equal(f.size, 0);
	assert_int_equal(archive_next(&a, &pos, &f, NULL), ARCHIVE_END);
	assert_int_equal(archive_next(&a, &pos, &f, NULL), ARCHIVE_END);
	free(n.data);
}

static void test_find(void **state)
{
	struct newc n = {0};
	struct archive a = build(&n), none = {0};
	struct file f;

	assert_true(archive_find(&a, "two", &f));
	assert_int_equal(f.size, 6);
	assert_false(archive_find(&a, "tw", &f));
	assert_false(archive_find(&a, "build", &f));
	assert_false(archive_find(&a, "build/link", &f));
	assert_false(archive_find(&a, "TRAILER!!!", &f));
	assert_string_equal(archive_missing(&a), "not in the archive");
	assert_false(archive_find(&none, "two", &f));
	assert_string_equal(archive_missing(&none), "not in the archive");
	free(n.data);
}

/* One change to an archive whose second entry is at 116. */
struct damage {
	u64 at;
	const char *bytes;
	u64 len;
	const char *error;
};

#define BYTES(text) text, sizeof(text) - 1

static const struct damage damages[] = {
	{0, BYTES("070702"), "no newc header at offset 0"},
	{0, BYTES("\xc7\x71"), "no newc header at offset 0"},
	{6, BYTES("0000000g"), "ino is not 8 hex digits at offset 6"},
	{AT_MODE, BYTES("    81a4"), "mode is not 8 hex digits at offset 14"},
	{AT_FILESIZE, BYTES("-0000001"),
	 "filesize is not 8 hex digits at offset 54"},
	{AT_FILESIZE, BYTES("0x000001"),
	 "filesize is not 8 hex digits at offset 54"},
	{102, BYTES("0000000\0"), "check is not 8 hex digits at offset 102"},
	{AT_NAMESIZE, BYTES("ffffFFFF"), "name cut short at offset 110"},
	{AT_NAMESIZE, BYTES("00000000"), "name without its NUL at offset 110"},
	{AT_NAMESIZE, BYTES("00000004"), "name without its NUL at offset 110"},
	{110, BYTES("\0"), "empty name at offset 110"},
	{112, BYTES("\0"), "name goes on after its NUL at offset 113"},
	{AT_FILESIZE, BYTES("ffffffff"), "file data cut short at offset 116"},
	{AT_FILESIZE, BYTES("00000001"), "no newc header at offset 120"},
	{116 + AT_FILESIZE, BYTES("FFFFFFFC"),
	 "file data cut short at offset 236"},
	{240, BYTES("x"), "no newc header at offset 240"},
};

static void test_broken(void **state)
{
	for (u32 i = 0; i < ARRAY_SIZE(damages); i++) {
		const struct damage *d = &damages[i];
		struct newc n = {0};
		struct archive a = build(&n);
		const char *error = NULL;

		memcpy(n.data + d->at, d->bytes, d->len);
		assert_int_equal(walk(&a, &error), ARCHIVE_BROKEN);
		assert_memory_equal(error, "broken archive: ", 16);
		assert_string_equal(error + 16, d->error);
		assert_string_equal(archive_missing(&a), error);
		free(n.data);
	}
}

/* Fields that mean nothing to us may hold anything, as long as it is hex. */
static void test_upper_case(void **state)
{
	struct newc n = {0};
	struct archive a = build(&n);

	memcpy(n.data + 6, "DEADBEEF", 8);
	memcpy(n.data + 22, "ffffffff", 8);
	assert_int_equal(walk(&a, NULL), ARCHIVE_END);
	free(n.data);
}

static void test_cut(void **state)
{
	struct newc n = {0};
	struct archive a = build(&n);

	for (u64 size = 0; size < a.size; size++) {
		u8 *copy = malloc(size);
		struct archive cut = {.data = copy, .size = size};
		const char *error = NULL;

		memcpy(copy, a.data, size);
		if (!size) {
			assert_int_equal(walk(&cut, &error), ARCHIVE_END);
		} else {
			assert_int_equal(walk(&cut, &error), ARCHIVE_BROKEN);
			assert_non_null(strstr(error, " at offset "));
			assert_non_null(strstr(error, "cut short"));
		}
		walk_and_touch(&cut);
		free(copy);
	}
	free(n.data);
}

static void test_no_trailer(void **state)
{
	struct newc n = {0};
	struct archive a;
	const char *error = NULL;

	newc_add(&n, NEWC_FILE, "one", "1234", 4, 4);
	a = (struct archive){.data = n.data, .size = n.size};
	assert_int_equal(walk(&a, &error), ARCHIVE_BROKEN);
	assert_string_equal(error, "broken archive: no trailer: archive cut "
				   "short at offset 120");
	free(n.data);
}

static void test_flips(void **state)
{
	u64 seed = fuzz_seed(), ended = 0;
	struct newc n = {0};
	struct archive a = build(&n);
	u8 *copy = malloc(a.size);
	struct archive bad = {.data = copy, .size = a.size};

	for (u32 i = 0; i < FUZZ_ROUNDS; i++) {
		fuzz_damage(&seed, copy, a.data, a.size);
		ended += walk(&bad, NULL) == ARCHIVE_END;
		walk_and_touch(&bad);
	}
	assert_true(ended > 0 && ended < FUZZ_ROUNDS);
	free(copy);
	free(n.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_upper_case),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_no_trailer),
		cmocka_unit_test(test_flips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
