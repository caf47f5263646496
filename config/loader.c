/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel images (flat and ELF), initrd and device tree into guest RAM. */
#include <string.h>

#include "config/elf64.h"
#include "config/guestfdt.h"
#include "config/loader.h"
#include "hyp/csr.h"
#include "hyp/isa.h"
#include "hyp/log.h"
#include "hyp/random.h"
#include "hyp/util.h"
#include "vcpu/backend.h"
#include "vdev/layout.h"

/* Linux, "Boot image header in RISC-V Linux". */
struct image_header {
	u32 code[2];
	u64 text_offset, image_size, flags;
	u32 version, res1;
	u64 res2, magic;
	u32 magic2;
};

#define IMAGE_MAGIC2 0x05435352 /* "RSC\5" */

static bool fail(const struct vm *vm, const char *prop, const char *what)
{
	log_error("%s: %s: %s: %s", vm->spec.origin, vm->spec.name, prop, what);
	return false;
}

static bool fail_size(const struct vm *vm, const char *prop, u64 end)
{
	log_error("%s: %s: %s: does not fit: it ends %lu KiB into the memory "
		  "of %lu KiB",
		  vm->spec.origin, vm->spec.name, prop,
		  (end - GUEST_RAM_BASE) >> 10, vm->spec.memory >> 10);
	return false;
}

/* A copy that is too long for one turn goes on in the next. */
#define LOAD_STEP MiB(2)

static bool put(struct vm *vm, const char *prop, u64 at, const void *data,
		u64 size)
{
	if (!gmap_covers(&vm->gmap, GPA(at), size))
		return fail_size(vm, prop, at + size);
	if (!gmap_write(&vm->gmap, GPA(at), data, size))
		return fail(vm, prop, "the host has no memory left for it");
	return true;
}

/* What is to be copied next. */
static void queue(struct load *l, const char *prop, u64 at, const u8 *data,
		  u64 size)
{
	l->prop = prop;
	l->to = at;
	l->data = data;
	l->left = size;
}

static bool copy_some(struct load *l)
{
	u64 n = MIN(l->left, LOAD_STEP - l->to % LOAD_STEP);

	if (!put(l->vm, l->prop, l->to, l->data, n))
		return false;
	l->to += n;
	l->data += n;
	l->left -= n;
	return true;
}

static bool begin_flat(struct load *l)
{
	const struct vm *vm = l->vm;
	const struct file *k = &vm->spec.kernel;
	u64 offset = GUEST_KERNEL_OFFSET, size = k->size;
	struct image_header h = {0};

	if (vm->spec.boot == BOOT_MACHINE && !vm->spec.firmware.size)
		offset = 0;
	memcpy(&h, k->data, MIN(sizeof(h), k->size));
	if (h.magic2 == IMAGE_MAGIC2 && h.image_size) {
		offset = h.text_offset;
		size = MAX(size, h.image_size);
	}
	l->entry = GUEST_RAM_BASE + offset;
	l->end = l->entry + size;
	if (!gmap_covers(&vm->gmap, GPA(l->entry), size))
		return fail_size(vm, "kernel", l->end);
	queue(l, "kernel", l->entry, k->data, k->size);
	return true;
}

