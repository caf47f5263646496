/* SPDX-License-Identifier: BSD-2-Clause */
/* Boots the VMM, in the order in which things become possible. */
#include <libfdt.h>

#include "boot/hostfdt.h"
#include "boot/redirect.h"
#include "boot/selftest.h"
#include "config/scenario.h"
#include "gstage/gstage.h"
#include "hyp/csr.h"
#include "hyp/hart.h"
#include "hyp/hostblk.h"
#include "hyp/log.h"
#include "hyp/map.h"
#include "hyp/page.h"
#include "hyp/power.h"
#include "hyp/sched.h"
#include "hyp/term.h"
#include "hyp/trap.h"
#include "hyp/uart.h"
#include "hyp/util.h"
#include "hyp/mem.h"
#include "vcpu/backend.h"
#include "vdev/uplink.h"

#define STATUS_NO_HOST 2

/* Set by entry.S. */
u64 boot_window, boot_image;
extern u64 boot_root[512];

__attribute__((noreturn)) void boot_main(u64 hart_id, u64 fdt);
__attribute__((noreturn)) void boot_on_stack(u64 stack, void (*fn)(void));
__attribute__((noreturn)) void hart_main(struct hart *h);

/* entry.S mapped the image's surroundings; map the rest of the window. */
static void widen_window(void)
{
	u64 mode = csr_read(CSR_SATP) >> ATP_MODE_SHIFT;
	u32 shift = 30 + 9 * (mode - ATP_SV39);

	for (u64 i = 0; i < 256; i++)
		boot_root[256 + i] = i << (shift - 2) | PTE_V | PTE_R | PTE_W |
				     PTE_X | PTE_A | PTE_D;
	asm volatile("sfence.vma" ::: "memory");
}

static __attribute__((noreturn)) void refuse(const char *why)
{
	log_error("%s", why);
	power_off(STATUS_NO_HOST);
}

/* Number the harts; tp moves to the one that this is. */
static void number_harts(u64 hart_id)
{
	struct hart *self = NULL;

	for (u32 i = 0; i < host.nharts; i++) {
		harts[i].index = i;
		harts[i].id = host.hart_ids[i];
		lock_init(&harts[i].timer_lock, LOCK_TIMER);
		if (harts[i].id == hart_id)
			self = &harts[i];
	}
	if (!self)
		refuse("the device tree does not name the hart that boots");
	self->stack_bottom = (u64)boot_root + PAGE_SIZE;
	self->stack_top = (u64)__builtin_frame_address(0);
	hart_tp = self;
}

/* What no allocator may touch: [start, end) pairs, page-aligned outwards. */
static struct host_range taken[HOST_RANGES_MAX + 5];
static u32 ntaken;

static void take(u64 base, u64 size)
{
	u64 start = ALIGN_DOWN(base, PAGE_SIZE);

	if (!size)
		return;
	BUG_ON(ntaken == ARRAY_SIZE(taken));
	taken[ntaken++] = (struct host_range){
		start, ALIGN_UP(base + size, PAGE_SIZE) - start};
}

/* Hand [start, end) to the allocator, without what is taken. */
static void add_free(u64 start, u64 end)
{
	for (u32 i = 0; i < ntaken; i++) {
		u64 base = taken[i].base, top = base + taken[i].size;

		if (top <= start || base >= end)
			continue;
		if (base > start)
			add_free(start, base);
		if (top < end)
			add_free(top, end);
		return;
	}
	page_add(start, end - start);
}

/* Whoever of the taken overlaps [at, at + bytes), or NULL. */
static const struct host_range *taker(u64 at, u64 bytes)
{
	for (u32 i = 0; i < ntaken; i++) {
		if (taken[i].base < at + bytes &&
		    at < taken[i].base + taken[i].size)
			return &taken[i];
	}
	return NULL;
}

/* Room for the allocator's map: the first in memory that nobody takes. */
static void *place_map(u64 bytes)
{
	for (u32 i = 0; i < host.nmemory; i++) {
		const struct host_range *m = &host.memory[i], *other;
		u64 at = ALIGN_UP(m->base, PAGE_SIZE);

		while ((other = taker(at, bytes)))
			at = other->base + other->size;
		if (!range_inside(at, bytes, m->base, m->size))
			continue;
		take(at, bytes);
		return hpa_ptr(HPA(at));
	}
	refuse("there is no room to keep track of the memory");
}

static void init_memory(u64 fdt)
{
	u64 lowest = ~0UL, highest = 0, bytes;

	take(0, PAGE_SIZE); /* address 0 stands for "no page" */
	for (u32 i = 0; i < host.nreserved; i++)
		take(host.reserved[i].base, host.reserved[i].size);
	take(boot_image, image_size());
	take(fdt, fdt_totalsize(hpa_ptr(HPA(fdt))));
	take(host.initrd.base, host.initrd.size);
	for (u32 i = 0; i < host.nmemory; i++) {
		const struct host_range *m = &host.memory[i];

		lowest = MIN(lowest, ALIGN_DOWN(m->base, PAGE_SIZE));
		highest = MAX(highest, m->base + m->size);
	}
	bytes = page_map_bytes(lowest, highest);
	page_init(lowest, highest, place_map(bytes));
	for (u32 i = 0; i < host.nmemory; i++)
		add_free(ALIGN_UP(host.memory[i].base, PAGE_SIZE),
			 ALIGN_DOWN(host.memory[i].base + host.memory[i].size,
				    PAGE_SIZE));
}

/* What every hart does before it runs tasks. */
static void init_hart(struct hart *h)
{
	h->online = true;
	h->timer_set = TIMER_NEVER;
	if (host_has(HOST_SSTC))
		csr_write(CSR_STIMECMP, ~0UL);
	csr_write(CSR_SIE, BIT(IRQ_S_SOFT) | BIT(IRQ_S_TIMER));
}

void hart_main(struct hart *h)
{
	init_hart(h);
	sched_loop();
}

static void start(void)
{
	struct hart *self = this_hart();

	init_hart(self);
	hostuart_move();
	selftest();
	log_info("%u harts, %lu MiB, Sv%u, %s%s%s", host.nharts,
		 page_total() >> 8, 12 + 9 * map_levels(),
		 host_has(HOST_SSTC) ? "Sstc" : "no Sstc",
		 host_has(HOST_V) ? ", V" : "",
		 host_has(HOST_H) ? "" : ", no H");
	backend_init();
	if (host_has(HOST_H))
		log_info("hgatp: up to Sv%ux4, %u VMID bits",
			 12 + 9 * gstage_limits.levels_max,
			 gstage_limits.vmid_bits);
	redirect_check();
	page_zero_target(MIN(64UL, page_total() >> (ORDER_2M + 3)));
	term_input_here();
	hostblk_init();
	uplink_init();
	scenario_start();
	hart_start_all(csr_read(CSR_SATP));
	sched_loop();
}

void boot_main(u64 hart_id, u64 fdt)
{
	const char *error;
	u64 satp;

	page_window = boot_window;
	widen_window();
	error = hostfdt_read(hpa_ptr(HPA(fdt)), &host);
	term_init();
	if (error)
		refuse(error);
	number_harts(hart_id);
	init_memory(fdt);
	mem_init();
	satp = map_init(boot_image);
	csr_write(CSR_SATP, satp);
	asm volatile("sfence.vma" ::: "memory");
	boot_on_stack(this_hart()->stack_top, start);
}
