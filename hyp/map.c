/* SPDX-License-Identifier: BSD-2-Clause */
/* The VMM's own page table (Privileged, "Sv39", "Sv48", "Sv57"). */
#include "hyp/csr.h"
#include "hyp/hart.h"
#include "hyp/map.h"
#include "hyp/page.h"
#include "hyp/pt.h"
#include "hyp/util.h"

#define RO (PTE_R | PTE_A | PTE_G)
#define RX (PTE_R | PTE_X | PTE_A | PTE_G)
#define RW (PTE_R | PTE_W | PTE_A | PTE_D | PTE_G)
#define UX (PTE_X | PTE_U | PTE_A)

extern char image_start[], text_end[], rodata_end[], image_end[];

static struct pt space;
struct map_top map_top;

/* The linker's symbols are addresses, not parts of one array. */
static u64 image_text_size(void)
{
	return (u64)text_end - (u64)image_start;
}

static u64 image_rodata_size(void)
{
	return (u64)rodata_end - (u64)image_start;
}

u64 image_size(void)
{
	return (u64)image_end - (u64)image_start;
}

/* Window addresses as the page table counts them: no sign extension. */
static u64 window_va(u64 pa)
{
	return (pa + page_window) & (pt_limit(&space) - 1);
}

static void map_one(u64 va, u64 pa, u32 level, u64 flags)
{
	BUG_ON(!pt_map(&space, va, HPA(pa), level, flags));
}

/* [pa, pa + size) in the window, with the largest leaves that fit. */
static void map_range(u64 pa, u64 size, u64 flags)
{
	u64 end = ALIGN_UP(pa + size, PAGE_SIZE);

	pa = ALIGN_DOWN(pa, PAGE_SIZE);
	while (pa < end) {
		u32 level = PT_LEVEL_1G;

		while (!IS_ALIGNED(pa, pt_leaf_size(level)) ||
		       end - pa < pt_leaf_size(level))
			level--;
		map_one(window_va(pa), pa, level, flags);
		pa += pt_leaf_size(level);
	}
}

static void map_image(u64 image)
{
	u64 text = image_text_size(), rodata = image_rodata_size();
	u64 end = image_size();

	for (u64 off = 0; off < ALIGN_UP(end, PAGE_SIZE); off += PAGE_SIZE)
		map_one(window_va(image + off), image + off, PT_LEVEL_4K,
			off < text     ? RX
			: off < rodata ? RO
				       : RW);
}

/*
 * Stacks lie in the middle of the window, far above any memory; each has an
 * unmapped page below it.
 */
static u64 stack_slot(u32 slot)
{
	return page_window + (-page_window >> 1) +
	       slot * (STACK_PAGES + 1) * PAGE_SIZE;
}

static u64 map_stack(u32 slot, u32 pages)
{
	u64 top = stack_slot(slot + 1);

	for (u32 i = 1; i <= pages; i++) {
		hpa_t page = page_alloc(ORDER_4K, &page_vmm);
		u64 va = (top - i * PAGE_SIZE) & (pt_limit(&space) - 1);

		BUG_ON(!page.raw);
		map_one(va, page.raw, PT_LEVEL_4K, RW);
	}
	return top;
}

/* Closed; above the stacks' slots, with the rest of a slot unmapped. */
static void add_scratch(struct hart *h)
{
	hpa_t page = page_alloc_zeroed(ORDER_4K, &page_vmm);
	u64 va = stack_slot(2 * host.nharts + h->index);
	u64 addr = va & (pt_limit(&space) - 1);
	u32 level;

	BUG_ON(!page.raw);
	map_one(addr, page.raw, PT_LEVEL_4K, UX);
	h->scratch_va = va;
	h->scratch_pte = pt_find(&space, addr, &level);
	h->scratch = hpa_ptr(page);
	*h->scratch_pte &= ~PTE_V;
}

void map_scratch(bool open)
{
	struct hart *h = this_hart();

	if (open == (bool)(*h->scratch_pte & PTE_V))
		return;
	*h->scratch_pte ^= PTE_V;
	asm volatile("sfence.vma %0, zero" ::"r"(h->scratch_va) : "memory");
}

/* A device's registers in the window; size 0: it is not there. */
static void map_device(u64 base, u64 size)
{
	if (size)
		map_range(base, size, RW);
}

u64 map_init(u64 image)
{
	u64 mode = csr_read(CSR_SATP) >> ATP_MODE_SHIFT;

	BUG_ON(!pt_init(&space, mode - ATP_SV39 + 3, ORDER_4K, &page_vmm));
	for (u32 i = 0; i < host.nmemory; i++)
		map_range(host.memory[i].base, host.memory[i].size, RW);
	map_image(image);
	map_device(host.uart.base, host.uart.size);
	map_device(host.plic.base, host.plic.size);
	for (u32 i = 0; i < host.nvirtio; i++)
		map_device(host.virtio[i].range.base,
			   host.virtio[i].range.size);
	map_device(host.test.base, host.test.size);
	map_device(host.rtc.base, host.rtc.size);
	for (u32 i = 0; i < host.nharts; i++) {
		struct hart *h = &harts[i];

		h->stack_top = map_stack(2 * i, STACK_PAGES);
		h->stack_bottom = h->stack_top - STACK_PAGES * PAGE_SIZE;
		h->panic_stack = map_stack(2 * i + 1, 2);
		add_scratch(h);
	}
	map_top.root = hpa_ptr(space.root);
	map_top.shift = PAGE_SHIFT + 9 * (space.levels - 1);
	return mode << ATP_MODE_SHIFT | space.root.raw >> PAGE_SHIFT;
}

u32 map_levels(void)
{
	return space.levels;
}

u32 map_asid_bits(void)
{
	u64 satp = csr_read(CSR_SATP), bits;

	csr_write(CSR_SATP, satp | ATP_ASID);
	bits = csr_read(CSR_SATP) & ATP_ASID;
	csr_write(CSR_SATP, satp);
	asm volatile("sfence.vma" ::: "memory");
	return __builtin_popcountl(bits);
}

void map_share(u64 *root)
{
	const u64 *own = hpa_ptr(space.root);

	/* The window is in the upper half. */
	for (u32 i = 256; i < 512; i++) {
		if (own[i])
			root[i] = own[i];
	}
}
