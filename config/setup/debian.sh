#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# debian.sh IMAGE DIRECTORY PACKAGE.deb...: an ext4 image of a Debian system that
# is unpacked (by way of the directory) and will configure itself in a guest.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
size=1536M	# sparse: what is unpacked takes 600 MB of it

mkdir "$2"
"$here/debian.py" "${@:2}"
install -m 755 "$here/configure" "$2/configure"
mke2fs -q -t ext4 -L debian -E root_owner=0:0 -d "$2" "$1" "$size"
