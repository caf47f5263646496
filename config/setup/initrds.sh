#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Builds the Linux guests' initrds from busybox and one init each.
set -eu
cd "$(dirname "$0")/../.."

here=config/setup
busybox=build/guests/busybox
newc=config/newc.py

# build OUT INIT: only where something that it is made of is newer.
build()
{
	local out=build/guests/linux/$1 init=$here/$2 input newer=

	for input in "$busybox" "$init" "$newc" "$here/initrds.sh"; do
		[ "$out" -nt "$input" ] || newer=1
	done
	[ -n "$newer" ] || return 0
	"$newc" "$out.cpio" <<-END
		dir bin 755
		file bin/busybox 755 $busybox
		dir dev 755
		node dev/console 600 5 1
		node dev/null 666 1 3
		file init 755 $init
		dir proc 755
		dir sys 755
	END
	gzip -n -9 <"$out.cpio" >"$out.new"
	rm "$out.cpio"
	mv "$out.new" "$out"
}

if [ ! -e "$busybox" ]; then
	echo "${0##*/}: $busybox: not there; make setup fetches it" >&2
	exit 1
fi
mkdir -p build/guests/linux
build initrd.gz init.shell
build initrd-init.gz init.reached
