#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Runs the tests in the given folders or files; ends with a line of totals.
#
# tests/run.sh PATH...   other arguments go to pytest: -k WORD, -x, -s
# WORKERS=n: so many files at a time
set -eu
cd "$(dirname "$0")/.."

out=$PWD/build/tests
mkdir -p "$out"
rm -f "$out/junit.xml" "$out/totals"
export PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
export PYTEST_DISABLE_PLUGIN_AUTOLOAD=1

workers=()
[ "${WORKERS:-1}" = 1 ] || workers=(-p xdist -n "$WORKERS" --dist loadfile)

# Not whatever python3 comes first in PATH: Debian's has the modules.
python=/usr/bin/python3
status=0
"$python" -m pytest --rootdir="$PWD" -o cache_dir="$out/cache" \
	--no-header --tb=short -rfEs --durations=8 --durations-min=2 \
	-o junit_family=xunit2 --junit-xml="$out/junit.xml" \
	"${workers[@]}" "$@" || status=$?

# No report, or nothing that ran, is a failure too.
"$python" tests/lib/totals.py "$out/junit.xml" >"$out/totals" ||
	status=$((status | 1))
cat "$out/totals"
exit "$status"
