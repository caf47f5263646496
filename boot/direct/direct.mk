# Builds the firmware of our own: build/direct.elf and the flat build/direct.bin.

DIRECT	   := $(B)/direct
OBJ_DIRECT := $(patsubst %,$(DIRECT)/%.o,$(wildcard boot/direct/*.c \
	boot/direct/*.S))

# The ABI is that of libfdt; a lint reads the disassembly to be sure that no
# floating point is in it.
CFLAGS_DIRECT = $(ARCH) -mcmodel=medany -fno-pie -std=gnu11 -O2 -g \
	-ffreestanding -fno-common -fno-stack-protector -fno-tree-vectorize \
	-fno-strict-aliasing -ffunction-sections -fdata-sections -nostdinc \
	-isystem $(shell $(CROSS)gcc -print-file-name=include) \
	-isystem $(PICO)/include -isystem $(FDT_ROOT)/include -I. $(WARN)

$(DIRECT)/%.c.o: %.c boot/direct/direct.mk
	@mkdir -p $(@D)
	@echo "CC  $<"
	@$(CROSS)gcc $(CFLAGS_DIRECT) -MMD -MP -c -o $@ $<

$(DIRECT)/%.S.o: %.S boot/direct/direct.mk
	@mkdir -p $(@D)
	@echo "CC  $<"
	@$(CROSS)gcc $(CFLAGS_DIRECT) -MMD -MP -D__ASSEMBLY__ -c -o $@ $<

$(DIRECT)/link.ld: boot/direct/link.ld boot/direct/layout.h
	@mkdir -p $(@D)
	@$(CROSS)gcc -E -P -x c -I. -include boot/direct/layout.h -o $@ $<

$(B)/direct.elf: $(OBJ_DIRECT) $(DIRECT)/link.ld
	@echo "LD  $@"
	@$(CROSS)ld -static -no-pie --no-relax -z noexecstack \
		--no-warn-rwx-segments --gc-sections -z max-page-size=4096 \
		-T $(DIRECT)/link.ld -o $@ $(OBJ_DIRECT) --start-group \
		$(FDT_ROOT)/lib/riscv64-linux-gnu/libfdt.a $(PICO)/lib/libc.a \
		$(shell $(ELFGCC) -print-libgcc-file-name) --end-group

$(B)/direct.bin: $(B)/direct.elf
	@$(CROSS)objcopy -O binary $< $@

-include $(OBJ_DIRECT:.o=.d)
