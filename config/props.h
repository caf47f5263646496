/* SPDX-License-Identifier: BSD-2-Clause */
/* Between desc.c, which walks a description, and props.c, which knows it. */
#ifndef CONFIG_PROPS_H
#define CONFIG_PROPS_H

#include "config/archive.h"
#include "config/desc.h"
#include "config/value.h"
#include "hyp/log.h"
#include "vcpu/spec.h"

/* What is being read; file, vm and prop are where a complaint points to. */
struct reader {
	const struct archive *archive;
	const struct desc_limits *limits;
	const void *fdt; /* passed fdt_check_full() */
	const char *file;
	const char *vm;
	char prop[VM_NAME_MAX]; /* the property that is read, printable */
	struct vm_spec *spec;   /* is filled */
	u32 errors;
};

/* One line about the VM as a whole, or about one of its properties. */
#define complain_vm(r, fmt, ...)                                              \
	do {                                                                  \
		(r)->errors++;                                                \
		log_error("%s: %s: " fmt, (r)->file, (r)->vm, ##__VA_ARGS__); \
	} while (0)
#define complain(r, fmt, ...) \
	complain_vm(r, "%s: " fmt, (r)->prop, ##__VA_ARGS__)

/*
 * Read the properties of a VM's node into r->spec, which holds the defaults.
 * All mistakes are complained about and counted in r->errors.
 */
void props_read(struct reader *r, int node);

/* A file of the archive; complains where it is missing or empty. */
void props_file(struct reader *r, const struct value *v, struct file *f);

/* Of disk0 and net0 and so on; then, that no two have the same slot. */
void props_disk(struct reader *r, const struct value *v);
void props_net(struct reader *r, const struct value *v);
void props_ports(struct reader *r, const struct value *v);
void props_rng(struct reader *r, const struct value *v);
void props_check_slots(struct reader *r);

/* Watchpoints; then, that the pages among them are of the VM's RAM. */
void props_trap(struct reader *r, const struct value *v);
void props_check_traps(struct reader *r);

/* Copy a name that nobody has checked: made printable, and cut to fit. */
void props_clean_name(char to[VM_NAME_MAX], const char *from);

#endif
