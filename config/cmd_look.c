/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that look into a guest: regs, walk, dump. */
#include <string.h>

#include "config/cmd.h"
#include "config/control.h"
#include "gstage/walk.h"
#include "hyp/csr.h"
#include "hyp/page.h"
#include "hyp/sbi.h"
#include "hyp/util.h"
#include "vcpu/state.h"

#define DUMP_MAX  KiB(4)
#define DUMP_LINE 16U

/*
 * The VM stands still while its registers are read; its guest does not notice.
 * `show` runs when it does.
 */
static struct {
	struct vcpu *v;
	u64 address, bytes;
	bool virtual;
	enum monitor_result (*show)(void);
} look;

static enum monitor_result begin(enum monitor_result (*show)(void))
{
	if (look.v->vm->state != VM_RUNNING)
		return monitor_fail("%s: it is %s", look.v->vm->spec.name,
				    cmd_state(look.v->vm));
	look.show = show;
	vm_pause(look.v->vm, PAUSE_LOOK);
	control_wake(); /* it may stand still already */
	return MONITOR_WAIT;
}

static enum monitor_result poll_look(bool abandoned)
{
	struct vm *vm = look.v->vm;
	enum monitor_result result = MONITOR_OK;

	if (!abandoned) {
		/* In a life that has begun meanwhile it is not paused. */
		if (vm->state != VM_RUNNING || !(vm->pause & PAUSE_LOOK))
			return monitor_fail("%s: its life has just ended",
					    vm->spec.name);
		if (!vm_quiet(vm))
			return MONITOR_WAIT;
		result = look.show();
	}
	vm_resume(vm, PAUSE_LOOK);
	return result;
}

/* The VM and, if it is given, the vcpu that a command is about. */
static bool subject(const char *name, const char *number)
{
	struct vm *vm = cmd_vm(name);

	look.v = vm ? cmd_vcpu(vm, number ? number : "0") : NULL;
	return look.v;
}

static const char *const reg_names[32] = {
	"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
	"a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
	"s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
};

static const char *hsm_name(u32 hsm)
{
	switch (hsm) {
	case SBI_HSM_STARTED:
		return "started";
	case SBI_HSM_STOPPED:
		return "stopped";
	default:
		return "on its way";
	}
}

static enum monitor_result show_regs(void)
{
	struct vcpu_state *s = &look.v->state;

	monitor_print("%s, vcpu %u: %s, %s-mode\npc   %016lx\n",
		      look.v->vm->spec.name, look.v->id, hsm_name(look.v->hsm),
		      s->priv == PRIV_U ? "U" : "S", s->pc);
	for (u32 i = 0; i < 32; i++)
		monitor_print("%-4s %016lx%s", reg_names[i], s->gpr[i],
			      i % 4 == 3 ? "\n" : "  ");
	for (u32 i = 0; i < csr_rows_count; i++)
		monitor_print("%-10s %016lx%s", csr_rows[i].name,
			      *csr_field(s, &csr_rows[i]), i % 2 ? "\n" : "  ");
	if (csr_rows_count % 2)
		monitor_print("\n");
	return MONITOR_OK;
}

static enum monitor_result regs(u32 argc, char **argv)
{
	if (!subject(argv[1], argc > 2 ? argv[2] : NULL))
		return MONITOR_FAILED;
	return begin(show_regs);
}

/* The bits of an entry, R as "r" and so on. */
static const char *flags(u64 pte)
{
	static const char letters[] = "vrwxugad";
	static char text[sizeof(letters)];

	for (u32 i = 0; i < sizeof(letters) - 1; i++)
		text[i] = pte & BIT(i) ? letters[i] : '-';
	return text;
}

/* An entry of the guest's table, said as the walk goes by if asked to. */
static bool read_pte(void *ctx, gpa_t at, u64 *pte)
{
	struct vm *vm = look.v->vm;
	bool ok = gmap_read(&vm->gmap, at, pte, sizeof(*pte));

	if (!ctx)
		return ok;
	if (ok)
		monitor_print("  entry at GPA 0x%lx: %016lx %s\n", at.raw, *pte,
			      flags(*pte));
	else
		monitor_print("  entry at GPA 0x%lx: not RAM\n", at.raw);
	return ok;
}

/* Whether the mapping is there, whoever may use it for what. */
static bool translate(u64 gva, bool say, gpa_t *gpa)
{
	struct walk_view view = {
		.satp = look.v->state.csr.satp,
		.sum = true,
		.mxr = true,
		.pbmte = look.v->vm->gmap.pbmte,
		.napot = look.v->vm->gmap.napot,
		.read = read_pte,
		.ctx = say ? &look : NULL,
	};
	enum walk_result result;
	struct walk w;

	result = walk_guest(&view, GVA(gva), WALK_LOAD, &w);
	*gpa = w.gpa;
	return result == WALK_OK || result == WALK_NEEDS_AD;
}

