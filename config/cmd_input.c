/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands for a person's or a script's hands: attach, type, wait, quit. */
#include <string.h>

#include "config/cmd.h"
#include "config/control.h"
#include "config/life.h"
#include "hyp/term.h"
#include "hyp/util.h"

#define SLEEP_MAX  3600000UL /* ms */
#define TYPE_EVERY 1         /* ms, while the guest's UART is full */
#define SAYS_MS    10        /* between two looks at what a guest says */
#define STATUS_MAX 125

static u64 ms_ticks(u64 ms)
{
	return ms * (host.timebase / 1000);
}

/* VM, its UART, or VM.hvc0, VM.NAME, a port of its virtio console; or NULL. */
static struct console_port *find_port(const char *name, struct vm **of)
{
	struct console_port *p;

	for (struct vm *vm = vm_list; vm; vm = vm->next) {
		*of = vm;
		for (u32 n = 0; !vm->doomed && (p = vm_console(vm, n)); n++) {
			if (!strcmp(name, p->name))
				return p;
		}
	}
	*of = NULL;
	return NULL;
}

/* The same; who is none gets cmd_vm()'s complaint. */
static struct console_port *port_of(const char *name)
{
	struct vm *vm;
	struct console_port *p = find_port(name, &vm);

	if (!p)
		cmd_vm(name);
	return p;
}

static enum monitor_result attach(u32 argc, char **argv)
{
	struct console_port *port = port_of(argv[1]);

	if (!port)
		return MONITOR_FAILED;
	term_focus(port);
	return MONITOR_OK;
}

/* What is being typed at a guest, followed by a carriage return. */
static struct {
	const char *vm, *text;
	u32 at;
} typing;

/* As much as the guest's UART takes now. */
static enum monitor_result poll_type(bool abandoned)
{
	struct vm *vm;
	struct console_port *p = find_port(typing.vm, &vm);
	u32 len = strlen(typing.text);

	while (vm && typing.at <= len) {
		u8 byte = typing.at < len ? typing.text[typing.at] : '\r';

		if (vm->state == VM_STOPPED && !vm->want_start)
			return monitor_fail("%s: it is stopped", typing.vm);
		if (vm->state != VM_RUNNING || !p->receive(p, byte)) {
			control_wake_in(ms_ticks(TYPE_EVERY));
			return MONITOR_WAIT;
		}
		typing.at++;
	}
	return MONITOR_OK;
}

static enum monitor_result type(u32 argc, char **argv)
{
	if (!port_of(argv[1]))
		return MONITOR_FAILED;
	typing.vm = argv[1];
	typing.text = argc > 2 ? argv[2] : "";
	typing.at = 0;
	return poll_type(false);
}

static enum monitor_result send_break(u32 argc, char **argv)
{
	struct vm *vm = cmd_vm(argv[1]);

	if (!vm)
		return MONITOR_FAILED;
	if (vm->state != VM_RUNNING || !uart_break(&vm->uart))
		return monitor_fail("%s: its UART does not take it", argv[1]);
	return MONITOR_OK;
}

static u64 wake_at;

static enum monitor_result nap(u32 argc, char **argv)
{
	u64 ms;

	if (!cmd_number(argv[1], SLEEP_MAX, &ms))
		return MONITOR_FAILED;
	wake_at = time_now() + ms_ticks(ms);
	control_wake_in(ms_ticks(ms));
	return MONITOR_WAIT;
}

static enum monitor_result poll_nap(bool abandoned)
{
	return time_now() < wake_at ? MONITOR_WAIT : MONITOR_OK;
}

static const char *wait_vm, *wait_state;
static const char *const states[] = {"stopped", "loading",  "running",
				     "paused",  "stopping", "no-memory"};

static enum monitor_result poll_wait(bool abandoned)
{
	const struct vm *vm = vm_find(wait_vm);

