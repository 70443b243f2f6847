#!/bin/bash
# run.sh - the benchmark: sets up, measures on the simulator over TLS, prints one
# table with the ideal beside each figure.  Needs nothing but a Debian with
# network, root or sudo.
#
#   test/bench/run.sh [--no-install] [--keep] [--quick] [--out DIR] [--in ROOT] [GROUP...]
#
#   --no-install  take the tools as they are, say what is missing
#   --keep        leave the temporary directory, with all logs
#   --quick       less of everything: whether it runs, not how well
#   --out DIR     leave bench.tsv and inflight.svg there
#   --in ROOT     in a root directory of another Debian, or, by its number, in that of a
#                 PostgreSQL version, as in versions.sh
#   GROUP         inflight joins lists servers pages requests refresh planning cpu dedup
#                 memory cache rate (all of them without a name)
#
# PG_CONFIG in the environment selects an installed PostgreSQL, 15 or later; of
# its files a copy is used.  The status is not 0 if a figure is over its limit, a
# result was wrong, or something could not run.
#
# Each figure is a session's first statement, connecting included, and the best
# of several where it is short.  Figures of CPU time have the backend, or a yardstick
# (bare.c, plain.c), alone on one core and the simulator on another; ratios of two are
# the median of pairs that ran one after the other; planning, the best of each.

set -u
unset CDPATH	# whose cd prints
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
NOUN=group
ALL=(inflight joins lists servers pages requests refresh planning cpu dedup memory cache rate)

own_packages()
{
	printf '%s\n' perl valgrind libc6-dbg
}

# shellcheck source=test/lib/benchmark.sh
. "$HERE/../lib/benchmark.sh"
parse_arguments "$@"
if [ -z "${TUYA_WORK:-}" ]; then
	outside bench/run bench.tsv inflight.svg
	exit
fi

for part in run measure; do
	# shellcheck source=/dev/null
	. "$HERE/../lib/$part.sh"
done

BENCH=$TUYA_WORK/bench
TSV=$BENCH/bench.tsv
LATENCY_MS=50
DEVICES=1000 SERIAL_DEVICES=100 BIG_DEVICE_JOBS=10000
CPU_LOOKUPS=20000 MEMORY_LOOKUPS=100000 SAME_KEYS=1000000 RATE_DEVICES=500
REPEAT=3 CPU_REPEAT=11 PAIRS=25 PLANNING_REPEAT=21
if [ $QUICK = yes ]; then
	DEVICES=200 SERIAL_DEVICES=20 CPU_LOOKUPS=4000 MEMORY_LOOKUPS=10000 SAME_KEYS=100000 RATE_DEVICES=250
	REPEAT=1 CPU_REPEAT=2 PAIRS=2 PLANNING_REPEAT=3
fi

MEASURED=0 OVER=0

# --- the table ----------------------------------------------------------------

begin_table()
{
	local format='%-74s %8s %9s %9s %6s %6s\n'
	printf 'group\twhat\tin_flight\tunit\tmeasured\tideal\tratio\tlimit\tverdict\n' >"$TSV"
	# shellcheck disable=SC2059 # it is a format
	printf "$format" "" unit measured ideal ratio limit
}

# row WHAT IN_FLIGHT UNIT MEASURED IDEAL LIMIT - a limit is a ratio (x1.15), a
# number of units, or none (-); so may the ideal be
row()
{
	local what=$1 in_flight=$2 unit=$3 measured=$4 ideal=$5 limit=$6 ratio=- verdict=-
	[ "$ideal" = - ] || [ "$ideal" = 0 ] || ratio=$(calc "sprintf(\"%.2f\", $measured / $ideal)")
	case $limit in
		-) ;;
		x*) [ $QUICK = yes ] || verdict=$(calc "$measured <= $ideal * ${limit#x}") ;;
		*) verdict=$(calc "$measured <= $limit") ;;
	esac
	[ "$verdict" != 1 ] || verdict=ok
	[ "$verdict" != 0 ] || verdict=OVER
	[ "$verdict" = - ] || MEASURED=$((MEASURED + 1))
	[ "$verdict" != OVER ] || OVER=$((OVER + 1))
	printf '%s\t' "$GROUP" "$what" "$in_flight" "$unit" "$measured" "$ideal" "$ratio" "$limit" >>"$TSV"
	printf '%s\n' "$verdict" >>"$TSV"
	printf '%-74s %8s %9s %9s %6s %6s %s\n' "$what" "$unit" "$measured" "$ideal" "$ratio" "$limit" "${verdict#-}"
}

