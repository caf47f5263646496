/* SPDX-License-Identifier: BSD-2-Clause */
/* A VM's life: built from a spec, started, stopped, reset. */
#include <stdio.h>
#include <string.h>

#include "hyp/log.h"
#include "hyp/sbi.h"
#include "hyp/term.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vcpu/guestisa.h"
#include "vcpu/vm.h"
#include "vdev/layout.h"

struct vm *vm_list;
void (*vm_ended)(struct vm *vm);

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

/* The PLIC's output for a hart's S-mode. */
static void external_line(struct irq_line *line, bool level)
{
	vcpu_set_line(line->owner, IRQ_S_EXT, level);
}

static bool receive(struct console_port *p, u8 byte)
{
	return uart_receive(container_of(p, struct uart, port), byte);
}

static bool add_devices(struct vm *vm)
{
	const struct vm_spec *s = &vm->spec;
	hpa_t mirror = page_alloc_zeroed(ORDER_4K, &vm->pages);

	if (!mirror.raw)
		return false;
	plic_init(&vm->plic, s->vcpus);
	plic_set_mirror(&vm->plic, hpa_ptr(mirror));
	for (u32 i = 0; i < s->vcpus; i++) {
		struct irq_line *out = &vm->plic.out[PLIC_CONTEXT_S(i)];

		out->set = external_line;
		out->owner = &vm->vcpu[i];
	}
	uart_init(&vm->uart, GPA(GUEST_UART_BASE), s->name,
		  plic_source(&vm->plic, GUEST_UART_IRQ));
	vm->uart.port.receive = receive;
	aclint_init(&vm->aclint, s->vcpus, &vm->time_delta);
	syscon_init(&vm->syscon, power_event, vm);
	rtc_init(&vm->rtc, wallclock, host.timebase,
		 plic_source(&vm->plic, GUEST_RTC_IRQ));
	return vbus_add(&vm->bus, &vm->uart.dev) &&
	       vbus_add(&vm->bus, &vm->plic.dev) &&
	       vbus_add(&vm->bus, &vm->aclint.dev) &&
	       vbus_add(&vm->bus, &vm->syscon.dev) &&
	       vbus_add(&vm->bus, &vm->rtc.dev);
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
	const struct vm_spec *s = &vm->spec;
	u32 level = leaf_level(s->page_max);
	u32 leaf = s->force & FORCE_4K ? PT_LEVEL_4K : level;

	return gmap_init(&vm->gmap, GPA(GUEST_RAM_BASE), s->memory, level,
			 &vm->pages) &&
	       gstage_init(&vm->gstage, GUEST_RAM_BASE + s->memory, leaf,
			   &vm->pages);
}

/* Tables and books take less than this share of a guest's memory. */
#define TABLES_SHARE 128

/* Memory that no VM holds or has been promised, in bytes. */
static u64 unpromised(void)
{
	u64 have = page_free_count() * PAGE_SIZE, promised = 0;

	for (const struct vm *vm = vm_list; vm; vm = vm->next) {
		have += vm->pages.pages * PAGE_SIZE;
		promised += vm->spec.memory + vm->spec.memory / TABLES_SHARE;
	}
	return have > promised ? have - promised : 0;
}

/* What the host cannot give; says so. */
static bool possible(const struct vm_spec *s)
{
	u64 have = unpromised();

	if (!backend_find(s->backend)) {
		log_error("%s: %s: backend: %s is not supported%s", s->origin,
			  s->name, backend_name(s->backend),
			  s->backend == BACKEND_HW ? " by this host" : " yet");
		return false;
	}
	if (s->boot != BOOT_SBI) {
		log_error("%s: %s: boot: machine is not supported yet",
			  s->origin, s->name);
		return false;
	}
	if (s->memory + s->memory / TABLES_SHARE > have) {
		log_error("%s: %s: memory: %lu MiB asked for, the host has "
			  "%lu MiB to give",
			  s->origin, s->name, s->memory >> 20, have >> 20);
		return false;
	}
	return true;
}

static struct vm *allocate(const struct vm_spec *spec)
{
	u32 order = 0;
	struct vm *vm;
	hpa_t h;

	while ((PAGE_SIZE << order) < sizeof(*vm))
		order++;
	h = page_alloc_zeroed(order, &page_vmm);
	if (!h.raw)
		return NULL;
	vm = hpa_ptr(h);
	vm->spec = *spec;
	vm->pages.no_pool = spec->force & FORCE_NO_IDLE_ZERO;
	vm->order = order;
	return vm;
}

static bool build(struct vm *vm)
{
	if (!add_memory(vm))
		return false;
	guest_isa(&vm->spec, vm->isa, sizeof(vm->isa));
	for (u32 i = 0; i < vm->spec.vcpus; i++) {
		if (!vcpu_init(&vm->vcpu[i], vm, i, place(&vm->spec, i)))
			return false;
	}
	return add_devices(vm);
}

