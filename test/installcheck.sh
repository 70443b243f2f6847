#!/bin/bash
# installcheck.sh - what `make installcheck` runs: PGXS's installcheck, of the installed
# extension in a running server on this machine, with a simulator of the API for it.
#
# The server is the one that libpq's variables (PGHOST, PGPORT, PGUSER) name; the user
# must be superuser.  Needs what the simulator is built with; the TAP tests, which make
# servers of their own, Perl's IPC::Run and an ordinary user.  make's REGRESS, ISOLATION,
# TAP_TESTS, PROVE_TESTS hold: make installcheck REGRESS=keys ISOLATION= TAP_TESTS=
#
# Everything that the server reads is copied to a directory that it can read; it may write to
# another one in there.

set -u
unset CDPATH	# whose cd prints
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
SERVER=(psql -XAtq -v ON_ERROR_STOP=1 -d postgres)
SIM_PID=
WORK=

missing()
{
	printf 'installcheck: %s\n' "$1" >&2
	exit 1
}

clean_up()
{
	[ -z "$SIM_PID" ] || kill "$SIM_PID" 2>/dev/null
	[ -z "$WORK" ] || rm -rf "$WORK"
}

# ask SQL - the server's answer
ask()
{
	"${SERVER[@]}" -c "$1" 2>&1
}

# by_server COMMAND - what a program prints that the server runs
by_server()
{
	ask "CREATE TEMP TABLE said (line text);
		COPY said FROM PROGRAM '$1'; TABLE said"
}

# What is needed beside the server.
check_tools()
{
	[ -w "$ROOT" ] || missing "cannot write results to $ROOT"
	[ -n "$(command -v psql)" ] || missing "there is no psql in $("$PG_CONFIG" --bindir): install PostgreSQL's client"
	[ -n "${TAP_TESTS:-}" ] || return 0
	[ "$(id -u)" != 0 ] ||
		missing 'the TAP tests make servers, which root cannot: run it as another user, or with TAP_TESTS='
	perl -MIPC::Run -MTest::More -e 1 2>/dev/null ||
		missing "the TAP tests need Perl's IPC::Run (libipc-run-perl) and Test::More: install them, or run it with TAP_TESTS="
}

check_server()
{
	local answer major
	answer=$(ask 'SELECT usesuper FROM pg_user WHERE usename = current_user') ||
		missing "no server answers: $(head -n 1 <<<"$answer")"
	[ "$answer" = t ] || missing 'the user is not a superuser (set PGUSER)'
	answer=$(ask 'SHOW server_version_num')
	major=$("$PG_CONFIG" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
	[ "${answer%????}" = "$major" ] ||
		missing "the server is PostgreSQL ${answer%????}, $PG_CONFIG is of $major (set PGPORT or PG_CONFIG)"
	[ "$(ask "SELECT count(*) FROM pg_available_extensions WHERE name = 'tuya_fdw'")" = 1 ] ||
		missing 'tuya_fdw is not installed in the server: make install'
}

build_simulator()
{
	tar -C "$ROOT" --exclude=./.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' -cf - . | tar -C "$WORK/tree" -xf - &&
		chmod -R u+w,go+rX "$WORK" || missing "cannot copy $ROOT"
	make -C "$WORK/tree/test/sim" >"$WORK/build" 2>&1 ||
		missing "the simulator cannot be built: $(grep -m 1 -iE 'error|not found|no such file' "$WORK/build")"
	bash "$WORK/tree/test/sim/make_certs.sh" "$WORK/certs" >"$WORK/build" 2>&1 ||
		missing "no certificates can be made: $(tail -n 1 "$WORK/build")"
	chmod -R go+rX "$WORK/certs"
}

ready_value()
{
	sed -n "s/^$1=//p" "$WORK/ready"
}

start_simulator()
{
	local i
	"$WORK/tree/test/sim/tuya_sim" --cert "$WORK/certs/server.pem" --key "$WORK/certs/server.key" \
		--die-with-parent --ready-file "$WORK/ready" &
	SIM_PID=$!
	for ((i = 0; i < 100; i++)); do
		grep -qs '^pid=' "$WORK/ready" && break
		sleep 0.1
	done
	grep -qs '^pid=' "$WORK/ready" || missing 'the simulator does not start'
}

# Where the server writes its log: its own descriptor, or what its collector says.
server_log()
{
	local log
	log=$(by_server 'readlink /proc/self/fd/2')
	[[ $log == /* && $log != /dev/* ]] ||
		log=$(ask "SELECT CASE WHEN f LIKE '/%' THEN f ELSE current_setting('data_directory') || '/' || f END FROM pg_current_logfile() f")
	printf '%s\n' "${TUYA_SERVER_LOG:-$log}"
}

# For psql, and as a file for the programs that the server runs: the setting
# tuya_sim.shell is what tests put before them.
make_environment()
{
	export TUYA_ROOT=$WORK/tree TUYA_WORK=$WORK/server TUYA_SIM_CA=$WORK/certs/ca.pem PATH=$WORK/tree/test/sim:$PATH
	TUYA_SERVER_LOG=$(server_log)
	TUYA_SIM_ENDPOINT=https://localhost:$(ready_value tls_port)/
	TUYA_SIM_HTTP=http://127.0.0.1:$(ready_value http_port)/
	TUYA_SIM_CONTROL=$(ready_value control_port)
	TUYA_SIM_FULL_PORT=$(ready_value full_port)
	export TUYA_SERVER_LOG TUYA_SIM_ENDPOINT TUYA_SIM_HTTP TUYA_SIM_CONTROL TUYA_SIM_FULL_PORT
	{
		export -p | grep -E '^declare -x TUYA_' | sed 's/^declare -x/export/'
		printf 'PATH=%s:$PATH\n' "$WORK/tree/test/sim"
	} >"$WORK/environment"
	chmod 644 "$WORK/environment"
	export PGOPTIONS="-c jit=off -c tuya_sim.shell=.\\ $WORK/environment\\;"
	[ "$(by_server ". $WORK/environment; tuya_simctl get requests")" = 0 ] ||
		missing 'the server cannot reach the simulator: it must run on this machine, and see the same /tmp'
}

[ -n "${PG_CONFIG:-}" ] && [ -n "${MAKE:-}" ] || missing 'run it as: make installcheck'
PATH=$("$PG_CONFIG" --bindir):$PATH
export PGDATABASE=postgres
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
check_tools
check_server
WORK=$(mktemp -d /tmp/tuya_installcheck.XXXXXX) && mkdir "$WORK"/{tree,certs,server} && chmod 755 "$WORK" || exit 1
build_simulator
chmod 1777 "$WORK/server"
start_simulator
make_environment
mkdir -p "$ROOT/output_iso"
"$MAKE" -C "$ROOT" installcheck PG_CONFIG="$PG_CONFIG"
