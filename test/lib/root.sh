# shellcheck shell=bash
#
# root.sh - PostgreSQL versions that are not this machine's, each in a root directory
# of its own, made of the Debian release that has it; and the tests' results over
# several versions.  Sourced; needs root, and namespaces.

# Sets SUITE to the release that has the major version.
suite_of()
{
	case $1 in
		15) SUITE=bookworm ;;
		17) SUITE=trixie ;;
		18) SUITE=forky ;;
		19) SUITE=sid ;;
		*) printf 'no Debian release has PostgreSQL %s\n' "$1" >&2; return 1 ;;
	esac
}

# Prints this machine's Debian mirror.
mirror()
{
	{
		sed -n 's/^URIs: *\([^ ]*debian\/*\)\( .*\)\?$/\1/p' /etc/apt/sources.list.d/*.sources
		sed -n 's/^deb \(\[[^]]*\] \)\?\([^ ]*debian\/*\) .*/\2/p' /etc/apt/sources.list
		printf '%s\n' http://deb.debian.org/debian
	} 2>/dev/null | sed 's,/*$,,' | head -n 1
}

# Prints the sources of SUITE, as in sources.list.
sources()
{
	local mirror key=/usr/share/keyrings/debian-archive-keyring.gpg
	mirror=$(mirror)
	printf '%s\n' "deb [signed-by=$key] $mirror $SUITE main"
	case $SUITE in
		bookworm | trixie) printf '%s\n' "deb [signed-by=$key] $mirror-security $SUITE-security main" ;;
		sid) printf '%s\n' "deb [signed-by=$key] $mirror experimental main" ;;
	esac
}

# apt_here PACKAGE... - installs them on this machine
apt_here()
{
	local get=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
	"${get[@]}" install -y --no-install-recommends "$@" </dev/null && return
	"${get[@]}" update && "${get[@]}" install -y --no-install-recommends "$@" </dev/null
}

# make_root MAJOR DIRECTORY - a minimal Debian whose archive has that version; the rest
# check.sh installs in there.  How this machine's apt reaches its archive holds there.
make_root()
{
	local options=() lines=() line
	suite_of "$1" || return
	[ ! -e "$2/.ready" ] || return 0
	[ "$(id -u)" = 0 ] || { printf 'a root directory takes root to make\n' >&2; return 1; }
	command -v mmdebstrap >/dev/null || apt_here mmdebstrap debian-archive-keyring || return
	while read -r line; do options+=(--aptopt="${line%;}"); done < <(apt-config dump | grep -E '^Acquire::(Check|http|Retries)[^ ]* ".')
	mapfile -t lines < <(sources)
	rm -rf --one-file-system "$2"
	mmdebstrap --variant=minbase --format=directory "${options[@]}" --aptopt='APT::Install-Recommends "false"' \
		--dpkgopt=force-unsafe-io "$SUITE" "$2" "${lines[@]}" || return
	if [ "$SUITE" = sid ]; then
		printf 'Package: postgresql* libpq*\nPin: release a=experimental\nPin-Priority: 990\n' >"$2/etc/apt/preferences.d/postgresql"
	fi
	cp /etc/resolv.conf /etc/hosts "$2/etc/" && : >"$2/.ready"
}

# find_root WHERE - sets ROOT to WHERE, a root directory, or to that of the version WHERE,
# which is made if it is not there, and kept
find_root()
{
	ROOT=$1
	[[ $1 =~ ^[0-9]+$ ]] || return 0
	ROOT=${TUYA_ROOTS:-/var/tmp/tuya_fdw-roots}/$1
	mkdir -p "${ROOT%/*}" && make_root "$1" "$ROOT"
}

# in_root DIRECTORY COMMAND - in there, with processes of its own, on this machine's network
in_root()
{
	# shellcheck disable=SC2016 # for the shell inside
	unshare -mpf --kill-child bash -c 'mount --make-rprivate / && mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" &&
		exec chroot "$0" /usr/bin/env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -c "$1"' "$1" "$2"
}

# in_copy DIRECTORY COMMAND [OUT] - in there, in a copy of this tree of its own: another run
# may be in the same root.  What it leaves in the copy's directory out is copied to OUT.
in_copy()
{
	local root=$1 command=$2 out=${3:-} here copy status
	here=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd -P)
	copy=$(mktemp -d "$root/tuya_fdw.XXXXXX") && chmod 755 "$copy" || return
	tar -C "$here" --exclude=./.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' -cf - . | tar -C "$copy" --no-same-owner -xf - || { rm -rf "$copy"; return 1; }
	in_root "$root" "cd /${copy##*/} && $command"
	status=$?
	[ -z "$out" ] || cp "$copy"/out/* "$out" || status=1
	rm -rf "$copy"
	return $status
}

# check_in_root DIRECTORY ARGUMENT... - check.sh in there
check_in_root()
{
	local root=$1
	shift
	in_copy "$root" "TUYA_SOAK=${TUYA_SOAK:-} TUYA_SEED=${TUYA_SEED:-} TUYA_STATEMENTS=${TUYA_STATEMENTS:-} exec bash test/check.sh $*"
}

# --- results over several versions --------------------------------------------

ALL_PASSED=0 ALL_FAILED=0
RESULTS=()

# add_results NAME COMMAND... - runs a check.sh, shows what it says, and adds the numbers
# of its last line.  One that does not get so far is a failure.
add_results()
{
	local name=$1 log status last
	shift
	log=$(mktemp) || exit 1
	printf '\n=== %s\n' "$name"
	"$@" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	last=$(tail -n 1 "$log")
	VERSION=$(sed -n 's/^== build with PostgreSQL \([0-9]*\).*/\1/p' "$log" | head -n 1)
	rm -f "$log"
	if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
		ALL_PASSED=$((ALL_PASSED + BASH_REMATCH[1]))
		ALL_FAILED=$((ALL_FAILED + BASH_REMATCH[2]))
		[ "$status" = 0 ] || [ "${BASH_REMATCH[2]}" != 0 ] || ALL_FAILED=$((ALL_FAILED + 1))
	else
		last="could not run: $last"
		ALL_FAILED=$((ALL_FAILED + 1))
	fi
	RESULTS+=("$name${VERSION:+, PostgreSQL $VERSION}: $last")
}

# Prints a line a version and then the sum; fails if anything has failed.
sum_up()
{
	printf '\n'
	printf '%s\n' "${RESULTS[@]}"
	printf '%s passed, %s failed\n' "$ALL_PASSED" "$ALL_FAILED"
	[ "$ALL_FAILED" = 0 ]
}
