# shellcheck shell=bash
#
# run.sh - what runs inside the sandbox: build, simulator, servers.  Sourced by
# a script that machine.sh started, so TUYA_WORK, PG_CONFIG and PATH are set and
# everything below TUYA_WORK goes away, processes included, when the script ends.

LOG=$TUYA_WORK/log
SIM_DIR=$TUYA_WORK/src/test/sim
export TUYA_ROOT=$TUYA_WORK/src

say()
{
	printf '%s\n' "$*"
}

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# quietly LOGFILE COMMAND... - runs it, with what it says in the log
quietly()
{
	local log=$1
	shift
	"$@" >>"$log" 2>&1 </dev/null
}

# or_die WHAT LOGFILE COMMAND... - the same, and fails with what the log has of
# errors, else its end
or_die()
{
	local what=$1 log=$2
	shift
	quietly "$@" && return
	{ grep -A 3 -E '(^|[^a-z])error:' "$log" || tail -n 30 "$log"; } | head -n 60 | cut -c 1-300 >&2
	die "$what failed"
}

# --- build --------------------------------------------------------------------

# Bitcode is built where PostgreSQL's own clang and llvm are; else it is left out.
llvm_flag()
{
	local makefile clang bin
	makefile=$(dirname "$("$PG_CONFIG" --pgxs)")/../Makefile.global
	clang=$(sed -n 's/^CLANG *= *//p' "$makefile")
	bin=$(sed -n 's/^LLVM_BINPATH *= *//p' "$makefile")
	if ! command -v "${clang:-none}" >/dev/null || [ ! -x "$bin/llvm-lto" ]; then
		printf '%s\n' with_llvm=no
	fi
}

make_in()
{
	local dir=$1
	shift
	# shellcheck disable=SC2046 # the flag may be none
	make -C "$dir" PG_CONFIG="$PG_CONFIG" $(llvm_flag) "$@"
}

# Builds the extension into the private PostgreSQL, and the simulator.
build()
{
	or_die "building tuya_fdw" "$LOG/build" make_in "$TUYA_ROOT" -j2
	or_die "installing tuya_fdw" "$LOG/build" make_in "$TUYA_ROOT" install
	or_die "building the simulator" "$LOG/build" make -C "$SIM_DIR" -j2
}

# --- the simulator ------------------------------------------------------------

# Starts one and sets what psql, pg_regress and tuya_simctl take from the
# environment.
start_simulator()
{
	local dir=$TUYA_WORK/sim ready=$TUYA_WORK/sim/ready i
	mkdir -p "$dir"
	[ -e "$dir/ca.pem" ] || or_die "making certificates" "$LOG/sim" bash "$SIM_DIR/make_certs.sh" "$dir"
	rm -f "$ready"
	"$SIM_DIR/tuya_sim" --cert "$dir/server.pem" --key "$dir/server.key" --die-with-parent \
		--ready-file "$ready" >>"$LOG/sim" 2>&1 &
	SIM_PID=$!
	for ((i = 0; i < 100; i++)); do
		grep -qs '^pid=' "$ready" && break
		sleep 0.1
	done
	grep -qs '^pid=' "$ready" || { tail -n 20 "$LOG/sim" >&2; die "the simulator does not start"; }
	export TUYA_SIM_CA=$dir/ca.pem
	TUYA_SIM_ENDPOINT=https://localhost:$(ready_value tls_port)/
	TUYA_SIM_HTTP=http://127.0.0.1:$(ready_value http_port)/
	TUYA_SIM_CONTROL=$(ready_value control_port)
	TUYA_SIM_FULL_PORT=$(ready_value full_port)
	export TUYA_SIM_ENDPOINT TUYA_SIM_HTTP TUYA_SIM_CONTROL TUYA_SIM_FULL_PORT
}

ready_value()
{
	sed -n "s/^$1=//p" "$TUYA_WORK/sim/ready"
}

stop_simulator()
{
	[ -n "${SIM_PID:-}" ] || return 0
	kill "$SIM_PID" 2>/dev/null
	wait "$SIM_PID" 2>/dev/null
	SIM_PID=
}

# Prints one of the simulator's counters; fails if it has none of that name.
simulator_counter()
{
	tuya_simctl get "$1" 2>/dev/null
}

# --- a server -----------------------------------------------------------------

# make_server NAME - a data directory, ready to start.  Its only door is a socket
# in the sandbox.
make_server()
{
	DATA=$TUYA_WORK/$1
	export PGHOST=$TUYA_WORK/s PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
	export TUYA_SERVER_LOG=$LOG/server-$1
	mkdir -p "$PGHOST"
	or_die "initdb" "$LOG/initdb" initdb -D "$DATA" -U "$PGUSER" -A trust -N -E UTF8 --locale=C.UTF-8
	cat >>"$DATA/postgresql.conf" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$PGHOST'
		fsync = off
		synchronous_commit = off
		full_page_writes = off
		max_connections = 40
		dynamic_shared_memory_type = mmap
		log_line_prefix = '%m [%p] %q%a '
		timezone = 'UTC'
		datestyle = 'ISO, YMD'
		lc_messages = 'C'
		jit = off
		autovacuum = off
	CONF
}

start_server()
{
	or_die "starting PostgreSQL" "$LOG/pg_ctl" pg_ctl -D "$DATA" -l "$TUYA_SERVER_LOG" -w -s -t 120 start
}

stop_server()
{
	quietly "$LOG/pg_ctl" pg_ctl -D "$DATA" -w -s -t 30 -m fast stop ||
		quietly "$LOG/pg_ctl" pg_ctl -D "$DATA" -w -s -m immediate stop
}
