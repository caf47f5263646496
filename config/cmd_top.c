/* SPDX-License-Identifier: BSD-2-Clause */
/* The command top: what harts and VMs did since the frame before. */
#include "config/cmd.h"
#include "config/control.h"
#include "config/desc.h"
#include "hyp/hart.h"
#include "hyp/util.h"

#define FRAME_MS  1000
#define FRAME_MAX 60000
#define CLEAR     "\x1b[H\x1b[J"

/* What is counted of a VM, over all its vcpus. */
struct count {
	const struct vm *vm;
	u64 exits, ran, steal;
};

static struct {
	u64 frames; /* left; 0: until a key */
	bool endless;
	u64 period; /* ticks */
	u64 since;  /* when the last frame was taken */
	u64 busy[HOST_HARTS_MAX];
	struct count counts[DESC_VMS_MAX];
} top;

static struct count count(const struct vm *vm)
{
	struct count c = {.vm = vm};

	for (u32 i = 0; i < vm->spec.vcpus; i++) {
		const struct vcpu *v = &vm->vcpu[i];
		struct vcpu_stat counts;
		u64 ran, waited;

		vcpu_counts(v, &counts);
		for (u32 k = 0; k < EXIT_KINDS; k++)
			c.exits += counts.exits[k];
		task_times(&v->task, &ran, &waited);
		c.ran += ran;
		c.steal += waited;
	}
	return c;
}

/* What it had at the last frame; itself if it is new, so nothing since. */
static struct count before(const struct count *now)
{
	for (u32 i = 0; i < DESC_VMS_MAX; i++) {
		if (top.counts[i].vm == now->vm &&
		    top.counts[i].exits <= now->exits)
			return top.counts[i];
	}
	return *now;
}

static void snapshot(void)
{
	u32 n = 0;

	top.since = time_now();
	for (u32 i = 0; i < host.nharts; i++)
		top.busy[i] = hart_busy(&harts[i]);
	for (u32 i = 0; i < DESC_VMS_MAX; i++)
		top.counts[i].vm = NULL;
	for (const struct vm *vm = vm_list; vm && n < DESC_VMS_MAX;
	     vm = vm->next)
		top.counts[n++] = count(vm);
}

static u64 percent(u64 part, u64 whole)
{
	return (part * 100 + whole / 2) / whole;
}

static void frame(void)
{
	u64 ticks = MAX(time_now() - top.since, 1UL);

	if (top.endless)
		monitor_print(CLEAR);
	monitor_print("busy %%:");
	for (u32 i = 0; i < host.nharts; i++)
		monitor_print(
			"  hart %u %lu", i,
			percent(hart_busy(&harts[i]) - top.busy[i], ticks));
	monitor_print("\n%-16s %-9s %5s %7s %9s %8s\n", "VM", "STATE", "CPU %",
		      "STEAL %", "EXITS/s", "USED");
	for (const struct vm *vm = vm_list; vm; vm = vm->next) {
		struct count now = count(vm), was = before(&now);

		monitor_print("%-16s %-9s %5lu %7lu %9lu %7luM\n",
			      vm->spec.name, cmd_state(vm),
			      percent(now.ran - was.ran, ticks),
			      percent(now.steal - was.steal, ticks),
			      (now.exits - was.exits) * host.timebase / ticks,
			      vm->pages.pages >> 8);
	}
	snapshot();
}

static enum monitor_result run(u32 argc, char **argv)
{
	u64 frames = 0, ms = FRAME_MS;

	if ((argc > 1 && !cmd_number(argv[1], ~0U, &frames)) ||
	    (argc > 2 && !cmd_number(argv[2], FRAME_MAX, &ms)))
		return MONITOR_FAILED;
	top.endless = !frames;
	top.frames = frames;
	top.period = MAX(ms, 1UL) * (host.timebase / 1000);
	snapshot();
	control_wake_in(top.period);
	return MONITOR_WAIT;
}

/* Any key ends it. */
static enum monitor_result poll(bool abandoned)
{
	if (abandoned || monitor_key() >= 0)
		return MONITOR_OK;
	if (time_now() - top.since < top.period)
		return MONITOR_WAIT;
	frame();
	if (!top.endless && !--top.frames)
		return MONITOR_OK;
	control_wake_in(top.period);
	return MONITOR_WAIT;
}

static struct monitor_command command = {
	.name = "top",
	.args = "[FRAMES [MS]]",
	.help = "a live view: harts, VMs, exits, steal; any key ends it\n"
		"So many frames, one every second or every MS milliseconds.",
	.max = 2,
	.run = run,
	.poll = poll,
};

void cmd_top_init(void)
{
	monitor_add(&command);
}
