/* SPDX-License-Identifier: BSD-2-Clause */
/* A VM's disks: made with it, gone with it; its lives share them. */
#include "hyp/log.h"
#include "hyp/util.h"
#include "vcpu/vm_build.h"

static struct disk *make(struct vm *vm, const struct disk_spec *s)
{
	struct disk *d = vm_new_device(vm, sizeof(*d));

	if (!d)
		return NULL;
	d->blk.host = (struct blk_host){.used = s->host,
					.disk = s->number,
					.sector = s->offset / HOSTBLK_SECTOR};
	if (s->host ||
	    store_init(&d->store, s->size, s->file.size ? s->file.data : NULL,
		       s->file.size, &vm->device_pages))
		return d;
	vm_free_device(vm, d, sizeof(*d));
	return NULL;
}

/* One of them writes where the other reads. */
static bool clash(const struct disk_spec *a, const struct disk_spec *b)
{
	return a->host && b->host && a->number == b->number &&
	       a->offset < b->offset + b->size &&
	       b->offset < a->offset + a->size &&
	       !(a->read_only && b->read_only);
}

static void warn(const struct vm_spec *s, u32 n, const struct vm_spec *other,
		 u32 first)
{
	for (u32 i = first; i < VM_DISKS_MAX; i++) {
		if (clash(&s->disk[n], &other->disk[i]))
			log_warn("%s: %s: disk%u: part of it is %s's disk%u, "
				 "and not both are \"ro\"",
				 s->origin, s->name, n, other->name, i);
	}
}

void vm_warn_of_clashes(const struct vm_spec *s)
{
	for (u32 n = 0; n < VM_DISKS_MAX; n++) {
		warn(s, n, s, n + 1);
		for (const struct vm *vm = vm_list; vm; vm = vm->next)
			warn(s, n, &vm->spec, 0);
	}
}

bool vm_make_disks(struct vm *vm)
{
	for (u32 i = 0; i < VM_DISKS_MAX; i++) {
		const struct disk_spec *s = &vm->spec.disk[i];

		if (!s->size)
			continue;
		vm->disk[i] = make(vm, s);
		if (!vm->disk[i])
			return false;
	}
	return true;
}

void vm_drop_disks(struct vm *vm)
{
	for (u32 i = 0; i < VM_DISKS_MAX; i++) {
		struct disk *d = vm->disk[i];

		if (!d)
			continue;
		store_destroy(&d->store);
		vm_free_device(vm, d, sizeof(*d));
		vm->disk[i] = NULL;
	}
}
