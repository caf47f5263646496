/* SPDX-License-Identifier: BSD-2-Clause */
/* The properties of a VM's description that are its disks and network cards. */
#include <string.h>

#include "config/props.h"
#include "hyp/hostblk.h"
#include "hyp/random.h"
#include "vdev/store.h"
#include "vdev/uplink.h"
#include "vdev/virtio_console.h"

/* "ram:64M": the size, a multiple of a sector; complains. */
static u64 ram_size(struct reader *r, const char *text)
{
	u64 size = 0;

	if (!value_size(text, &size) || !size)
		complain(r, "\"ram:%s\" is no size; write it like \"ram:64M\"",
			 text);
	else if (size > STORE_SIZE_MAX)
		complain(r, "%s is more than 256 GiB", text);
	else if (size % 512)
		complain(r, "%s is no multiple of 512 bytes", text);
	else
		return size;
	return 0;
}

/* The string behind the first one is this word: true. More is a mistake. */
static bool followed_by(struct reader *r, const struct value *v,
			const char *word)
{
	u32 first = strlen(v->data) + 1, size = strlen(word) + 1;

	if (first == v->len)
		return false;
	if (v->len == first + size && !strcmp(v->data + first, word))
		return true;
	complain(r, "behind the first string comes \"%s\" or nothing", word);
	return false;
}

/* Of disk3 or net0; max if there is none of that number. */
static u32 device_number(struct reader *r, const char *kind, u32 max)
{
	const char *digits = r->prop + strlen(kind);

	if (!digits[1] && (u32)(digits[0] - '0') < max)
		return digits[0] - '0';
	complain(r, "there are %s0 to %s%u", kind, kind, max - 1);
	return max;
}

/* The name of its switch, and perhaps "locked". */
void props_net(struct reader *r, const struct value *v)
{
	u32 n = device_number(r, "net", VM_NETS_MAX);
	u32 len = strlen(v->data);
	struct net_spec *net;

	if (n == VM_NETS_MAX)
		return;
	net = &r->spec->net[n];
	net->locked = followed_by(r, v, "locked");
	if (!len || len >= sizeof(net->name))
		complain(r, "a switch's name has 1 to %zu bytes",
			 sizeof(net->name) - 1);
	else if (!strcmp(v->data, UPLINK_SWITCH) && !uplink_present())
		complain(r, "the host has no virtio network card");
	else
		memcpy(net->name, v->data, len + 1);
}

/* "1M" behind that sign, at the beginning of text; moves it on. */
static bool part_size(const char **text, char sign, u64 *size)
{
	char copy[24];
	u32 len;

	if (**text != sign)
		return false;
	len = strcspn(++*text, "+");
	if (len >= sizeof(copy))
		return false;
	memcpy(copy, *text, len);
	copy[len] = '\0';
	*text += len;
	return value_size(copy, size);
}

/* A part of the host's disk, "@1M+64M"; without, all of it. */
static bool host_slice(struct reader *r, const char *text, struct disk_spec *d)
{
	u64 whole = hostblk_size(d->number);

	d->offset = 0;
	d->size = whole;
	if (!*text)
		return true;
	if (!part_size(&text, '@', &d->offset) ||
	    !part_size(&text, '+', &d->size) || *text)
		complain(r, "a slice is like \"host:0@1M+64M\"");
	else if (d->offset % HOSTBLK_SECTOR || d->size % HOSTBLK_SECTOR)
		complain(r, "no whole sectors: 512 bytes each");
	else if (!d->size || d->offset > whole || d->size > whole - d->offset)
		complain(r, "that is not on the host's disk %u: it has %lu KiB",
			 d->number, whole >> 10);
	else
		return true;
	return false;
}

