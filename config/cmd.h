/* SPDX-License-Identifier: BSD-2-Clause */
/* What the monitor's commands have in common. */
#ifndef CONFIG_CMD_H
#define CONFIG_CMD_H

#include "hyp/monitor.h"
#include "vcpu/vm.h"

/* Add the commands of each file. */
void cmd_life_init(void);  /* start, stop, backend, ... */
void cmd_show_init(void);  /* list, stat, mem, harts, log */
void cmd_look_init(void);  /* regs, walk, dump */
void cmd_top_init(void);   /* top */
void cmd_trace_init(void); /* trace */
void cmd_input_init(void); /* attach, type, sleep, wait, quit */

/* The VM of that name, not one on its way out; NULL after monitor_fail(). */
struct vm *cmd_vm(const char *name);

/* The vcpu of that number; NULL after monitor_fail(). */
struct vcpu *cmd_vcpu(struct vm *vm, const char *number);

/* A number up to max, decimal or 0x...; false after monitor_fail(). */
bool cmd_number(const char *text, u64 max, u64 *number);

/* For struct monitor_command.complete: every argument is a VM's name. */
const char *cmd_complete_vm(u32 arg, u32 n);

/* ...and only the first is. */
const char *cmd_complete_first_vm(u32 arg, u32 n);

/* What a person calls the state that vm is in. */
const char *cmd_state(const struct vm *vm);

/* Ticks of the time base in milliseconds. */
u64 cmd_ms(u64 ticks);

#endif
