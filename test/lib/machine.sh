# shellcheck shell=bash
#
# machine.sh - what a test script takes from the machine, and gives back.  Sourced.
#
# A script calls `sandbox "$@"`.  That installs what is missing, makes a
# directory with a PostgreSQL of its own and a copy of this tree, runs the
# script's copy in there as an unprivileged user (with TUYA_WORK set), waits
# for it, ends every process that lives in the directory and removes it; at the very end,
# also when interrupted, it calls the script's `last_words STATUS`.
# A script may have own_packages, which prints what else is to be installed, and own_tree,
# which adds to the PostgreSQL.
#
# Must hold: the checkout is never written to; no PostgreSQL package, server or
# directory of the machine is changed.  All that stays is what apt installed:
# compiler, headers, shared libraries, tools.

: "${INSTALL:=yes}" "${KEEP:=no}"

# What the build needs, then what only the tests need.
PACKAGES=(gcc make libc6-dev libcurl4-openssl-dev libjson-c-dev libssl-dev
	libnghttp2-dev zlib1g-dev openssl)
CHECK_PACKAGES=(perl libipc-run-perl curl ca-certificates)
CLANG_PACKAGES=(clang libclang-rt-dev)
VALGRIND_PACKAGES=(valgrind libc6-dbg)

# The same for --no-install, by name of the program, header or module.
PROGRAMS=(gcc make openssl)
HEADERS=(curl/curl.h json-c/json.h openssl/evp.h nghttp2/nghttp2.h zlib.h)
CHECK_PROGRAMS=(perl prove curl)
CHECK_MODULES=(IPC::Run Test::More)

PG_OLDEST=15 PG_NEWEST=19

WORK=		# the directory
RESULT=		# what the script's copy has written to the file result in there, if anything
PG_MAJOR=	# of the PostgreSQL to be taken from the archive
BEFORE=		# all packages that were there before others were installed

say()
{
	printf '%s\n' "$*"
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# --- root, sudo, apt ----------------------------------------------------------

is_root()
{
	[ "$(id -u)" = 0 ]
}

# sudo asks for a password on the terminal, wherever its input comes from.
has_terminal()
{
	: </dev/tty
} 2>/dev/null

# Runs a command as root, by sudo where that takes no question, or where there
# is somebody to answer it.
as_root()
{
	if is_root; then
		"$@"
	elif has_terminal; then
		sudo -p "${0##*/}: password of %u for sudo, to run apt-get: " "$@"
	else
		sudo -n "$@"
	fi
}

# need_root FOR COMMAND - fails with one line, if the command would fail for want of root
need_root()
{
	! is_root || return 0
	[ -n "$(command -v sudo)" ] || die "$1, and there is no root or sudo for it: $2"
	if has_terminal; then
		as_root true || die "$1, and sudo does not let you: $2"
	else
		sudo -n true 2>/dev/null || die "$1, and there is no terminal where sudo could ask for a password: $2"
	fi
}

# apt_get [--apart] ARGUMENT... - apart from the terminal's interrupts, if so
apt_get()
{
	local apart=()
	[ "$1" != --apart ] || { apart=(setsid -w); shift; }
	as_root "${apart[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
		-o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" </dev/null >>"$WORK/log/apt" 2>&1
}

# Reads the lists of packages, once a run.
apt_update()
{
	[ -z "${APT_UPDATED:-}" ] || return 0
	APT_UPDATED=yes
	need_root "lists of packages are to be read" "apt-get update"
	apt_get update
}

# Fails with apt's last complaint.
die_apt()
{
	local complaint
	complaint=$(grep -E '^(E|W: Failed)' "$WORK/log/apt" | sed 's/^[EW]: //' | tail -n 2 | head -n 1)
	die "$1${complaint:+: $complaint}"
}

# Prints those of the packages that are not installed.
not_installed()
{
	local have package arch
	have=$(dpkg-query -W -f '/${Package}/${Architecture}/${db:Status-Abbrev}/\n' "$@" 2>/dev/null)
	arch=$(dpkg --print-architecture)
	for package; do
		case $have in
			*"/$package/$arch/ii"* | *"/$package/all/ii"*) ;;
			*) printf '%s\n' "$package" ;;
		esac
	done
}

