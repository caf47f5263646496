/* SPDX-License-Identifier: BSD-2-Clause */
/* A virtual machine: vcpus, memory, devices. */
#ifndef VCPU_VM_H
#define VCPU_VM_H

#include "gstage/gmap.h"
#include "gstage/gstage.h"
#include "gstage/ids.h"
#include "vcpu/guestisa.h"
#include "vcpu/spec.h"
#include "vcpu/vcpu.h"
#include "vdev/aclint.h"
#include "vdev/plic.h"
#include "vdev/rtc.h"
#include "vdev/syscon.h"
#include "vdev/uart.h"
#include "vdev/vdev.h"
#include "vdev/virtio_balloon.h"
#include "vdev/virtio_blk.h"
#include "vdev/virtio_console.h"
#include "vdev/virtio_net.h"
#include "vdev/virtio_rng.h"

/* A life goes round: STOPPED, LOADING, RUNNING, STOPPING, ENDED, STOPPED. */
enum vm_state {
	VM_STOPPED,  /* holds no page; as created */
	VM_LOADING,  /* built, its files are being copied in */
	VM_RUNNING,  /* or paused */
	VM_STOPPING, /* its vcpus are told to leave */
	VM_ENDED,    /* they have left; vm_release() is due */
};

/* Why a life ended. */
enum vm_end {
	VM_END_NONE,
	VM_END_POWEROFF, /* the guest switched itself off */
	VM_END_REBOOT,   /* or on again */
	VM_END_FAILED,   /* it reported or met a failure */
	VM_END_KILLED,   /* somebody stopped it */
};

/* Why a VM is paused; it runs when no bit is left. */
enum vm_pause {
	PAUSE_ASKED = 1 << 0,   /* somebody wants it */
	PAUSE_MEMORY = 1 << 1,  /* the host has no memory left for it */
	PAUSE_LOOK = 1 << 2,    /* for a moment, to read its registers */
	PAUSE_SWITCH = 1 << 3,  /* for a moment, to change its backend */
	PAUSE_BALLOON = 1 << 4, /* for a moment, to take pages from it */
};

/* A disk and what is on it, from the VM's creation to its end. */
struct disk {
	struct blk blk;
	struct store store;
};

struct vm {
	struct lock lock;
	struct isa_rules rules; /* by isa and backend; vm_switch() */
	enum vm_state state;    /* lock */
	enum vm_end end;        /* the first reason wins; lock */
	u32 active;             /* vcpus that may still run; atomic */
	u32 pause;              /* enum vm_pause; lock, read without */
	u32 paused_for;         /* every reason since it last ran; lock */
	u32 parked;             /* vcpus that stand still; lock */
	u64 parked_at;          /* host time when the last of them did; lock */
	struct page_owner pages;
	struct gmap gmap;
	struct gstage gstage;
	struct hw_id vmid;
	/* Which vcpu of this VM each hart ran last; its own hart. */
	struct vcpu *hart_last[HOST_HARTS_MAX];
	struct vcpu vcpu[VM_VCPUS_MAX];
	enum backend_id backend; /* of all vcpus; vm_switch() changes it */
	u64 switches;            /* how often it did */
	u64 time_delta;          /* guest time - host time, modulo 2^64 */
	char isa[VM_ISA_MAX];    /* what the guest's FDT says */
	u32 emulated; /* of it, by modules: bits by exts[]; constant */
	u32 trap_how; /* enum trap_how, of all its watchpoints; constant */
	struct vbus bus;
	struct plic plic;
	struct uart uart;
	struct aclint aclint;
	struct syscon syscon;
	struct rtc rtc;
	struct vdev
		empty[GUEST_VIRTIO_SLOTS]; /* virtio slots without a device */
	struct disk *disk[VM_DISKS_MAX];   /* NULL: none */
	struct net *net[VM_NETS_MAX];      /* NULL: none */
	struct rng *rng;                   /* NULL: none */
	struct hvc *hvc;                   /* NULL: none */
	struct balloon *balloon;           /* NULL: none */
	struct page_owner device_pages;    /* theirs: they outlast a life */
	u64 tables; /* page-table pages that its last life had */
	/* Of a machine guest: what the second stage is derived from, or that it
	 * is not one PMP for all of its vcpus. gmap.lock */
	struct pmp pmp;
	bool pmps_differ;
	u64 next_stage; /* GPA of what firmware finds in a2; 0: nothing */
	u64 load_instructions; /* what loading its files took */
	u64 order;             /* of the pages that hold this struct */
	struct vm *next;       /* vm_list */
	/* The owner's (config/life.c). */
	u32 starts;      /* lives begun */
	bool want_start; /* as soon as it is STOPPED */
	u64 start_at;    /* but not before this host time */
	bool doomed;     /* to be destroyed when it is STOPPED */
	struct vm_spec
		spec; /* constant; large: last, other offsets stay small */
};

