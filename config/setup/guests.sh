#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Fetches the guests' files (Debian for riscv64) and libfdt to build/guests/.
# guests.sh userland: also the packages of a whole Debian system, as an image.
set -euo pipefail
# shellcheck source=config/setup/apt.sh
. "$(dirname "$0")/apt.sh"
# shellcheck source=/dev/null
. /etc/os-release

suite=trixie
alias=stable	# the same, while it is
arch=riscv64
guests=$root/build/guests

# The one list: what is made, of which packages, and the function that does it;
# linux/Image comes with its modules.
products="
	linux/modules	linux-image-$arch	take_kernel
	busybox		busybox-static		take_busybox
	sysroot		libfdt-dev		take_libfdt
	firmware	opensbi,u-boot-qemu	take_firmware
	u-boot-m.bin	u-boot-qemu		take_u_boot
	load		stress-ng,rt-tests	take_load
	bench		sqlite3,cpp-14,stress-ng,rt-tests	take_bench
"

# What takes longer, and is made only where it is asked for: a system in which
# fio and iperf3 measure, and sqlite3, python3 and gcc are what one would run.
[ "${1:-}" != userland ] || products+="
	debian/unpacked.img	apt,systemd-sysv,udev,dbus,procps,iproute2,iputils-ping,netbase,curl,sqlite3,python3,gcc,libc6-dev,fio,iperf3,kmod	take_debian
"

# Programs come with the packages of their libraries, as these depend on each
# other; but what stress-ng and hackbench never load stays away: an interpreter,
# drivers of graphics cards, questions at installation.
unwanted="python3 mesa-libgallium libegl-mesa0 debconf"

# A product moves to its place whole: what exists is good.
missing()
{
	local product rest

	while read -r product rest; do
		[ -z "$product" ] || [ -e "$guests/$product" ] ||
			echo "$product $rest"
	done <<<"$products"
}

# take_*: to the product's place $1, by way of the directory $2, which is of the
# same file system, from the packages $3...

# tar PACKAGE OPTION...: its files, chosen by the options
unpack()
{
	dpkg-deb --fsys-tarfile "$1" | tar -x --no-same-owner "${@:2}"
}

# What the tests need of the kernel's modules; what these need comes with them.
modules="virtio_mmio virtio_blk virtio_net virtio_console virtio_rng
	virtio_balloon ext4 crc32c_generic"

