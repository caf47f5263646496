# Trapeze: `make help` lists the commands.

CROSS	 ?= riscv64-linux-gnu-
B	 := build
VM	 ?= config/vms/default.dts
DEBUG	 ?= 0
COUNT	 ?= 1
WORKERS	 ?= $(shell nproc)
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
## FIRMWARE=opensbi|direct: what runs below the VMM
## DISKS="FILE...": raw images that are the host's disks, host:0 and so on
## NET=user,hostfwd=...: the network of the host's card, as QEMU's -netdev
## CONSOLE=uart|virtio: which of the host's consoles is the terminal
## SCRIPT=FILE EXEC="COMMANDS" for the monitor; ALSO=FILE.dts for its create
## DEBUG=1, for vmm and run: a build with more checks, in build/debug
## COUNT=0, likewise: one that counts no exits, to see what counting costs
## bench options: QUICK=1, part of it in minutes; COMPARE=OLD.csv, what changed

# ---- set-up: packages and guest files, once ------------------------------

setup: ## install the packages and fetch the guest files
	@config/setup/packages.sh
	@config/setup/guests.sh

image: ## a disk with a Debian system, for config/vms/debian.dts
	@$(MAKE) --no-print-directory -s setup
	@$(MAKE) --no-print-directory -s vmm guests
	@config/setup/image.sh

# ---- the VMM -------------------------------------------------------------

include config/vmm.mk
include boot/direct/direct.mk

vmm: $(IMAGE).bin $(B)/direct.bin ## build the VMM and its firmware

# ---- use -----------------------------------------------------------------

run: ## boot the VMs of VM=FILE.dts; console and monitor on the terminal
	@$(MAKE) --no-print-directory -s setup
	@$(MAKE) --no-print-directory -s vmm guests
	@config/run.sh $(VM)

check: ## unit tests and lint, in seconds
	@$(MAKE) --no-print-directory -s setup
	@tests/run.sh tests/unit tests/lint

test: image ## everything that CI checks
	@WORKERS=$(WORKERS) tests/run.sh tests

bench: ## the comparison: tables, build/bench/results.csv and report.html
	@$(MAKE) --no-print-directory -s setup
	@$(MAKE) --no-print-directory -s vmm guests guest-kernels
	@$(MAKE) --no-print-directory -s vmm COUNT=0
	@tests/bench/bench.py

clean: ## remove what was built; keeps what was downloaded
	rm -rf $(B)/vmm $(B)/unit $(B)/fuzz $(B)/guest $(B)/debug $(B)/uncounted $(B)/break-* $(B)/trapeze.* $(B)/vms \
		$(B)/direct $(B)/direct.*

distclean: ## remove build/ whole
	rm -rf $(B)

# ---- the guests' own files, tests ----------------------------------------

include tests/guest/guest.mk
include tests/unit/unit.mk
include tests/fuzz/fuzz.mk

guests: ## build the bare test kernels and the Linux initrds
	@config/setup/initrds.sh

export CROSS VM BACKEND HARTS MEM CPU ICOUNT BATCH FIRMWARE SCRIPT EXEC ALSO DEBUG COUNT QUICK COMPARE DISKS NET
.PHONY: help setup image vmm run check test bench clean distclean guests