# --- measuring ----------------------------------------------------------------

# What a statement with that many lookups takes at best.
ideal_ms()
{
	calc "$1 * $LATENCY_MS / $2"
}

join_of()
{
	printf '%s' "SELECT count(j.job_id) FROM device i JOIN ota_job j USING (product_key, device_name, firmware_id) WHERE i.n <= $1"
}

# --- groups of figures ----------------------------------------------------------

join_in_flight()
{
	local n=$1 repeat=$2 limit=$3
	set_concurrency "$n"
	best "$repeat" "$(join_of $DEVICES)" "$(jobs_of $DEVICES)" "${4:-}"
	row "join of $DEVICES devices, $n in flight${5:-}" "$n" ms "$WALL" "$(ideal_ms $DEVICES "$n")" "$limit"
}

group_inflight()
{
	simulate latency_ms=$LATENCY_MS http2=1
	set_concurrency 32
	best 1 "$(join_of $SERIAL_DEVICES)" "$(jobs_of $SERIAL_DEVICES)" "SET tuya_fdw.enable_lookahead = off;"
	row "join of only $SERIAL_DEVICES devices, lookahead off" 32 ms "$WALL" "$(ideal_ms $SERIAL_DEVICES 1)" -
	join_in_flight 1 1 -
	join_in_flight 4 1 -
	join_in_flight 8 1 -
	join_in_flight 16 $REPEAT -
	join_in_flight 32 $REPEAT x1.15
	join_in_flight 64 $REPEAT -
	join_in_flight 128 $REPEAT x1.3 "SET tuya_fdw.lookahead_rows = 1024;"
}

# shape WHAT SQL EXPECTED [DEVICES [NOTE]]
shape()
{
	local devices=${4:-$DEVICES}
	best $REPEAT "$2" "$3"
	row "$1 of $devices devices, 32 in flight${5:-}" 32 ms "$WALL" "$(ideal_ms "$devices" 32)" x1.25
}

group_joins()
{
	local keys="j.product_key = i.product_key AND j.device_name = i.device_name AND j.firmware_id = i.firmware_id"
	local some="i.n <= $DEVICES" serial=$DEVICES
	simulate latency_ms=$LATENCY_MS http2=0
	set_concurrency 32
	best $REPEAT "$(join_of $DEVICES)" "$(jobs_of $DEVICES)"
	row "join of $DEVICES devices, 32 in flight, HTTP/1.1" 32 ms "$WALL" "$(ideal_ms $DEVICES 32)" x1.15
	simulate http2=1
	shape "LEFT JOIN" "SELECT count(*) FROM device i LEFT JOIN ota_job j ON $keys WHERE $some" \
		"$(value "SELECT sum(greatest(jobs, 1)) FROM device i WHERE $some")"
	shape "NOT EXISTS" "SELECT count(*) FROM device i WHERE $some AND NOT EXISTS (SELECT FROM ota_job j WHERE $keys)" \
		"$(value "SELECT count(*) FROM device i WHERE $some AND jobs = 0")"
	shape "LATERAL ... ORDER BY utc_create DESC LIMIT 1" \
		"SELECT count(*) FROM device i, LATERAL (SELECT * FROM ota_job j WHERE $keys ORDER BY utc_create DESC LIMIT 1) x WHERE $some" \
		"$(value "SELECT count(*) FROM device i WHERE $some AND jobs > 0")"
	beside_lateral "$some" "$RESULT" "$REQUESTS" "$WALL"
	has_subplan_lookahead || serial=$SERIAL_DEVICES
	shape "scalar subquery" "SELECT i.n, (SELECT max(job_id) FROM ota_job j WHERE $keys) FROM device i WHERE i.n <= $serial" \
		"$serial" "$serial"
}

# beside_lateral CONDITION RESULT REQUESTS MS - through a view that has the latest job of
# each device, beside LATERAL, which had that and took so much
beside_lateral()
{
	best $REPEAT "SELECT count(*) FROM device i JOIN latest_job USING (product_key, device_name, firmware_id) WHERE $1" "$2"
	row "join with a view (DISTINCT ON) of $DEVICES devices, beside LATERAL: requests" 32 requests "$REQUESTS" "$3" "$3"
	row "join with a view (DISTINCT ON) of $DEVICES devices, beside LATERAL: wall" 32 ms "$WALL" "$4" x1.1
}

