#!/bin/bash
# package.sh - tests the packages that deb.sh builds, and the archive of make dist, on
# Debians that have nothing: builds, installs, uses and purges them there.
#
#   test/package.sh [VERSION...]
#
# VERSION is a PostgreSQL of Debian's: 15 (Debian 12) and 17 (Debian 13) without one, or
# 18, 19.  Takes root, and some 5 minutes a version on two cores.  The root
# directories are made by mmdebstrap in $TUYA_ROOTS, by default /var/tmp/tuya_fdw-roots;
# package-VERSION is kept there, and only copies of it are used.  The last line is
# `N passed, N failed`.

# sh test/package.sh, too
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -u
unset CDPATH	# whose cd prints
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
TREE=$(dirname "$HERE")
ROOTS=${TUYA_ROOTS:-/var/tmp/tuya_fdw-roots}
TUYA_WORK=
LOG=

case ${1:-} in -*) sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;; esac

say()
{
	printf '%s\n' "$*"
}

die()
{
	printf 'package.sh: %s\n' "$*" >&2
	exit 1
}

# quietly LOGFILE COMMAND... - runs it, with what it says in the log
quietly()
{
	local log=$1
	shift
	"$@" >>"$log" 2>&1 </dev/null
}

# shellcheck source=test/lib/root.sh
. "$HERE/lib/root.sh"
# shellcheck source=test/lib/results.sh
. "$HERE/lib/results.sh"

clean_up()
{
	local status=$?
	[ -z "$TUYA_WORK" ] || rm -rf --one-file-system "$TUYA_WORK"
	[ $status = 0 ] || [ "$FAILED" != 0 ] || FAILED=1
	say "$PASSED passed, $FAILED failed"
	[ "$FAILED" = 0 ] || exit 1
}

# inside ROOT FUNCTION ARGUMENT... - runs one of package_inside.sh in there, in a folder
# where this tree is as well
inside()
{
	local root=$TUYA_WORK/$1
	shift
	in_root "$root" "cd /tuya_test && . tree/test/lib/package_inside.sh && $*"
}

# new_root NAME - a copy of the root directory that has nothing, with this tree
new_root()
{
	local there=$TUYA_WORK/$1
	rm -rf --one-file-system "$there"
	cp -a "$BASE" "$there" && mkdir -p "$there/tuya_test/tree" || die "cannot copy $BASE"
	tar -C "$TREE" --exclude=./.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' --exclude='*.deb' -cf - . |
		tar -C "$there/tuya_test/tree" --no-same-owner -xf - || die "cannot copy $TREE"
}

# What make dist archives of the last commit, for the root directory; fails if this is
# no repository.
put_archive()
{
	git -c safe.directory="$TREE" -C "$TREE" archive --format=zip --prefix=tuya_fdw-test/ -o "$TUYA_WORK/build/tuya_test/dist.zip" HEAD 2>/dev/null
}

# test_version VERSION
test_version()
{
	local log=$LOG/$1 what
	say "== PostgreSQL $1"
	BASE=$ROOTS/package-$1
	what="there is a Debian with PostgreSQL $1"
	quietly "$log-root" make_root "$1" "$BASE" || { fail "$what" "$log-root"; return; }
	new_root build
	one "deb.sh builds the packages on a Debian that has nothing" "$log-build" inside build build_packages "$1" first || return
	one "the same tree makes the same packages, byte by byte" "$log-again" inside build build_again "$1"
	one "a package has the extension, its texts, and no scripts" "$log-contents" inside build has_only "$1"
	one "lintian finds nothing" "$log-lintian" inside build lint
	what="the archive of make dist builds and installs alone, by make and by PGXN's client"
	if put_archive; then one "$what" "$log-dist" inside build install_archive "$1"; else skip "$what" "no repository"; fi
	new_root user
	cp "$TUYA_WORK"/build/tuya_test/first/*.deb "$TUYA_WORK/user/tuya_test/"
	one "apt-get install brings what the package needs" "$log-install" inside user install_packages "$1"
	quietly "$log-use" inside user use "$1"
	tally "the package in a server" "$log-use" $?
	one "what is purged leaves nothing" "$log-purge" inside user purge "$1"
}

[ "$(id -u)" = 0 ] || die 'takes root'
[ $# -gt 0 ] || set -- 15 17
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
TUYA_WORK=$(mkdir -p "$ROOTS" && mktemp -d "$ROOTS/package.XXXXXX") || die "cannot write to $ROOTS"
LOG=$TUYA_WORK/log
mkdir "$LOG"
for version; do
	test_version "$version"
done
[ "$FAILED" = 0 ]
