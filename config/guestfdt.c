/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's device tree: QEMU's `virt`, as far as we have its devices. */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "config/guestfdt.h"
#include "hyp/util.h"
#include "vdev/layout.h"

#define ISA_BASE      "rv64i"

/* Interrupts of a hart: Privileged Architecture, "Machine Cause Register". */
#define IRQ_M_SOFT    3
#define IRQ_M_TIMER   7
#define IRQ_S_EXT     9
#define IRQ_M_EXT     11
#define IRQ_ABSENT    0xffffffff /* the PLIC's binding: no such context */

/* What the reset device takes: QEMU's sifive_test. */
#define TEST_POWEROFF 0x5555
#define TEST_REBOOT   0x7777

#define UART_PATH     "/soc/serial@10000000"

/* The first error makes all that follows do nothing, and is the result. */
struct builder {
	const struct vm_spec *spec;
	const struct guest_fdt_facts *facts;
	void *fdt;
	int error;
};

/* Phandles: the interrupt controllers of the harts, then these. */
static u32 phandle_intc(u32 hart)
{
	return 1 + hart;
}

static u32 phandle_plic(const struct builder *b)
{
	return 1 + b->spec->vcpus;
}

static u32 phandle_test(const struct builder *b)
{
	return 2 + b->spec->vcpus;
}

/* ---- one step, unless an earlier one failed ------------------------------ */

static void begin(struct builder *b, const char *name)
{
	if (!b->error)
		b->error = fdt_begin_node(b->fdt, name);
}

static void begin_at(struct builder *b, const char *name, u64 address)
{
	char full[32];

	snprintf(full, sizeof(full), "%s@%lx", name, (unsigned long)address);
	begin(b, full);
}

static void end(struct builder *b)
{
	if (!b->error)
		b->error = fdt_end_node(b->fdt);
}

static void put(struct builder *b, const char *name, const void *data, u32 len)
{
	if (!b->error)
		b->error = fdt_property(b->fdt, name, data, len);
}

static void put_string(struct builder *b, const char *name, const char *text)
{
	put(b, name, text, strlen(text) + 1);
}

/* Several strings: their NULs are written in the text, but for the last. */
#define put_strings(b, name, text) put(b, name, text, sizeof(text))

static void put_u32(struct builder *b, const char *name, u32 value)
{
	if (!b->error)
		b->error = fdt_property_u32(b->fdt, name, value);
}

static void put_u64(struct builder *b, const char *name, u64 value)
{
	if (!b->error)
		b->error = fdt_property_u64(b->fdt, name, value);
}

static void put_reg(struct builder *b, u64 base, u64 size)
{
	fdt64_t reg[] = {cpu_to_fdt64(base), cpu_to_fdt64(size)};

	put(b, "reg", reg, sizeof(reg));
}

/* A property of len bytes to be filled in; NULL after an error. */
static void *put_room(struct builder *b, const char *name, u32 len)
{
	void *room = NULL;

	if (!b->error)
		b->error = fdt_property_placeholder(b->fdt, name, len, &room);
	return b->error ? NULL : room;
}

static void put_cells(struct builder *b, u32 address, u32 size)
{
	put_u32(b, "#address-cells", address);
	put_u32(b, "#size-cells", size);
}

static void put_controller(struct builder *b, u32 phandle)
{
	put(b, "interrupt-controller", NULL, 0);
	put_u32(b, "#interrupt-cells", 1);
	put_u32(b, "#address-cells", 0);
	put_u32(b, "phandle", phandle);
}

static void put_irq(struct builder *b, u32 source)
{
	put_u32(b, "interrupts", source);
	put_u32(b, "interrupt-parent", phandle_plic(b));
}

/* Two lines from a device to each hart, in QEMU's order. */
static void put_lines(struct builder *b, u32 first, u32 second)
{
	u32 harts = b->spec->vcpus;
	fdt32_t *line = put_room(b, "interrupts-extended", harts * 16);

	for (u32 hart = 0; line && hart < harts; hart++, line += 4) {
		fdt32_st(&line[0], phandle_intc(hart));
		fdt32_st(&line[1], first);
		fdt32_st(&line[2], phandle_intc(hart));
		fdt32_st(&line[3], second);
	}
}