static bool next_segment(struct load *l)
{
	const struct vm *vm = l->vm;
	const struct file *f = l->elf;
	struct elf64_segment p;

	memcpy(&p, f->data + l->segments + l->segment++ * sizeof(p), sizeof(p));
	if (p.type != ELF_LOAD || !p.memsz)
		return true;
	if (!range_inside(p.offset, p.filesz, 0, f->size) || p.filesz > p.memsz)
		return fail(vm, l->prop, "its ELF segments are cut short");
	/* Room in a flash, below RAM: nothing is put there. */
	if (!p.filesz && p.paddr < GUEST_RAM_BASE &&
	    p.memsz <= GUEST_RAM_BASE - p.paddr)
		return true;
	if (!gmap_covers(&vm->gmap, GPA(p.paddr), p.memsz)) {
		log_error("%s: %s: %s: segment 0x%lx+0x%lx is outside the "
			  "memory of %lu KiB at 0x%lx",
			  vm->spec.origin, vm->spec.name, l->prop, p.paddr,
			  p.memsz, vm->spec.memory >> 10, GUEST_RAM_BASE);
		return false;
	}
	if (f == &vm->spec.firmware &&
	    p.paddr + p.memsz > GUEST_RAM_BASE + GUEST_KERNEL_OFFSET)
		return fail(vm, l->prop, "it goes beyond 2 MiB");
	l->end = MAX(l->end, p.paddr + p.memsz);
	queue(l, l->prop, p.paddr, f->data + p.offset, p.filesz);
	return true;
}

static bool is_elf(const struct file *f)
{
	return f->size >= 4 && !memcmp(f->data, ELF_MAGIC, 4);
}

static bool begin_elf(struct load *l, const char *prop, const struct file *f)
{
	const struct vm *vm = l->vm;
	struct elf64_header e;

	if (f->size < sizeof(e))
		return fail(vm, prop, "its ELF header is cut short");
	memcpy(&e, f->data, sizeof(e));
	if (e.ident[ELF_CLASS] != ELF_CLASS64 || e.machine != ELF_RISCV)
		return fail(vm, prop, "is an ELF file, but not for RV64");
	if (e.phentsize != sizeof(struct elf64_segment) ||
	    !range_inside(e.phoff, (u64)e.phnum * sizeof(struct elf64_segment),
			  0, f->size))
		return fail(vm, prop, "its ELF header is broken");
	/* Harts of a machine guest start at the first address anyway. */
	if (vm->spec.boot != BOOT_MACHINE &&
	    !gmap_is_ram(&vm->gmap, GPA(e.entry)))
		return fail(vm, prop, "its entry lies outside the memory");
	l->prop = prop;
	l->elf = f;
	l->entry = e.entry;
	l->end = GUEST_RAM_BASE;
	l->segments = e.phoff;
	l->segment_count = e.phnum;
	return true;
}

/* As QEMU does it: harts of a machine guest start at the first address. */
static bool begin_firmware(struct load *l)
{
	const struct file *f = &l->vm->spec.firmware;

	l->vm->next_stage = 0;
	if (!f->size)
		return true;
	if (is_elf(f) && !begin_elf(l, "firmware", f))
		return false;
	if (is_elf(f))
		return l->entry == GUEST_RAM_BASE ||
		       fail(l->vm, "firmware",
			    "its entry is not the first address of RAM");
	if (f->size > GUEST_KERNEL_OFFSET)
		return fail(l->vm, "firmware", "it is larger than 2 MiB");
	if (!gmap_covers(&l->vm->gmap, GPA(GUEST_RAM_BASE), f->size))
		return fail_size(l->vm, "firmware", GUEST_RAM_BASE + f->size);
	queue(l, "firmware", GUEST_RAM_BASE, f->data, f->size);
	return true;
}

/* OpenSBI, "OpenSBI Firmware with Dynamic Information": struct fw_dynamic_info.
 */
static bool put_next_stage(struct load *l)
{
	const u64 info[] = {0x4942534f, 2, l->entry, PRIV_S, 0, 0};

	l->vm->next_stage = l->fdt + GUEST_FDT_MAX;
	l->entry = GUEST_RAM_BASE;
	return put(l->vm, "firmware", l->vm->next_stage, info, sizeof(info));
}