# Without it a thousand would take a minute.
has_subplan_lookahead()
{
	[ "$(psql -XAtqc "LOAD 'tuya_fdw'" -c "SELECT count(*) FROM pg_settings WHERE name = 'tuya_fdw.enable_subplan_lookahead'")" = 1 ]
}

group_lists()
{
	local names
	simulate latency_ms=$LATENCY_MS http2=1
	set_concurrency 32
	names=$(value "SELECT array_agg(device_name) FROM device WHERE n <= $DEVICES")
	best $REPEAT "EXECUTE jobs('$names')" "$(jobs_of $DEVICES)" "SET plan_cache_mode = force_generic_plan;
		PREPARE jobs(text[]) AS SELECT count(job_id) FROM ota_job WHERE product_key = 'pk' AND device_name = ANY (\$1) AND firmware_id = '187';"
	row "device_name = ANY (\$1) with $DEVICES names, 32 in flight" 32 ms "$WALL" "$(ideal_ms $DEVICES 32)" x1.1
}

# Lists over four servers, a quarter of the keys each; then one after the other.
group_servers()
{
	local n=$((DEVICES / 4)) names on what
	simulate latency_ms=$LATENCY_MS http2=1
	names=$(value "SELECT array_agg(device_name) FROM device WHERE n <= $n")
	what="SELECT count(job_id) FROM all_job WHERE product_key IN ('pk1', 'pk2', 'pk3', 'pk4') AND device_name = ANY ('$names') AND firmware_id = '187'"
	best $REPEAT "$what" "$((4 * $(jobs_of $n)))"
	on=$WALL
	row "lists of $DEVICES keys over four servers, 16 in flight each" 64 ms "$on" "$(ideal_ms $DEVICES 64)" x1.4
	best $REPEAT "$what" "$((4 * $(jobs_of $n)))" "SET enable_async_append = off; SET tuya_fdw.enable_lookahead = off;"
	row "the same, one server after the other" 16 ms "$WALL" "$(ideal_ms $DEVICES 16)" x1.25
	row "all at the same time, beside that" 64 ms "$on" "$WALL" x0.333
}

jobs_of_one()
{
	printf '%s' "SELECT $1 FROM ota_job WHERE product_key = 'pk' AND device_name = '$2' AND firmware_id = '187'"
}

group_pages()
{
	local pages=$((BIG_DEVICE_JOBS / 100))
	simulate latency_ms=$LATENCY_MS http2=1
	set_concurrency 32
	best $REPEAT "$(jobs_of_one "count(DISTINCT job_id)" "big:$BIG_DEVICE_JOBS")" $BIG_DEVICE_JOBS
	row "one device with $BIG_DEVICE_JOBS jobs ($pages pages), 32 in flight" 32 ms "$WALL" \
		$(((1 + (pages - 1 + 31) / 32) * LATENCY_MS)) x1.3
	pages_of_200
}

# A page each, of the largest that there are.
pages_of_200()
{
	simulate latency_ms=20
	set_concurrency 16
	psql -XAtq -c "IMPORT FOREIGN SCHEMA ota LIMIT TO (ota_module_version) FROM SERVER tuya INTO public" \
		-c "ALTER FOREIGN TABLE ota_module_version OPTIONS (ADD page_size '200')"
	best $REPEAT "SELECT count(v.module_name) FROM generate_series(1, 50) n JOIN ota_module_version v ON v.product_key = 'pk' AND v.device_name = format('v%s:200', n)" 10000
	row "50 devices with 200 rows each, 20 ms, 16 in flight" 16 ms "$WALL" "$(calc "50 * 20 / 16")" -
}

group_requests()
{
	local using="USING (product_key, device_name, firmware_id)"
	simulate latency_ms=5 http2=1
	set_concurrency 32
	best 1 "SELECT job_id FROM single i JOIN ota_job j $using LIMIT 10" 10
	row "join with LIMIT 10, one job a device" 32 requests "$REQUESTS" 10 20
	best 1 "$(jobs_of_one "count(*)" "big:$BIG_DEVICE_JOBS")" $BIG_DEVICE_JOBS
	row "count(*) of a device with $BIG_DEVICE_JOBS jobs" 32 requests "$REQUESTS" 1 1
	best 1 "SELECT count(j.job_id) FROM repeated i JOIN ota_job j $using" 10000
	row "join of 10000 rows with 100 different devices" 32 requests "$REQUESTS" 100 100
}

