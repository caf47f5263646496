/* SPDX-License-Identifier: BSD-2-Clause */
/* Between vm.c, a VM's life, and vm_build.c, what it is made of. */
#ifndef VCPU_VM_BUILD_H
#define VCPU_VM_BUILD_H

#include "vcpu/vm.h"

/* Zeroed memory for a device; NULL: there is none. And back with it. */
void *vm_new_device(struct vm *vm, u64 size);
void vm_free_device(struct vm *vm, void *device, u64 size);

/* Say so where two VMs, or one twice, have the same part of a host's disk. */
void vm_warn_of_clashes(const struct vm_spec *s);

/* On the bus, with the features that its description adds. */
void vm_add_virtio(struct vm *vm, struct virtio *v);

/* Its disks, before that; false: out of memory. And away with what there is. */
bool vm_make_disks(struct vm *vm);
void vm_drop_disks(struct vm *vm);

/* Likewise its network cards; the second, where they are plugged in already. */
bool vm_make_nets(struct vm *vm);
void vm_drop_nets(struct vm *vm);

/* Put them on the bus and on their switches; false: there are too many. */
bool vm_add_nets(struct vm *vm);

/* Likewise its source of random bytes and its virtio console. */
bool vm_make_extras(struct vm *vm);
void vm_drop_extras(struct vm *vm);
void vm_add_extras(struct vm *vm);

/* Its UART's port and that of its virtio console. On the terminal's hart, but
 * for vm_flush_consoles(): write out unfinished lines. False: no memory. */
bool vm_open_consoles(struct vm *vm);
void vm_close_consoles(struct vm *vm);
void vm_flush_consoles(struct vm *vm);

/* Once, when vm is created: devices and vcpus that hold no page yet.
 * False: there are SWITCHES_MAX switches. */
bool vm_build_init(struct vm *vm);

/* All that a life needs, allocated and reset; false: out of memory. */
bool vm_build(struct vm *vm);

/*
 * Map what a guest would fault on for nothing, if its backend has a second
 * stage. Short of memory it still does. No vcpu runs.
 */
void vm_build_ahead(struct vm *vm);

/*
 * Give all of that back, also if only a part was built; no vcpu runs any more.
 * False: a hart is not through with one; nothing was given back.
 */
bool vm_unbuild(struct vm *vm);

/* A new shadow, by the VM's description; false: no memory. */
struct shadow;
bool vm_set_shadow(struct vcpu *v, struct shadow *s);

#endif
