/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory: faults, mappings, copies on write, as lmbench defines them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lat.h"

#define PAGE 4096UL
#define MIB  (1UL << 20)

static volatile char *map(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

static void touch(volatile char *p, unsigned pages)
{
	for (unsigned i = 0; i < pages; i++)
		p[i * PAGE] = 1;
}

/* First touches of anonymous pages. */
int lat_pagefault(unsigned n)
{
	volatile char *p = map(n * PAGE);

	if (!p)
		return 1;
	touch(p, n);
	return munmap((void *)p, n * PAGE);
}

/* Of a file's page that is in memory, mapped anew each time. */
int lat_filefault(unsigned n)
{
	int fd = open("/bin/busybox", O_RDONLY), bad = fd < 0;
	volatile char *p;

	while (n-- && !bad) {
		p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
		bad = p == MAP_FAILED || p[0] != 0x7f ||
		      munmap((void *)p, PAGE);
	}
	close(fd);
	return bad;
}

/* A MiB mapped, touched in each 64 KiB, unmapped. */
int lat_mmap(unsigned n)
{
	while (n--) {
		volatile char *p = map(MIB);

		if (!p)
			return 1;
		for (unsigned i = 0; i < MIB; i += 16 * PAGE)
			p[i] = 1;
		if (munmap((void *)p, MIB))
			return 1;
	}
	return 0;
}

/* A page made read-only and writable again, and stored to. */
int lat_mprotect(unsigned n)
{
	volatile char *p = map(PAGE);
	int bad = !p;

	while (n-- && !bad) {
		bad = mprotect((void *)p, PAGE, PROT_READ) ||
		      mprotect((void *)p, PAGE, PROT_READ | PROT_WRITE);
		*p = n;
	}
	return bad || munmap((void *)p, PAGE);
}

/* A child stores to n pages that it shares with its parent. */
int lat_cow(unsigned n)
{
	volatile char *p = map(n * PAGE);
	int status = 1;
	pid_t child;

	if (!p)
		return 1;
	touch(p, n);
	child = fork();
	if (!child) {
		touch(p, n);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return status || munmap((void *)p, n * PAGE);
}