# tuya_fdw_refresh(), which makes the copy, then asks for all that it has, beside the
# bare SELECT of the same.
group_refresh()
{
	local bare copy
	simulate latency_ms=20 http2=1
	set_concurrency 32
	psql -XAtqc "CREATE VIEW fleet AS SELECT * FROM device WHERE n <= $CPU_LOOKUPS"
	best $REPEAT "$(join_of $CPU_LOOKUPS)" "$(jobs_of $CPU_LOOKUPS)"
	bare=$WALL
	for copy in new unchanged; do
		once "CALL tuya_fdw_refresh('copy', 'ota_job', 'fleet', batch => 5000, older_than => '0')"
		row "tuya_fdw_refresh of $CPU_LOOKUPS devices, $copy, by 5000: requests" 32 requests "$REQUESTS" "$CPU_LOOKUPS" "$CPU_LOOKUPS"
		row "tuya_fdw_refresh of $CPU_LOOKUPS devices, $copy, beside SELECT: wall" 32 ms "$WALL" "$bare" x1.15
		[ "$(value "SELECT count(*) FROM copy")" = "$(jobs_of $CPU_LOOKUPS)" ] || wrong "the copy"
	done
	psql -XAtqc "DROP TABLE copy, copy_state; DROP FOREIGN TABLE copy_source; DROP VIEW fleet"
}

# --- instructions ---------------------------------------------------------------

COUNTING=(valgrind --tool=callgrind --callgrind-out-file=/dev/null)

can_count()
{
	command -v valgrind >"$LOG/which" && return
	say "(no valgrind: instructions are not counted)"
	return 1
}

# How many the program took that was run so, its errors in the log yardstick.
counted()
{
	sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$LOG/yardstick"
}

# alone PREFIX... - runs the statements it reads in one process, while the server is stopped
alone()
{
	"$@" "$("$PG_CONFIG" --bindir)/postgres" --single -D "$DATA" postgres >"$BENCH/rows" 2>"$LOG/yardstick"
}

# --- planning -------------------------------------------------------------------

# Statements without tables of ours; p has a hundred partitions.
PLANNED=("SELECT * FROM generate_series(1, 10)" "SELECT jobs FROM device WHERE n = 4711"
	"SELECT count(*) FROM device i JOIN device k USING (n) WHERE EXISTS (SELECT FROM device l WHERE l.n = i.n)"
	"SELECT n FROM p WHERE n = 5" "SELECT FROM p WHERE n = 5 AND EXISTS (SELECT FROM device l WHERE l.n = p.n)"
	"SELECT * FROM (VALUES (0)$(printf ', (%d)' {1..99})) v")

# planning_us QUERY [LOAD] - CPU time that a backend takes to plan it 20000 times, with the
# library loaded or not.  The kernel adds it up at its ticks, and when a process sleeps.
planning_us()
{
	local used="split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::bigint"
	psql -XAtq -c "${2:+LOAD 'tuya_fdw'}" -c "DO \$do\$ DECLARE began bigint; BEGIN
		FOR n IN 1..21000 LOOP
			IF n = 1001 THEN PERFORM pg_sleep(0.001); began := $used; END IF;
			EXECUTE 'EXPLAIN $1';
		END LOOP;
		PERFORM pg_sleep(0.001);
		PERFORM set_config('bench.us', (($used - began) / 1000)::text, false); END \$do\$" \
		-c "SHOW bench.us"
}

# planning_instructions QUERY [LOAD] - how many it takes, the last 100 times of 110
planning_instructions()
{
	local n counts=()
	for n in 10 110; do
		{
			echo "${2:+LOAD 'tuya_fdw';}"
			for ((; n > 0; n--)); do echo "EXPLAIN $1;"; done
		} | alone "${COUNTING[@]}"
		counts+=("$(counted)")
	done
	echo $(((counts[1] - counts[0]) / 100))
}

