/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for a VM's virtio devices; its source of random bytes. */
#include "hyp/util.h"
#include "vcpu/vm_build.h"
#include "vdev/layout.h"

static u32 order_of(u64 size)
{
	u32 order = 0;

	while (PAGE_SIZE << order < size)
		order++;
	return order;
}

void *vm_new_device(struct vm *vm, u64 size)
{
	hpa_t block = page_alloc_zeroed(order_of(size), &vm->device_pages);

	return block.raw ? hpa_ptr(block) : NULL;
}

void vm_free_device(struct vm *vm, void *device, u64 size)
{
	page_free(ptr_hpa(device), order_of(size), &vm->device_pages);
}

void vm_add_virtio(struct vm *vm, struct virtio *v)
{
	if (vm->spec.packed)
		virtio_offer(v, VIRTIO_F_RING_PACKED);
	BUG_ON(!vbus_add(&vm->bus, &v->dev));
}

bool vm_make_rng(struct vm *vm)
{
	if (vm->spec.rng)
		vm->rng = vm_new_device(vm, sizeof(*vm->rng));
	return vm->rng || !vm->spec.rng;
}

void vm_drop_rng(struct vm *vm)
{
	if (vm->rng)
		vm_free_device(vm, vm->rng, sizeof(*vm->rng));
	vm->rng = NULL;
}

void vm_add_rng(struct vm *vm)
{
	u32 slot = vm_rng_slot(&vm->spec);

	if (!vm->rng)
		return;
	rng_init(vm->rng, slot, plic_source(&vm->plic, GUEST_VIRTIO_IRQ + slot),
		 &vm->gmap);
	vm_add_virtio(vm, &vm->rng->virtio);
}
