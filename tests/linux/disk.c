/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many requests at once on a disk, past the page cache, by the kernel's AIO:
 *   disk read DEPTH COUNT     random reads of 4 KiB, DEPTH of them on the way
 *   disk verify DEPTH COUNT   random writes, then all of it read and compared
 * It prints "disk MODE ok", or what is wrong.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BLOCK     4096
#define DEPTH_MAX 64

static int disk;
static uint64_t blocks;
static aio_context_t context;
static unsigned char *buffer[DEPTH_MAX];
static struct iocb request[DEPTH_MAX];
static uint32_t *writes; /* how often each block was written */

static int die(const char *what, uint64_t where)
{
	printf("disk: %s, block %lu\n", what, where);
	exit(1);
}

/* What block n holds after its w-th write. */
static void pattern(unsigned char *to, uint64_t n, uint32_t w)
{
	uint64_t x = n * 0x9e3779b97f4a7c15 + w;

	for (unsigned i = 0; i < BLOCK; i += 8) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		memcpy(to + i, &x, 8);
	}
}

static void start(unsigned slot, uint64_t n, int writing)
{
	struct iocb *r = &request[slot];

	memset(r, 0, sizeof(*r));
	r->aio_lio_opcode = writing ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD;
	r->aio_fildes = disk;
	r->aio_buf = (uintptr_t)buffer[slot];
	r->aio_nbytes = BLOCK;
	r->aio_offset = n * BLOCK;
	r->aio_data = slot;
	if (writing)
		pattern(buffer[slot], n, ++writes[n]);
}

static void submit(unsigned first, unsigned count)
{
	struct iocb *list[DEPTH_MAX];

	for (unsigned i = 0; i < count; i++)
		list[i] = &request[first + i];
	if (syscall(SYS_io_submit, context, count, list) != count)
		die("io_submit", request[first].aio_offset / BLOCK);
}

static void wait_for(unsigned count, int verify)
{
	static unsigned char expected[BLOCK];
	struct io_event done[DEPTH_MAX];

	if (syscall(SYS_io_getevents, context, count, count, done, NULL) !=
	    count)
		die("io_getevents", 0);
	for (unsigned i = 0; i < count; i++) {
		uint64_t n = request[done[i].data].aio_offset / BLOCK;

		if (done[i].res != BLOCK)
			die("an error", n);
		if (!verify || !writes[n])
			continue;
		pattern(expected, n, writes[n]);
		if (memcmp(expected, buffer[done[i].data], BLOCK))
			die("not what was written", n);
	}
}

/* No block twice at the same time: each slot has its own share of them. */
static uint64_t choose(unsigned slot, unsigned depth)
{
	uint64_t share = blocks / depth;

	return slot * share + (uint64_t)random() % share;
}

static void work(unsigned depth, unsigned count, int writing)
{
	for (unsigned done = 0; done < count; done += depth) {
		for (unsigned slot = 0; slot < depth; slot++)
			start(slot, choose(slot, depth), writing);
		submit(0, depth);
		wait_for(depth, 0);
	}
}

static void verify(unsigned depth)
{
	for (uint64_t n = 0; n + depth <= blocks; n += depth) {
		for (unsigned slot = 0; slot < depth; slot++)
			start(slot, n + slot, 0);
		submit(0, depth);
		wait_for(depth, 1);
	}
}

int main(int argc, char **argv)
{
	unsigned depth = argc == 4 ? atoi(argv[2]) : 0;

	disk = open("/dev/vda", O_RDWR | O_DIRECT);
	if (!depth || depth > DEPTH_MAX || disk < 0 ||
	    syscall(SYS_io_setup, DEPTH_MAX, &context))
		die("usage: disk read|verify DEPTH COUNT; or no disk", 0);
	blocks = lseek(disk, 0, SEEK_END) / BLOCK;
	writes = calloc(blocks, sizeof(*writes));
	for (unsigned i = 0; i < depth; i++)
		buffer[i] = aligned_alloc(BLOCK, BLOCK);
	work(depth, atoi(argv[3]), !strcmp(argv[1], "verify"));
	if (!strcmp(argv[1], "verify"))
		verify(depth);
	printf("disk %s ok\n", argv[1]);
	return 0;
}
