# SPDX-License-Identifier: BSD-2-Clause
# Sourced by its neighbours: apt with a private state under build/apt/, so that
# the machine's own sources and lists stay as they are.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
state=		# the private state of this script, set by apt_state
conf=		# its apt.conf
mirror=		# set by apt_mirror

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

say()
{
	printf '%s: %s\n' "${0##*/}" "$*"
}

# One setup at a time: a second one waits, then finds nothing to do.
apt_lock()
{
	mkdir -p "$root/build/apt"
	exec 9>"$root/build/apt/lock"
	flock 9
}

# apt_state NAME: an empty private state, with what every state needs. The
# rest of the configuration is appended to $conf from standard input. It comes
# after the machine's own (proxies and credentials are wanted); the machine's
# update hooks are for the machine's lists, and cleared.
apt_state()
{
	state=$root/build/apt/$1
	conf=$state/apt.conf
	mkdir -p "$state/lists/partial" "$state/archives/partial" \
		"$state/sources.list.d" "$state/preferences.d"
	rm -f "$state"/sources.list.d/* "$state"/preferences.d/*
	cat >"$conf" - <<-END
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear APT::Default-Release;
		APT::Sandbox::User "root";
		APT::Get::AllowUnauthenticated "false";
		Acquire::AllowInsecureRepositories "false";
		Acquire::AllowWeakRepositories "false";
		Acquire::GzipIndexes "true";
		Acquire::Languages "none";
		Acquire::Retries "2";
		DPkg::Lock::Timeout "120";
		Dir::State::lists "$state/lists/";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
		Dir::Etc::sourceparts "$state/sources.list.d/";
		Dir::Etc::preferencesparts "$state/preferences.d/";
	END
	cat >>"$conf"
}

# apt_source NAME URI SUITE...: one more source, of Debian's own signature.
apt_source()
{
	cat >"$state/sources.list.d/$1.sources" <<-END
		Types: deb
		URIs: $2
		Suites: ${*:3}
		Components: main
		Signed-By: $keyring
	END
}

# link_parts DIRECTORY FILE...: what is no file (an unmatched *) is left out.
link_parts()
{
	local part

	for part in "${@:2}"; do
		[ ! -f "$part" ] || ln -s "$part" "$state/$1"
	done
}

# A state with the sources and pins of the machine itself.
apt_state_of_machine()
{
	local sourceparts='' preferencesparts=''

	eval "$(apt-config shell sourceparts Dir::Etc::sourceparts/d \
		preferencesparts Dir::Etc::preferencesparts/d)"
	apt_state machine </dev/null
	link_parts sources.list.d "$sourceparts"/*.list "$sourceparts"/*.sources
	link_parts preferences.d "$preferencesparts"/*
}

# apt_quiet COMMAND...: its output only where it fails, the errors of it.
apt_quiet()
{
	"$@" >"$state/log" 2>&1 9>&- && return
	grep -E '^(E|W|Err):' "$state/log" >&2 || tail -n 20 "$state/log" >&2
	return 1
}

# Why the last update failed: a mirror that is just being brought up to date has
# files that do not fit each other.
apt_in_between()
{
	grep -qE 'unexpected size|Hash Sum mismatch|[Ss]ync in progress' \
		"$state/log"
}

# Sets mirror to the address of the Debian mirror that the machine's sources
# name, from lists that were fetched: only those know codename and origin; false
# where there is none. Arguments go to apt-get.
apt_mirror()
{
	# shellcheck disable=SC2016 # the $ are apt's
	mirror=$(apt-get "$@" indextargets --format \
		'$(CODENAME) $(ORIGIN) $(COMPONENT) $(CREATED_BY) $(SITE)' |
		awk -v codename="${VERSION_CODENAME:-}" '
			!/cdrom:/ && $1 == codename && $2 == "Debian" &&
			$3 == "main" && $4 == "Packages" { site = $5 }
			END { print site }')
	[ -n "$mirror" ]
}

# The same, from lists that are fetched anew to a private place: the machine's
# may be old or were never fetched, and not everybody may fetch them. Leaves
# the state "machine".
apt_mirror_of_machine()
{
	apt_state_of_machine
	# A source of somebody else's that fails is no reason to stop.
	apt_quiet apt-get -c "$conf" update || :
	apt_mirror -c "$conf"
}
