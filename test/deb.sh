#!/bin/bash
# deb.sh - builds Debian packages of this tree: postgresql-NN-tuya-fdw and its debug
# symbols, for each PostgreSQL NN that is installed here.  Leaves them in the current
# directory; what they are made of is in package/, the build is in a temporary one.
#
#   test/deb.sh [--no-install] [--keep]
#
#   --no-install  take the packages that the build needs as they are, say what is missing:
#                 a version counts as installed if its postgresql-server-dev-NN is
#   --keep        leave the temporary directory, with the log
#
# If no PostgreSQL is installed, it is for the newest that this machine's archive has.
# In the environment, DEBFULLNAME and DEBEMAIL are the packages' maintainer, and
# SOURCE_DATE_EPOCH is their time, by default that of the last commit.  The same tree at
# the same time makes the same packages, byte by byte.

# sh test/deb.sh, too
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -u
unset CDPATH	# whose cd prints
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
ROOT=$(dirname "$HERE")
INSTALL=yes KEEP=no

for argument; do
	case $argument in
		--no-install) INSTALL=no ;;
		--keep) KEEP=yes ;;
		--help | -h) sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
		*) printf 'deb.sh: no such option: %s\n' "$argument" >&2; exit 2 ;;
	esac
done

# shellcheck source=test/lib/machine.sh
. "$HERE/lib/machine.sh"

DEB_PACKAGES=(debhelper dpkg-dev gcc make libc6-dev libcurl4-openssl-dev libjson-c-dev libssl-dev)
VERSIONS=()

# Prints the versions that are installed, with or without their headers.
installed_versions()
{
	local v
	for ((v = PG_OLDEST; v <= PG_NEWEST; v++)); do
		[ ! -e "/usr/lib/postgresql/$v/bin/postgres" ] && ! has_headers "$v" || printf '%s\n' "$v"
	done
}

has_headers()
{
	[ -e "/usr/lib/postgresql/$1/lib/pgxs" ]
}

# Sets VERSIONS to those to build for, and installs what that takes.
install_for_build()
{
	need_apt
	mapfile -t VERSIONS < <(installed_versions)
	[ ${#VERSIONS[@]} -gt 0 ] || { find_offered; VERSIONS=("$PG_MAJOR"); }
	install_packages "${DEB_PACKAGES[@]}" "${VERSIONS[@]/#/postgresql-server-dev-}"
}

# The same with what there is; else fails with one line.
need_for_build()
{
	local missing v
	[ -n "$(command -v dpkg-query)" ] || die "missing: dpkg; the packages are Debian's"
	for v in $(installed_versions); do
		if has_headers "$v"; then VERSIONS+=("$v"); else say "None for PostgreSQL $v: there is no postgresql-server-dev-$v"; fi
	done
	mapfile -t missing < <(not_installed "${DEB_PACKAGES[@]}")
	[ ${#VERSIONS[@]} -gt 0 ] || missing+=("postgresql-server-dev-NN of a PostgreSQL NN from $PG_OLDEST to $PG_NEWEST")
	[ ${#missing[@]} = 0 ] || die "missing: ${missing[*]} (test/deb.sh without --no-install installs what is)"
}

# Prints the tree's version, as META.json has it.
version()
{
	sed -n 's/^   "version": "\(.*\)",$/\1/p' "$ROOT/META.json"
}

# Prints when the tree was last changed; an archive's files have their commit's time.
source_date()
{
	git -c safe.directory="$ROOT" -C "$ROOT" log -1 --format=%ct 2>/dev/null || stat -c %Y "$ROOT/META.json"
}

maintainer()
{
	printf '%s <%s>\n' "${DEBFULLNAME:-The tuya_fdw authors}" "${DEBEMAIL:-maintainers@users.noreply.r-seed-39b9bba6.example}"
}

changelog()
{
	printf 'tuya-fdw (%s-1) unstable; urgency=medium\n\n  * tuya_fdw %s. What is new is in changelog.gz, beside this file.\n\n -- %s  %s\n' \
		"$(version)" "$(version)" "$(maintainer)" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
}

copyright()
{
	printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: tuya_fdw\n\nFiles: *\n'
	sed -n '1s/ (c) /: /p' "$ROOT/LICENSE"
	printf 'License: PostgreSQL\n'
	sed '1,2d; s/^/ /; s/^ $/ ./' "$ROOT/LICENSE"
}

# Makes the folder debian/ of the copy.
make_debian()
{
	local debian=$WORK/src/debian control v
	rm -rf "$debian"
	cp -r "$HERE/package" "$debian" || exit 1
	control=$(<"$debian/control.in")
	printf '%s\n' "${control/@MAINTAINER@/"$(maintainer)"}" >"$debian/control.in"
	changelog >"$debian/changelog"
	copyright >"$debian/copyright"
	for v in "${VERSIONS[@]}"; do
		cp "$debian/lintian-overrides" "$debian/postgresql-$v-tuya-fdw.lintian-overrides"
	done
	rm "$debian/lintian-overrides"
}

# Its check of what a build needs is off: that was seen to, and it wants a C++ compiler, too.
build()
{
	# shellcheck disable=SC2016 # for the shell inside
	as_user env -i HOME="$WORK" TMPDIR="$WORK/tmp" PATH=/usr/bin:/bin:/usr/sbin:/sbin LC_ALL=C.UTF-8 \
		SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" PG_SUPPORTED_VERSIONS="${VERSIONS[*]}" DEB_BUILD_OPTIONS="parallel=$(nproc)" \
		bash -c 'cd "$HOME/src" && pg_buildext updatecontrol && dpkg-buildpackage -d -b -uc -us' </dev/null >"$WORK/log/build" 2>&1
}

main()
{
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	[ "$INSTALL" = yes ] || need_for_build
	make_work
	[ "$INSTALL" = no ] || install_for_build
	export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(source_date)}
	copy_sources "$ROOT"
	make_debian
	! is_root || chown -R "nobody:$(id -g nobody)" "$WORK"
	say "Building tuya_fdw $(version) for PostgreSQL ${VERSIONS[*]}"
	build || { tail -n 40 "$WORK/log/build" >&2; die 'the build failed'; }
	for file in "$WORK"/*.deb; do
		cp "$file" . && say "${file##*/}" || exit 1
	done
}

main
