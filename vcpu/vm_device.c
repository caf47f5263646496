/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for a VM's virtio devices; those that it has one of; its consoles. */
#include "hyp/term.h"
#include "hyp/util.h"
#include "vcpu/vm_balloon.h"
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

bool vm_make_extras(struct vm *vm)
{
	const bool *extra = vm->spec.extra;

	if (extra[VM_RNG])
		vm->rng = vm_new_device(vm, sizeof(*vm->rng));
	if (extra[VM_CONSOLE])
		vm->hvc = vm_new_device(vm, sizeof(*vm->hvc));
	if (extra[VM_BALLOON])
		vm->balloon = vm_new_device(vm, sizeof(*vm->balloon));
	return (vm->rng || !extra[VM_RNG]) && (vm->hvc || !extra[VM_CONSOLE]) &&
	       (vm->balloon || !extra[VM_BALLOON]);
}

void vm_drop_extras(struct vm *vm)
{
	if (vm->rng)
		vm_free_device(vm, vm->rng, sizeof(*vm->rng));
	if (vm->hvc)
		vm_free_device(vm, vm->hvc, sizeof(*vm->hvc));
	if (vm->balloon)
		vm_free_device(vm, vm->balloon, sizeof(*vm->balloon));
	vm->balloon = NULL;
	vm->rng = NULL;
	vm->hvc = NULL;
}

static u32 named_ports(const struct vm_spec *s)
{
	u32 n = 0;

	_Static_assert(VM_PORT_MAX == HVC_NAME_MAX && VM_PORTS_MAX < HVC_PORTS,
		       "a port each");
	while (n < VM_PORTS_MAX && s->port[n][0])
		n++;
	return n;
}

void vm_add_extras(struct vm *vm)
{
	u32 slot;

	if (vm->rng) {
		slot = vm_extra_slot(&vm->spec, VM_RNG);
		rng_init(vm->rng, slot,
			 plic_source(&vm->plic, GUEST_VIRTIO_IRQ + slot),
			 &vm->gmap);
		vm_add_virtio(vm, &vm->rng->virtio);
	}
	if (vm->hvc) {
		slot = vm_extra_slot(&vm->spec, VM_CONSOLE);
		hvc_init(vm->hvc, slot,
			 plic_source(&vm->plic, GUEST_VIRTIO_IRQ + slot),
			 &vm->gmap, vm->spec.name, vm->spec.port,
			 named_ports(&vm->spec));
		vm_add_virtio(vm, &vm->hvc->virtio);
	}
	if (vm->balloon) {
		slot = vm_extra_slot(&vm->spec, VM_BALLOON);
		vm_balloon_init(
			vm, slot,
			plic_source(&vm->plic, GUEST_VIRTIO_IRQ + slot));
		vm_add_virtio(vm, &vm->balloon->virtio);
	}
}

struct console_port *vm_console(struct vm *vm, u32 n)
{
	if (!n)
		return &vm->uart.port;
	return vm->hvc && n <= vm->hvc->config.ports
		       ? &vm->hvc->port[n - 1].port
		       : NULL;
}

bool vm_open_consoles(struct vm *vm)
{
	struct console_port *p;

	for (u32 n = 0; (p = vm_console(vm, n)); n++) {
		if (term_add(p))
			continue;
		while (n)
			term_remove(vm_console(vm, --n));
		return false;
	}
	return true;
}

void vm_flush_consoles(struct vm *vm)
{
	struct console_port *p;

	for (u32 n = 0; (p = vm_console(vm, n)); n++)
		term_flush(p);
}

void vm_close_consoles(struct vm *vm)
{
	struct console_port *p;

	for (u32 n = 0; (p = vm_console(vm, n)); n++)
		term_remove(p);
}
