/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments of the monitor's commands. */
#include <string.h>

#include "config/cmd.h"
#include "hyp/util.h"

struct vm *cmd_vm(const char *name)
{
	struct vm *vm = vm_find(name);

	if (!vm)
		monitor_fail("%s: no such VM; list shows them", name);
	else if (vm->doomed)
		monitor_fail("%s: it is being destroyed", name);
	return vm && !vm->doomed ? vm : NULL;
}

static u32 digit_of(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : 16;
}

/* Our own, since the C library's sets errno, which is where tp points. */
static bool parse(const char *text, u64 *number)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	u32 base = hex ? 16 : 10;

	*number = 0;
	text += hex ? 2 : 0;
	if (!*text)
		return false;
	for (; *text; text++) {
		u32 digit = digit_of(*text);

		if (digit >= base ||
		    __builtin_mul_overflow(*number, base, number) ||
		    __builtin_add_overflow(*number, digit, number))
			return false;
	}
	return true;
}

bool cmd_number(const char *text, u64 max, u64 *number)
{
	if (!parse(text, number)) {
		monitor_fail("%s: not a number", text);
		return false;
	}
	if (*number > max) {
		monitor_fail("%s: at most %lu", text, max);
		return false;
	}
	return true;
}

struct vcpu *cmd_vcpu(struct vm *vm, const char *number)
{
	u64 n;

	if (!cmd_number(number, vm->spec.vcpus - 1, &n))
		return NULL;
	return &vm->vcpu[n];
}

const char *cmd_complete_vm(u32 arg, u32 n)
{
	for (const struct vm *vm = vm_list; vm; vm = vm->next) {
		if (!n--)
			return vm->spec.name;
	}
	return NULL;
}

const char *cmd_complete_first_vm(u32 arg, u32 n)
{
	return arg == 1 ? cmd_complete_vm(arg, n) : NULL;
}

const char *cmd_state(const struct vm *vm)
{
	static const char *const names[] = {
		[VM_STOPPED] = "stopped", [VM_LOADING] = "loading",
		[VM_RUNNING] = "running", [VM_STOPPING] = "stopping",
		[VM_ENDED] = "stopping",
	};

	if (vm->state != VM_RUNNING || !vm->pause)
		return names[vm->state];
	if (vm->pause & PAUSE_ASKED)
		return "paused";
	return vm->pause & PAUSE_MEMORY ? "no-memory" : "running";
}

u64 cmd_ms(u64 ticks)
{
	return ticks / (host.timebase / 1000);
}
