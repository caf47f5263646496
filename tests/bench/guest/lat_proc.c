/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes and threads: made, switched, talked to, as lmbench defines them. */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lat.h"

#define RING_MAX 8

/* ---- making them ----------------------------------------------------------
 */

static int spawn(unsigned n, char *const argv[])
{
	static char *const none[] = {NULL};
	int status = 0;

	while (n-- && !status) {
		pid_t child = fork();

		if (!child) {
			if (argv)
				execve(argv[0], argv, none);
			_exit(argv != NULL);
		}
		if (child < 0 || waitpid(child, &status, 0) != child)
			return 1;
	}
	return status;
}

int lat_fork(unsigned n)
{
	return spawn(n, NULL);
}

int lat_exec(unsigned n)
{
	return spawn(n, (char *[]){"/bin/lat", "nothing", NULL});
}

int lat_sh(unsigned n)
{
	return spawn(n, (char *[]){"/bin/busybox", "sh", "-c",
				   "/bin/lat nothing", NULL});
}

/* ---- talking --------------------------------------------------------------
 */

/* A byte there and back, n times; the other end is a child's. */
static int ping(unsigned n, int to, int from, int its_in, int its_out)
{
	int status = 1, bad = 0;
	char byte = 0;
	pid_t child = fork();

	if (!child) {
		for (unsigned i = 0; i < n; i++)
			if (read(its_in, &byte, 1) != 1 ||
			    write(its_out, &byte, 1) != 1)
				_exit(1);
		_exit(0);
	}
	for (unsigned i = 0; i < n && !bad; i++)
		bad = write(to, &byte, 1) != 1 || read(from, &byte, 1) != 1;
	waitpid(child, &status, 0);
	return bad || status;
}

int lat_pipe(unsigned n)
{
	int there[2], back[2];

	if (pipe(there) || pipe(back))
		return 1;
	return ping(n, there[1], back[0], there[0], back[1]);
}

int lat_unix(unsigned n)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return 1;
	return ping(n, ends[0], ends[0], ends[1], ends[1]);
}

/* A token goes round among processes, by pipes: n hops in all. */
static int ring(unsigned n, unsigned members)
{
	int ends[RING_MAX][2], status = 0, bad = 0;
	unsigned rounds = n / members;
	char byte = 0;

	for (unsigned i = 0; i < members; i++)
		bad |= pipe(ends[i]);
	for (unsigned i = 1; i < members && !bad; i++) {
		if (fork())
			continue;
		for (unsigned r = 0; r < rounds && !bad; r++)
			bad = read(ends[i - 1][0], &byte, 1) != 1 ||
			      write(ends[i][1], &byte, 1) != 1;
		_exit(bad);
	}
	for (unsigned r = 0; r < rounds && !bad; r++)
		bad = write(ends[0][1], &byte, 1) != 1 ||
		      read(ends[members - 1][0], &byte, 1) != 1;
	while (wait(&status) > 0)
		bad |= status;
	for (unsigned i = 0; i < members; i++) {
		close(ends[i][0]);
		close(ends[i][1]);
	}
	return bad;
}

int lat_ctx2(unsigned n)
{
	return ring(n, 2);
}

int lat_ctx8(unsigned n)
{
	return ring(n, 8);
}

/* ---- threads --------------------------------------------------------------
 */

static unsigned turn;

static void wait_for(unsigned mine)
{
	unsigned now;

	while ((now = __atomic_load_n(&turn, __ATOMIC_ACQUIRE)) % 2 != mine)
		syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, now, NULL);
}

static void pass_on(void)
{
	__atomic_fetch_add(&turn, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1);
}

static void *other(void *arg)
{
	for (unsigned i = *(unsigned *)arg; i; i--) {
		wait_for(1);
		pass_on();
	}
	return NULL;
}

/* Two threads in turns. */
int lat_futex(unsigned n)
{
	pthread_t thread;

	turn = 0;
	if (pthread_create(&thread, NULL, other, &n))
		return 1;
	for (unsigned i = 0; i < n; i++) {
		wait_for(0);
		pass_on();
	}
	return pthread_join(thread, NULL);
}
