/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the device tree, reserves our memory in it, switches the power. */
#include <libfdt.h>
#include <string.h>

#include "boot/direct/layout.h"
#include "boot/direct/machine.h"
#include "hyp/util.h"

struct machine machine;

static u64 cells(const fdt32_t *p, int n)
{
	u64 v = 0;

	while (n-- > 0)
		v = v << 32 | fdt32_to_cpu(*p++);
	return v;
}

/* The idx-th address and size of a node's reg; false past its end. */
static bool reg(const void *fdt, int node, int idx, u64 *base, u64 *size)
{
	int parent = fdt_parent_offset(fdt, node);
	int na = fdt_address_cells(fdt, parent);
	int ns = fdt_size_cells(fdt, parent);
	int len;
	const fdt32_t *p = fdt_getprop(fdt, node, "reg", &len);

	if (!p || na < 1 || ns < 0 || len < (idx + 1) * (na + ns) * 4)
		return false;
	p += idx * (na + ns);
	*base = cells(p, na);
	*size = cells(p + na, ns);
	return true;
}

static bool is(const void *fdt, int node, const char *name, const char *text)
{
	int len;
	const char *s = fdt_getprop(fdt, node, name, &len);

	return s && len == (int)strlen(text) + 1 && !memcmp(s, text, len);
}

static u64 device(const void *fdt, const char *compatible)
{
	int node = fdt_node_offset_by_compatible(fdt, -1, compatible);
	u64 base, size;

	return node >= 0 && reg(fdt, node, 0, &base, &size) ? base : 0;
}

static void read_harts(const void *fdt)
{
	int cpus = fdt_path_offset(fdt, "/cpus"), node;
	u64 id, none;

	fdt_for_each_subnode (node, fdt, cpus) {
		if (is(fdt, node, "device_type", "cpu") &&
		    !is(fdt, node, "status", "disabled") &&
		    reg(fdt, node, 0, &id, &none) && id < HARTS_MAX)
			machine.harts |= BIT(id);
	}
}

static void read_memory(const void *fdt)
{
	int node;

	fdt_for_each_subnode (node, fdt, 0) {
		for (int i = 0; is(fdt, node, "device_type", "memory") &&
				machine.nmemory < MACHINE_RANGES;
		     i++) {
			if (!reg(fdt, node, i,
				 &machine.memory[machine.nmemory].base,
				 &machine.memory[machine.nmemory].size))
				break;
			machine.nmemory++;
		}
	}
}

const char *machine_read(const void *fdt)
{
	if (fdt_check_header(fdt))
		return "no device tree";
	machine.uart = device(fdt, "ns16550a");
	machine.test = device(fdt, "sifive,test0");
	machine.clint = device(fdt, "sifive,clint0");
	read_harts(fdt);
	read_memory(fdt);
	if (!machine.clint)
		return "no sifive,clint0 in the device tree";
	if (!machine.uart || !machine.test)
		return "no ns16550a or no sifive,test0 in the device tree";
	return NULL;
}

/* Behind our memory, so that S-mode may read it (link.ld). */
static bool reserve(void *fdt)
{
	int node = fdt_path_offset(fdt, "/reserved-memory");
	fdt64_t range[] = {cpu_to_fdt64(FIRMWARE_BASE),
			   cpu_to_fdt64(FIRMWARE_SIZE)};

	if (node < 0) {
		node = fdt_add_subnode(fdt, 0, "reserved-memory");
		if (node < 0 ||
		    fdt_setprop_u32(fdt, node, "#address-cells", 2) ||
		    fdt_setprop_u32(fdt, node, "#size-cells", 2) ||
		    fdt_setprop_empty(fdt, node, "ranges"))
			return false;
	}
	if (fdt_address_cells(fdt, node) != 2 || fdt_size_cells(fdt, node) != 2)
		return false;
	node = fdt_add_subnode(fdt, node, "firmware@80000000");
	return node >= 0 &&
	       !fdt_setprop(fdt, node, "reg", range, sizeof(range)) &&
	       !fdt_setprop_empty(fdt, node, "no-map");
}

const void *machine_fdt(const void *fdt)
{
	void *copy = (void *)(FIRMWARE_BASE + (u64)FIRMWARE_SIZE);

	if (fdt_open_into(fdt, copy, FDT_SIZE) || !reserve(copy) ||
	    fdt_pack(copy))
		return NULL;
	return copy;
}

bool machine_ram(u64 addr, u64 size)
{
	u64 end = FIRMWARE_BASE + (u64)FIRMWARE_SIZE;

	for (u32 i = 0; i < machine.nmemory; i++) {
		if (range_inside(addr, size, machine.memory[i].base,
				 machine.memory[i].size))
			return addr >= end || addr + size <= FIRMWARE_BASE;
	}
	return false;
}

void machine_end(enum machine_power how)
{
	static const u32 finisher[] = {
		[POWER_OFF] = 0x5555,
		[POWER_FAIL] = 1 << 16 | 0x3333,
		[POWER_RESET] = 0x7777,
	};

	if (machine.test)
		*(volatile u32 *)machine.test = finisher[how];
	for (;;)
		asm volatile("wfi");
}
