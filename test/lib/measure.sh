# shellcheck shell=bash
#
# measure.sh - how the benchmarks run statements and tell what they took.  Sourced after
# run.sh, in a script that has set BENCH to a directory of its own.  Functions of
# bench/setup.sql are in the database.

WRONG=0		# results
PINNED=()	# taskset and its arguments, between pin and unpin
PREAMBLE="LOAD 'tuya_fdw'"		# what a session does first

# calc EXPRESSION - of awk
calc()
{
	awk "BEGIN { printf \"%.10g\\n\", $1 }"
}

median()
{
	sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

wrong()
{
	WRONG=$((WRONG + 1))
	say "WRONG: $*"
}

# set_up DEVICES SAME_KEYS - builds, and starts simulator and server, with those tables
set_up()
{
	mkdir -p "$BENCH"
	build
	start_simulator
	make_server bench
	# what a statement costs is to be one backend's
	printf '%s\n' "max_parallel_workers_per_gather = 0" "autovacuum = off" "shared_buffers = 256MB" >>"$DATA/postgresql.conf"
	start_server
	or_die "making the tables" "$LOG/psql" psql -Xq -v endpoint="$TUYA_SIM_ENDPOINT" -v ca="$TUYA_SIM_CA" \
		-v devices="$1" -v same_keys="$2" -f "$TUYA_ROOT/test/bench/setup.sql"
}

# --- statements -------------------------------------------------------------------

simulate()
{
	or_die "telling the simulator" "$LOG/sim" tuya_simctl set "$@"
}

set_concurrency()
{
	or_die "setting the concurrency" "$LOG/psql" psql -XAtqc "ALTER SERVER tuya OPTIONS (SET concurrency '$1')"
}

# value SQL - one value, in a session of its own
value()
{
	psql -XAtqc "$1"
}

# jobs_of N - how many jobs the first so many devices have
jobs_of()
{
	value "SELECT sum(jobs) FROM device WHERE n <= $1"
}

# once SQL [SETTINGS] - runs the statement in a session of its own; sets WALL and
# CPU (ms), RESULT (its value, or how many rows if there are several), REQUESTS
once()
{
	local rows=$BENCH/rows cost
	tuya_simctl clear
	cost=$(psql -XAtq -F ' ' -v ON_ERROR_STOP=1 2>>"$LOG/psql" <<-SQL
		$PREAMBLE;
		${2:-}
		\\o $rows
		SELECT wall_ms() AS wall, cpu_ms() AS cpu \\gset
		$1;
		\\o
		SELECT wall_ms() - :wall, cpu_ms() - :cpu;
	SQL
	) || { tail -n 5 "$LOG/psql" >&2; die "a statement failed: $1"; }
	read -r WALL CPU <<<"$cost"
	RESULT=$(awk '{ last = $0 } END { print NR == 1 ? last : NR }' "$rows")
	REQUESTS=$(simulator_counter requests)
}

# best REPEAT SQL EXPECTED [SETTINGS] - the least wall and CPU time of several
best()
{
	local wall=1e9 cpu=1e9 i
	for ((i = 0; i < $1; i++)); do
		once "$2" "${4:-}"
		[ "$RESULT" = "$3" ] || wrong "$RESULT where $3 was expected: $2"
		wall=$(calc "$wall < $WALL ? $wall : $WALL") cpu=$(calc "$cpu < $CPU ? $cpu : $CPU")
	done
	WALL=$wall CPU=$cpu
}

# --- CPU time -------------------------------------------------------------------

# The server and what it starts have one core, the simulator another; where there
# is only one it stays as it is.
pin()
{
	[ "$(nproc)" -ge 2 ] || { say "(one core: nothing is pinned)"; return; }
	or_die "pinning" "$LOG/pin" taskset -apc 0 "$(head -n 1 "$DATA/postmaster.pid")"
	or_die "pinning" "$LOG/pin" taskset -apc 1 "$SIM_PID"
	PINNED=(taskset -c 0)
}

unpin()
{
	PINNED=()
	or_die "unpinning" "$LOG/pin" taskset -apc "0-$(($(nproc) - 1))" "$(head -n 1 "$DATA/postmaster.pid")"
	or_die "unpinning" "$LOG/pin" taskset -apc "0-$(($(nproc) - 1))" "$SIM_PID"
}
