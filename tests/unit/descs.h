/* SPDX-License-Identifier: BSD-2-Clause */
/* Packs descriptions into archives and reads them, for the tests of desc. */
#ifndef TESTS_UNIT_DESCS_H
#define TESTS_UNIT_DESCS_H

#include "config/desc.h"
#include "dts.h"
#include "host.h"
#include "newc.h"

#define DESC "vms/t.dtb"
#define HEAD "/dts-v1/; / { compatible = \"trapeze,vms\"; "
#define NEED "memory = \"1M\"; kernel = \"Image\"; "

static const struct desc_limits limits = {.harts = 4};
static struct vm_spec specs[DESC_VMS_MAX];
static u32 errors;

/* An archive of the description, a kernel, an initrd and an empty file. */
static inline struct archive pack(struct newc *n, const void *dtb, u64 size)
{
	newc_file(n, DESC, dtb, size);
	newc_file(n, "Image", "kernel", 6);
	newc_file(n, "initrd.gz", "initrd!", 7);
	newc_file(n, "empty", NULL, 0);
	return newc_end(n);
}

static inline struct archive pack_dts(struct newc *n, const char *dts)
{
	static u8 dtb[16384];
	u64 size = dts_run("dtc -q -I dts -O dtb", dts, strlen(dts), dtb,
			   sizeof(dtb));

	return pack(n, dtb, size);
}

static inline u32 read_archive(const struct archive *a)
{
	host_reset();
	return desc_read(a, DESC, &limits, specs, DESC_VMS_MAX, &errors);
}

static inline u32 read_dts(const char *dts)
{
	struct newc n = {0};
	struct archive a = pack_dts(&n, dts);
	u32 count = read_archive(&a);

	free(n.data);
	return count;
}

#endif