static void show_second_stage(struct vm *vm, gpa_t gpa)
{
	struct gpage page;
	u32 level = 0;
	u64 pte = 0;

	if (!gmap_is_ram(&vm->gmap, gpa)) {
		struct vdev *d = vbus_find(&vm->bus, gpa, 1);

		monitor_print("GPA 0x%lx: %s\n", gpa.raw,
			      d ? d->ops->name : "neither RAM nor a device");
		return;
	}
	lock_acquire(&vm->gmap.lock);
	if (vm->gstage.pt.root.raw && gpa.raw < pt_limit(&vm->gstage.pt))
		pte = *pt_find(&vm->gstage.pt, gpa.raw, &level);
	lock_release(&vm->gmap.lock);
	if (pte & PTE_V)
		monitor_print("GPA 0x%lx: second stage: leaf of %lu KiB "
			      "%016lx %s\n",
			      gpa.raw, pt_leaf_size(level) >> 10, pte,
			      flags(pte));
	else
		monitor_print("GPA 0x%lx: second stage: not mapped\n", gpa.raw);
	if (gmap_peek(&vm->gmap, gpa, &page))
		monitor_print("HPA 0x%lx in a page of %lu KiB\n",
			      page.hpa.raw + (gpa.raw - page.gpa.raw),
			      pt_leaf_size(page.level) >> 10);
	else
		monitor_print("no memory behind it yet\n");
}

static enum monitor_result show_walk(void)
{
	const struct vcpu *v = look.v;
	u64 mode = v->state.csr.satp >> ATP_MODE_SHIFT;
	gpa_t gpa;

	if (mode == ATP_BARE)
		monitor_print("satp %016lx: bare\n", v->state.csr.satp);
	else
		monitor_print("satp %016lx: Sv%lu, ASID %lu\n",
			      v->state.csr.satp, 39 + 9 * (mode - ATP_SV39),
			      BITS(v->state.csr.satp, 59, 44));
	if (!translate(look.address, true, &gpa)) {
		monitor_print("GVA 0x%lx: not mapped by the guest\n",
			      look.address);
		return MONITOR_OK;
	}
	show_second_stage(v->vm, gpa);
	return MONITOR_OK;
}

static enum monitor_result walk(u32 argc, char **argv)
{
	if (!subject(argv[1], argc > 3 ? argv[3] : NULL) ||
	    !cmd_number(argv[2], ~0UL, &look.address))
		return MONITOR_FAILED;
	return begin(show_walk);
}

/* The byte at an address of the guest; false: there is none. */
static bool peek(u64 address, u8 *byte)
{
	gpa_t gpa = GPA(address);

	if (look.virtual && !translate(address, false, &gpa))
		return false;
	return gmap_read(&look.v->vm->gmap, gpa, byte, 1);
}

static void dump_line(u64 at, u32 count)
{
	char text[DUMP_LINE + 1] = {0};

	monitor_print("%016lx ", at);
	for (u32 i = 0; i < count; i++) {
		u8 byte;
		bool ok = peek(at + i, &byte);

		text[i] = !ok ? ' ' : byte >= 32 && byte < 127 ? byte : '.';
		if (ok)
			monitor_print(" %02x", byte);
		else
			monitor_print(" --");
	}
	monitor_print("%*s  %s\n", (int)(DUMP_LINE - count) * 3, "", text);
}

static enum monitor_result show_dump(void)
{
	for (u64 n = 0; n < look.bytes; n += DUMP_LINE)
		dump_line(look.address + n, MIN(look.bytes - n, DUMP_LINE));
	return MONITOR_OK;
}

static enum monitor_result dump(u32 argc, char **argv)
{
	const char *address = argv[2];

	if (!subject(argv[1], argc > 4 ? argv[4] : NULL))
		return MONITOR_FAILED;
	look.virtual = !strncmp(address, "gva:", 4);
	if (look.virtual)
		address += 4;
	look.bytes = 64;
	if (!cmd_number(address, ~0UL, &look.address) ||
	    (argc > 3 && !cmd_number(argv[3], DUMP_MAX, &look.bytes)))
		return MONITOR_FAILED;
	return begin(show_dump);
}

static struct monitor_command commands[] = {
	{.name = "regs",
	 .args = "VM [VCPU]",
	 .help = "the registers and CSRs of a vcpu",
	 .min = 1,
	 .max = 2,
	 .run = regs,
	 .poll = poll_look,
	 .complete = cmd_complete_first_vm},
	{.name = "walk",
	 .args = "VM ADDRESS [VCPU]",
	 .help = "translate a guest virtual address through both stages",
	 .min = 2,
	 .max = 3,
	 .run = walk,
	 .poll = poll_look,
	 .complete = cmd_complete_first_vm},
	{.name = "dump",
	 .args = "VM [gva:]ADDRESS [BYTES [VCPU]]",
	 .help = "a guest's memory, by physical or by virtual address\n"
		 "What is not there is shown as --. At most 4096 bytes.",
	 .min = 2,
	 .max = 4,
	 .run = dump,
	 .poll = poll_look,
	 .complete = cmd_complete_first_vm},
};

void cmd_look_init(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(commands); i++)
		monitor_add(&commands[i]);
}
