# Bare S-mode test kernels: `guest-kernels` builds tests/guest/NAME.c, with the
# parts NAME_*.c and NAME_*.S, to build/guest/NAME.elf and NAME.bin.

GUEST	      := $(B)/guest
GUEST_KERNELS := hello bench blk csr traps timer sbi hostile mmio_insn smp fpv \
		 echo share races steal stay talk wake direct pattern \
		 flood turns random keep paging chain irq cross smc \
		 zicsr rings nic balloon teach zbb xdemo modules watched
GUEST_RT      := $(wildcard tests/guest/rt/*.c tests/guest/rt/*.S)

# Soft-float C: a kernel that tests FP registers must own them all.
GUEST_CFLAGS = -march=rv64imac_zicsr_zifencei_zicbom_zicboz -mabi=lp64 \
	-mcmodel=medany -std=gnu11 -O2 -g -ffreestanding -fno-pie \
	-fno-stack-protector -fno-common -fno-tree-loop-distribute-patterns \
	-ffunction-sections -nostdinc \
	-isystem $(shell $(CROSS)gcc -print-file-name=include) -I. \
	-Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes \
	-Wvla -Wshadow -Wundef

guest_src = tests/guest/$(1).c $(wildcard tests/guest/$(1)_*.c \
	tests/guest/$(1)_*.S)
guest_obj = $(patsubst %,$(GUEST)/o/%.o,$(call guest_src,$(1)) $(GUEST_RT))

$(GUEST)/o/%.o: % tests/guest/guest.mk
	@mkdir -p $(@D)
	$(CROSS)gcc $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

define guest_rule
$(GUEST)/$(1).elf: $(call guest_obj,$(1)) tests/guest/rt/link.ld
	$(CROSS)ld -static -no-pie --no-relax --no-warn-rwx-segments --gc-sections \
		-z max-page-size=4096 $$(GUEST_BASE) -T tests/guest/rt/link.ld \
		-o $$@ $(call guest_obj,$(1))
-include $(patsubst %.o,%.d,$(call guest_obj,$(1)))
endef

$(foreach k,$(GUEST_KERNELS),$(eval $(call guest_rule,$(k))))

# It has M-mode before the S-mode that all others begin in.
$(GUEST)/teach.elf: GUEST_BASE := --defsym=base=0x80000000

# Kernels that begin in M-mode: tests/guest/machine/NAME.c, without firmware.
GUEST_MACHINE := mcsr mirq mpmp mad mplain mrace mrtos
GUEST_M_RT    := $(wildcard tests/guest/machine/m_*.c tests/guest/machine/m_*.S) \
		 tests/guest/rt/console.c tests/guest/rt/fdt.c \
		 tests/guest/rt/mmu.c tests/guest/rt/virtio.c

m_obj = $(patsubst %,$(GUEST)/o/%.o,tests/guest/machine/$(1).c $(GUEST_M_RT))

$(GUEST)/o/tests/guest/machine/%.o: GUEST_CFLAGS += -Wno-unused-parameter

define machine_rule
$(GUEST)/$(1).elf: $(call m_obj,$(1)) tests/guest/rt/link.ld
	$(CROSS)ld -static -no-pie --no-relax --no-warn-rwx-segments --gc-sections \
		-z max-page-size=4096 --defsym=base=0x80000000 \
		-T tests/guest/rt/link.ld -o $$@ $(call m_obj,$(1))
-include $(patsubst %.o,%.d,$(call m_obj,$(1)))
endef

$(foreach k,$(GUEST_MACHINE),$(eval $(call machine_rule,$(k))))

# Of hidden, the code that it is made of as well: no A, no C.
HIDDEN_OBJ := $(patsubst %,$(GUEST)/o-im/%.o,tests/guest/hidden.c $(GUEST_RT))

$(GUEST)/o-im/%.o: GUEST_CFLAGS += -march=rv64im_zicsr
$(GUEST)/o-im/%.o: % tests/guest/guest.mk
	@mkdir -p $(@D)
	$(CROSS)gcc $(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

$(GUEST)/hidden.elf: $(HIDDEN_OBJ) tests/guest/rt/link.ld
	$(CROSS)ld -static -no-pie --no-relax --no-warn-rwx-segments --gc-sections \
		-z max-page-size=4096 -T tests/guest/rt/link.ld -o $@ $(HIDDEN_OBJ)
-include $(HIDDEN_OBJ:.o=.d)

$(GUEST)/%.bin: $(GUEST)/%.elf
	$(CROSS)objcopy -O binary $< $@

guest-kernels: $(GUEST_KERNELS:%=$(GUEST)/%.elf) $(GUEST)/hidden.elf \
	$(GUEST_MACHINE:%=$(GUEST)/%.elf) \
	$(GUEST_KERNELS:%=$(GUEST)/%.bin)

.PHONY: guest-kernels
