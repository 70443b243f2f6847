#!/bin/bash
# versions.sh - all tests on several PostgreSQL versions.
#
#   test/versions.sh VERSION... [-- LAYER...]
#
# A VERSION is one of
#   15, 17, 18, 19      of the Debian release that has it (19: experimental), in a root
#                       directory that is made by mmdebstrap in $TUYA_ROOTS, by default
#                       /var/tmp/tuya_fdw-roots, and kept there; takes root
#   a directory         such a root directory, or any other with a Debian in it
#   a path              of a pg_config: an installed PostgreSQL, with its server headers and
#                       the TAP modules.  Debian has no 16: build it from PostgreSQL's
#                       sources (configure --enable-tap-tests --with-openssl --prefix=DIR,
#                       make world-bin, make install-world-bin; --enable-cassert is worth it) or take
#                       it from apt.postgresql.org
# A LAYER is check.sh's; all of them without one, and package.sh for Debian's versions.
# All of it takes some 35 minutes a version.
# The last lines are each version's result and, for all of them, `N passed, N failed`.

set -u
unset CDPATH	# whose cd prints
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=test/lib/root.sh
. "$HERE/lib/root.sh"
versions=()

usage()
{
	sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
	exit 2
}

# of_root VERSION-OR-DIRECTORY LAYER...
of_root()
{
	local where=$1
	shift
	find_root "$where" && check_in_root "$ROOT" "$@"
}

while [ $# -gt 0 ] && [ "$1" != -- ]; do
	case $1 in
		-*) usage ;;
		*) versions+=("$1") ;;
	esac
	shift
done
[ $# = 0 ] || shift
[ ${#versions[@]} -gt 0 ] || usage

for version in "${versions[@]}"; do
	if [[ $version =~ ^[0-9]+$ ]]; then
		add_results "$version" of_root "$version" "$@"
		[ $# -gt 0 ] || add_results "$version, packages" bash "$HERE/package.sh" "$version"
	elif [ -d "$version" ]; then
		add_results "$version" of_root "$version" "$@"
	else
		add_results "$version" env PG_CONFIG="$version" bash "$HERE/check.sh" "$@"
	fi
done
sum_up