group_planning()
{
	local query i
	psql -XAtqc "CREATE TABLE p (n int, jobs int) PARTITION BY RANGE (n)" -c "DO \$\$ BEGIN FOR n IN 1..100 LOOP
		EXECUTE format('CREATE TABLE p%1\$s PARTITION OF p FOR VALUES FROM (%1\$s) TO (%2\$s)', n, n + 1); END LOOP; END \$\$" -c "ANALYZE p"
	for query in "${PLANNED[@]}"; do
		for ((i = 0; i < PLANNING_REPEAT; i++)); do
			planning_us "$query" >>"$BENCH/without"
			planning_us "$query" LOAD >>"$BENCH/with"
		done
		# what the machine adds is different each time, and never negative
		row "planning of ${query:0:33}..., loaded: CPU time" 0 us "$(sort -n "$BENCH/with" | head -n 1)" \
			"$(sort -n "$BENCH/without" | head -n 1)" x1.02
		rm "$BENCH/with" "$BENCH/without"
	done
	if can_count; then
		psql -XAtqc "VACUUM ANALYZE device" -c "CHECKPOINT"
		stop_server
		for query in "${PLANNED[@]}"; do
			row "planning of ${query:0:33}..., loaded: instructions" 0 count "$(planning_instructions "$query" LOAD)" \
				"$(planning_instructions "$query")" x1.02
		done
		start_server
	fi
	psql -XAtqc "DROP TABLE p"
}

# --- CPU time -------------------------------------------------------------------

# Programs that send the same requests: one does nothing else, one signs and reads as well.
build_yardsticks()
{
	local name
	for name in bare plain; do
		or_die "building $name" "$LOG/build" gcc -std=c11 -D_DEFAULT_SOURCE -O2 -Wall -Wextra -o "$BENCH/$name" \
			"$HERE/$name.c" "$HERE/drive.c" -lcurl -ljson-c -lcrypto
	done
	psql -XAtq -F $'\t' -c "SELECT product_key, device_name, firmware_id FROM device WHERE n <= $CPU_LOOKUPS" >"$BENCH/keys"
	perl "$HERE/sign.pl" "$TUYA_SIM_ENDPOINT" <"$BENCH/keys" >"$BENCH/urls" || die "signing failed"
}

# yardstick NAME LOOKUPS HTTP [COMMAND...] - sets WALL and CPU (ms); runs it by the command
yardstick()
{
	local name=$1 lookups=$2 http=$3 lines=$BENCH/urls endpoint=() cost
	shift 3
	[ "$name" = bare ] || { lines=$BENCH/keys endpoint=("$TUYA_SIM_ENDPOINT"); }
	head -n "$lookups" "$lines" >"$BENCH/lines"
	cost=$("$@" "$BENCH/$name" "$BENCH/lines" 32 "$TUYA_SIM_CA" "$http" "${endpoint[@]}" 2>"$LOG/yardstick") ||
		{ tail -n 5 "$LOG/yardstick" >&2; die "$name failed"; }
	read -r WALL CPU JOBS <<<"$cost"
}

# beside HTTP CONNECTIONS - our lookups, over so many connections at most, and those of the
# yardsticks, in turn
beside()
{
	local http=$1 most=$2 what="$CPU_LOOKUPS lookups, no latency, HTTP/$1" i jobs bare plain requests=0 connections=0 count
	jobs=$(jobs_of $CPU_LOOKUPS)
	for ((i = 0; i < PAIRS; i++)); do
		yardstick bare $CPU_LOOKUPS "$http" "${PINNED[@]}"
		bare=$CPU
		yardstick plain $CPU_LOOKUPS "$http" "${PINNED[@]}"
		plain=$CPU
		[ "$JOBS" = "$jobs" ] || wrong "the plain program has read $JOBS jobs where there are $jobs"
		best 1 "$(join_of $CPU_LOOKUPS)" "$jobs"
		echo "$CPU" >>"$BENCH/ours"
		calc "$CPU / $bare" >>"$BENCH/by_bare"
		calc "$CPU / $plain" >>"$BENCH/by_plain"
		# nothing is wrong, so nothing is sent again, and no connection made anew
		count=$(simulator_counter connections)
		requests=$((REQUESTS > requests ? REQUESTS : requests)) connections=$((count > connections ? count : connections))
	done
	row "$what: requests" 32 requests "$requests" "$CPU_LOOKUPS" "$CPU_LOOKUPS"
	row "$what: connections" 32 connections "$connections" - "$most"
	row "$what: CPU time" 32 ms "$(median <"$BENCH/ours")" - -
	row "$what: CPU time, beside bare libcurl" 32 times "$(median <"$BENCH/by_bare")" 1 x1.1
	row "$what: CPU time, beside a plain C program" 32 times "$(median <"$BENCH/by_plain")" 1 -
	rm "$BENCH/ours" "$BENCH/by_bare" "$BENCH/by_plain"
}

