#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Makes build/guests/debian/disk.img, a Debian system that boots to a login. Its
# packages' own scripts run in a guest of ours, never on this machine.
set -eu
cd "$(dirname "$0")/../.."

directory=build/guests/debian
disk=$directory/disk.img
unpacked=$directory/unpacked.img

[ ! -e "$disk" ] || exit 0
# One at a time; the second one finds it done.
mkdir -p "$directory"
exec 8>"$directory/lock"
flock 8
[ ! -e "$disk" ] || exit 0
config/setup/guests.sh userland
echo "${0##*/}: a guest configures its packages (a minute or two)"
cp --sparse=always "$unpacked" "$disk.new"
if ! BATCH=1 DISKS=$disk.new config/run.sh config/setup/configure.dts \
	>"$directory/log" 2>&1 || ! grep -q 'root: configured' "$directory/log"; then
	cat "$directory/log" >&2
	echo "${0##*/}: $disk: the guest did not configure it" >&2
	exit 1
fi
mv "$disk.new" "$disk"
rm "$unpacked"