/* ---- harts --------------------------------------------------------------- */

/*
 * The length of the extension that *p begins with, *p past its underscores;
 * 0 at the end: "ISA Extension Naming Conventions".
 */
static u32 extension(const char **p)
{
	*p += strspn(*p, "_");
	if (**p && strchr("sxz", **p))
		return strcspn(*p, "_");
	return **p ? 1 : 0;
}

static void put_extensions(struct builder *b)
{
	const char *isa = b->facts->isa + strlen(ISA_BASE) - 1;
	const char *p;
	u32 size = 0, len;
	char *room;

	for (p = isa; (len = extension(&p)); p += len)
		size += len + 1;
	room = put_room(b, "riscv,isa-extensions", size);
	if (!room)
		return;
	for (p = isa; (len = extension(&p)); p += len) {
		memcpy(room, p, len);
		room[len] = '\0';
		room += len + 1;
	}
}

static void add_cpu(struct builder *b, u32 hart)
{
	const struct guest_fdt_facts *f = b->facts;

	begin_at(b, "cpu", hart);
	put_string(b, "device_type", "cpu");
	put_u32(b, "reg", hart);
	put_string(b, "status", "okay");
	put_string(b, "compatible", "riscv");
	put_string(b, "riscv,isa", f->isa);
	put_string(b, "riscv,isa-base", ISA_BASE);
	put_extensions(b);
	put_string(b, "mmu-type", f->mmu_type);
	if (f->cbom_block)
		put_u32(b, "riscv,cbom-block-size", f->cbom_block);
	if (f->cboz_block)
		put_u32(b, "riscv,cboz-block-size", f->cboz_block);
	begin(b, "interrupt-controller");
	put_string(b, "compatible", "riscv,cpu-intc");
	put_controller(b, phandle_intc(hart));
	end(b);
	end(b);
}

static void add_cpus(struct builder *b)
{
	begin(b, "cpus");
	put_cells(b, 1, 0);
	put_u32(b, "timebase-frequency", b->facts->timebase);
	for (u32 hart = 0; hart < b->spec->vcpus; hart++)
		add_cpu(b, hart);
	end(b);
}

/* ---- what is not on the bus ---------------------------------------------- */

static void add_chosen(struct builder *b)
{
	u64 initrd = b->facts->initrd.raw;

	begin(b, "chosen");
	if (*b->spec->bootargs)
		put_string(b, "bootargs", b->spec->bootargs);
	put_string(b, "stdout-path", UART_PATH);
	if (b->spec->initrd.size) {
		put_u64(b, "linux,initrd-start", initrd);
		put_u64(b, "linux,initrd-end", initrd + b->spec->initrd.size);
	}
	put(b, "rng-seed", b->facts->rng_seed, sizeof(b->facts->rng_seed));
	end(b);
}

static void add_aliases(struct builder *b)
{
	begin(b, "aliases");
	put_string(b, "serial0", UART_PATH);
	end(b);
}

static void add_memory(struct builder *b)
{
	begin_at(b, "memory", GUEST_RAM_BASE);
	put_string(b, "device_type", "memory");
	put_reg(b, GUEST_RAM_BASE, b->spec->memory);
	end(b);
}

static void add_syscon(struct builder *b, const char *name,
		       const char *compatible, u32 value)
{
	begin(b, name);
	put_string(b, "compatible", compatible);
	put_u32(b, "regmap", phandle_test(b));
	put_u32(b, "offset", 0);
	put_u32(b, "value", value);
	end(b);
}

/* ---- the bus ------------------------------------------------------------- */

static void add_test(struct builder *b)
{
	begin_at(b, "test", GUEST_TEST_BASE);
	put_strings(b, "compatible", "sifive,test1\0sifive,test0\0syscon");
	put_reg(b, GUEST_TEST_BASE, GUEST_TEST_SIZE);
	put_u32(b, "phandle", phandle_test(b));
	end(b);
}

static void add_rtc(struct builder *b)
{
	begin_at(b, "rtc", GUEST_RTC_BASE);
	put_string(b, "compatible", "google,goldfish-rtc");
	put_reg(b, GUEST_RTC_BASE, GUEST_RTC_SIZE);
	put_irq(b, GUEST_RTC_IRQ);
	end(b);
}

