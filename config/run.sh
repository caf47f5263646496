#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Packs a VM description and runs it: run.sh FILE.dts, relative to the root.
#
# Environment: BACKEND HARTS MEM CPU FIRMWARE ICOUNT BATCH as in the README;
# DEBUG=1 takes the build with more checks, COUNT=0 that without counters; SCRIPT=FILE and EXEC="COMMANDS" are
# for the monitor; ALSO="FILE..." packs more descriptions, for its create;
# DISKS="FILE..." are the host's disks, host:0 and so on, for VMs to write to;
# NET="user,hostfwd=tcp:127.0.0.1:8080-:80", or what else QEMU's -netdev has, is
# where the host's network card is plugged in;
# CONSOLE=virtio makes the terminal a virtio console of the host's, not its UART;
# TIMEOUT=SECONDS ends a run that takes longer; APPEND adds words to the VMM's own command line. Exit status:
# QEMU's, which is the VMM's verdict; 1 where only the packing had something to
# say; 124 after TIMEOUT.
set -eu
cd "$(dirname "$0")/.."

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 2
}

on()
{
	[ -n "${1:-}" ] && [ "$1" != 0 ]
}

check_request()
{
	local disk

	[ $# -eq 1 ] || die "usage: ${0##*/} FILE.dts"
	[ -f "$1" ] || die "$1: no such VM description"
	case $1 in
	*[[:space:]]*) die "'$1': a path with blanks does not fit the VMM's" \
		"command line" ;;
	esac
	case ${SCRIPT:-} in
	*[[:space:]]*) die "SCRIPT=$SCRIPT: a path with blanks does not fit" \
		"the VMM's command line" ;;
	esac
	case ${EXEC:-} in
	*\"*) die "EXEC: double quotes do not fit the VMM's command line:" \
		"use SCRIPT=FILE" ;;
	esac
	case ${BACKEND:-hw} in
	hw | hybrid | te | interp) ;;
	*) die "BACKEND=$BACKEND: unknown, there are: hw hybrid te interp" ;;
	esac
	for disk in ${DISKS:-}; do
		[ -f "$disk" ] || [ -b "$disk" ] || die "DISKS: $disk: no such" \
			"image (make image makes build/guests/debian/disk.img)"
	done
	case ${CONSOLE:-uart} in
	uart | virtio) ;;
	*) die "CONSOLE=$CONSOLE: unknown, there are: uart virtio" ;;
	esac
	case ${FIRMWARE:-opensbi} in
	opensbi) ;;
	direct) [ -f build/direct.bin ] ||
		die "build/direct.bin: not there; make vmm builds it" ;;
	*) die "FIRMWARE=$FIRMWARE: unknown, there are: opensbi direct" ;;
	esac
	vmm=build/trapeze.bin
	! on "${DEBUG:-}" || vmm=build/debug/trapeze.bin
	on "${COUNT:-1}" || vmm=build/uncounted/trapeze.bin
	[ -z "${BREAK:-}" ] || vmm=build/break-$BREAK/trapeze.bin
	[ -f "$vmm" ] || die "$vmm: not there; make vmm builds it"
}

# Sets archive and pack_status; without an archive there is nothing to run.
pack()
{
	local name=${1##*/} hash
	local -a also

	# Words, as the user wrote them.
	# shellcheck disable=SC2206
	also=(${ALSO:-} ${SCRIPT:+"$SCRIPT"})
	hash=$(printf '%s\n' "$1" "${also[@]}" | sha256sum | cut -c 1-12)
	archive=build/vms/${name%.dt[sb]}-$hash.cpio
	pack_status=0
	config/pack.py "$1" "$archive" "${also[@]}" || pack_status=$?
	[ "$pack_status" -le 1 ] || exit "$pack_status"
}

# Sets qemu to the command.
qemu_command()
{
	local words="vms=$1" harts=2 disk number=0
	local -a disks=(-global virtio-mmio.force-legacy=false) card=()
	local -a console=(-serial chardev:c)

	! on "${ICOUNT:-}" || harts=1 words+=" icount"
	! on "${BATCH:-}" || words+=" batch"
	[ -z "${BACKEND:-}" ] || words+=" backend=$BACKEND"
	[ -z "${SCRIPT:-}" ] || words+=" script=$SCRIPT"
	[ -z "${EXEC:-}" ] || words+=" exec=\"$EXEC\""
	for disk in ${DISKS:-}; do
		disks+=(-drive "if=none,id=d$number,format=raw,file=$disk"
			-device "virtio-blk-device,drive=d$number,bus=virtio-mmio-bus.$number")
		number=$((number + 1))
	done
	[ "${CONSOLE:-uart}" = uart ] || console=(-serial null
		-device "virtio-serial-device,bus=virtio-mmio-bus.7"
		-device "virtconsole,chardev=c")
	[ -z "${NET:-}" ] || card=(-netdev "$NET,id=n"
		-device "virtio-net-device,netdev=n")
	qemu=(qemu-system-riscv64 -M "virt,aia=none" -cpu "${CPU:-rva23s64}"
		-smp "${HARTS:-$harts}" -m "${MEM:-4G}"
		-display none -monitor none
		# Control characters are the guests', not signals for QEMU.
		-chardev "stdio,id=c,signal=off" "${console[@]}"
		-kernel "$vmm" -initrd "$archive"
		"${disks[@]}" "${card[@]}"
		-append "$words${APPEND:+ $APPEND}")
	[ "${FIRMWARE:-opensbi}" = opensbi ] || qemu+=(-bios build/direct.bin)
	# One instruction, one nanosecond, and idle time takes none of the
	# host's; the seed is that of the host's rng-seed: so two runs are the
	# same, instruction by instruction.
	! on "${ICOUNT:-}" || qemu+=(-icount "shift=0,sleep=off" -seed 1
		-rtc "base=2026-01-01,clock=vm")
	[ -z "${TIMEOUT:-}" ] ||
		qemu=(timeout --foreground -v -k 5 "$TIMEOUT" "${qemu[@]}")
}

# Runs the command as a child that dies with us; sets status.
run()
{
	local child

	"${qemu[@]}" <&"$1" &
	child=$!
	trap 'kill "$child" 2>/dev/null || :' TERM HUP INT
	status=0
	wait "$child" || status=$?
	# A signal ends the wait early: the child is still to be waited for.
	wait "$child" 2>/dev/null || :
}

check_request "$@"
pack "$1"
qemu_command "$1"
if on "${BATCH:-}"; then
	exec 3</dev/null
else
	echo "Ctrl-A is the escape key: Ctrl-A x ends the run"
	exec 3<&0
	tty=$(stty -g 2>/dev/null || :)
	trap '[ -z "$tty" ] || stty "$tty" 2>/dev/null || :' EXIT
fi
run 3
[ "$status" -ne 0 ] || status=$pack_status
exit "$status"