/*
 * All VMs, in the order of their creation. Who calls vm_create(), vm_release()
 * and vm_destroy() is one task on one hart, the terminal's: the list and the
 * VMs' memory are its own, and no byte that is typed comes in between.
 */
extern struct vm *vm_list;

/* Called on some hart when vm has ENDED, stands still, or wants memory. */
extern void (*vm_event)(struct vm *vm);

/* The VM of that name, or NULL. */
struct vm *vm_find(const char *name);

/*
 * A VM that holds nothing yet; NULL after a log_error line that says why not.
 * The sum of what VMs may use can exceed what there is: said as a warning.
 */
struct vm *vm_create(const struct vm_spec *spec);

/*
 * Build its memory and vcpus: STOPPED to LOADING. False after a log_error
 * line; it is STOPPED then. Next, load through vm->gmap and vm_start().
 */
bool vm_prepare(struct vm *vm);

/*
 * LOADING to RUNNING: start vcpu 0 at pc with a0 = its id and a1 = fdt; of a
 * machine guest all of them.
 */
void vm_start(struct vm *vm, u64 pc, gpa_t fdt);

/*
 * Stop all its vcpus; vm_event() follows. Any hart, any number of times; one
 * that was about to reboot can still be VM_END_KILLED.
 */
void vm_stop(struct vm *vm, enum vm_end end);

/*
 * Give back every page that it holds: ENDED or LOADING to STOPPED. False: a
 * hart is still on its way out of it; ask again.
 */
bool vm_release(struct vm *vm);

/* Forget a VM that is STOPPED. */
void vm_destroy(struct vm *vm);

/*
 * Let vm's vcpus stand still, soon, until vm_resume() takes the reason back.
 * The guest does not notice: its time stands still with it, unless it is for
 * PAUSE_SWITCH or PAUSE_BALLOON alone, which are as short as an exit. Any hart;
 * a VM that does not run is left alone.
 */
void vm_pause(struct vm *vm, enum vm_pause why);
void vm_resume(struct vm *vm, enum vm_pause why);

/*
 * No memory is left for something that vm is entitled to: it stands still until
 * there is. Whoever asked tries again when it runs.
 */
void vm_starve(struct vm *vm, const char *what);

/* Every vcpu stands still, its registers in v->state (or it does not run). */
bool vm_quiet(struct vm *vm);

/* For the run loop: v, of a paused VM, stands still from here. */
void vm_park(struct vcpu *v);

/* A vcpu has left for good; the last one ends the VM. */
void vm_vcpu_gone(struct vm *vm);

/* A vcpu stopped itself (HSM). If it was the last, nobody can start one. */
void vm_vcpu_halted(struct vm *vm);

/*
 * Tell fn each statistic by its name: of one vcpu, or of all and of the VM
 * (only == NULL). Instructions are counted under icount only.
 */
typedef void (*vm_stat_fn)(void *ctx, const char *name, u64 value);
void vm_stats(const struct vm *vm, const struct vcpu *only, vm_stat_fn fn,
	      void *ctx);

/*
 * Its n-th console: the UART's, then the ports of its virtio console. NULL:
 * there are fewer.
 */
struct console_port *vm_console(struct vm *vm, u32 n);

/* Print them as "stat VM NAME VALUE" lines. */
void vm_print_stats(struct vm *vm);

#endif
