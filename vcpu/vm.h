/* SPDX-License-Identifier: BSD-2-Clause */
/* A virtual machine: vcpus, memory, devices. */
#ifndef VCPU_VM_H
#define VCPU_VM_H

#include "gstage/gmap.h"
#include "gstage/gstage.h"
#include "gstage/vmid.h"
#include "vcpu/spec.h"
#include "vcpu/vcpu.h"
#include "vdev/aclint.h"
#include "vdev/plic.h"
#include "vdev/rtc.h"
#include "vdev/syscon.h"
#include "vdev/uart.h"
#include "vdev/vdev.h"

enum vm_state { VM_NEW, VM_RUNNING, VM_STOPPING, VM_STOPPED };

/* Why a VM stopped. */
enum vm_end { VM_END_NONE, VM_END_POWEROFF, VM_END_REBOOT, VM_END_FAILED };

struct vm {
	struct vm_spec spec; /* constant */
	struct lock lock;
	enum vm_state state; /* lock */
	enum vm_end end;     /* the first reason wins; lock */
	u32 active;          /* vcpus that may still run; atomic */
	struct page_owner pages;
	struct gmap gmap;
	struct gstage gstage;
	struct vmid vmid;
	/* Which vcpu of this VM each hart ran last; its own hart. */
	struct vcpu *hart_last[HOST_HARTS_MAX];
	struct vcpu vcpu[VM_VCPUS_MAX];
	u64 time_delta;       /* guest time - host time, modulo 2^64 */
	char isa[VM_ISA_MAX]; /* what the guest's FDT says */
	struct vbus bus;
	struct plic plic;
	struct uart uart;
	struct aclint aclint;
	struct syscon syscon;
	struct rtc rtc;
	u64 load_instructions; /* what loading its files took */
	u64 order;             /* of the pages that hold this struct */
	struct vm *next;       /* vm_list */
};

/* All VMs, in the order of their creation. */
extern struct vm *vm_list;

/* Called on some hart when a VM has stopped for good or wants a restart. */
extern void (*vm_ended)(struct vm *vm);

/*
 * Build a VM; NULL after a log_error line that says why not. It does not run
 * yet: load its memory through vm->gmap, then vm_start().
 */
struct vm *vm_create(const struct vm_spec *spec);

/* Give back all that a VM holds; it has never run, or has stopped. */
void vm_destroy(struct vm *vm);

/* Start vcpu 0 at pc with a0 = its id and a1 = fdt. */
void vm_start(struct vm *vm, u64 pc, gpa_t fdt);

/* Stop all its vcpus; vm_ended() follows. Any hart, any number of times. */
void vm_stop(struct vm *vm, enum vm_end end);

/* A vcpu has left for good; the last one ends the VM. */
void vm_vcpu_gone(struct vm *vm);

/* A vcpu stopped itself (HSM). If it was the last, nobody can start one. */
void vm_vcpu_halted(struct vm *vm);

/* Empty its memory and reset its devices for another start; VM_STOPPED. */
bool vm_reset(struct vm *vm);

/* Print the "stat VM NAME VALUE" lines. */
void vm_print_stats(struct vm *vm);

#endif