# Prints all packages that are installed.
all_installed()
{
	dpkg-query -W -f '${Package}\t${db:Status-Abbrev}\n' | sed -n 's/\tii.*//p' | sort -u
}

# Installs what is missing, removes nothing.
install_packages()
{
	local missing
	mapfile -t missing < <(not_installed "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	need_root "packages are missing" "apt-get install ${missing[*]}"
	say "Installing ${#missing[@]} packages and what they need: ${missing[*]}"
	apt-cache show gcc >/dev/null 2>&1 || apt_update
	BEFORE=$(all_installed)
	set -- install -y --no-install-recommends --no-remove "${missing[@]}"
	apt_install "$@" || { apt_update && apt_install "$@"; } || die_apt "cannot install ${missing[*]}"
}

# An interrupt at the terminal ends the download, but not dpkg, which would leave half of
# a package.
apt_install()
{
	apt_get --download-only "$@" && apt_get --apart "$@"
}

# What install_packages() has installed, with all that came with it, is told in the end.
say_installed()
{
	local new
	[ -n "$BEFORE" ] || return 0
	mapfile -t new < <(all_installed | comm -13 <(printf '%s\n' "$BEFORE") -)
	[ ${#new[@]} = 0 ] || say "Installed for this, and left: ${#new[@]} packages: ${new[*]}"
}

need_apt()
{
	[ -n "$(command -v apt-get)" ] ||
		die "no apt-get here; install a compiler, make, PostgreSQL's server headers, libcurl, json-c, OpenSSL and nghttp2, then use --no-install"
}

# need_tools FOR - for --no-install: fails with one line that names all that is missing
need_tools()
{
	local programs=("${PROGRAMS[@]}") modules=() missing=() name
	if [ "$1" = check ]; then
		programs+=("${CHECK_PROGRAMS[@]}")
		modules=("${CHECK_MODULES[@]}")
	fi
	for name in "${programs[@]}"; do
		command -v "$name" >/dev/null || missing+=("$name")
	done
	for name in "${HEADERS[@]}"; do
		printf '#include <stddef.h>\n#include <%s>\n' "$name" | gcc -E - >/dev/null 2>&1 || missing+=("$name")
	done
	for name in "${modules[@]}"; do
		perl "-M$name" -e 1 2>/dev/null || missing+=("Perl's $name")
	done
	[ -n "${PG_CONFIG:-$(find_installed)}" ] ||
		missing+=("PostgreSQL $PG_OLDEST to $PG_NEWEST with server and server headers (or set PG_CONFIG)")
	name=$(printf ', %s' "${missing[@]}")
	[ ${#missing[@]} = 0 ] || die "missing: ${name#, }"
}

# --- a PostgreSQL of our own --------------------------------------------------
#
# PostgreSQL finds its files relative to the program that runs, so a copy of its
# directories, with their old names, below $WORK/pg is complete: pg_config in
# there names only directories in there.

# major_of PG_CONFIG - prints the major version
major_of()
{
	"$1" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/'
}

# Succeeds if the pg_config can build extensions and run a server.
is_usable()
{
	local bin pgxs file
	bin=$("$1" --bindir 2>/dev/null) && pgxs=$("$1" --pgxs) || return 1
	for file in "$bin"/{postgres,initdb,pg_ctl,psql} "$pgxs" "$("$1" --includedir-server)/postgres.h"; do
		[ -e "$file" ] || return 1
	done
}

# Prints the pg_config of the newest usable version that is installed.
find_installed()
{
	local v
	for ((v = PG_NEWEST; v >= PG_OLDEST; v--)); do
		if is_usable "/usr/lib/postgresql/$v/bin/pg_config"; then
			printf '%s\n' "/usr/lib/postgresql/$v/bin/pg_config"
			return
		fi
	done
	if is_usable pg_config; then
		v=$(major_of pg_config)
		[ "$v" -lt $PG_OLDEST ] || [ "$v" -gt $PG_NEWEST ] || command -v pg_config
	fi
}

# Copies an installed version.  Bitcode is a third of it and of no use.
copy_tree()
{
	local tree=$WORK/pg dir bin
	bin=$("$1" --bindir)
	[ "$bin" != /usr/bin ] ||
		die "$1 is of a PostgreSQL in /usr/bin, which cannot be copied; set PG_CONFIG to another"
	for dir in "$bin" "$("$1" --pkglibdir)" "$("$1" --sharedir)" "$("$1" --includedir-server)"; do
		[ -e "$tree$dir" ] || { mkdir -p "$tree${dir%/*}" && cp -a "$dir" "$tree$dir"; } || exit 1
	done
	chmod -R u+w "$tree" || exit 1
	rm -rf "$tree$("$1" --pkglibdir)/bitcode"
	PRIVATE_PG_CONFIG=$tree$bin/pg_config
}

# Sets PG_MAJOR to the highest version that this machine's archive has.
find_offered()
{
	local all='^postgresql-server-dev-[0-9]+$'
	[ -n "$(apt-cache --names-only search "$all")" ] || apt_update
	PG_MAJOR=$(apt-cache --names-only search "$all" | sed 's/.*-dev-\([0-9]*\) .*/\1/' |
		awk -v lo=$PG_OLDEST -v hi=$PG_NEWEST '$1 >= lo && $1 <= hi' | sort -n | tail -n 1)
	[ -n "$PG_MAJOR" ] || die_apt "this machine's archive has no PostgreSQL $PG_OLDEST to $PG_NEWEST"
}

archive_packages()
{
	printf '%s\n' "postgresql-$PG_MAJOR" "postgresql-client-$PG_MAJOR" "postgresql-server-dev-$PG_MAJOR" libpq5
}

# Prints the shared libraries that the archive's PostgreSQL needs.  libpq comes
# with the tree, JIT goes without LLVM.
archive_libraries()
{
	archive_packages | xargs apt-cache show --no-all-versions | sed -n 's/^Depends: //p' | tr ',' '\n' |
		sed 's/|.*//; s/(.*//; s/:any//; s/ //g' | sort -u |
		grep -Ev '^(postgresql-.*|.*-common|locales|debconf|ssl-cert|sensible-utils|libpq.*|(lib)?llvm.*|clang.*)$'
}

# Unpacks the archive's PostgreSQL, without installing it.
unpack_tree()
{
	local tree=$WORK/pg deb
	say "Fetching PostgreSQL $PG_MAJOR (unpacked in a temporary directory, not installed)"
	mkdir -p "$WORK/deb" "$tree"
	download_archive || { apt_update && download_archive; } || die_apt "cannot download PostgreSQL $PG_MAJOR"
	for deb in "$WORK"/deb/*.deb; do
		dpkg -x "$deb" "$tree" >>"$WORK/log/apt" 2>&1 || die_apt "cannot unpack ${deb##*/}"
	done
	rm -rf "$WORK/deb" "$tree/usr/lib/postgresql/$PG_MAJOR/lib/bitcode"
	[ -n "$(ldconfig_finds libLLVM)" ] || rm -f "$tree/usr/lib/postgresql/$PG_MAJOR/lib/llvmjit.so"
	PRIVATE_PG_CONFIG=$tree/usr/lib/postgresql/$PG_MAJOR/bin/pg_config
}

download_archive()
{
	local packages
	mapfile -t packages < <(archive_packages)
	(cd "$WORK/deb" && apt-get -o Acquire::Retries=3 download "${packages[@]}") >>"$WORK/log/apt" 2>&1
}

ldconfig_finds()
{
	PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -F "$1"
}

check_tree()
{
	local pg=$PRIVATE_PG_CONFIG major name
	LD_LIBRARY_PATH=$("$pg" --libdir)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
	export LD_LIBRARY_PATH
	for name in --pkglibdir --sharedir --includedir-server --pgxs; do
		case $("$pg" "$name") in
			"$WORK"/*) ;;
			*) die "the copy of PostgreSQL in $WORK names $name $("$pg" "$name"): not relocatable" ;;
		esac
	done
	"$("$pg" --bindir)/postgres" --version >"$WORK/log/postgres" 2>&1 ||
		die "PostgreSQL does not run: $(head -n 1 "$WORK/log/postgres")"
	major=$(major_of "$pg")
	[ "$major" -ge $PG_OLDEST ] || die "PostgreSQL $major is too old, $PG_OLDEST is the oldest that will do"
}

# --- the directory ------------------------------------------------------------

# The path of a socket in it must fit into sun_path (108 bytes), make must take it for
# one word, the unprivileged user must get to it, and programs must be allowed to run.
is_fit()
{
	[ ${#1} -le 60 ] && [[ $1 != *[!A-Za-z0-9/._+-]* ]] || return 1
	printf '#!/bin/sh\n' >"$1/probe" && chmod 755 "$1" "$1/probe" && as_user "$1/probe" 2>/dev/null
}

make_work()
{
	local base
	for base in "${TMPDIR:-/tmp}" /tmp /var/tmp; do
		WORK=$(mktemp -d "$base/tuya_fdw.XXXXXX" 2>/dev/null) || continue
		WORK=$(cd "$WORK" && pwd -P)
		is_fit "$WORK" && break
		rm -rf "$WORK"
		WORK=
	done
	[ -n "$WORK" ] || die "no directory for temporary files where programs may run: set TMPDIR"
	rm -f "$WORK/probe"
	mkdir "$WORK/log" "$WORK/tmp" "$WORK/src" || die "cannot write to $WORK"
}

# Copies the tree without what git, a build or a test run left in it.
copy_sources()
{
	tar -C "$1" --exclude=./.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' --exclude='*.a' \
		--exclude=./test/sim/tuya_sim --exclude=./test/sim/tuya_simctl \
		--exclude=./results --exclude=tmp_check --exclude=output_iso -cf - . |
		tar -C "$WORK/src" --no-same-owner -xf - || die "cannot copy $1"
	chmod -R u+rwX "$WORK/src"
}

# Prints the processes that run a program in the directory or work there.
lodgers()
{
	find /proc/[0-9]*/exe /proc/[0-9]*/cwd -maxdepth 0 -lname "$WORK/*" 2>/dev/null |
		cut -d / -f 3 | sort -u
}

# Succeeds for initdb and the shell that it starts a server with: it is soon
# done, and if asked to end it removes the directory under the running server.
is_initdb()
{
	local parent
	parent=$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$1/status")
	[[ $(readlink "/proc/$1/exe" "/proc/$parent/exe") == */initdb* ]]
}

# A server that ends by itself removes its shared memory, one that is killed
# does not; its children are for it to end.
ask_to_end()
{
	local pid=$1 directory=/proc/$1/cwd
	if [ -e "$directory/PG_VERSION" ]; then
		[ "$(head -n 1 "$directory/postmaster.pid")" != "$pid" ] || kill -s INT "$pid"
	elif ! is_initdb "$pid"; then
		kill -s TERM "$pid"
	fi
} 2>/dev/null

# Asks each process once, waits 5 seconds, and kills what is left.
evict()
{
	local pids pid asked=' ' i
	for ((i = 0; i < 50; i++)); do
		mapfile -t pids < <(lodgers)
		[ ${#pids[@]} -gt 0 ] || return
		for pid in "${pids[@]}"; do
			[[ $asked == *" $pid "* ]] || ask_to_end "$pid"
			asked+="$pid "
		done
		sleep 0.1
	done
	kill -s KILL "${pids[@]}" 2>/dev/null
	sleep 0.1
}

# Whatever the end is: gives all back, tells what stays, and has the script say its last
# words, of which it is given the status.
clean_up()
{
	local status=$?
	trap '' INT TERM HUP PIPE
	if [ -n "$WORK" ]; then
		evict
		RESULT=$(cat "$WORK/result" 2>/dev/null)
		if [ "$KEEP" = yes ]; then
			say "Kept: $WORK"
		else
			rm -rf "$WORK"
		fi
	fi
	say_installed
	! declare -F last_words >/dev/null || last_words $status
}

# --- the unprivileged user ----------------------------------------------------

as_user()
{
	if ! is_root; then
		"$@"
	elif command -v setpriv >/dev/null; then
		setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups -- "$@"
	else
		runuser -u nobody -- "$@"
	fi
}

# Runs the copy of the script with an environment that holds nothing of the
# caller's: no PGHOST, no proxy, no locale.
run_inside()
{
	local script=$1
	shift
	(cd "$WORK/src" && as_user env -i HOME="$WORK" TMPDIR="$WORK/tmp" TUYA_WORK="$WORK" USER="$(as_user id -un)" \
		PATH="$("$PRIVATE_PG_CONFIG" --bindir):$WORK/src/test/sim:/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin" \
		LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" LD_LIBRARY_PATH="$LD_LIBRARY_PATH" \
		PG_CONFIG="$PRIVATE_PG_CONFIG" TUYA_SOAK="${TUYA_SOAK:-}" TUYA_POSTGRES_SOURCE="${TUYA_POSTGRES_SOURCE:-}" \
		TUYA_SEED="${TUYA_SEED:-}" TUYA_STATEMENTS="${TUYA_STATEMENTS:-}" \
		TUYA_CASES="${TUYA_CASES:-}" bash "test/$script" "$@" </dev/null) &
	wait $!
}

get_postgres()
{
	local installed=${PG_CONFIG:-}
	[ -z "$installed" ] || is_usable "$installed" ||
		die "PG_CONFIG: $installed is not of a PostgreSQL with server and server headers"
	[ -n "$installed" ] || installed=$(find_installed)
	if [ -n "$installed" ]; then
		copy_tree "$installed"
	else
		unpack_tree
	fi
	check_tree
}

# further_packages FOR LAYER... - prints those that only tests need, of them those that
# only one layer needs for that layer
further_packages()
{
	! declare -F own_packages >/dev/null || own_packages
	[ "$1" = check ] || return 0
	printf '%s\n' "${CHECK_PACKAGES[@]}"
	[[ " $* " != *' warnings '* && " $* " != *' fuzz '* ]] || printf '%s\n' "${CLANG_PACKAGES[@]}"
	[[ " $* " != *' valgrind '* ]] || printf '%s\n' "${VALGRIND_PACKAGES[@]}"
}

# sandbox FOR ARG... - FOR is `demo` or `check`; the script is test/FOR.sh
sandbox()
{
	local for=$1 root packages=("${PACKAGES[@]}")
	shift
	[ "$(uname -s)" = Linux ] || die "runs on Linux only"
	root=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd -P)
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	make_work
	if [ "$INSTALL" = yes ]; then
		need_apt
		if [ -z "${PG_CONFIG:-$(find_installed)}" ]; then
			find_offered
			mapfile -t -O ${#packages[@]} packages < <(archive_libraries)
		fi
		mapfile -t -O ${#packages[@]} packages < <(further_packages "$for" "$@")
		install_packages "${packages[@]}"
	else
		need_tools "$for"
	fi
	get_postgres
	! declare -F own_tree >/dev/null || own_tree
	copy_sources "$root"
	! is_root || chown -R "nobody:$(id -g nobody)" "$WORK"
	chmod 700 "$WORK"
	run_inside "$for.sh" "$@"
}