static void add_clint(struct builder *b)
{
	begin_at(b, "clint", GUEST_ACLINT_BASE);
	put_strings(b, "compatible", "sifive,clint0\0riscv,clint0");
	put_reg(b, GUEST_ACLINT_BASE, GUEST_ACLINT_SIZE);
	put_lines(b, IRQ_M_SOFT, IRQ_M_TIMER);
	end(b);
}

/*
 * Contexts are numbered by their place in interrupts-extended: 2h is M, 2h+1
 * is S, as on QEMU. A guest without M mode gets a hole for M: Linux skips
 * whatever is not its own mode's external interrupt, and the hole is true.
 */
static void add_plic(struct builder *b)
{
	bool machine = b->spec->boot == BOOT_MACHINE;

	begin_at(b, "plic", GUEST_PLIC_BASE);
	put_strings(b, "compatible", "sifive,plic-1.0.0\0riscv,plic0");
	put_reg(b, GUEST_PLIC_BASE, GUEST_PLIC_SIZE);
	put_u32(b, "riscv,ndev", GUEST_PLIC_NDEV);
	put_lines(b, machine ? IRQ_M_EXT : IRQ_ABSENT, IRQ_S_EXT);
	put_controller(b, phandle_plic(b));
	end(b);
}

static void add_uart(struct builder *b)
{
	begin_at(b, "serial", GUEST_UART_BASE);
	put_string(b, "compatible", "ns16550a");
	put_reg(b, GUEST_UART_BASE, GUEST_UART_SIZE);
	put_u32(b, "clock-frequency", GUEST_UART_CLOCK);
	put_irq(b, GUEST_UART_IRQ);
	end(b);
}

static void add_virtio(struct builder *b, u32 slot)
{
	u64 base = GUEST_VIRTIO_BASE + slot * GUEST_VIRTIO_SIZE;

	begin_at(b, "virtio_mmio", base);
	put_string(b, "compatible", "virtio,mmio");
	put_reg(b, base, GUEST_VIRTIO_SIZE);
	put_irq(b, GUEST_VIRTIO_IRQ + slot);
	end(b);
}

static void add_soc(struct builder *b)
{
	begin(b, "soc");
	put_cells(b, 2, 2);
	put_string(b, "compatible", "simple-bus");
	put(b, "ranges", NULL, 0);
	add_test(b);
	add_rtc(b);
	if (b->spec->boot == BOOT_MACHINE)
		add_clint(b);
	add_plic(b);
	add_uart(b);
	_Static_assert(VM_DISKS_MAX <= GUEST_VIRTIO_SLOTS, "a slot each");
	for (u32 slot = 0; slot < VM_DISKS_MAX; slot++) {
		if (b->spec->disk[slot].size)
			add_virtio(b, slot);
	}
	for (u32 n = 0; n < VM_NETS_MAX; n++) {
		if (b->spec->net[n].name[0])
			add_virtio(b, vm_net_slot(n));
	}
	for (enum vm_extra e = 0; e < VM_EXTRAS; e++) {
		if (b->spec->extra[e])
			add_virtio(b, vm_extra_slot(b->spec, e));
	}
	end(b);
}

static void add_root(struct builder *b)
{
	begin(b, "");
	put_cells(b, 2, 2);
	put_string(b, "compatible", "riscv-virtio");
	put_string(b, "model", "trapeze,virt");
	add_chosen(b);
	add_aliases(b);
	add_memory(b);
	add_cpus(b);
	add_soc(b);
	add_syscon(b, "poweroff", "syscon-poweroff", TEST_POWEROFF);
	add_syscon(b, "reboot", "syscon-reboot", TEST_REBOOT);
	end(b);
}

int guest_fdt_build(const struct vm_spec *spec,
		    const struct guest_fdt_facts *facts, void *buf, int size)
{
	struct builder b = {.spec = spec, .facts = facts, .fdt = buf};

	BUG_ON(strncmp(facts->isa, ISA_BASE, strlen(ISA_BASE)));
	b.error = fdt_create(buf, size);
	if (!b.error)
		b.error = fdt_finish_reservemap(buf);
	add_root(&b);
	if (!b.error)
		b.error = fdt_finish(buf);
	return b.error ? b.error : (int)fdt_totalsize(buf);
}
