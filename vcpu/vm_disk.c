/* SPDX-License-Identifier: BSD-2-Clause */
/* A VM's disks: made with it, gone with it; its lives share them. */
#include "hyp/util.h"
#include "vcpu/vm_build.h"

static u32 disk_order(void)
{
	u32 order = 0;

	while (PAGE_SIZE << order < sizeof(struct disk))
		order++;
	return order;
}

static struct disk *make(const struct disk_spec *s, struct page_owner *owner)
{
	hpa_t block = page_alloc_zeroed(disk_order(), owner);
	struct disk *d;

	if (!block.raw)
		return NULL;
	d = hpa_ptr(block);
	d->blk.host = (struct blk_host){.used = s->host,
					.disk = s->number,
					.sector = s->offset / HOSTBLK_SECTOR};
	if (s->host ||
	    store_init(&d->store, s->size, s->file.size ? s->file.data : NULL,
		       s->file.size, owner))
		return d;
	page_free(block, disk_order(), owner);
	return NULL;
}

bool vm_make_disks(struct vm *vm)
{
	for (u32 i = 0; i < VM_DISKS_MAX; i++) {
		const struct disk_spec *s = &vm->spec.disk[i];

		if (!s->size)
			continue;
		vm->disk[i] = make(s, &vm->device_pages);
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
		page_free(ptr_hpa(d), disk_order(), &vm->device_pages);
		vm->disk[i] = NULL;
	}
}