# take_module TO FROM NAME: it and what it depends on, unpacked; their names to
# TO/order, in the order in which they can be loaded. One that is not there is
# part of the kernel.
take_module()
{
	local file name=${3//-/_} need needs

	[ ! -e "$1/$name.ko" ] || return 0
	file=$(find "$2" -name "${name//_/[-_]}.ko.xz")
	[ -n "$file" ] || return 0
	xz -dc "$file" >"$1/$name.ko"
	needs=$(readelf -p .modinfo "$1/$name.ko" |
		sed -n 's/.* depends=//p' | tr , ' ')
	for need in $needs; do
		take_module "$1" "$2" "$need"
	done
	echo "$name" >>"$1/order"
}

# The kernel is a flat Image: "Boot image header in RISC-V Linux" of the
# kernel's documentation has the magic "RSC\x05" at byte 56.
take_kernel()
{
	local module

	unpack "$3" -C "$2" --wildcards './boot/vmlinu*-*' '*.ko.xz'
	mkdir "$2/modules"
	for module in $modules; do
		take_module "$2/modules" "$2" "$module"
	done
	mv "$2"/boot/vmlinu* "$2/Image"
	if gzip -tq "$2/Image" 2>/dev/null; then
		gzip -dc "$2/Image" >"$2/flat"
		mv "$2/flat" "$2/Image"
	fi
	[ "$(od -An -j56 -N4 -tx1 "$2/Image")" = ' 52 53 43 05' ] ||
		die "${3##*/}: its kernel is no flat RISC-V Image"
	mkdir -p "${1%/*}"
	dpkg-deb -f "$3" Package Version >"$2/version"
	mv "$2/version" "${1%/*}/version"
	mv "$2/Image" "${1%/*}/Image"
	mv "$2/modules" "$1"
}

take_busybox()
{
	unpack "$3" -C "$2" --wildcards '*/bin/busybox'
	find "$2" -name busybox -exec touch {} + -exec mv {} "$1" \;
}

# OpenSBI, and U-Boot as what comes behind it.
take_firmware()
{
	local package new=$2/new

	for package in "${@:3}"; do
		unpack "$package" -C "$2" --wildcards '*/fw_*.bin' \
			'*/qemu-riscv64_smode/u-boot.bin' 2>/dev/null || :
	done
	mkdir "$new"
	cp "$2"/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_*.bin \
		"$2"/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin "$new"
	mv "$new" "$1"
}

# The one that expects to own M-mode.
take_u_boot()
{
	unpack "$3" -C "$2" --wildcards '*/qemu-riscv64/u-boot.bin'
	mv "$2/usr/lib/u-boot/qemu-riscv64/u-boot.bin" "$1"
}

take_libfdt()
{
	unpack "$3" -C "$2" --wildcards './usr/include/*.h' \
		"./usr/lib/$arch-linux-gnu/libfdt.a"
	mkdir "$2/root"
	mv "$2/usr" "$2/root"
	mv "$2/root" "$1"
}

# needed FILE...: the shared libraries that they are linked with
needed()
{
	readelf -d "$@" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u
}

# add_libraries FROM TO FILE...: every library that the files need, and those
# that these need, by the names that they are asked for
add_libraries()
{
	local name names todo=("${@:3}")

	while [ ${#todo[@]} -gt 0 ]; do
		mapfile -t names < <(needed "${todo[@]}")
		todo=()
		for name in "${names[@]}"; do
			[ ! -e "$2/$name" ] || continue
			cp -L "$1/$name" "$2" || die "no package has $name"
			todo+=("$2/$name")
		done
	done
}

# take_programs TO WORK PROGRAMS PACKAGE...: to bin/, what they need to lib/
# beside it
take_programs()
{
	local package program new=$2/new

	for package in "${@:4}"; do
		unpack "$package" -C "$2" --exclude './usr/share'
	done
	mkdir -p "$new/bin" "$new/lib"
	for program in $3; do
		cp -L "$2/usr/$program" "$new/bin"
	done
	add_libraries "$2/usr/lib/$arch-linux-gnu" "$new/lib" "$new"/bin/*
	mv "$new" "$1"
}

take_load()
{
	take_programs "$1" "$2" "bin/stress-ng bin/hackbench" "${@:3}"
}

take_bench()
{
	take_programs "$1" "$2" "bin/sqlite3 bin/stress-ng bin/hackbench
		bin/cyclictest libexec/gcc/$arch-linux-gnu/14/cc1" "${@:3}"
}

# Root's files stay root's, whoever builds: fakeroot keeps the owners.
take_debian()
{
	fakeroot "$root/config/setup/debian.sh" "$2/image" "$2/root" "${@:3}"
	mkdir -p "${1%/*}"
	mv "$2/image" "$1"
}

# linux-image-riscv64 is empty and depends on the newest kernel of the suite.
newest_kernel()
{
	apt-cache -c "$conf" depends "linux-image-$arch" |
		sed -n 's/^ *Depends: \(linux-image-[^ ]*\).*/\1/p' | head -n 1
}

# download DIRECTORY PACKAGE...
download()
{
	(cd "$1" && apt_quiet apt-get -c "$conf" download "${@:2}")
}

# download_all DIRECTORY PACKAGE...: with those that they need; DIRECTORY/status
# has what is there already.
download_all()
{
	mkdir -p "$1/partial"
	apt_quiet apt-get -c "$conf" -o "Dir::State::status=$1/status" \
		-o "Dir::Cache::archives=$1/" -y --no-install-recommends \
		--download-only install "${@:2}"
}

# The same, and the unwanted ones are said to be there already.
download_with_libraries()
{
	# shellcheck disable=SC2086 # a list of words
	apt-cache -c "$conf" --no-all-versions show $unwanted | sed -n '
		s/^Package: .*/&\nStatus: hold ok installed/p
		/^\(Version\|Architecture\|Multi-Arch\|Maintainer\): /p
		/^Description: /p
		/^$/p' >"$1/status"
	download_all "$@"
}

# The same, and what Debian requires to be in every system.
download_system()
{
	: >"$1/status"
	download_all "$@" '~E' '~prequired'
}

fetch()
{
	local product=$1 package=$2 take=$3
	local work=$state/work get=download

	case $take in
	take_kernel)
		package=$(newest_kernel)
		[ -n "$package" ] || die "$suite has no kernel for $arch" ;;
	take_firmware)
		package=${package//,/ } ;;
	take_load | take_bench)
		package=${package//,/ }
		get=download_with_libraries ;;
	take_debian)
		package=${package//,/ }
		get=download_system ;;
	esac
	rm -rf "$work"
	mkdir -p "$work/deb" "$work/files" "$guests"
	say "fetching $package ($suite, $arch)"
	# shellcheck disable=SC2086 # may be more than one
	"$get" "$work/deb" $package ||
		die "cannot fetch $package; missing: build/guests/$product"
	"$take" "$guests/$product" "$work/files" "$work"/deb/*.deb
	rm -rf "$work"
}

# open_archive MIRROR NAME: the lists of the suite of that name, if it is ours.
open_archive()
{
	local codename

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
	apt_source guests "$1" "$2"
	apt_quiet apt-get -c "$conf" update || return
	# shellcheck disable=SC2016 # the $ is apt's
	codename=$(apt-get -c "$conf" indextargets --format '$(CODENAME)')
	[ "$codename" = "$suite" ]
}

# A mirror in between two states may have the suite whole by its other name, or
# in a while.
open_archive_patiently()
{
	local wait

	for wait in 10 30 60 0; do
		open_archive "$1" "$suite" && return
		apt_in_between || return
		open_archive "$1" "$alias" && return
		[ "$wait" = 0 ] || say "the mirror is being updated: trying" \
			"again in $wait s"
		sleep "$wait"
	done
	return 1
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
open_archive_patiently "$mirror" || die "cannot read $suite for $arch (no network?);" \
	"missing:$names"
while read -r product package take; do
	fetch "$product" "$package" "$take" </dev/null
done <<<"$list"
rm -rf "$state"
