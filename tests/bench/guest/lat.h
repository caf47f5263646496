/* SPDX-License-Identifier: BSD-2-Clause */
/* What the small programs of the Linux benchmarks have in common. */
#ifndef BENCH_LAT_H
#define BENCH_LAT_H

#include <stdint.h>

/* A benchmark: does n operations, 0: all went well. */
struct lat {
	const char *name;
	int (*run)(unsigned n);
	unsigned n; /* operations: long against the clock's 100 ns */
};

/* lat_proc.c */
int lat_fork(unsigned n);
int lat_exec(unsigned n);
int lat_sh(unsigned n);
int lat_pipe(unsigned n);
int lat_unix(unsigned n);
int lat_futex(unsigned n);
int lat_ctx2(unsigned n);
int lat_ctx8(unsigned n);

/* lat_mem.c */
int lat_pagefault(unsigned n);
int lat_filefault(unsigned n);
int lat_mmap(unsigned n);
int lat_mprotect(unsigned n);
int lat_cow(unsigned n);

/* lat_call.c */
int lat_syscall(unsigned n);
int lat_read(unsigned n);
int lat_write(unsigned n);
int lat_stat(unsigned n);
int lat_open(unsigned n);
int lat_select(unsigned n);
int lat_sig_install(unsigned n);
int lat_sig_catch(unsigned n);
int lat_prot_fault(unsigned n);
int lat_breakpoint(unsigned n);
int lat_sleep(unsigned n);
int lat_gettime(unsigned n);

#endif
