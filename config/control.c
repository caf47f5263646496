/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One task on the terminal's hart owns the VMs' lives: whatever a guest, a
 * command or the end of a copy asks for is done here, a piece a turn.
 */
#include <stdio.h>

#include "config/cmd.h"
#include "config/control.h"
#include "config/life.h"
#include "hyp/csr.h"
#include "hyp/hart.h"
#include "hyp/log.h"
#include "hyp/monitor.h"
#include "hyp/power.h"
#include "hyp/sched.h"
#include "hyp/term.h"
#include "hyp/util.h"

/* It has little to do, and somebody waits for it. */
#define CONTROL_WEIGHT (10 * SCHED_WEIGHT)

static struct task control;
static struct timer alarm;
static u64 booted; /* instret, before anything of a VM's */

void control_wake(void)
{
	task_wake(&control);
}

static void alarm_fired(struct timer *t)
{
	control_wake();
}

void control_wake_in(u64 ticks)
{
	timer_arm(&alarm, time_now() + ticks);
}

/* "*" is no VM's name: what belongs to all of them. */
static void print_stats(void)
{
	char text[60];

	if (!term_is_batch())
		return;
	for (struct vm *vm = vm_list; vm; vm = vm->next)
		vm_print_stats(vm);
	if (!host_option("icount", text, sizeof(text)))
		return;
	snprintf(text, sizeof(text), "stat * boot_instructions %lu", booted);
	term_line("", "", text);
}

void control_finish(int status)
{
	bool bad = life_troubles() || monitor_failures();

	print_stats();
	term_drain();
	power_off(status < 0 ? bad : status);
}

/* A person may still want something, or a script. */
static bool attended(void)
{
	return monitor_busy() || (!term_is_batch() && term_monitor_opened());
}

static void look_for_the_end(void)
{
	if (attended())
		return;
	if (!life_goes_on())
		control_finish(-1);
	if (term_is_batch() && !life_unstick())
		control_finish(1);
}

static bool turn(struct task *t)
{
	bool more = life_turn();

	if (!life_is_first())
		more |= monitor_turn();
	if (more)
		return true;
	look_for_the_end();
	return life_is_due();
}

static struct console_port port = {
	.name = "monitor", .monitor = true, .redraw = true};

static void monitor_start(void)
{
	char text[8];

	monitor_init(&port, !host_option("batch", text, sizeof(text)),
		     control_wake);
	cmd_life_init();
	cmd_show_init();
	cmd_look_init();
	cmd_top_init();
	cmd_trace_init();
	cmd_input_init();
	if (!term_add(&port)) {
		log_error("no memory for the monitor's console");
		control_finish(1);
	}
}

static void vm_changed(struct vm *vm)
{
	control_wake();
}

void control_init(void)
{
	booted = csr_read(CSR_INSTRET);
	vm_event = vm_changed;
	alarm.fire = alarm_fired;
	alarm.deadline = TIMER_NEVER;
	task_init(&control, turn, BIT(this_hart()->index), CONTROL_WEIGHT,
		  this_hart());
	monitor_start();
	control_wake();
}
