#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Installs the Debian packages that building, running and testing need.
set -eu
# shellcheck source=config/setup/apt.sh
. "$(dirname "$0")/apt.sh"
# shellcheck source=/dev/null
. /etc/os-release

qemu_major=10
backports=bookworm-backports	# Debian 12 has QEMU 10 there only

# The one list: package, and the oldest version that will do.
packages="
	make
	gcc
	libc6-dev
	gcc-riscv64-linux-gnu
	libc6-dev-riscv64-cross
	gcc-riscv64-unknown-elf
	picolibc-riscv64-unknown-elf
	device-tree-compiler
	libfdt-dev
	libclang-rt-19-dev
	libcmocka-dev
	python3
	python3-matplotlib
	python3-pexpect
	python3-pytest
	python3-pytest-xdist
	clang-19
	clang-format-19
	cppcheck
	cpio
	e2fsprogs
	fakeroot
	git
	debian-archive-keyring	2023.3+deb12u2
	opensbi
	xz-utils
	qemu-system-riscv	1:$qemu_major.0
"

# Prints the packages of the list that are not there, or too old.
missing()
{
	local name status number oldest
	local -A version=()

	# shellcheck disable=SC2016 # the $ are those of dpkg-query
	while read -r name status number; do
		[ "$status" != installed ] || version[$name]=$number
	done < <(awk 'NF { print $1 }' <<<"$packages" | xargs dpkg-query -W \
		-f '${Package} ${db:Status-Status} ${Version}\n' 2>/dev/null)
	while read -r name oldest; do
		[ -n "$name" ] || continue
		number=${version[$name]:-}
		[ -n "$number" ] && { [ -z "$oldest" ] ||
			dpkg --compare-versions "$number" ge "$oldest"; } ||
			echo "$name"
	done <<<"$packages"
}

# Sets as_root to what runs a command as root; false where nothing does.
become_root()
{
	as_root=()
	[ "$(id -u)" -ne 0 ] || return 0
	as_root=(sudo)
	command -v sudo >/dev/null || return 1
	sudo -n true 2>/dev/null || [ -t 0 ]
}

tell_what_to_install()
{
	local suite=''

	[ "${VERSION_CODENAME:-}" = bookworm ] && suite="-t $backports "
	cat >&2 <<-END
		${0##*/}: these Debian packages are missing:
		$(printf '    %s\n' "$@")
		and neither root nor sudo is at hand. As root:
		    apt-get install --no-install-recommends $suite$*
	END
	[ -z "$suite" ] || cat >&2 <<-END
		where $backports is among the apt sources, or just
		    ${BASH_SOURCE[0]}
		which asks it for QEMU without a change to them.
	END
	exit 1
}

# Adds the suite that has QEMU for Debian 12, from the mirror $1, for QEMU's own
# packages only.
add_backports()
{
	apt_source backports "$1" "$backports"
	cat >"$state/preferences.d/backports" <<-END
		Package: src:qemu src:opensbi
		Pin: release n=$backports
		Pin-Priority: 900
	END
	apt_quiet apt-get -c "$conf" update
}

install()
{
	case ${VERSION_CODENAME:-unknown} in
	bookworm | trixie) ;;
	*) die "this is ${PRETTY_NAME:-no Debian}, not Debian 12 or 13:" \
		"install by other means: $*" ;;
	esac
	become_root || tell_what_to_install "$@"
	apt_lock
	say "installing $*"
	apt_mirror_of_machine ||
		die "no Debian mirror among the sources of apt answers (no" \
			"network?), still to install: $*"
	[ "$VERSION_CODENAME" != bookworm ] || add_backports "$mirror" ||
		die "cannot read $backports, still to install: $*"
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get \
		-c "$conf" -qq -y --no-install-recommends install "$@" 9>&- ||
		die "apt-get failed (no network?), still to install: $*"
	rm -rf "$state"
}

check_qemu()
{
	local version

	version=$(qemu-system-riscv64 --version | sed -n '1s/.*version //p')
	case $version in
	"$qemu_major".*) ;;
	*) say "QEMU ${version:-} is not of the $qemu_major series:" \
		"what was measured and tested may differ" >&2 ;;
	esac
}

mapfile -t wanted < <(missing)
[ ${#wanted[@]} -eq 0 ] || install "${wanted[@]}"
check_qemu
