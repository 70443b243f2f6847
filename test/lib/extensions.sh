# shellcheck shell=bash
#
# extensions.sh - packages that a machine's archive may have or not, and other extensions
# in the PostgreSQL of the sandbox.  Sourced after machine.sh.

# offered PACKAGE... - prints those of them that the archive has
offered()
{
	apt-cache show gcc >/dev/null 2>&1 || apt_update
	apt-cache policy "$@" |
		awk '/^[^ ]/ { name = $1; sub(/:$/, "", name) } $1 == "Candidate:" && $2 != "(none)" { print name }'
}

# Prints the major version of the PostgreSQL that the sandbox has or will have.
major_here()
{
	local installed=${PG_CONFIG:-$(find_installed)}
	if [ -n "$installed" ]; then major_of "$installed"; else printf '%s\n' "$PG_MAJOR"; fi
}

# add_extensions PACKAGE... - unpacks them into the sandbox's copy of Debian's PostgreSQL,
# as it is unpacked itself: not on the machine.  Their names and versions are in the file
# `extensions` there.
add_extensions()
{
	local package deb
	[ $# -gt 0 ] && [ -d "$WORK/pg/usr/lib/postgresql/$(major_here)" ] || return 0
	mkdir "$WORK/deb"
	for package; do
		(cd "$WORK/deb" && apt-get -o Acquire::Retries=3 download "$package") >>"$WORK/log/apt" 2>&1 || die_apt "cannot download $package"
	done
	for deb in "$WORK"/deb/*.deb; do
		dpkg -x "$deb" "$WORK/pg" >>"$WORK/log/apt" 2>&1 || die_apt "cannot unpack ${deb##*/}"
		dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb" >>"$WORK/extensions"
	done
	rm -rf "$WORK/deb"
}
