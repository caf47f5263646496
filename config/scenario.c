/* SPDX-License-Identifier: BSD-2-Clause */
/* From boot arguments and archive to VMs and a script. */
#include <string.h>

#include "config/archive.h"
#include "config/control.h"
#include "config/desc.h"
#include "config/life.h"
#include "config/scenario.h"
#include "hyp/hart.h"
#include "hyp/log.h"
#include "hyp/monitor.h"
#include "hyp/page.h"
#include "hyp/term.h"
#include "hyp/util.h"
#include "vcpu/backend.h"

static struct archive archive;
/* "backend=NAME" in the boot arguments overrides every VM's. */
static bool override_backend(struct vm_spec *s)
{
	char name[16];

	if (!host_option("backend", name, sizeof(name)))
		return true;
	if (backend_named(name, &s->backend))
		return true;
	log_error("%s: %s: backend: \"%s\" of the boot arguments is none",
		  s->origin, s->name, name);
	return false;
}

/* One VM of a description that was read; false after a log_error line. */
static bool create(struct vm_spec *s, const char *file)
{
	s->origin = file;
	if (!override_backend(s))
		return false;
	if (vm_find(s->name)) {
		log_error("%s: %s: there is a VM of this name", file, s->name);
		return false;
	}
	return life_create(s);
}

u32 scenario_create(const char *file, const char *only, u32 *errors)
{
	struct desc_limits limits = {.harts = host.nharts};
	u32 order = 0, count, made = 0, known = 0;
	struct vm_spec *specs;
	hpa_t memory;

	*errors = 1;
	while ((PAGE_SIZE << order) < DESC_VMS_MAX * sizeof(*specs))
		order++;
	memory = page_alloc_zeroed(order, &page_vmm);
	if (!memory.raw) {
		log_error("%s: no memory to read it", file);
		return 0;
	}
	specs = hpa_ptr(memory);
	count = desc_read(&archive, file, &limits, specs, DESC_VMS_MAX, errors);
	for (u32 i = 0; i < count; i++) {
		if (only && strcmp(specs[i].name, only))
			continue;
		known++;
		made += create(&specs[i], file);
	}
	if (only && !known)
		log_error("%s: it has no sound VM named %s", file, only);
	*errors += (only && !known) + known - made;
	page_free(memory, order, &page_vmm);
	return made;
}

bool scenario_file(const char *name, struct file *f)
{
	return archive_find(&archive, name, f);
}

const char *scenario_files(u32 n)
{
	struct file f;
	u64 pos = 0;

	while (archive_next(&archive, &pos, &f, NULL) == ARCHIVE_FILE) {
		if (!n--)
			return f.name;
	}
	return NULL;
}

/* Commands for an unattended run: in the boot arguments, or in a file. */
static bool start_script(void)
{
	static char commands[HOST_BOOTARGS_MAX], name[HOST_BOOTARGS_MAX];
	struct file f;
	bool any = false;

	if (host_option("script", name, sizeof(name))) {
		any = scenario_file(name, &f);
		if (any) {
			any = monitor_script(f.name, (const char *)f.data,
					     f.size);
		} else {
			log_error("script: %s: %s", name,
				  archive_missing(&archive));
			life_add_troubles(1);
		}
	}
	if (host_option("exec", commands, sizeof(commands))) {
		any |= monitor_script("exec", commands, strlen(commands));
	}
	return any;
}

static void create_first(void)
{
	static char file[HOST_BOOTARGS_MAX];
	u32 errors = 1;

	if (!host.initrd.size)
		log_error("there is no archive of VMs (the host's initrd)");
	else if (!host_option("vms", file, sizeof(file)))
		log_error("the boot arguments name no VMs (vms=FILE)");
	else
		scenario_create(file, NULL, &errors);
	life_add_troubles(errors);
}

void scenario_start(void)
{
	char text[8];

	archive.data = hpa_ptr(HPA(host.initrd.base));
	archive.size = host.initrd.size;
	term_set_batch(host_option("batch", text, sizeof(text)));
	create_first();
	control_init();
	if (start_script() || life_goes_on())
		return;
	log_error("no VM runs");
	control_finish(1);
}
