/* SPDX-License-Identifier: BSD-2-Clause */
/* Boots the firmware: one hart reads the machine and goes on, all else wait. */
#include "boot/direct/console.h"
#include "boot/direct/hart.h"
#include "boot/direct/machine.h"
#include "hyp/sbi.h"
#include "hyp/util.h"

/*
 * What QEMU leaves in a2 (OpenSBI, "Firmware with Dynamic Information");
 * boot_hart is of version 2, ~0 where it does not matter.
 */
struct fw_dynamic_info {
	u64 magic, version, next_addr, next_mode, options, boot_hart;
};

#define INFO_MAGIC  0x4942534fUL /* "OSBI" */
#define INFO_MODE_S 1

static __attribute__((noreturn)) void refuse(const char *why)
{
	console_text("direct: ");
	console_text(why);
	console_text("\n");
	machine_end(POWER_FAIL);
}

static bool boots(u64 id, const struct fw_dynamic_info *info)
{
	static u32 taken;

	if (info->magic == INFO_MAGIC && info->version >= 2 &&
	    info->boot_hart != ~0UL)
		return id == info->boot_hart;
	return !__atomic_exchange_n(&taken, 1, __ATOMIC_RELAXED);
}

static void check_next(const struct fw_dynamic_info *info)
{
	u64 end = FIRMWARE_BASE + (u64)FIRMWARE_SIZE + FDT_SIZE;

	if (info->magic != INFO_MAGIC)
		refuse("nobody said what to start");
	if (info->next_mode != INFO_MODE_S)
		refuse("what comes next wants another mode than S");
	if (!machine_ram(info->next_addr, 2) || info->next_addr < end)
		refuse("what comes next is not in RAM behind the firmware");
}

/* One line, for whoever wonders what runs here. */
static void greet(void)
{
	u64 count = 0;

	for (u64 id = 0; id < HARTS_MAX; id++)
		count += machine.harts >> id & 1;
	console_text("direct: harts ");
	console_hex(count);
	console_text(machine.h ? ", H" : ", no H");
	console_text(machine.sstc ? ", Sstc" : ", no Sstc");
	console_text("\n");
}

static __attribute__((noreturn)) void boot(u64 id, const void *fdt,
					   const struct fw_dynamic_info *info)
{
	const char *missing = machine_read(fdt);
	const void *copy;

	if (missing)
		refuse(missing);
	if (!(machine.harts & BIT(id)))
		refuse("the device tree does not name the hart that boots");
	check_next(info);
	copy = machine_fdt(fdt);
	if (!copy)
		refuse("the device tree does not fit");
	machine.h = csr_read(CSR_MISA) & MISA_H;
	machine.sstc = csr_try_set(CSR_MENVCFG, ENVCFG_STCE) &&
		       csr_read(CSR_MENVCFG) & ENVCFG_STCE;
	for (u64 other = 0; other < HARTS_MAX; other++)
		harts[other].state = SBI_HSM_STOPPED;
	greet();
	hart_enter(info->next_addr, (u64)copy);
}

void hart_reset(u64 id, u64 fdt, u64 info)
{
	hart_init();
	if (boots(id, (const struct fw_dynamic_info *)info))
		boot(id, (const void *)fdt,
		     (const struct fw_dynamic_info *)info);
	hart_park();
}
