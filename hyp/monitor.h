/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor: a shell of commands, typed at its console or from scripts. */
#ifndef HYP_MONITOR_H
#define HYP_MONITOR_H

#include "hyp/console.h"
#include "hyp/types.h"

enum monitor_result {
	MONITOR_OK,
	MONITOR_FAILED, /* and monitor_fail() has said why */
	MONITOR_WAIT,   /* not finished: poll() is asked at each turn */
};

/*
 * A command. All calls come from the monitor's task, one at a time, and must
 * not block. argv[0] is `name`, whatever prefix of it was typed; the words
 * are valid until the command has finished, its waiting included.
 */
struct monitor_command {
	const char *name; /* a word; unique */
	const char *args; /* "VM [COUNT]", or "": for help and usage errors */
	/* What it does. The first line stands in the list of commands. */
	const char *help;
	u32 min, max; /* number of arguments; max MONITOR_ANY: no limit */
	enum monitor_result (*run)(u32 argc, char **argv);
	/*
	 * After MONITOR_WAIT: asked once at each turn until it answers
	 * something else. The command sees to it that a turn comes: it calls
	 * the monitor's wake() when it may have finished. Abandoned: Ctrl-C
	 * was typed; clean up, the answer is ignored. NULL: never waits.
	 */
	enum monitor_result (*poll)(bool abandoned);
	/*
	 * The n-th word (0..) that argument `arg` (1..) may be, or NULL when
	 * there are no more; valid until the next call. NULL: no completion.
	 */
	const char *(*complete)(u32 arg, u32 n);
	struct monitor_command *next; /* monitor's list */
};

#define MONITOR_ANY (~0U)

/*
 * Start anew: its console is `port` (named by the caller; receive becomes the
 * monitor's), no scripts, and the built-in commands only. Interactive: there
 * is a prompt, and what is typed is read. wake() may be called on any hart
 * and without locks: monitor_turn() has something to do.
 */
void monitor_init(struct console_port *port, bool interactive,
		  void (*wake)(void));

/* Add a command, which is kept; after monitor_init(), before the first turn. */
void monitor_add(struct monitor_command *c);

/*
 * Queue a script: commands in lines or separated by ';', '#' starts a comment.
 * Scripts run one after the other, before anything typed is looked at; one
 * that is queued by a script runs after those queued before. `name` stands
 * before errors; name and text stay valid. False: too many are queued.
 * From a command, or before the first turn.
 */
__attribute__((warn_unused_result)) bool
monitor_script(const char *name, const char *text, u64 size);

/*
 * One bounded piece of work, at most one command; always on the same task. The
 * first one is due without a wake(). True: there is more to do right away.
 */
bool monitor_turn(void);

/* A script or a typed line is running, or a command waits. */
bool monitor_busy(void);

/* How many commands of scripts have failed. */
u32 monitor_failures(void);

/* ---- for commands ------------------------------------------------------ */

/* As printf(), to the monitor's console; at most MONITOR_PRINT bytes a call. */
#define MONITOR_PRINT 1024
__attribute__((format(printf, 1, 2))) void monitor_print(const char *fmt, ...);

/*
 * "error: ...", a whole line (no newline in fmt), in a script behind
 * "FILE:LINE: ". Gives MONITOR_FAILED.
 */
__attribute__((format(printf, 1, 2))) enum monitor_result
monitor_fail(const char *fmt, ...);

/* The next byte typed while a command waits, or -1; never Ctrl-C. */
int monitor_key(void);

#endif
