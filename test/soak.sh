#!/bin/bash
# soak.sh - what takes long, at full size: joins under faults, rate limits, cancels in
# every state, sessions at once, a million lookups, the fuzzers, all regression tests
# with the sanitizers and under valgrind.  Some three hours.
#
#   test/soak.sh [--no-install] [--keep] [LAYER...]
#
# Sets up as check.sh does, and shows what was measured; LAYER is fuzz, tap,
# asan or valgrind, all of them without a name.  The last line is `N passed, N failed`.

# sh test/soak.sh, too
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -u
layers=(fuzz tap asan valgrind)
for argument; do
	[[ $argument == --* ]] || layers=()
done
TUYA_SOAK=1 exec "$(dirname "${BASH_SOURCE[0]}")/check.sh" "$@" "${layers[@]}"