# ours LOOKUPS JOBS COMMAND... - our lookups, in a process of its own that the command runs
ours()
{
	join_of "$1" | alone "${@:3}"
	grep -q "= \"$2\"" "$BENCH/rows" || wrong "postgres --single: $(tail -n 3 "$BENCH/rows" "$LOG/yardstick")"
}

# instructions PROGRAM HTTP - sets INSTRUCTIONS to how many a lookup takes in that process, none
# of the kernel's: those of 2,500 lookups less those of 500, so that starting, and connecting,
# drops out.  The server is stopped
instructions()
{
	local program=$1 http=$2 n counts=()
	for n in 500 2500; do
		tuya_simctl clear
		if [ "$program" = ours ]; then
			ours "$n" "${JOBS_OF[$n]}" "${COUNTING[@]}"
		else
			yardstick "$program" "$n" "$http" "${COUNTING[@]}"
		fi
		[ "$(simulator_counter requests)" = "$n" ] || wrong "$program: $(simulator_counter requests) requests for $n lookups"
		counts+=("$(counted)")
	done
	INSTRUCTIONS=$(((counts[1] - counts[0]) / 2000))
}

# instructions_beside HTTP
instructions_beside()
{
	local what="a lookup over HTTP/$1" bare plain
	instructions bare "$1"
	bare=$INSTRUCTIONS
	instructions plain "$1"
	plain=$INSTRUCTIONS
	instructions ours "$1"
	row "$what, beside bare libcurl: instructions" 32 count "$INSTRUCTIONS" "$bare" -
	row "$what, beside a plain C program: instructions" 32 count "$INSTRUCTIONS" "$plain" x0.75
}

count_instructions()
{
	local n
	declare -gA JOBS_OF
	can_count || return
	for n in 500 2500; do JOBS_OF[$n]=$(jobs_of $n); done
	psql -XAtqc "VACUUM FREEZE device" -c "CHECKPOINT"
	stop_server
	simulate http2=0
	instructions_beside 1.1
	simulate http2=1
	instructions_beside 2
	start_server
}

group_cpu()
{
	simulate latency_ms=0 nonce_check=0
	set_concurrency 32
	build_yardsticks
	pin
	simulate http2=0
	beside 1.1 32
	simulate http2=1
	beside 2 1
	unpin
	count_instructions
	simulate nonce_check=1
}

# deduplicated WHAT SETTINGS - lookahead on and off, in turn
deduplicated()
{
	local i on=1e9 off=1e9 sql="SELECT count(j.job_id) FROM same_key i JOIN ota_job j USING (product_key, device_name, firmware_id)"
	for ((i = 0; i < CPU_REPEAT; i++)); do
		best 1 "$sql" $SAME_KEYS "$2 SET tuya_fdw.enable_lookahead = off;"
		off=$(calc "$off < $CPU ? $off : $CPU")
		best 1 "$sql" $SAME_KEYS "$2"
		on=$(calc "$on < $CPU ? $on : $CPU")
	done
	row "join of $SAME_KEYS rows with one key$1, beside lookahead off: CPU" 32 ms "$on" "$off" x1.25
}

group_dedup()
{
	simulate latency_ms=0 http2=1
	set_concurrency 32
	pin
	deduplicated "" ""
	deduplicated ", no Memoize" "SET enable_memoize = off;"
	unpin
}

# From here on, for the groups that share something between sessions.
preload()
{
	! grep -q ^shared_preload_libraries "$DATA/postgresql.conf" || return 0
	stop_server
	printf '%s\n' "shared_preload_libraries = 'tuya_fdw'" >>"$DATA/postgresql.conf"
	start_server
}

# What a key costs that another session has asked for, and the join with it.
group_cache()
{
	preload
	simulate latency_ms=0 http2=1
	set_concurrency 32
	psql -XAtqc "ALTER FOREIGN TABLE ota_job OPTIONS (cache_ttl '1h')"
	once "$(join_of $CPU_LOOKUPS)"
	pin
	best $CPU_REPEAT "$(join_of $CPU_LOOKUPS)" "$(jobs_of $CPU_LOOKUPS)"
	row "join of $CPU_LOOKUPS devices that are cached: requests" - requests "$REQUESTS" 0 0
	row "join of $CPU_LOOKUPS devices that are cached: CPU a device" - us "$(calc "1000 * $CPU / $CPU_LOOKUPS")" - 10
	unpin
	psql -XAtqc "ALTER FOREIGN TABLE ota_job OPTIONS (DROP cache_ttl)"
}

