/* SPDX-License-Identifier: BSD-2-Clause */
/* What a VM is made of: its devices for good, its memory for a life. */
#include <stdio.h>
#include <string.h>

#include "gstage/shadow.h"
#include "hyp/sbi.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/ext/ext.h"
#include "vcpu/fpu.h"
#include "vcpu/interp.h"
#include "vcpu/lockstep.h"
#include "vcpu/trap.h"
#include "vcpu/vm.h"
#include "vcpu/mach.h"
#include "vcpu/vm_build.h"
#include "vcpu/vm_switch.h"
#include "vcpu/watch.h"
#include "vdev/layout.h"

/* Nanoseconds since 1970 by the host's own RTC, else since boot. */
static u64 wallclock(void)
{
	volatile u32 *rtc = hpa_ptr(HPA(host.rtc.base));
	u64 low;

	if (!host.rtc.size)
		return time_now() * (1000000000UL / host.timebase);
	low = rtc[0]; /* latches the high half */
	return (u64)rtc[1] << 32 | low;
}

static void power_event(void *owner, enum syscon_event event, u32 code)
{
	struct vm *vm = owner;

	if (event == SYSCON_RESET)
		vm_stop(vm, VM_END_REBOOT);
	else
		vm_stop(vm,
			event == SYSCON_PASS ? VM_END_POWEROFF : VM_END_FAILED);
}

/* A line of M-mode's, or the PLIC's for S-mode, which M-mode can raise, too. */
static void machine_line(struct irq_line *line, bool level)
{
	vcpu_set_machine_line(line->owner, line->number, level);
}

static void connect(struct vcpu *v, struct irq_line *line, u32 number)
{
	line->set = machine_line;
	line->owner = v;
	line->number = number;
}

static void connect_machine(struct vm *vm)
{
	for (u32 i = 0; i < vm->spec.vcpus; i++) {
		struct vcpu *v = &vm->vcpu[i];

		connect(v, &vm->aclint.hart[i].msip, 3);
		connect(v, &vm->aclint.hart[i].mtip, 7);
		connect(v, &vm->plic.out[PLIC_CONTEXT_M(i)], 11);
		connect(v, &vm->plic.out[PLIC_CONTEXT_S(i)], IRQ_S_EXT);
	}
}

/* The PLIC's output for a hart's S-mode. */
static void external_line(struct irq_line *line, bool level)
{
	vcpu_set_line(line->owner, IRQ_S_EXT, level);
}

static void add_disk(struct vm *vm, u32 n)
{
	const struct disk_spec *s = &vm->spec.disk[n];
	struct disk *d = vm->disk[n];
	char id[BLK_ID_SIZE + 1];

	snprintf(id, sizeof(id), "disk%u", n);
	blk_init(&d->blk, n, plic_source(&vm->plic, GUEST_VIRTIO_IRQ + n),
		 &vm->gmap, s->host ? NULL : &d->store, s->size, s->read_only,
		 id);
	vm_add_virtio(vm, &d->blk.virtio);
}

/* Kernels that begin in M-mode look at all of QEMU's slots, told or not. */
static void add_empty_slots(struct vm *vm)
{
	for (u32 n = 0; n < GUEST_VIRTIO_SLOTS; n++) {
		gpa_t at = GPA(GUEST_VIRTIO_BASE + n * GUEST_VIRTIO_SIZE);
		bool ok = true;

		if (!vbus_find(&vm->bus, at, 4)) {
			virtio_empty_init(&vm->empty[n], n);
			ok = vbus_add(&vm->bus, &vm->empty[n]);
		}
		BUG_ON(!ok);
	}
}

static bool add_devices(struct vm *vm)
{
	const struct vm_spec *s = &vm->spec;
	bool ok;

	plic_init(&vm->plic, s->vcpus);
	for (u32 i = 0; i < s->vcpus; i++) {
		struct irq_line *out = &vm->plic.out[PLIC_CONTEXT_S(i)];

		out->set = external_line;
		out->owner = &vm->vcpu[i];
	}
	uart_init(&vm->uart, GPA(GUEST_UART_BASE), s->name,
		  plic_source(&vm->plic, GUEST_UART_IRQ));
	aclint_init(&vm->aclint, s->vcpus, &vm->time_delta);
	if (s->boot == BOOT_MACHINE)
		connect_machine(vm);
	syscon_init(&vm->syscon, power_event, vm);
	rtc_init(&vm->rtc, wallclock, host.timebase,
		 plic_source(&vm->plic, GUEST_RTC_IRQ));
	ok = vbus_add(&vm->bus, &vm->uart.dev) &&
	     vbus_add(&vm->bus, &vm->plic.dev) &&
	     vbus_add(&vm->bus, &vm->aclint.dev) &&
	     vbus_add(&vm->bus, &vm->syscon.dev) &&
	     vbus_add(&vm->bus, &vm->rtc.dev);
	BUG_ON(!ok);
	for (u32 i = 0; i < VM_DISKS_MAX; i++) {
		if (vm->disk[i])
			add_disk(vm, i);
	}
	vm_add_extras(vm);
	if (!vm_add_nets(vm))
		return false;
	if (s->boot == BOOT_MACHINE)
		add_empty_slots(vm);
	return true;
}

/* Vcpus are dealt to the harts that the VM may use, one after another. */
static struct hart *place(const struct vm_spec *s, u32 n)
{
	static u32 dealt;

	for (u32 tries = 0; tries < host.nharts; tries++) {
		struct hart *h = &harts[dealt++ % host.nharts];

		if (!s->harts || s->harts & BIT(h->index))
			return h;
	}
	return &harts[0];
}

