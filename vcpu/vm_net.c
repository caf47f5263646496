/* SPDX-License-Identifier: BSD-2-Clause */
/* A VM's network cards: made with it, gone with it. */
#include <string.h>

#include "hyp/util.h"
#include "vcpu/vm_build.h"
#include "vdev/layout.h"

_Static_assert(VM_NET_MAX == SWITCH_NAME_MAX, "a switch's name");

bool vm_make_nets(struct vm *vm)
{
	for (u32 i = 0; i < VM_NETS_MAX; i++) {
		if (!vm->spec.net[i].name[0])
			continue;
		vm->net[i] = vm_new_device(vm, sizeof(struct net));
		if (!vm->net[i])
			return false;
	}
	return true;
}

void vm_drop_nets(struct vm *vm)
{
	for (u32 i = 0; i < VM_NETS_MAX; i++) {
		struct net *n = vm->net[i];

		if (!n)
			continue;
		net_destroy(n);
		vm_free_device(vm, n, sizeof(*n));
		vm->net[i] = NULL;
	}
}

/*
 * An address for locally administered use, the same in each run: QEMU's first
 * three bytes, two of the VM's name (FNV-1a), and the card's number.
 */
static void address(const struct vm *vm, u32 n, u8 mac[ETH_ADDR])
{
	u32 hash = 2166136261U;

	for (const char *c = vm->spec.name; *c; c++)
		hash = (hash ^ (u8)*c) * 16777619U;
	hash ^= hash >> 16;
	memcpy(mac, (u8[ETH_ADDR]){0x52, 0x54, 0, hash >> 8, hash, n},
	       ETH_ADDR);
}

static bool add(struct vm *vm, u32 n)
{
	const struct net_spec *s = &vm->spec.net[n];
	u32 slot = vm_net_slot(n);
	u8 mac[ETH_ADDR];

	address(vm, n, mac);
	if (!net_init(vm->net[n], slot,
		      plic_source(&vm->plic, GUEST_VIRTIO_IRQ + slot),
		      &vm->gmap, s->name, mac, s->locked))
		return false;
	vm_add_virtio(vm, &vm->net[n]->virtio);
	return true;
}

bool vm_add_nets(struct vm *vm)
{
	for (u32 i = 0; i < VM_NETS_MAX; i++) {
		if (vm->net[i] && !add(vm, i))
			return false;
	}
	return true;
}
