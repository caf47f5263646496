#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Builds the Linux guests' initrds: busybox, one init each, what it runs.
set -eu
cd "$(dirname "$0")/../.."

here=config/setup
busybox=build/guests/busybox
load=build/guests/load
bench=build/guests/bench
modules=build/guests/linux/modules
lat=build/guests/lat
disk=build/guests/disk
zbb=build/guests/zbb
newc=config/newc.py

# system INIT: what every guest needs, as lines for newc.py
system()
{
	cat <<-END
		dir bin 755
		file bin/busybox 755 $busybox
		dir dev 755
		node dev/console 600 5 1
		node dev/null 666 1 3
		file init 755 $1
		dir proc 755
		dir sys 755
	END
}

# programs DIRECTORY: its bin/ and lib/, and what programs expect
programs()
{
	local file

	echo 'dir lib 755'
	echo 'dir tmp 1777'
	for file in "$1"/bin/* "$1"/lib/*; do
		echo "file ${file#"$1/"} 755 $file"
	done
}

# build_program TO SOURCE...: static, for any libc of a guest.
build_program()
{
	local input newer=

	for input in "${@:2}" "$here/initrds.sh"; do
		[ "$1" -nt "$input" ] || newer=1
	done
	[ -n "$newer" ] || return 0
	"${CROSS:-riscv64-linux-gnu-}gcc" -static -O2 -std=gnu11 -Wall -Wextra \
		-Werror -Wno-unused-parameter -s -Wl,--build-id=none ${flags:-} \
		-o "$1.new" "${@:2}"
	mv "$1.new" "$1"
}

# The kernel's modules, and the order in which they can be loaded.
add_modules()
{
	local file

	echo 'dir modules 755'
	for file in "$modules"/*; do
		echo "file modules/${file##*/} 644 $file"
	done
}

# build OUT INIT [DIRECTORY [LINE]]: only where something that it is made of is
# newer; with the programs of the directory, and one more line for newc.py. OUT
# ends in .cpio, or .gz, which is packed.
build()
{
	local out=build/guests/linux/$1 init=$here/$2 input newer=

	for input in "$busybox" "$init" "$newc" "$here/initrds.sh" ${3:+"$3"} \
		${4:+"${4##* }"}; do
		[ "$out" -nt "$input" ] || newer=1
	done
	[ -n "$newer" ] || return 0
	{
		system "$init"
		case ${3:-} in
		'') ;;
		"$modules") add_modules ;;
		*) programs "$3" ;;
		esac
		[ -z "${4:-}" ] || echo "$4"
	} | "$newc" "$out.new"
	case $out in
	*.gz) gzip -n -9 <"$out.new" >"$out.gz" && mv "$out.gz" "$out.new" ;;
	esac
	mv "$out.new" "$out"
}

for input in "$busybox" "$load" "$bench" "$modules"; do
	[ -e "$input" ] || missing="${missing:+$missing, }$input"
done
if [ -n "${missing:-}" ]; then
	echo "${0##*/}: $missing: not there; make setup fetches it" >&2
	exit 1
fi
mkdir -p build/guests/linux
build initrd.gz init.shell
build initrd-init.gz init.reached
build initrd-load.gz init.load "$load"
build initrd-root.gz init.root "$modules"
build_program "$disk" tests/linux/disk.c
build initrd-virtio.gz init.virtio "$modules" "file bin/disk 755 $disk"
flags=-march=rv64gc_zbb build_program "$zbb" tests/linux/zbb.c
build initrd-zbb.gz init.zbb "" "file bin/zbb 755 $zbb"
build_program "$lat" tests/bench/guest/*.c
build initrd-micro.gz init.bench "" "file bin/lat 755 $lat"
# Not packed: it is large, and unpacking it would be most of what a guest does.
build initrd-macro.cpio init.bench "$bench" "file bin/lat 755 $lat"