static bool load_fdt(struct vm *vm, u64 at, u64 initrd)
{
	static const char *const modes[] = {"riscv,sv39", "riscv,sv48",
					    "riscv,sv57"};
	struct guest_fdt_facts facts = {
		.isa = vm->isa,
		.mmu_type = modes[backend_guest_levels - 3],
		.timebase = host.timebase,
		.cbom_block = isa_has(vm->isa, "zicbom") ? host.cbom_block : 0,
		.cboz_block = isa_has(vm->isa, "zicboz") ? host.cboz_block : 0,
		.initrd = GPA(initrd),
	};
	hpa_t buf = page_alloc_zeroed(4, &page_vmm);
	bool ok = buf.raw;
	int len;

	random_bytes(facts.rng_seed, sizeof(facts.rng_seed));
	if (!ok)
		return fail(vm, "memory", "no room to build a device tree");
	len = guest_fdt_build(&vm->spec, &facts, hpa_ptr(buf), GUEST_FDT_MAX);
	if (len < 0)
		ok = fail(vm, "bootargs", "the device tree becomes too large");
	else
		ok = put(vm, "memory", at, hpa_ptr(buf), len);
	page_free(buf, 4, &page_vmm);
	return ok;
}

static bool begin(struct load *l)
{
	const struct file *k = &l->vm->spec.kernel;

	return is_elf(k) ? begin_elf(l, "kernel", k) : begin_flat(l);
}

/*
 * As QEMU does it, for what of a machine guest's makes use of the memory behind
 * the kernel unasked: a flat image its bss, OpenSBI's fw_jump the 32 MiB there.
 */
static void place_far(struct load *l)
{
	const struct vm_spec *s = &l->vm->spec;
	u64 top = GUEST_RAM_BASE + s->memory;
	u64 fdt = ALIGN_DOWN(top - GUEST_FDT_MAX - PAGE_SIZE, MiB(2));
	u64 initrd =
		ALIGN_UP(l->entry + MIN(s->memory / 2, MiB(512)), PAGE_SIZE);

	if (fdt < l->fdt)
		return; /* so little memory that nothing is far */
	l->fdt = fdt;
	if (initrd > l->initrd && initrd < fdt && s->initrd.size < fdt - initrd)
		l->initrd = initrd;
}

/* Behind the kernel: initrd and device tree. */
static bool begin_initrd(struct load *l)
{
	const struct vm_spec *s = &l->vm->spec;

	/* Linux keeps all of the 2 MiB that its last page lies in. */
	l->initrd = ALIGN_UP(l->end, MiB(2));
	l->fdt = ALIGN_UP(l->initrd + s->initrd.size, PAGE_SIZE);
	if (s->boot == BOOT_MACHINE)
		place_far(l);
	if (s->boot == BOOT_MACHINE && !s->firmware.size)
		l->entry = GUEST_RAM_BASE;
	if (!s->initrd.size)
		return true;
	if (!gmap_covers(&l->vm->gmap, GPA(l->initrd), s->initrd.size))
		return fail_size(l->vm, "initrd", l->initrd + s->initrd.size);
	queue(l, "initrd", l->initrd, s->initrd.data, s->initrd.size);
	return true;
}

static bool finish(struct load *l)
{
	asm volatile("fence.i"); /* other harts do theirs as they load it */
	if (l->vm->spec.firmware.size && !put_next_stage(l))
		return false;
	return load_fdt(l->vm, l->fdt, l->initrd);
}

/* One piece of the work: a step of a copy, or what stands between two. */
static bool step(struct load *l)
{
	if (l->left)
		return copy_some(l);
	if (l->segment < l->segment_count)
		return next_segment(l);
	l->stage++;
	switch (l->stage) {
	case LOAD_FIRMWARE:
		return begin_firmware(l);
	case LOAD_KERNEL:
		return begin(l);
	case LOAD_INITRD:
		return begin_initrd(l);
	default:
		return finish(l);
	}
}

bool loader_step(struct load *l)
{
	u64 start = csr_read(CSR_INSTRET);
	bool ok = step(l);

	l->vm->load_instructions += csr_read(CSR_INSTRET) - start;
	return ok;
}