# --- a service that throttles -----------------------------------------------------

# spell HOST - the same service by another name, of which nothing is known yet
spell()
{
	psql -XAtqc "ALTER SERVER tuya OPTIONS (SET endpoint '${TUYA_SIM_ENDPOINT/localhost/$1}')"
}

rate_join()
{
	printf '%s' "SELECT count(j.job_id) FROM generate_series(1, $RATE_DEVICES) n JOIN ota_job j ON j.product_key = 'p$1'
		AND j.device_name = format('d%s:1', n) AND j.firmware_id = '187'"
}

# rate_rows WHAT IDEAL - of what has just been asked, in WALL
rate_rows()
{
	row "$1" 32 ms "$WALL" "$2" x1.2
	row "$1: throttled" 32 % "$(printf '%.1f' "$(calc "100 * $(simulator_counter throttled) / $(simulator_counter requests)")")" - 15
}

# A bucket of 10 that 50 requests a second are put into.
group_rate()
{
	local n wall sessions=()
	preload
	simulate latency_ms=$LATENCY_MS http2=1 rate_limit=50 rate_burst=10
	set_concurrency 32
	spell Localhost
	best 1 "$(rate_join 0)" $RATE_DEVICES
	rate_rows "$RATE_DEVICES devices, the service allows 50 requests a second" "$(calc "($RATE_DEVICES - 10) * 1000 / 50")"
	spell lOcalhost
	tuya_simctl clear
	simulate rate_limit=50
	wall=$(value "SELECT wall_ms()")
	for n in 1 2 3 4; do
		value "$(rate_join $n)" >"$BENCH/session$n" 2>>"$LOG/psql" &
		sessions+=($!)
	done
	wait "${sessions[@]}"
	WALL=$(printf '%.1f' "$(calc "$(value "SELECT wall_ms()") - $wall")")
	[ "$(sort -u "$BENCH"/session[1-4])" = $RATE_DEVICES ] || wrong "a session that is throttled"
	rate_rows "the same in four sessions that share the limiter" "$(calc "(4 * $RATE_DEVICES - 10) * 1000 / 50")"
	spell localhost
	simulate rate_limit=0
}

# --- memory ---------------------------------------------------------------------

# The statement itself asks, at its thousandth row and at its last.
one_statement()
{
	local at="i.n IN (1000, $MEMORY_LOOKUPS)"
	once "SELECT max(kb) - min(kb) FROM (
			SELECT CASE WHEN $at THEN memory_kb() END AS kb
			FROM device i LEFT JOIN ota_job j USING (product_key, device_name, firmware_id) OFFSET 0) x"
	row "memory from 1000 to $MEMORY_LOOKUPS lookups in one statement" 32 kB "$RESULT" 0 8192
}

one_session()
{
	local i script=$BENCH/session.sql
	for ((i = 0; i < MEMORY_LOOKUPS; i += 1000)); do
		printf '%s\n' "$(join_of 1000) \\gset" "SELECT memory_kb();"
	done >"$script"
	RESULT=$(psql -XAtq -v ON_ERROR_STOP=1 -f "$script" 2>>"$LOG/psql" | sed -n '1p;$p' | paste -sd ' ') || die "a statement failed"
	row "memory from 1000 to $MEMORY_LOOKUPS lookups in one session" 32 kB "$(calc "${RESULT#* } - ${RESULT% *}")" 0 8192
}

group_memory()
{
	simulate latency_ms=0 http2=1
	set_concurrency 32
	one_statement
	one_session
}

# --- main -----------------------------------------------------------------------

main()
{
	set_up "$MEMORY_LOOKUPS" "$SAME_KEYS"
	begin_table
	for GROUP in "${SELECTED[@]}"; do
		"group_$GROUP"
	done
	stop_server
	perl "$HERE/plot.pl" "$TSV" >"$BENCH/inflight.svg" || die "no picture"
	say "$((MEASURED - OVER)) of $MEASURED figures within their limits, $WRONG wrong results, $SECONDS s"
	[ $OVER = 0 ] && [ $WRONG = 0 ]
}

main
