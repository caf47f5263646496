/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's device tree, boiled down to struct host. */
#include <libfdt.h>
#include <string.h>

#include "boot/hostfdt.h"
#include "hyp/isa.h"
#include "hyp/util.h"

static u64 cells(const fdt32_t *p, int n)
{
	u64 v = 0;

	while (n-- > 0)
		v = v << 32 | fdt32_to_cpu(*p++);
	return v;
}

/* The idx-th (address, size) of a node's reg; false past its end. */
static bool reg(const void *fdt, int node, int idx, struct host_range *r)
{
	int parent = fdt_parent_offset(fdt, node);
	int na = fdt_address_cells(fdt, parent);
	int ns = fdt_size_cells(fdt, parent);
	int len;
	const fdt32_t *p = fdt_getprop(fdt, node, "reg", &len);

	if (!p || na < 1 || ns < 0 || na > 2 || ns > 2)
		return false;
	if (len < (int)((idx + 1) * (na + ns) * sizeof(*p)))
		return false;
	p += idx * (na + ns);
	r->base = cells(p, na);
	r->size = cells(p + na, ns);
	return true;
}

static u32 prop_u32(const void *fdt, int node, const char *name, u32 otherwise)
{
	int len;
	const fdt32_t *p = fdt_getprop(fdt, node, name, &len);

	return p && len >= 4 ? fdt32_to_cpu(*p) : otherwise;
}

static void copy_string(char *to, u32 size, const void *fdt, int node,
			const char *name)
{
	int len;
	const char *s = fdt_getprop(fdt, node, name, &len);

	to[0] = '\0';
	if (s && len > 0 && (u32)len <= size && !s[len - 1])
		strcpy(to, s);
}

static bool prop_is(const void *fdt, int node, const char *name,
		    const char *text)
{
	int len;
	const char *s = fdt_getprop(fdt, node, name, &len);

	return s && len == (int)strlen(text) + 1 && !memcmp(s, text, len);
}

static bool device_type(const void *fdt, int node, const char *type)
{
	return prop_is(fdt, node, "device_type", type);
}

/* Ours to use (Devicetree Specification, "status"). */
static bool available(const void *fdt, int node)
{
	return !fdt_getprop(fdt, node, "status", NULL) ||
	       prop_is(fdt, node, "status", "okay") ||
	       prop_is(fdt, node, "status", "ok");
}

/* The first such device that is available; negative: there is none. */
static int find(const void *fdt, const char *compatible)
{
	int node = -1;

	do {
		node = fdt_node_offset_by_compatible(fdt, node, compatible);
	} while (node >= 0 && !available(fdt, node));
	return node;
}

/* Devicetree Specification, "Memory Reservation Block". */
static void read_reservations(const void *fdt, struct host *h)
{
	for (int i = 0;
	     i < fdt_num_mem_rsv(fdt) && h->nreserved < HOST_RANGES_MAX; i++) {
		struct host_range *r = &h->reserved[h->nreserved];

		if (!fdt_get_mem_rsv(fdt, i, &r->base, &r->size))
			h->nreserved++;
	}
}

static void read_memory(const void *fdt, struct host *h)
{
	int node, resv = fdt_path_offset(fdt, "/reserved-memory");

	read_reservations(fdt, h);
	fdt_for_each_subnode (node, fdt, 0) {
		for (int i = 0; device_type(fdt, node, "memory") &&
				h->nmemory < HOST_RANGES_MAX &&
				reg(fdt, node, i, &h->memory[h->nmemory]);
		     i++)
			h->nmemory++;
	}
	if (resv < 0)
		return;
	fdt_for_each_subnode (node, fdt, resv) {
		for (int i = 0; h->nreserved < HOST_RANGES_MAX &&
				reg(fdt, node, i, &h->reserved[h->nreserved]);
		     i++)
			h->nreserved++;
	}
}

static const struct {
	const char *ext;
	u32 feature;
} features[] = {
	{"h", HOST_H},
	{"sstc", HOST_SSTC},
	{"v", HOST_V},
	{"zicbom", HOST_ZICBOM},
	{"zicboz", HOST_ZICBOZ},
	{"smstateen", HOST_STATEEN},
	{"ssstateen", HOST_STATEEN},
	{"svpbmt", HOST_SVPBMT},
	{"d", HOST_FD},
	{"svnapot", HOST_SVNAPOT},
};

/* Add the extensions whose names are of one letter, or those of more. */
static void join(char *to, u32 size, const void *fdt, int cpu, bool letters)
{
	const char *name;
	int len;

	for (int i = 0; (name = fdt_stringlist_get(
				 fdt, cpu, "riscv,isa-extensions", i, &len));
	     i++) {
		if (!len || (len == 1) != letters ||
		    strlen(to) + len + 2 > size)
			continue;
		strcat(strcat(to, letters ? "" : "_"), name);
	}
}

/*
 * riscv,isa is deprecated, and need not be there (Linux,
 * Documentation/devicetree/bindings/riscv/extensions.yaml).
 */
static void read_isa_string(const void *fdt, int cpu, struct host *h)
{
	if (fdt_stringlist_count(fdt, cpu, "riscv,isa-extensions") < 1 ||
	    !prop_is(fdt, cpu, "riscv,isa-base", "rv64i")) {
		copy_string(h->isa, sizeof(h->isa), fdt, cpu, "riscv,isa");
		return;
	}
	strcpy(h->isa, "rv64");
	join(h->isa, sizeof(h->isa), fdt, cpu, true);
	join(h->isa, sizeof(h->isa), fdt, cpu, false);
}

