/* SPDX-License-Identifier: BSD-2-Clause */
/* SBI calls with arguments that make no sense, by the thousand. */
#include "tests/guest/hostile.h"

#define FUNCTIONS   65
#define DRAWS       6
#define WORST_ERROR -14 /* SBI_ERR_IO; the specification has no lower one */
#define SBI_SUSP    0x53555350

/* The extensions of the specification, and a few that are none. */
static const u32 extensions[] = {
	0,          2,          3,          4,          5,          6,
	7,          9,          15,         SBI_BASE,   0x11,       SBI_TIME,
	SBI_IPI,    SBI_RFENCE, SBI_HSM,    SBI_SRST,   0x504d55,   SBI_DBCN,
	SBI_SUSP,   0x43505043, 0x4e41434c, 0x535441,   0x535345,   0x46574654,
	0x44425452, 0x4d505859, 0x08000000, 0x09000000, 0x0a000000, 0x12345678,
	0xffffffff,
};

static u64 seed = 0xfeedfacecafebeef;

/* What would end the test, or write noise to the console, is left out. */
static bool is_safe(u32 ext, u64 fid)
{
	return !(ext == SBI_SRST && fid == 0) &&
	       !(ext == SBI_SUSP && fid == 0) &&
	       !(ext == SBI_HSM && (fid == 1 || fid == 3)) &&
	       !(ext == SBI_DBCN && fid == 2);
}

static u64 wild(void)
{
	static const u64 corners[] = {
		0,
		1,
		2,
		63,
		64,
		4095,
		4096,
		5000,
		1UL << 31,
		1UL << 32,
		1UL << 56,
		1UL << 63,
		(1UL << 63) - 1,
		-1UL,
		-2UL,
		-8UL,
		-4096UL,
		UART_BASE,
		PLIC_BASE,
		HOLE_BASE,
		RAM_BASE - 1,
		RAM_BASE + RAM_SIZE,
		RAM_BASE + RAM_SIZE + 4096,
	};
	u64 r = random_next(&seed);

	if (r % 4 == 0)
		return random_next(&seed);
	return corners[r / 4 % ARRAY_SIZE(corners)];
}

static void call_wildly(u32 ext, u64 fid, u64 *bad)
{
	struct sbiret r = sbi(ext, fid, wild(), wild(), wild(), wild(), wild());

	/* Legacy calls have their own answers. */
	if (ext < SBI_BASE)
		return;
	if (r.error > 0 || r.error < WORST_ERROR) {
		if ((*bad)++ < 5)
			print("ext 0x%x function %lu: error %ld\n", ext, fid,
			      r.error);
	}
}

static void all_functions(void)
{
	u64 bad = 0, calls = 0;

	for (u32 e = 0; e < ARRAY_SIZE(extensions); e++)
		for (u64 fid = 0; fid < FUNCTIONS; fid++)
			for (u32 n = 0; n < DRAWS; n++) {
				if (!is_safe(extensions[e], fid))
					continue;
				call_wildly(extensions[e], fid, &bad);
				calls++;
			}
	print("calls: %lu\n", calls);
	expect("errors that are none", bad, 0);
}

static void noise(void)
{
	u64 bad = 0;

	for (u32 n = 0; n < 2000; n++) {
		u64 ext = random_next(&seed), fid = random_next(&seed);

		bad += sbi(ext | BIT(40), fid, wild(), wild()).error > 0;
	}
	expect("answers to calls from nowhere", bad, 0);
}

/* Buffers that are not all RAM. */
static void pointers(void)
{
	static const struct {
		const char *name;
		u64 len, lo, hi;
	} buffers[] = {
		{"hole", 16, 0x10, 0},
		{"hole above", 16, 0x40000000, 0},
		{"device", 16, UART_BASE, 0},
		{"before RAM", 16, RAM_BASE - 8, 0},
		{"behind RAM", 16, RAM_BASE + RAM_SIZE, 0},
		{"across the end", 16, RAM_BASE + RAM_SIZE - 8, 0},
		{"high half", 16, RAM_BASE, -1UL},
		{"high half 1", 16, RAM_BASE, 1},
		{"that wraps", -1UL, RAM_BASE, 0},
		{"that wraps by one", -RAM_BASE, RAM_BASE, 0},
		{"of half of all", 1UL << 63, RAM_BASE, 0},
		{"of more than RAM", RAM_SIZE + 1, RAM_BASE, 0},
	};

	for (u32 i = 0; i < ARRAY_SIZE(buffers); i++) {
		print("buffer %s: ", buffers[i].name);
		expect("write",
		       (u64)sbi(SBI_DBCN, 0, buffers[i].len, buffers[i].lo,
				buffers[i].hi)
			       .error,
		       (u64)SBI_INVALID_PARAM);
		print("buffer %s: ", buffers[i].name);
		expect("read",
		       (u64)sbi(SBI_DBCN, 1, buffers[i].len, buffers[i].lo,
				buffers[i].hi)
			       .error,
		       (u64)SBI_INVALID_PARAM);
	}
}

static void masks(void)
{
	expect("IPI to 64 harts that are not all there",
	       (u64)sbi(SBI_IPI, 0, -1UL, 0).error, (u64)SBI_INVALID_PARAM);
	expect("IPI with a base near the end",
	       (u64)sbi(SBI_IPI, 0, -1UL, -2UL).error, (u64)SBI_INVALID_PARAM);
	expect("fence for 64 harts",
	       (u64)sbi(SBI_RFENCE, 1, -1UL, 0, 0, 4096).error,
	       (u64)SBI_INVALID_PARAM);
	expect("fence with a base that wraps",
	       (u64)sbi(SBI_RFENCE, 0, 1UL << 63, -60UL).error,
	       (u64)SBI_INVALID_PARAM);
}

void hostile_sbi_wild(void)
{
	print("seed: 0x%lx\n", seed);
	csr_write(sie, 0);
	pointers();
	masks();
	all_functions();
	noise();
	sbi(SBI_TIME, 0, -1UL);
}
