#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What the Debian system of `make image` is to do, once somebody logged in; from a
# disk of its own: bash /dev/vdc 1|2. Two of them meet on a switch. A line
# "debian: NAME ok" for each that went well.
me=$1
other=10.0.0.$((3 - me))
cd "$(mktemp -d)" || exit

software()
{
	[ "$(sqlite3 some.db 'create table t (n); insert into t values (41);
		select n + 1 from t;')" = 42 ] &&
		[ "$(python3 -c 'import json, math
print(json.loads("[42]")[0], math.isqrt(144))')" = '42 12' ] &&
		printf '#include <math.h>\n#include <stdio.h>\nint main(void) {
			volatile double x = 144; printf("%%g\\n", sqrt(x)); }' >x.c &&
		gcc -O2 -o x x.c -lm && [ "$(./x)" = 12 ]
}

# dpkg knows of nothing that is half installed, systemd of nothing that failed.
whole()
{
	[ -z "$(dpkg --audit)" ] && ! systemctl --quiet is-failed '*'
}

# Written at random places, read and compared, each depth anew.
verified()
{
	local depth

	for depth in 1 8 32; do
		fio --name=verified --filename=/dev/vdb --size=8M --direct=1 \
			--ioengine=libaio --rw=randrw --bsrange=4k-64k \
			--bs_unaligned=0 --blockalign=4k --iodepth=$depth \
			--verify=crc32c --verify_fatal=1 >fio.log 2>&1 ||
			{ cat fio.log; return 1; }
	done
}

link()
{
	systemctl stop systemd-networkd.socket systemd-networkd
	ip link set eth0 up && ip addr add "10.0.0.$me/24" dev eth0
}

# The other one may boot much longer.
meet()
{
	local tries=0

	until ping -q -c 1 -W 1 "$other" >/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || return
	done
}

# The other one floods at the same time: a full ring may lose some.
flood()
{
	ping -q -f -c 5000 -s 1400 "$other" | tee flood.log |
		grep -q ' [0-4]\(\.[0-9]*\)\?% packet loss' ||
		{ cat flood.log; return 1; }
}

# TCP both ways at once; each is the other's server.
streams()
{
	iperf3 --server --daemon
	together streams
	iperf3 --client "$other" --time 4 --bidir >iperf.log ||
		{ cat iperf.log; return 1; }
	grep -E 'sender|receiver' iperf.log
}

# 64 MiB, fetched by each from the other at the same time, with their sum.
transfer()
{
	head -c 64M /dev/urandom >www/file
	sha256sum <www/file >www/sum
	together transfer
	curl -s -o file "http://$other/file" -o sum "http://$other/sum" &&
		[ "$(stat -c %s file)" = $((64 << 20)) ] &&
		sha256sum <file | cmp - sum
}

# Until the other one has come as far.
together()
{
	local tries=0

	touch "www/$1"
	until curl -s -f -o seen "http://$other/$1"; do
		sleep 0.5
		tries=$((tries + 1))
		[ $tries -lt 400 ] || return
	done
}

mkdir www
for name in software whole verified link meet; do
	"$name" && echo "debian: $name ok" || echo "debian: $name FAILED"
done
python3 -m http.server --directory www 80 >http.log 2>&1 &
for name in flood streams transfer; do
	"$name" && echo "debian: $name ok" || echo "debian: $name FAILED"
done
together done && sleep 2
kill %1
poweroff