	if (!vm)
		return monitor_fail("%s: it is gone", wait_vm);
	if (vm->want_start && vm->state == VM_STOPPED)
		return MONITOR_WAIT;
	if (!strcmp(cmd_state(vm), wait_state))
		return MONITOR_OK;
	if (vm->state == VM_STOPPED) /* and nobody starts it while we wait */
		return monitor_fail("%s: it is stopped", wait_vm);
	return MONITOR_WAIT;
}

static const char *wait_text;

static enum monitor_result poll_says(void)
{
	struct vm *vm;
	const struct console_port *p = find_port(wait_vm, &vm);

	if (!p)
		return monitor_fail("%s: it is gone", wait_vm);
	if (term_says(p, wait_text))
		return MONITOR_OK;
	if (vm->state == VM_STOPPED && !vm->want_start)
		return monitor_fail(
			"%s: it is stopped, and has not said \"%s\"", wait_vm,
			wait_text);
	control_wake_in(ms_ticks(SAYS_MS));
	return MONITOR_WAIT;
}

static enum monitor_result poll_either(bool abandoned)
{
	return wait_text ? poll_says() : poll_wait(abandoned);
}

static enum monitor_result wait(u32 argc, char **argv)
{
	bool says = !strcmp(argv[2], "says");

	if (says ? !port_of(argv[1]) : !cmd_vm(argv[1]))
		return MONITOR_FAILED;
	if (says != (argc == 4))
		return monitor_fail("wait VM STATE, or wait VM says TEXT");
	wait_vm = argv[1];
	wait_text = says ? argv[3] : NULL;
	if (says)
		return poll_says();
	for (u32 i = 0; i < ARRAY_SIZE(states); i++) {
		if (!strcmp(argv[2], states[i])) {
			wait_state = states[i];
			return poll_wait(false);
		}
	}
	return monitor_fail("%s: not a state: stopped, loading, running, "
			    "paused, stopping or no-memory",
			    argv[2]);
}

static const char *complete_wait(u32 arg, u32 n)
{
	if (arg == 2)
		return n < ARRAY_SIZE(states)    ? states[n]
		       : n == ARRAY_SIZE(states) ? "says"
						 : NULL;
	return cmd_complete_first_vm(arg, n);
}

static enum monitor_result quit(u32 argc, char **argv)
{
	u64 status = 0;

	if (argc > 1 && !cmd_number(argv[1], STATUS_MAX, &status))
		return MONITOR_FAILED;
	control_finish(argc > 1 ? (int)status : -1);
}

static struct monitor_command commands[] = {
	{.name = "attach",
	 .args = "VM[.PORT]",
	 .help = "give the terminal to a console, VM or VM.hvc0; Ctrl-A m "
		 "comes back",
	 .min = 1,
	 .max = 1,
	 .run = attach,
	 .complete = cmd_complete_first_vm},
	{.name = "type",
	 .args = "VM[.PORT] [TEXT]",
	 .help = "type a line at a VM's console",
	 .min = 1,
	 .max = 2,
	 .run = type,
	 .poll = poll_type,
	 .complete = cmd_complete_first_vm},
	{.name = "break",
	 .args = "VM",
	 .help = "send a break to a VM's console",
	 .min = 1,
	 .max = 1,
	 .run = send_break,
	 .complete = cmd_complete_first_vm},
	{.name = "sleep",
	 .args = "MS",
	 .help = "wait so many milliseconds",
	 .min = 1,
	 .max = 1,
	 .run = nap,
	 .poll = poll_nap},
	{.name = "wait",
	 .args = "VM STATE|VM[.PORT] says TEXT",
	 .help = "wait until a VM is in a state, or its console says so\n"
		 "States are as list shows them; says: in what it printed "
		 "last.",
	 .min = 2,
	 .max = 3,
	 .run = wait,
	 .poll = poll_either,
	 .complete = complete_wait},
	{.name = "quit",
	 .args = "[STATUS]",
	 .help = "end the run, with the status that the VMs' ends give",
	 .max = 1,
	 .run = quit},
};

void cmd_input_init(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(commands); i++)
		monitor_add(&commands[i]);
}
