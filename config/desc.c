/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks a VM description, which nobody has checked: its root and its VMs. */
#include <libfdt.h>
#include <string.h>

#include "config/desc.h"
#include "config/props.h"
#include "hyp/log.h"
#include "hyp/util.h"

#define ROOT_COMPATIBLE "trapeze,vms"
#define NAME_CHARS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,._+-"

static const struct vm_spec defaults = {
	.backend = BACKEND_HW,
	.boot = BOOT_SBI,
	.vcpus = 1,
	.page_max = MiB(2),
	.weight = 100,
};

/* A complaint about the file, not about one of its VMs. */
#define complain_file(r, fmt, ...)                               \
	do {                                                     \
		(r)->errors++;                                   \
		log_error("%s: " fmt, (r)->file, ##__VA_ARGS__); \
	} while (0)

/*
 * 0, or a libfdt error. fdt_check_full() itself trusts two things: it follows
 * a null pointer where a tree older than version 16 has a name without a
 * slash, and it reads a structure block at any address.
 */
static int check_tree(const void *fdt, u64 size)
{
	int error;

	if (size < sizeof(struct fdt_header))
		return -FDT_ERR_TRUNCATED;
	error = fdt_check_header(fdt);
	if (error)
		return error;
	if (fdt_version(fdt) < FDT_LAST_SUPPORTED_VERSION)
		return -FDT_ERR_BADVERSION;
	if (!IS_ALIGNED(fdt_off_dt_struct(fdt), FDT_TAGSIZE))
		return -FDT_ERR_BADSTRUCTURE;
	return fdt_check_full(fdt, size);
}

/* The device tree, in place; NULL after a complaint. */
static const void *open_tree(struct reader *r)
{
	struct file f;
	int error;

	if (!archive_find(r->archive, r->file, &f)) {
		complain_file(r, "%s", archive_missing(r->archive));
		return NULL;
	}
	if (!IS_ALIGNED((uintptr_t)f.data, 8)) {
		complain_file(r, "not aligned to 8 bytes in the archive");
		return NULL;
	}
	error = check_tree(f.data, f.size);
	if (error) {
		complain_file(r, "no device tree, or a damaged one: %s",
			      fdt_strerror(error));
		return NULL;
	}
	if (fdt_node_check_compatible(f.data, 0, ROOT_COMPATIBLE)) {
		complain_file(r, "compatible: must be \"" ROOT_COMPATIBLE "\"");
		return NULL;
	}
	return f.data;
}

static void check_root(struct reader *r)
{
	char clean[VM_NAME_MAX];
	const char *name;
	int offset;

	fdt_for_each_property_offset(offset, r->fdt, 0)
	{
		if (!fdt_getprop_by_offset(r->fdt, offset, &name, NULL))
			continue; /* not after fdt_check_full() */
		if (!strcmp(name, "compatible"))
			continue;
		props_clean_name(clean, name);
		complain_file(r, "%s: unknown property", clean);
	}
}

/* The node's name without its unit address. */
static void vm_name(const struct reader *r, int node, char name[VM_NAME_MAX])
{
	props_clean_name(name, fdt_get_name(r->fdt, node, NULL));
	name[strcspn(name, "@")] = '\0';
}

/* Quadratic, but read_vms() ends at DESC_VMS_MAX. */
static bool has_twin(const struct reader *r, int node)
{
	char name[VM_NAME_MAX];
	int other;

	fdt_for_each_subnode (other, r->fdt, 0) {
		if (other == node)
			break;
		vm_name(r, other, name);
		if (!strcmp(name, r->vm))
			return true;
	}
	return false;
}

static void check_name(struct reader *r, int node)
{
	const char *name = fdt_get_name(r->fdt, node, NULL);

	if (strcspn(name, "@") >= VM_NAME_MAX)
		complain_vm(r, "a name has at most %u characters",
			    VM_NAME_MAX - 1);
	else if (has_twin(r, node))
		complain_vm(r, "another VM has this name");
	if (!*r->vm || r->vm[strspn(r->vm, NAME_CHARS)])
		complain_vm(r, "a name is of letters, digits and ,._+-");
}

static void check_inside(struct reader *r, int node)
{
	int inside = fdt_first_subnode(r->fdt, node);
	char clean[VM_NAME_MAX];

	if (inside < 0)
		return;
	props_clean_name(clean, fdt_get_name(r->fdt, inside, NULL));
	complain_vm(r, "%s: a VM has no nodes inside", clean);
}

/* False: the VM is to be left out. */
static bool read_vm(struct reader *r, int node)
{
	u32 before = r->errors;

	*r->spec = defaults;
	vm_name(r, node, r->spec->name);
	r->vm = r->spec->name;
	check_name(r, node);
	props_read(r, node);
	check_inside(r, node);
	return r->errors == before;
}

static u32 read_vms(struct reader *r, struct vm_spec *specs, u32 max)
{
	u32 nodes = 0, good = 0;
	int node;

	fdt_for_each_subnode (node, r->fdt, 0) {
		if (nodes++ == max) {
			complain_file(r, "more than %u VMs", max);
			break;
		}
		r->spec = &specs[good];
		good += read_vm(r, node);
	}
	if (!nodes)
		complain_file(r, "no VM in it");
	return good;
}

u32 desc_read(const struct archive *a, const char *name,
	      const struct desc_limits *limits, struct vm_spec *specs, u32 max,
	      u32 *errors)
{
	struct reader r = {.archive = a, .limits = limits, .file = name};
	u32 good = 0;

	r.fdt = open_tree(&r);
	if (r.fdt) {
		check_root(&r);
		good = read_vms(&r, specs, MIN(max, DESC_VMS_MAX));
	}
	*errors = r.errors;
	return good;
}
