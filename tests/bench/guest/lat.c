/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The small programs of the Linux benchmarks: `lat all`, `lat NAME...`, or
 * `lat time NAME COMMAND...`, which takes the time of a command. Each prints
 * "bench NAME X.Y": nanoseconds an operation, which under qemu -icount shift=0
 * are instructions, those of the kernel and what is below it included.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lat.h"

static const struct lat all[] = {
	{"lat_syscall", lat_syscall, 5000},
	{"lat_read", lat_read, 3000},
	{"lat_write", lat_write, 3000},
	{"lat_stat", lat_stat, 2000},
	{"lat_open_close", lat_open, 1000},
	{"lat_select", lat_select, 1000},
	{"lat_gettime", lat_gettime, 5000},
	{"lat_sig_install", lat_sig_install, 3000},
	{"lat_sig_catch", lat_sig_catch, 1000},
	{"lat_prot_fault", lat_prot_fault, 1000},
	{"lat_breakpoint", lat_breakpoint, 1000},
	{"lat_pagefault", lat_pagefault, 2000},
	{"lat_filefault", lat_filefault, 500},
	{"lat_mmap", lat_mmap, 100},
	{"lat_mprotect", lat_mprotect, 1000},
	{"lat_cow", lat_cow, 1000},
	{"lat_pipe", lat_pipe, 1000},
	{"lat_unix", lat_unix, 1000},
	{"lat_futex", lat_futex, 1000},
	{"lat_ctx2", lat_ctx2, 2000},
	{"lat_ctx8", lat_ctx8, 2000},
	{"lat_sleep", lat_sleep, 200},
	{"lat_fork", lat_fork, 100},
	{"forkwait", lat_fork, 400}, /* as Adams and Agesen have it */
	{"lat_exec", lat_exec, 50},
	{"lat_sh", lat_sh, 20},
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000UL + t.tv_nsec;
}

static int failed(const char *name)
{
	printf("bench-failed %s\n", name);
	fflush(stdout);
	return 1;
}

/* Tenths are exact enough: the clock's tick is a hundredth of that. */
static void tell(const char *name, uint64_t ns, unsigned n)
{
	uint64_t tenths = (ns * 10 + n / 2) / n;

	printf("bench %s %lu.%lu\n", name, tenths / 10, tenths % 10);
	fflush(stdout);
}

/* Once to warm up, then for the figure; forkwait is told as a whole. */
static int measure(const struct lat *l)
{
	uint64_t begin;

	if (l->run(l->n / 10 + 10))
		return failed(l->name);
	begin = now();
	if (l->run(l->n))
		return failed(l->name);
	tell(l->name, now() - begin, strcmp(l->name, "forkwait") ? l->n : 1);
	return 0;
}

/* The command's own time, from its fork to its end. */
static int take_time(char **argv)
{
	uint64_t begin = now();
	int status = 1;
	pid_t child = fork();

	if (!child) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		return failed(argv[0]);
	tell(argv[0], now() - begin, 1);
	return 0;
}

static int some(int argc, char **argv)
{
	int bad = 0, found = 0;

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		int wanted = !strcmp(argv[1], "all");

		for (int a = 1; a < argc; a++)
			wanted |= !strcmp(argv[a], all[i].name);
		if (wanted)
			bad |= measure(&all[i]);
		found |= wanted;
	}
	return bad || !found;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "nothing"))
		return 0;
	if (argc > 3 && !strcmp(argv[1], "time"))
		return take_time(argv + 2);
	if (argc > 1)
		return some(argc, argv);
	fprintf(stderr, "usage: lat all | NAME... | time NAME COMMAND...\n");
	return 2;
}
