#!/bin/bash
# soak.sh - what takes long, at full size: joins under faults, rate limits, cancels in
# every state, sessions at once, a million lookups, the fuzzers.  About two hours.
#
#   test/soak.sh [--no-install] [--keep] [LAYER...]
#
# Sets up as check.sh does, and shows what was measured; LAYER is fuzz or tap, both
# without a name.  The last line is `N passed, N failed`.

set -u
layers=(fuzz tap)
for argument; do
	[[ $argument == --* ]] || layers=()
done
TUYA_SOAK=1 exec "$(dirname "${BASH_SOURCE[0]}")/check.sh" "$@" "${layers[@]}"
