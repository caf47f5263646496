#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Builds the Linux guests' initrds: busybox, one init each, what it runs.
set -eu
cd "$(dirname "$0")/../.."

here=config/setup
busybox=build/guests/busybox
load=build/guests/load
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

# build OUT INIT [DIRECTORY]: only where something that it is made of is newer;
# with the programs of the directory, where there is one.
build()
{
	local out=build/guests/linux/$1 init=$here/$2 input newer=

	for input in "$busybox" "$init" "$newc" "$here/initrds.sh" ${3:+"$3"}; do
		[ "$out" -nt "$input" ] || newer=1
	done
	[ -n "$newer" ] || return 0
	{ system "$init"; [ -z "${3:-}" ] || programs "$3"; } |
		"$newc" "$out.cpio"
	gzip -n -9 <"$out.cpio" >"$out.new"
	rm "$out.cpio"
	mv "$out.new" "$out"
}

for input in "$busybox" "$load"; do
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
