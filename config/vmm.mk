# Builds the VMM: build/trapeze.elf and the flat build/trapeze.bin; with DEBUG=1
# both in build/debug, with the checks of hyp/debug.h. BREAK=NAME, for tests that
# are to find it, breaks something on purpose: see BREAK_NAME in the code. COUNT=0
# leaves the counters out (hyp/debug.h), in build/uncounted.

FDT_ROOT := $(B)/guests/sysroot/usr
PICO	 := /usr/lib/picolibc/riscv64-unknown-elf
ARCH	 := -march=rv64gc_zicbom_zicboz -mabi=lp64d
ELFGCC	 := riscv64-unknown-elf-gcc -march=rv64gc -mabi=lp64d
VARIANT	 := $(if $(filter-out 0,$(DEBUG)),/debug)$(if $(filter 0,$(COUNT)),/uncounted)$(if $(BREAK),/break-$(BREAK))
OBJ	 := $(B)$(VARIANT)/vmm
IMAGE	 := $(B)$(VARIANT)/trapeze

WARN := -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes \
	-Wno-unused-parameter -Wvla -Wshadow -Wundef

# The host's ABI has floating point (libfdt and picolibc do), the VMM's own
# code must not touch it: the guest's lives in those registers. A lint reads
# the disassembly to be sure.
CFLAGS_VMM = $(ARCH) -mcmodel=medany -fno-pie -std=gnu11 \
	-O2 -g -ffreestanding -fno-common -fno-stack-protector \
	-fno-omit-frame-pointer -fno-tree-vectorize -fno-strict-aliasing \
	-ffunction-sections -fdata-sections -nostdinc \
	-isystem $(shell $(CROSS)gcc -print-file-name=include) \
	-isystem $(PICO)/include -isystem $(FDT_ROOT)/include \
	-I. -I$(OBJ) $(WARN) $(if $(filter-out 0,$(DEBUG)),-DDEBUG_CHECKS=1) \
	$(if $(filter 0,$(COUNT)),-DACCOUNTING=0) \
	$(if $(BREAK),-DBREAK_$(BREAK)=1)

# Where each instruction of an exit counts: a frame pointer only costs there
# (a backtrace then leaves the function out).
HOT := run exit mmio sbi hw hw_trap hybrid hybrid_trap te te_trap soft state decode bus \
	uart $(patsubst vcpu/%.c,%,$(wildcard vcpu/interp*.c))
HOT_SHADOW := shadow shadow_fill shadow_fence
$(foreach h,$(HOT),$(OBJ)/vcpu/$(h).c.o $(OBJ)/vdev/$(h).c.o) \
$(HOT_SHADOW:%=$(OBJ)/gstage/%.c.o): \
	CFLAGS_VMM += -fomit-frame-pointer -fno-tree-loop-distribute-patterns

SRC_VMM := $(foreach r,$(ROOMS),$(wildcard $(r)/*.c $(r)/*.S $(r)/ext/*.c))
OBJ_VMM := $(patsubst %,$(OBJ)/%.o,$(SRC_VMM))

$(OBJ)/offsets.h: vcpu/offsets/offsets.c
	@mkdir -p $(@D)
	@echo "CC  $<"
	@$(CROSS)gcc $(CFLAGS_VMM) -MMD -MP -MT $@ -MF $(OBJ)/offsets.d -S \
		-o $(OBJ)/offsets.s $<
	@sed -n 's/^.*->\([A-Z_0-9]*\) \([-0-9]*\).*/#define \1 \2/p' \
		$(OBJ)/offsets.s > $@

$(OBJ)/%.c.o: %.c
	@mkdir -p $(@D)
	@echo "CC  $<"
	@$(CROSS)gcc $(CFLAGS_VMM) -MMD -MP -c -o $@ $<

$(OBJ)/%.S.o: %.S $(OBJ)/offsets.h
	@mkdir -p $(@D)
	@echo "CC  $<"
	@$(CROSS)gcc $(CFLAGS_VMM) -MMD -MP -D__ASSEMBLY__ -c -o $@ $<

# picolibc's own printf without floating point; its errno would live at tp,
# which is ours: boot/link.ld refuses thread-local data.
LINK = $(CROSS)ld -pie --no-dynamic-linker -z norelro -z noexecstack \
	-z max-page-size=4096 --gc-sections -e _start -T boot/link.ld \
	--defsym=vfprintf=__i_vfprintf -o $@ $(filter %.o,$^) --start-group \
	$(FDT_ROOT)/lib/riscv64-linux-gnu/libfdt.a \
	$(PICO)/lib/libc.a \
	$(shell $(ELFGCC) -print-libgcc-file-name) --end-group

# Linked twice: first without symbols, then with those of the first.
$(OBJ)/symbols0.S:
	@mkdir -p $(@D)
	@awk -f config/symbols.awk /dev/null > $@

$(OBJ)/symbols1.S: $(OBJ)/first.elf config/symbols.awk
	@$(CROSS)nm -n $< | awk -f config/symbols.awk > $@

$(OBJ)/symbols%.o: $(OBJ)/symbols%.S
	@$(CROSS)gcc $(ARCH) -c -o $@ $<

$(OBJ)/first.elf: $(OBJ_VMM) $(OBJ)/symbols0.o boot/link.ld
	@$(LINK)

$(IMAGE).elf: $(OBJ_VMM) $(OBJ)/symbols1.o boot/link.ld
	@echo "LD  $@"
	@$(LINK)

$(IMAGE).bin: $(IMAGE).elf
	@$(CROSS)objcopy -O binary $< $@

-include $(OBJ_VMM:.o=.d) $(OBJ)/offsets.d