static u32 leaf_level(u64 bytes)
{
	return bytes >= GiB(1)   ? PT_LEVEL_1G
	       : bytes >= MiB(2) ? PT_LEVEL_2M
				 : PT_LEVEL_4K;
}

static bool add_memory(struct vm *vm)
{
	if (!gmap_init(&vm->gmap, GPA(GUEST_RAM_BASE), vm->spec.memory,
		       leaf_level(vm->spec.page_max), &vm->pages))
		return false;
	vm_switch_rules(vm, vm->backend);
	return true;
}

bool vm_build_init(struct vm *vm)
{
	guest_isa(&vm->spec, vm->isa, sizeof(vm->isa));
	vm->emulated = ext_wanted(vm->spec.isa);
	vm_switch_rules(vm, vm->backend);
	isa_warn_usable(&vm->spec, vm->backend, backend_name(vm->backend));
	for (u32 i = 0; i < vm->spec.vcpus; i++)
		vcpu_init(&vm->vcpu[i], vm, i, place(&vm->spec, i));
	trap_init(vm);
	return add_devices(vm);
}

/* The pages through which the guest reads registers without asking. */
static bool add_mirrors(struct vm *vm)
{
	for (u32 i = 0; i < vm->bus.count; i++) {
		struct vdev *d = vm->bus.devs[i];
		hpa_t page;

		if (!d->ops->show)
			continue;
		page = page_alloc_zeroed(ORDER_4K, &vm->pages);
		if (!page.raw)
			return false;
		vdev_set_mirror(d, hpa_ptr(page));
	}
	return true;
}

static void remove_mirrors(struct vm *vm)
{
	for (u32 i = 0; i < vm->bus.count; i++) {
		struct vdev *d = vm->bus.devs[i];
		u32 *page = d->mirror;

		if (!page)
			continue;
		vdev_set_mirror(d, NULL);
		page_free(ptr_hpa(page), ORDER_4K, &vm->pages);
	}
}

bool vm_set_shadow(struct vcpu *v, struct shadow *s)
{
	const struct vm *vm = v->vm;

	if (!trap_no_limit(vm))
		shadow_limit(s, trap_shadow_level, v);
	if (vm->spec.boot == BOOT_MACHINE)
		s->walkable = mach_walkable;
	if (vm->spec.force & FORCE_NO_ASID)
		s->ids = &ids_none;
	s->forgetful = vm->spec.force & FORCE_NO_ROOTS;
	if (vm->gmap.closed)
		shadow_follow(s);
	return !vm->spec.shadow_sync || shadow_sync(s, vm->spec.vcpus == 1);
}

bool vm_build(struct vm *vm)
{
	BUG_ON(vm->pages.pages);
	vm->pages.most = vm->tables = 0;
	memset(vm->hart_last, 0, sizeof(vm->hart_last));
	vm->parked = vm->pause = vm->paused_for = 0;
	vm->pmp = (struct pmp){0};
	vm->pmps_differ = false;
	for (u32 i = 0; i < vm->spec.vcpus; i++) {
		struct vcpu *v = &vm->vcpu[i];

		v->gone = v->parked = false;
		v->sta.stolen = 0;
		v->hsm = SBI_HSM_STOPPED;
		v->mach = (struct vcpu_machine){0};
		if (!fpu_init(v))
			return false;
	}
	if (!add_mirrors(vm) || !add_memory(vm))
		return false;
	if (vm->spec.lockstep && !lockstep_attach(&vm->vcpu[0]))
		return false;
	for (u32 i = 0; i < vm->spec.vcpus; i++) {
		watch_look(&vm->vcpu[i]);
		if (vm->spec.boot == BOOT_MACHINE &&
		    !interp_attach(&vm->vcpu[i]))
			return false;
		if (!backend_find(vm->backend)->attach(&vm->vcpu[i]))
			return false;
	}
	vbus_reset(&vm->bus);
	return true;
}

void vm_build_ahead(struct vm *vm)
{
	if (!vm->gstage.pt.root.raw)
		return;
	/* M-mode has not said yet what may be mapped. */
	if (vm->spec.boot == BOOT_MACHINE)
		return;
	gstage_fill_backed(&vm->gstage, &vm->gmap);
	for (u32 i = 0; i < vm->bus.count; i++) {
		const struct vdev *d = vm->bus.devs[i];

		if (d->mirror && !vm->spec.lockstep)
			gstage_show(&vm->gstage, &vm->gmap,
				    GPA(d->base.raw + d->mirror_off),
				    ptr_hpa(d->mirror));
	}
}

/* Nobody will touch this VM unasked: no timer, no queued task. */
static bool silence(struct vm *vm)
{
	bool quiet = true;

	vbus_reset(&vm->bus);
	for (u32 i = 0; i < vm->spec.vcpus; i++)
		timer_cancel(&vm->vcpu[i].timer);
	timer_wait_fired();
	hostblk_settle();
	for (u32 i = 0; i < vm->spec.vcpus; i++)
		quiet &= task_retire(&vm->vcpu[i].task);
	return quiet;
}

bool vm_unbuild(struct vm *vm)
{
	if (!silence(vm))
		return false;
	for (u32 i = 0; i < vm->spec.vcpus; i++) {
		backend_find(vm->backend)->detach(&vm->vcpu[i]);
		interp_detach(&vm->vcpu[i]); /* which any may have stepped */
		lockstep_detach(&vm->vcpu[i]);
		fpu_destroy(&vm->vcpu[i]);
	}
	remove_mirrors(vm);
	if (vm->gmap.chunks)
		gmap_destroy(&vm->gmap);
	BUG_ON(vm->pages.pages);
	return true;
}
