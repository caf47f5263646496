/* SPDX-License-Identifier: BSD-2-Clause */
/* What a VM is to be: the description that config/ reads and vm_create() takes.
 */
#ifndef VCPU_SPEC_H
#define VCPU_SPEC_H

#include "hyp/types.h"

#define VM_NAME_MAX  32
#define VM_VCPUS_MAX 16
#define VM_ARGS_MAX  1024
#define VM_ISA_MAX   512
#define VM_DISKS_MAX 8
#define VM_NETS_MAX  4
#define VM_NET_MAX   32 /* bytes of a switch's name, with its end */
#define VM_PORTS_MAX 3  /* of the virtio console, beside its terminal */
#define VM_PORT_MAX  32 /* bytes of a port's name, with its end */
#define VM_TRAPS_MAX 8

enum backend_id { BACKEND_HW, BACKEND_HYBRID, BACKEND_TE, BACKEND_INTERP };

/* Devices that a VM has one of, or none. */
enum vm_extra { VM_RNG, VM_CONSOLE, VM_BALLOON, VM_EXTRAS };

enum boot_mode { BOOT_SBI, BOOT_MACHINE };

/* Hardware assists that a description turns off (property "force"), or flaws
 * that the host is to be treated as if it had (property "personality"). */
enum force {
	FORCE_NO_HTINST = 1 << 0,    /* decode from memory, never from htinst */
	FORCE_NO_SSTC = 1 << 1,      /* the timer by SBI calls and hvip */
	FORCE_4K = 1 << 2,           /* our tables have leaves of 4 KiB only */
	FORCE_VTW = 1 << 3,          /* trap every wfi */
	FORCE_NO_IDLE_ZERO = 1 << 4, /* zero memory when it is asked for */
	FORCE_NO_HTVAL = 1 << 5,     /* find what faulted in the guest tables */
	FORCE_NO_ASID = 1 << 6,      /* shadow roots without ASIDs */
	FORCE_NO_ROOTS = 1 << 7,     /* each satp empties what was shadowed */
	FORCE_NO_FAST = 1 << 8,      /* every exit by the general way */
	FORCE_NO_VMID = 1 << 9,      /* VMID 0, and a fence at each switch */
	FORCE_SVADE = 1 << 10,       /* the hart sets neither A nor D */
	FORCE_VU_ILLEGAL = 1 << 11,  /* VU-mode's cause 22 comes as cause 2 */
	FORCE_NO_STVAL = 1 << 12,    /* stval tells no instruction */
};

/* A file of the archive, in place; data stays valid for ever. */
struct file {
	const char *name; /* NUL-terminated */
	const u8 *data;
	u64 size; /* bytes */
};

/* Of a disk: a file's contents, or empty memory of that size. */
struct disk_spec {
	struct file file; /* size 0: none */
	u64 size;         /* bytes, a multiple of 512; 0: no such disk */
	bool host;        /* it is one of the host's, or a slice: */
	u32 number;       /* which */
	u64 offset;       /* bytes */
	bool read_only;
};

/* Of a network card. */
struct net_spec {
	char name[VM_NET_MAX]; /* of its switch; empty: no such card */
	bool locked;           /* only its own address as the source */
};

/* Rows of trap.def. */
enum {
#define TRAP(...) +1
	TRAP_ROWS = 0
#include "vcpu/trap.def"
#undef TRAP
};

/* A watchpoint (trap.h). */
struct trap_spec {
	u32 row;  /* TRAP_ROWS: it is a page, */
	u64 page; /* this one of its RAM, a GPA */
};

struct vm_spec {
	const char *origin; /* the description's file, for messages */
	char name[VM_NAME_MAX];
	enum backend_id backend;
	enum boot_mode boot;
	u32 vcpus;    /* 1..VM_VCPUS_MAX */
	u64 memory;   /* bytes, a multiple of 4 KiB */
	u64 page_max; /* the largest host page that backs it: 4K, 2M or 1G */
	struct file kernel;
	struct file initrd;   /* size 0: none */
	struct file firmware; /* likewise; a flat image, for M-mode */
	struct disk_spec disk[VM_DISKS_MAX];
	struct net_spec net[VM_NETS_MAX];
	char bootargs[VM_ARGS_MAX];
	char isa[VM_ISA_MAX]; /* empty: all that the host has and we know */
	u32 weight;           /* 1..10000 */
	u64 harts;            /* mask of host harts it may use; 0: all */
	u32 force;            /* enum force */
	/* Shadow tables follow the guest's own at once, not at its fences. */
	bool shadow_sync;
	bool lockstep; /* compare each stretch between exits with interp */
	bool autostart;
	bool extra[VM_EXTRAS];
	char port[VM_PORTS_MAX][VM_PORT_MAX]; /* names; empty: no such port */
	bool packed; /* its virtio devices have packed rings, too */
	u32 traps;   /* how many are in trap[] */
	struct trap_spec trap[VM_TRAPS_MAX];
};

/* Disk n is in slot n, card n in the n-th from the end: a
 * description that wants one for both is refused. */
static inline u32 vm_net_slot(u32 n)
{
	return VM_DISKS_MAX - 1 - n;
}

/*
 * What has no number of its own: these are in the last slots that neither a
 * disk nor a card has; VM_DISKS_MAX: there is none.
 */
static inline bool vm_slot_free(const struct vm_spec *s, u32 slot)
{
	u32 net = vm_net_slot(slot); /* it is its own inverse */

	return !s->disk[slot].size &&
	       (net >= VM_NETS_MAX || !s->net[net].name[0]);
}

static inline u32 vm_extra_slot(const struct vm_spec *s, enum vm_extra which)
{
	u32 before = 0;

	for (u32 i = 0; i < which; i++)
		before += s->extra[i];
	for (u32 slot = VM_DISKS_MAX; slot--;) {
		if (vm_slot_free(s, slot) && !before--)
			return slot;
	}
	return VM_DISKS_MAX;
}

#endif
