#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Fetches the guests' files (Debian for riscv64) and libfdt to build/guests/.
set -euo pipefail
# shellcheck source=config/setup/apt.sh
. "$(dirname "$0")/apt.sh"
# shellcheck source=/dev/null
. /etc/os-release

suite=trixie
arch=riscv64
guests=$root/build/guests

# The one list: what is made, of which package, and the function that does it.
products="
	linux/Image	linux-image-$arch	take_kernel
	busybox		busybox-static		take_busybox
	sysroot		libfdt-dev		take_libfdt
"

# A product moves to its place whole: what exists is good.
missing()
{
	local product rest

	while read -r product rest; do
		[ -z "$product" ] || [ -e "$guests/$product" ] ||
			echo "$product $rest"
	done <<<"$products"
}

# take_*: from the package $1 to the product's place $2, by way of the
# directory $3, which is of the same file system.

# tar PACKAGE OPTION...: its files, chosen by the options
unpack()
{
	dpkg-deb --fsys-tarfile "$1" | tar -x --no-same-owner "${@:2}"
}

# The kernel is a flat Image: "Boot image header in RISC-V Linux" of the
# kernel's documentation has the magic "RSC\x05" at byte 56.
take_kernel()
{
	unpack "$1" -C "$3" --wildcards './boot/vmlinu*-*'
	mv "$3"/boot/vmlinu* "$3/Image"
	if gzip -tq "$3/Image" 2>/dev/null; then
		gzip -dc "$3/Image" >"$3/flat"
		mv "$3/flat" "$3/Image"
	fi
	[ "$(od -An -j56 -N4 -tx1 "$3/Image")" = ' 52 53 43 05' ] ||
		die "${1##*/}: its kernel is no flat RISC-V Image"
	mkdir -p "${2%/*}"
	dpkg-deb -f "$1" Package Version >"$3/version"
	mv "$3/version" "${2%/*}/version"
	mv "$3/Image" "$2"
}

take_busybox()
{
	unpack "$1" -C "$3" --wildcards '*/bin/busybox'
	find "$3" -name busybox -exec touch {} + -exec mv {} "$2" \;
}

take_libfdt()
{
	unpack "$1" -C "$3" --wildcards './usr/include/*.h' \
		"./usr/lib/$arch-linux-gnu/libfdt.a"
	mkdir "$3/root"
	mv "$3/usr" "$3/root"
	mv "$3/root" "$2"
}

# linux-image-riscv64 is empty and depends on the newest kernel of the suite.
newest_kernel()
{
	apt-cache -c "$conf" depends "linux-image-$arch" |
		sed -n 's/^ *Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1
}

fetch()
{
	local product=$1 package=$2 take=$3
	local work=$state/work

	if [ "$take" = take_kernel ]; then
		package=$(newest_kernel)
		[ -n "$package" ] || die "$suite has no kernel for $arch"
	fi
	rm -rf "$work"
	mkdir -p "$work/deb" "$work/files" "$guests"
	say "fetching $package ($suite, $arch)"
	(cd "$work/deb" && apt_quiet apt-get -c "$conf" download "$package") ||
		die "cannot fetch $package; missing: build/guests/$product"
	"$take" "$work"/deb/*.deb "$guests/$product" "$work/files"
	rm -rf "$work"
}

open_archive()
{
	apt_state guests <<-END
		#clear APT::Architectures;
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		Dir::State::status "$root/build/apt/guests/status";
		Dir::State::extended_states "$root/build/apt/guests/extended";
		Dir::Cache::archives "$root/build/apt/guests/archives/";
		Dir::Etc::sourcelist "/dev/null";
		Dir::Etc::preferences "/dev/null";
		APT::Update::Error-Mode "any";
	END
	: >"$state/status"
	apt_source guests "$1" "$suite"
	apt_quiet apt-get -c "$conf" update
}

list=$(missing)
[ -n "$list" ] || exit 0
apt_lock
list=$(missing)
[ -n "$list" ] || exit 0
names=$(awk '{ printf " build/guests/%s", $1 }' <<<"$list")
apt_mirror || apt_mirror_of_machine ||
	die "no Debian mirror among the sources of apt answers" \
		"(no network?); missing:$names"
rm -rf "$root/build/apt/machine"
open_archive "$mirror" || die "cannot read $suite for $arch (no network?);" \
	"missing:$names"
while read -r product package take; do
	fetch "$product" "$package" "$take" </dev/null
done <<<"$list"
rm -rf "$state"