/* Also for a VM of which only a part was built. */
static void release(struct vm *vm)
{
	for (u32 i = 0; i < vm->spec.vcpus; i++)
		vcpu_destroy(&vm->vcpu[i]);
	if (vm->plic.dev.mirror)
		page_free(ptr_hpa(vm->plic.dev.mirror), ORDER_4K, &vm->pages);
	if (vm->gstage.pt.root.raw)
		gstage_destroy(&vm->gstage);
	if (vm->gmap.chunks)
		gmap_destroy(&vm->gmap);
	BUG_ON(vm->pages.pages);
	page_free(ptr_hpa(vm), vm->order, &page_vmm);
}

void vm_destroy(struct vm *vm)
{
	struct vm **at = &vm_list;

	BUG_ON(vm->state != VM_NEW && vm->state != VM_STOPPED);
	while (*at != vm)
		at = &(*at)->next;
	*at = vm->next;
	term_remove(&vm->uart.port);
	release(vm);
}

struct vm *vm_create(const struct vm_spec *spec)
{
	struct vm **end = &vm_list;
	struct vm *vm;

	if (!possible(spec))
		return NULL;
	vm = allocate(spec);
	if (!vm || !build(vm)) {
		if (vm)
			release(vm);
		log_error("%s: %s: memory: the host has too little left for it",
			  spec->origin, spec->name);
		return NULL;
	}
	term_add(&vm->uart.port);
	while (*end)
		end = &(*end)->next;
	*end = vm;
	return vm;
}

/* What the guest would fault on for nothing. Short of memory it still does. */
static void map_ahead(struct vm *vm)
{
	gstage_fill_backed(&vm->gstage, &vm->gmap);
	for (u32 i = 0; i < vm->bus.count; i++) {
		const struct vdev *d = vm->bus.devs[i];

		if (d->mirror)
			gstage_show(&vm->gstage, &vm->gmap,
				    GPA(d->base.raw + d->mirror_off),
				    ptr_hpa(d->mirror));
	}
}

void vm_start(struct vm *vm, u64 pc, gpa_t fdt)
{
	map_ahead(vm);
	lock_acquire(&vm->lock);
	BUG_ON(vm->state == VM_RUNNING || vm->state == VM_STOPPING);
	vm->state = VM_RUNNING;
	vm->end = VM_END_NONE;
	vm->active = vm->spec.vcpus;
	vm->time_delta = -time_now(); /* the guest's time starts at zero */
	lock_release(&vm->lock);
	BUG_ON(vcpu_start(&vm->vcpu[0], pc, fdt.raw));
}

void vm_stop(struct vm *vm, enum vm_end end)
{
	bool first;

	lock_acquire(&vm->lock);
	first = vm->state == VM_RUNNING;
	if (first) {
		vm->state = VM_STOPPING;
		vm->end = end;
	}
	lock_release(&vm->lock);
	for (u32 i = 0; first && i < vm->spec.vcpus; i++) {
		vcpu_request(&vm->vcpu[i], REQ_STOP);
		task_wake(&vm->vcpu[i].task);
	}
}

void vm_vcpu_gone(struct vm *vm)
{
	if (__atomic_sub_fetch(&vm->active, 1, __ATOMIC_ACQ_REL))
		return;
	lock_acquire(&vm->lock);
	vm->state = VM_STOPPED;
	lock_release(&vm->lock);
	term_flush(&vm->uart.port);
	vm_ended(vm);
}

static bool all_halted(const struct vm *vm)
{
	for (u32 i = 0; i < vm->spec.vcpus; i++) {
		if (__atomic_load_n(&vm->vcpu[i].hsm, __ATOMIC_ACQUIRE) !=
		    SBI_HSM_STOPPED)
			return false;
	}
	return true;
}

void vm_vcpu_halted(struct vm *vm)
{
	bool dead;

	lock_acquire(&vm->lock);
	dead = vm->state == VM_RUNNING && all_halted(vm);
	lock_release(&vm->lock);
	if (!dead)
		return;
	log_warn("%s: stopped: all its harts have stopped themselves",
		 vm->spec.name);
	vm_stop(vm, VM_END_FAILED);
}

bool vm_reset(struct vm *vm)
{
	BUG_ON(vm->state != VM_STOPPED);
	gstage_destroy(&vm->gstage);
	gmap_destroy(&vm->gmap);
	vm->vmid.generation = 0;
	vbus_reset(&vm->bus);
	memset(vm->hart_last, 0, sizeof(vm->hart_last));
	for (u32 i = 0; i < vm->spec.vcpus; i++) {
		vm->vcpu[i].gone = false;
		vm->vcpu[i].hsm = SBI_HSM_STOPPED;
	}
	return add_memory(vm);
}