static bool host_disk(struct reader *r, const char *text, struct disk_spec *d)
{
	d->number = *text - '0';
	if (d->number >= HOSTBLK_MAX || (text[1] && text[1] != '@')) {
		complain(r, "write it like \"host:0\" or \"host:0@1M+64M\"");
		return false;
	}
	if (d->number >= hostblk_count()) {
		complain(r, "the host has %u virtio disks", hostblk_count());
		return false;
	}
	d->read_only |= hostblk_read_only(d->number);
	return host_slice(r, text + 1, d);
}

/* What is on it, and perhaps "ro". */
void props_disk(struct reader *r, const struct value *v)
{
	u32 n = device_number(r, "disk", VM_DISKS_MAX);
	struct disk_spec *d;

	if (n == VM_DISKS_MAX)
		return;
	d = &r->spec->disk[n];
	d->read_only = followed_by(r, v, "ro");
	if (!strncmp(v->data, "host:", 5)) {
		d->host = host_disk(r, v->data + 5, d);
	} else if (!strncmp(v->data, "ram:", 4)) {
		d->size = ram_size(r, v->data + 4);
	} else {
		props_file(r, v, &d->file);
		d->size = ALIGN_UP(d->file.size, 512);
	}
}

/* Letters, digits, dots, dashes: it is a file's name in the guest. */
static bool is_port_name(const char *name)
{
	u32 len = strspn(name, "abcdefghijklmnopqrstuvwxyz"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return len && !name[len] && len < VM_PORT_MAX && name[0] != '.';
}

static bool is_taken(const struct vm_spec *s, const char *name, u32 count)
{
	if (!strcmp(name, HVC_FIRST))
		return true;
	while (count--)
		if (!strcmp(name, s->port[count]))
			return true;
	return false;
}

/* Names of more ports; so there is a console. */
void props_ports(struct reader *r, const struct value *v)
{
	const char *name = v->data;
	u32 n = 0;

	r->spec->extra[VM_CONSOLE] = true;
	for (; name < v->data + v->len; name += strlen(name) + 1, n++) {
		if (n == VM_PORTS_MAX)
			complain(r, "more than %u", VM_PORTS_MAX);
		else if (n < VM_PORTS_MAX && !is_port_name(name))
			complain(r,
				 "\"%s\" is not a name of up to 31 letters, "
				 "digits, . _ -",
				 name);
		else if (n < VM_PORTS_MAX && is_taken(r->spec, name, n))
			complain(r, "\"%s\" is there twice", name);
		else if (n < VM_PORTS_MAX)
			strcpy(r->spec->port[n], name);
	}
}

void props_rng(struct reader *r, const struct value *v)
{
	r->spec->extra[VM_RNG] = random_seeded();
	if (!r->spec->extra[VM_RNG])
		complain(r, "the host's firmware has no /chosen/rng-seed");
}

/* What one hart's oracle compares may not go away. */
static void check_lockstep(struct reader *r)
{
	if (r->spec->lockstep && r->spec->extra[VM_BALLOON])
		complain_vm(r, "balloon: not with lockstep");
	if (r->spec->firmware.size && r->spec->boot != BOOT_MACHINE)
		complain_vm(r, "firmware: only with boot = \"machine\"");
}

void props_check_slots(struct reader *r)
{
	static const char *const names[VM_EXTRAS] = {
		[VM_RNG] = "rng",
		[VM_CONSOLE] = "console",
		[VM_BALLOON] = "balloon",
	};

	for (u32 n = 0; n < VM_NETS_MAX; n++) {
		u32 slot = vm_net_slot(n);

		if (r->spec->net[n].name[0] && r->spec->disk[slot].size)
			complain_vm(r, "net%u and disk%u would share a slot", n,
				    slot);
	}
	for (enum vm_extra e = 0; e < VM_EXTRAS; e++) {
		if (r->spec->extra[e] &&
		    vm_extra_slot(r->spec, e) == VM_DISKS_MAX)
			complain_vm(r, "%s: disks and cards have all slots",
				    names[e]);
	}
	check_lockstep(r);
}
