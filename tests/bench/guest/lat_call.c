/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls, signals and time, as lmbench defines them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "lat.h"

int lat_syscall(unsigned n)
{
	while (n--)
		syscall(SYS_getppid);
	return 0;
}

static int on_device(const char *name, int flags, unsigned n,
		     ssize_t (*call)(int fd, char *byte))
{
	int fd = open(name, flags), bad = fd < 0;
	char byte = 0;

	while (n-- && !bad)
		bad = call(fd, &byte) != 1;
	close(fd);
	return bad;
}

static ssize_t read_one(int fd, char *byte)
{
	return read(fd, byte, 1);
}

static ssize_t write_one(int fd, char *byte)
{
	return write(fd, byte, 1);
}

int lat_read(unsigned n)
{
	return on_device("/dev/zero", O_RDONLY, n, read_one);
}

int lat_write(unsigned n)
{
	return on_device("/dev/null", O_WRONLY, n, write_one);
}

int lat_stat(unsigned n)
{
	struct stat s;
	int bad = 0;

	while (n-- && !bad)
		bad = stat("/dev/null", &s);
	return bad;
}

int lat_open(unsigned n)
{
	int fd = 0;

	while (n-- && fd >= 0) {
		fd = open("/dev/null", O_RDONLY);
		close(fd);
	}
	return fd < 0;
}

/* Of ten pipes, none of which has anything. */
int lat_select(unsigned n)
{
	struct timeval none;
	int ends[10][2], most = 0, bad = 0;
	fd_set set;

	for (int i = 0; i < 10; i++) {
		bad |= pipe(ends[i]);
		most = ends[i][0];
	}
	while (n-- && !bad) {
		FD_ZERO(&set);
		for (int i = 0; i < 10; i++)
			FD_SET(ends[i][0], &set);
		none = (struct timeval){0};
		bad = select(most + 1, &set, NULL, NULL, &none);
	}
	for (int i = 0; i < 10; i++) {
		close(ends[i][0]);
		close(ends[i][1]);
	}
	return bad;
}

/* ---- signals --------------------------------------------------------------
 */

static volatile unsigned caught;

static void count(int number)
{
	caught++;
}

/* Past the instruction, of 2 or 4 bytes. */
static void skip(int number, siginfo_t *info, void *context)
{
	ucontext_t *c = context;
	uint16_t half;

	memcpy(&half, (void *)c->uc_mcontext.__gregs[REG_PC], sizeof(half));
	c->uc_mcontext.__gregs[REG_PC] += (half & 3) == 3 ? 4 : 2;
	caught++;
}

static int handle(int number, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction a = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

	caught = 0;
	return sigaction(number, &a, NULL);
}

int lat_sig_install(unsigned n)
{
	struct sigaction a = {.sa_handler = count};
	int bad = 0;

	while (n-- && !bad)
		bad = sigaction(SIGUSR1, &a, NULL);
	return bad;
}

int lat_sig_catch(unsigned n)
{
	struct sigaction a = {.sa_handler = count};
	int bad = sigaction(SIGUSR1, &a, NULL);

	caught = 0;
	for (unsigned i = 0; i < n && !bad; i++)
		bad = kill(getpid(), SIGUSR1);
	return bad || caught != n;
}

int lat_prot_fault(unsigned n)
{
	volatile char *page =
		mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED || handle(SIGSEGV, skip))
		return 1;
	for (unsigned i = 0; i < n; i++)
		*page = 1;
	munmap((void *)page, 4096);
	return caught != n;
}

int lat_breakpoint(unsigned n)
{
	if (handle(SIGTRAP, skip))
		return 1;
	for (unsigned i = 0; i < n; i++)
		asm volatile("ebreak");
	return caught != n;
}

/* ---- time -----------------------------------------------------------------
 */

/* A sleep of 100 us each: what is above that is the timer's way to here. */
int lat_sleep(unsigned n)
{
	struct timespec t = {.tv_nsec = 100000};
	int bad = 0;

	while (n-- && !bad)
		bad = clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
	return bad;
}

int lat_gettime(unsigned n)
{
	struct timespec t;
	int bad = 0;

	while (n-- && !bad)
		bad = clock_gettime(CLOCK_MONOTONIC, &t);
	return bad;
}
