# Fuzzers: a file that libFuzzer drives, with the pure files of the VMM; clang
# makes both, with ASan and UBSan.

FUZZ	    := $(B)/fuzz
FUZZ_CC	    := clang-19
FUZZ_CFLAGS := -std=gnu11 -g -O1 -DDEBUG_CHECKS=1 -Wall -Wextra -Werror \
	       -Wno-unused-parameter -Wno-gnu-variable-sized-type-not-at-end \
	       -Itests/unit/riscv -I. -Itests/unit \
	       -fsanitize=fuzzer-no-link,address,undefined \
	       -fno-sanitize-recover=all
FUZZ_OBJ    := $(patsubst %.c,$(FUZZ)/o/%.o,$(UNIT_PURE) tests/unit/host.c \
	       tests/unit/hostdevices.c)

$(FUZZ)/o/%.o: %.c tests/fuzz/fuzz.mk
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<

$(FUZZ)/libpure.a: $(FUZZ_OBJ)
	rm -f $@ && ar rcs $@ $^

$(FUZZ)/virtio: $(FUZZ)/o/tests/fuzz/virtio.o $(FUZZ)/libpure.a
	$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $^ -lfdt

fuzzers: $(FUZZ)/virtio ## build the fuzzers

.PHONY: fuzzers
-include $(FUZZ_OBJ:.o=.d) $(FUZZ)/o/tests/fuzz/virtio.d
