/* SPDX-License-Identifier: BSD-2-Clause */
/* From boot arguments and archive to running VMs, and their end. */
#include <string.h>

#include "config/archive.h"
#include "config/desc.h"
#include "config/loader.h"
#include "config/scenario.h"
#include "hyp/hart.h"
#include "hyp/log.h"
#include "hyp/power.h"
#include "hyp/term.h"
#include "hyp/util.h"
#include "vcpu/backend.h"

static struct lock lock;
static u32 running;  /* VMs that were started and have not ended; lock */
static u32 troubles; /* VMs left out or ended badly; lock */
static char vms_file[HOST_BOOTARGS_MAX];

static const char *const endings[] = {
	[VM_END_POWEROFF] = "powered off",
	[VM_END_REBOOT] = "reboots",
	[VM_END_FAILED] = "failed",
};

static __attribute__((noreturn)) void finish(void)
{
	for (struct vm *vm = vm_list; vm; vm = vm->next)
		vm_print_stats(vm);
	power_off(troubles ? 1 : 0);
}

static void ended(struct vm *vm)
{
	bool last;

	log_info("%s %s", vm->spec.name, endings[vm->end]);
	if (vm->end == VM_END_REBOOT && vm_reset(vm) && loader_start(vm))
		return;
	lock_acquire(&lock);
	troubles += vm->end != VM_END_POWEROFF;
	last = !--running;
	lock_release(&lock);
	if (last)
		finish();
}

/* "backend=NAME" in the boot arguments overrides every VM's. */
static void override_backend(struct vm_spec *s)
{
	char name[16];

	if (!host_option("backend", name, sizeof(name)))
		return;
	for (u32 id = BACKEND_HW; id <= BACKEND_INTERP; id++) {
		if (!strcmp(name, backend_name(id)))
			s->backend = id;
	}
}

static void start_one(struct vm_spec *s)
{
	struct vm *vm;

	override_backend(s);
	vm = vm_create(s);
	if (!vm) {
		troubles++;
		return;
	}
	if (!s->autostart)
		return;
	running++;
	if (!loader_start(vm)) {
		vm_destroy(vm);
		running--;
		troubles++;
	}
}

static void start_all(const struct archive *a)
{
	struct desc_limits limits = {.harts = host.nharts};
	u32 order = 0, count, errors = 0;
	struct vm_spec *specs;
	hpa_t memory;

	while ((PAGE_SIZE << order) < DESC_VMS_MAX * sizeof(*specs))
		order++;
	memory = page_alloc_zeroed(order, &page_vmm);
	if (!memory.raw)
		return log_error("no memory to read the descriptions");
	specs = hpa_ptr(memory);
	count = desc_read(a, vms_file, &limits, specs, DESC_VMS_MAX, &errors);
	troubles += errors;
	for (u32 i = 0; i < count; i++) {
		specs[i].origin = vms_file;
		start_one(&specs[i]);
	}
	page_free(memory, order, &page_vmm);
}

void scenario_start(void)
{
	struct archive a = {
		.data = hpa_ptr(HPA(host.initrd.base)),
		.size = host.initrd.size,
	};
	char text[8];

	vm_ended = ended;
	if (host_option("batch", text, sizeof(text)))
		term_set_batch(true);
	if (!host.initrd.size) {
		log_error("there is no archive of VMs (the host's initrd)");
		troubles++;
	} else if (!host_option("vms", vms_file, sizeof(vms_file))) {
		log_error("the boot arguments name no VMs (vms=FILE)");
		troubles++;
	} else {
		start_all(&a);
	}
	if (!running) {
		log_error("no VM runs");
		troubles++;
		finish();
	}
}