static void read_isa(const void *fdt, int cpu, struct host *h)
{
	read_isa_string(fdt, cpu, h);
	for (u32 i = 0; i < ARRAY_SIZE(features); i++) {
		if (isa_has(h->isa, features[i].ext))
			h->features |= features[i].feature;
	}
	h->cbom_block = prop_u32(fdt, cpu, "riscv,cbom-block-size", 0);
	h->cboz_block = prop_u32(fdt, cpu, "riscv,cboz-block-size", 0);
}

static void read_cpus(const void *fdt, struct host *h)
{
	int cpus = fdt_path_offset(fdt, "/cpus"), node;

	if (cpus < 0)
		return;
	h->timebase = prop_u32(fdt, cpus, "timebase-frequency", 0);
	fdt_for_each_subnode (node, fdt, cpus) {
		struct host_range r;

		if (!device_type(fdt, node, "cpu") || !available(fdt, node) ||
		    h->nharts == HOST_HARTS_MAX || !reg(fdt, node, 0, &r))
			continue;
		if (!h->nharts)
			read_isa(fdt, node, h);
		h->plic_context[h->nharts] = ~0U;
		h->hart_ids[h->nharts++] = r.base;
	}
}

/* The hart (by index) whose interrupt controller has that phandle, or -1. */
static int hart_of_intc(const void *fdt, u32 phandle, const struct host *h)
{
	int node = fdt_node_offset_by_phandle(fdt, phandle);
	struct host_range r;

	if (node < 0 || !reg(fdt, fdt_parent_offset(fdt, node), 0, &r))
		return -1;
	for (u32 i = 0; i < h->nharts; i++) {
		if (h->hart_ids[i] == r.base)
			return i;
	}
	return -1;
}

/* Context n is the n-th pair (hart's controller, cause) of the property. */
static void read_plic(const void *fdt, struct host *h)
{
	int node = find(fdt, "sifive,plic-1.0.0");
	const fdt32_t *p;
	int len;

	if (node < 0)
		node = find(fdt, "riscv,plic0");
	if (node < 0 || !reg(fdt, node, 0, &h->plic))
		return;
	p = fdt_getprop(fdt, node, "interrupts-extended", &len);
	for (int i = 0; p && i < len / 8; i++) {
		int hart = hart_of_intc(fdt, fdt32_to_cpu(p[2 * i]), h);

		if (hart >= 0 && fdt32_to_cpu(p[2 * i + 1]) == 9)
			h->plic_context[hart] = i;
	}
}

static void read_device(const void *fdt, const char *compatible,
			struct host_range *r)
{
	int node = find(fdt, compatible);

	if (node >= 0)
		reg(fdt, node, 0, r);
}

static void read_uart(const void *fdt, struct host *h)
{
	int node = find(fdt, "ns16550a");

	if (node < 0 || !reg(fdt, node, 0, &h->uart))
		return;
	h->uart_shift = prop_u32(fdt, node, "reg-shift", 0);
	h->uart_irq = prop_u32(fdt, node, "interrupts", 0);
}

/* Trees need not name them in the order of their addresses: we do. */
static void read_virtio(const void *fdt, struct host *h)
{
	int node = -1;

	while (h->nvirtio < HOST_VIRTIO_MAX &&
	       (node = fdt_node_offset_by_compatible(fdt, node,
						     "virtio,mmio")) >= 0) {
		struct host_virtio d = {
			.irq = prop_u32(fdt, node, "interrupts", 0)};
		u32 at = h->nvirtio;

		if (!reg(fdt, node, 0, &d.range))
			continue;
		for (; at && h->virtio[at - 1].range.base > d.range.base; at--)
			h->virtio[at] = h->virtio[at - 1];
		h->virtio[at] = d;
		h->nvirtio++;
	}
}

static u64 prop_addr(const void *fdt, int node, const char *name)
{
	int len;
	const fdt32_t *p = fdt_getprop(fdt, node, name, &len);

	return p && (len == 4 || len == 8) ? cells(p, len / 4) : 0;
}

static void read_chosen(const void *fdt, struct host *h)
{
	int node = fdt_path_offset(fdt, "/chosen"), len;
	const void *seed;
	u64 start, end;

	if (node < 0)
		return;
	copy_string(h->bootargs, sizeof(h->bootargs), fdt, node, "bootargs");
	start = prop_addr(fdt, node, "linux,initrd-start");
	end = prop_addr(fdt, node, "linux,initrd-end");
	if (end > start)
		h->initrd = (struct host_range){start, end - start};
	seed = fdt_getprop(fdt, node, "rng-seed", &len);
	if (seed && len > 0) {
		h->rng_seed_len = MIN((u32)len, sizeof(h->rng_seed));
		memcpy(h->rng_seed, seed, h->rng_seed_len);
	}
}

const char *hostfdt_read(const void *fdt, struct host *h)
{
	memset(h, 0, sizeof(*h));
	if (fdt_check_header(fdt))
		return "the firmware gave us no device tree";
	read_memory(fdt, h);
	read_cpus(fdt, h);
	read_plic(fdt, h);
	read_uart(fdt, h);
	read_virtio(fdt, h);
	read_chosen(fdt, h);
	read_device(fdt, "sifive,test0", &h->test);
	read_device(fdt, "google,goldfish-rtc", &h->rtc);
	if (h->nreserved == HOST_RANGES_MAX || h->nmemory == HOST_RANGES_MAX)
		return "the device tree names more memory ranges than we keep";
	if (!h->nmemory)
		return "the device tree names no memory";
	if (!h->nharts || !h->timebase)
		return "the device tree names no hart or no timebase";
	return NULL;
}
