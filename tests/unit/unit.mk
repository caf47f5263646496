# Host unit tests: the pure files of the VMM and the tests under ASan, UBSan.
# A test is tests/unit/test_NAME.c, one cmocka program; it links with all pure
# files and with tests/unit/host.c, which stands in for the machine. Headers
# in tests/unit/riscv are found first: they stand in for instructions.

UNIT	    := $(B)/unit
UNIT_PURE   := vcpu/decode.c config/archive.c config/desc.c config/guestfdt.c \
	       config/props.c config/props_device.c config/props_trap.c \
	       config/value.c $(wildcard vdev/*.c) \
	       $(wildcard hyp/page*.c hyp/sched*.c) hyp/lock_check.c \
	       hyp/pt.c hyp/copy.c hyp/isa.c hyp/option.c \
	       hyp/words.c $(wildcard hyp/line*.c hyp/monitor*.c) \
	       $(wildcard gstage/*.c) \
	       $(wildcard vcpu/interp*.c) vcpu/soft.c \
	       vcpu/state.c vcpu/vcpu.c vcpu/mach.c vcpu/mach_csr.c vcpu/pmp.c vcpu/trap.c vcpu/fault.c vcpu/te_site.c \
	       vcpu/guestisa.c vcpu/owner.c $(wildcard vcpu/ext/*.c) vcpu/lockstep_diff.c vcpu/sbi.c vcpu/sbi_system.c \
	       vcpu/sbi_legacy.c vcpu/sbi_sta.c vcpu/vm_switch.c vcpu/watch.c \
	       vcpu/explain.c hyp/trace.c boot/hostfdt.c
# The checks of debug builds are in all of them.
UNIT_CFLAGS := -std=gnu11 -g -O1 -DDEBUG_CHECKS=1 \
	       -Wall -Wextra -Werror -Wno-unused-parameter \
	       -Itests/unit/riscv -I. -Itests/unit -fsanitize=address,undefined \
	       -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_TESTS  := $(patsubst tests/unit/%.c,$(UNIT)/%,\
	       $(wildcard tests/unit/test_*.c))
UNIT_OBJ    := $(patsubst %.c,$(UNIT)/o/%.o,$(UNIT_PURE) tests/unit/host.c \
	       tests/unit/hostdevices.c)

$(UNIT)/o/%.o: %.c tests/unit/unit.mk
	@mkdir -p $(@D)
	gcc $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

$(UNIT)/libpure.a: $(UNIT_OBJ) tests/unit/unit.mk
	rm -f $@ && ar rcs $@ $(UNIT_OBJ)

$(UNIT)/test_%: $(UNIT)/o/tests/unit/test_%.o $(UNIT)/libpure.a
	gcc $(UNIT_CFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
		-lcmocka -lfdt

# Real timers, where all other tests have host.c's; and the real terminal.
$(UNIT)/test_timer $(UNIT)/test_sched_random: $(UNIT)/o/hyp/timer.o

UNIT_TERM := $(patsubst %,$(UNIT)/o/hyp/%.o,term lines focus keys)
$(UNIT)/test_term $(UNIT)/test_term_keys $(UNIT)/test_term_flow: $(UNIT_TERM)

# What the assembler makes of every load and store, for test_decode.c.
$(UNIT)/decode_vectors.h: tests/unit/decode_vectors.py
	@mkdir -p $(@D)
	CROSS=$(CROSS) /usr/bin/python3 $< > $@

$(UNIT)/o/tests/unit/test_decode.o: $(UNIT)/decode_vectors.h
$(UNIT)/o/tests/unit/test_decode.o: UNIT_CFLAGS += -I$(UNIT)

# What the manual says of every instruction that the interpreter computes.
$(UNIT)/interp_vectors.h: tests/unit/interp_vectors.py tests/unit/interp_model.py
	@mkdir -p $(@D)
	CROSS=$(CROSS) /usr/bin/python3 $< > $@

$(UNIT)/o/tests/unit/test_interp_insn.o: $(UNIT)/interp_vectors.h
$(UNIT)/o/tests/unit/test_interp_insn.o: UNIT_CFLAGS += -I$(UNIT)

# QEMU's own tree, for hostfdt_bench.h.
$(UNIT)/virt.dtb:
	@mkdir -p $(@D)
	qemu-system-riscv64 -M virt,dumpdtb=$@.new -cpu max -smp 4 -m 1G \
		-display none >/dev/null
	mv $@.new $@

HOSTFDT_O := $(UNIT)/o/tests/unit/test_hostfdt.o \
	     $(UNIT)/o/tests/unit/test_hostfdt_fuzz.o
$(HOSTFDT_O): $(UNIT)/virt.dtb
$(HOSTFDT_O): UNIT_CFLAGS += -DVIRT_DTB='"$(UNIT)/virt.dtb"'

unit: $(UNIT_TESTS) ## build the host unit tests

.PHONY: unit
-include $(UNIT_OBJ:.o=.d) $(UNIT)/o/hyp/timer.d $(UNIT_TERM:.o=.d) \
	 $(UNIT_TESTS:$(UNIT)/%=$(UNIT)/o/tests/unit/%.d)
