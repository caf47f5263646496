# Trapeze: `make help` lists the commands.

CROSS	 ?= riscv64-linux-gnu-
B	 := build
VM	 ?= config/vms/default.dts
ROOMS	 := hyp gstage vdev vcpu config boot

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SECONDARY:
ifndef VERBOSE
.SILENT:
endif

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' \
		$(MAKEFILE_LIST)
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## run options: VM=FILE.dts BACKEND=hw HARTS=n MEM=4G CPU=NAME ICOUNT=1 BATCH=1

# ---- set-up: packages and guest files, once ------------------------------

setup: ## install the packages and fetch the guest files
	@config/setup/packages.sh
	@config/setup/guests.sh

# ---- the VMM -------------------------------------------------------------

include config/vmm.mk

vmm: $(B)/trapeze.bin ## build the VMM

# ---- use -----------------------------------------------------------------

run: ## boot the VMs of VM=FILE.dts; console and monitor on the terminal
	@$(MAKE) --no-print-directory -s setup
	@$(MAKE) --no-print-directory -s vmm guests
	@config/run.sh $(VM)

check: ## unit tests and lint, in seconds
	@$(MAKE) --no-print-directory -s setup
	@tests/run.sh tests/unit tests/lint

test: ## everything that CI checks
	@$(MAKE) --no-print-directory -s setup
	@$(MAKE) --no-print-directory -s vmm guests
	@tests/run.sh tests

bench: ## the comparison: tables, build/bench/results.csv
	@$(MAKE) --no-print-directory -s setup
	@$(MAKE) --no-print-directory -s vmm guests
	@tests/bench/bench.py

clean: ## remove what was built; keeps what was downloaded
	rm -rf $(B)/vmm $(B)/unit $(B)/guest $(B)/trapeze.* $(B)/vms

distclean: ## remove build/ whole
	rm -rf $(B)

# ---- the guests' own files, tests ----------------------------------------

include tests/guest/guest.mk
include tests/unit/unit.mk

guests: ## build the bare test kernels and the Linux initrds
	@config/setup/initrds.sh

export CROSS VM BACKEND HARTS MEM CPU ICOUNT BATCH FIRMWARE
.PHONY: help setup vmm run check test bench clean distclean guests
