#!/bin/bash
# scale.sh - src/doc/nodes.md: a coordinator and one, two and four nodes,
# clusters of this machine; its recipes beside each other, and what goes wrong without them, in
# one table.  Some six minutes.
#
#   test/scale.sh [--no-install] [--keep]
#
# It is check.sh's layer scale, of a fleet that is large enough for its ratios.  Sets up as check.sh
# does; recipe C needs PL/Proxy, and is left out where that cannot be had.  The last line is
# `N passed, N failed`.

# sh test/scale.sh, too
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -u
case "${1:-}" in
	--help | -h) sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
esac
TUYA_SOAK=1 exec "$(dirname "${BASH_SOURCE[0]}")/check.sh" "$@" scale
