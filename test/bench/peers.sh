#!/bin/bash
# peers.sh - tuya_fdw beside what else could ask the API: at one simulator, in one run,
# over TLS.  Needs nothing but a Debian with network, root or sudo.
#
#   test/bench/peers.sh [--no-install] [--keep] [--quick] [--out DIR] [--in ROOT] [PEER...]
#
#   --no-install  take the tools as they are, say what is missing
#   --keep        leave the temporary directory, with all logs
#   --quick       less of everything: whether it runs, not how well
#   --out DIR     leave peers.tsv, peers.txt (the table) and peers.svg there
#   --in ROOT     in a root directory of another Debian, or, by its number, in that of a
#                 PostgreSQL version, as in versions.sh: on Debian 12 --in 17 has pgsql-http
#   PEER          http plpython multicorn curl h2load (all of them without a name)
#
#   http       pgsql-http, a function in LATERAL; it signs by pgcrypto, its connection is kept
#   plpython   PL/Python and urllib3, the same: Python in the backend, as Multicorn has it
#   multicorn  Multicorn2, a wrapper in Python (peers.py), with urllib3 as well
#   curl       curl -Z: URLs that were signed before, replies to a file
#   h2load     the same, replies to nowhere; it is a load generator, and so the floor
#
# Each does the best that its documentation says.  Peers come from the packages of this
# machine's archive, or are what is installed; what is not to be had is skipped, with a
# line that says so.  All of it takes some ten minutes.
#
# PG_CONFIG in the environment selects an installed PostgreSQL, 15 or later; of its files
# a copy is used.  The status is not 0 if a result was wrong, a request was sent twice, one
# that is there could not run, or tuya_fdw is not faster than what asks one by one.

set -u
unset CDPATH	# whose cd prints
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
NOUN=peer
ALL=(http plpython multicorn curl h2load)

# Programs, and the library and modules that PL/Python loads.
own_packages()
{
	local plpython
	plpython=postgresql-plpython3-$(major_here)
	offered curl perl nghttp2-client python3-urllib3
	[ -z "$(offered "$plpython")" ] || apt-cache show --no-all-versions "$plpython" | grep -o 'libpython3[0-9.]*' | head -n 1
}

own_tree()
{
	local major packages
	[ "$INSTALL" = yes ] || return 0
	major=$(major_here)
	mapfile -t packages < <(offered "postgresql-$major-http" "postgresql-plpython3-$major" "postgresql-$major-multicorn2" "postgresql-$major-multicorn")
	add_extensions "${packages[@]}"
}

# shellcheck source=test/lib/benchmark.sh
. "$HERE/../lib/benchmark.sh"
parse_arguments "$@"
if [ -z "${TUYA_WORK:-}" ]; then
	outside bench/peers peers.tsv peers.txt peers.svg
	exit
fi

for part in run measure; do
	# shellcheck source=/dev/null
	. "$HERE/../lib/$part.sh"
done

BENCH=$TUYA_WORK/bench
TSV=$BENCH/peers.tsv
IN_FLIGHT=32
DEVICES=1000 JOBS=1000 LOOKUPS=5000 REPEAT=3
FURTHER_DEVICES=(10 100) MANY_DEVICES=10000	# at 50 ms
LATENCIES=(2 5 10 20 50)
[ $QUICK = no ] || DEVICES=40 JOBS=300 LOOKUPS=400 REPEAT=1 FURTHER_DEVICES=(10) MANY_DEVICES=400 LATENCIES=(5 20 50)
TIMEOUT_MS=500	# until a request that hangs is cancelled

declare -A NAME=([tuya_fdw]=tuya_fdw [http]=pgsql-http [plpython]=PL/Python [multicorn]=Multicorn2 [curl]='curl -Z' [h2load]=h2load)
# What a session begins with; a row of the inventory's jobs; one device's jobs.
KEY="(i.product_key, i.device_name, i.firmware_id)"
USING="USING (product_key, device_name, firmware_id)"
declare -A FIRST=([tuya_fdw]="LOAD 'tuya_fdw'" [http]="DO 'BEGIN PERFORM http_begin(); END'" [plpython]='' [multicorn]='')
# Without OFFSET 0 PostgreSQL thinks that it costs nothing to call a function again, and
# does without Memoize.
declare -A WITH=([tuya_fdw]="JOIN ota_job j $USING" [http]=", LATERAL (SELECT * FROM http_jobs$KEY OFFSET 0) j"
	[plpython]=", LATERAL (SELECT * FROM plpython_jobs$KEY OFFSET 0) j" [multicorn]="JOIN multicorn_job j $USING")
declare -A OF=([tuya_fdw]="ota_job WHERE (product_key, device_name, firmware_id) =" [http]=http_jobs
	[plpython]=plpython_jobs [multicorn]="multicorn_job WHERE (product_key, device_name, firmware_id) =")

THERE=(tuya_fdw)	# who takes part
WHATS=()			# rows of the table
declare -A SEEN		# those
declare -A FIGURE UNIT	# by name
SKIPPED=()		# lines that say so

# --- figures ------------------------------------------------------------------

# figure WHAT PEER VALUE UNIT
figure()
{
	local name="$1: ${NAME[$2]}"
	[ -n "${SEEN[$1]:-}" ] || WHATS+=("$1")
	SEEN[$1]=yes
	FIGURE[$name]=$3 UNIT[$name]=$4
	printf '%s\t%s\t%s\n' "$name" "$3" "$4" >>"$TSV"
	say "  $name: $3 ${4#-}"
}

# in_s MS - to three digits
in_s()
{
	printf '%.3f' "$(calc "$1 / 1000")"
}

# --- who is there -------------------------------------------------------------

has_extension()
{
	[ "$(value "SELECT count(*) FROM pg_available_extensions WHERE name IN ('$1', '${2:-$1}')")" = $# ]
}

# missing PEER - prints why it cannot take part, nothing if it can
missing()
{
	local major
	major=$(value "SELECT current_setting('server_version_num')::int / 10000")
	case $1 in
		http) has_extension http pgcrypto || say "no package postgresql-$major-http in this archive (Debian's for 17 has it: --in 17)" ;;
		plpython)
			if ! has_extension plpython3u; then say "no package postgresql-plpython3-$major in this archive"
			elif ! python3 -c 'import urllib3' 2>>"$LOG/python"; then say "Python has no urllib3"; fi
			;;
		multicorn) has_extension multicorn || say "the extension multicorn is not in this PostgreSQL, and no package of this archive has it" ;;
		*) command -v "$1" >/dev/null || say "no program $1 here" ;;
	esac
}

# version PEER - of its package, else as it says
version()
{
	case $1 in
		tuya_fdw) value "SELECT extversion FROM pg_extension WHERE extname = 'tuya_fdw'" ;;
		curl) curl --version | awk '{ print $2; exit }' ;;
		h2load) h2load --version | sed 's,.*/,,' ;;
		plpython) python3 -c 'import sys, urllib3; print("%d.%d with urllib3 %s" % (*sys.version_info[:2], urllib3.__version__))' ;;
		*) awk -v package="-$1" 'index($1, package) { sub(/-.*/, "", $2); print $2; found = 1 } END { exit !found }' "$TUYA_WORK/extensions" 2>/dev/null ||
			value "SELECT extversion FROM pg_extension WHERE extname = '$1'" ;;
	esac
}

find_peers()
{
	local peer why
	declare -A there=([http]=0 [plpython]=0 [multicorn]=0)
	for peer in "${SELECTED[@]}"; do
		why=$(missing "$peer")
		[ -z "$why" ] || { SKIPPED+=("Skipped: ${NAME[$peer]}: $why."); continue; }
		THERE+=("$peer") there[$peer]=1
	done
	or_die "making the peers' tables" "$LOG/psql" psql -Xq -v endpoint="$TUYA_SIM_ENDPOINT" -v ca="$TUYA_SIM_CA" -v devices=$DEVICES \
		-v http="${there[http]}" -v plpython="${there[plpython]}" -v multicorn="${there[multicorn]}" -f "$HERE/peers.sql"
	for peer in "${THERE[@]}"; do
		figure "version" "$peer" "$(version "$peer")" -
	done
}

is_program()
{
	[ "$1" = curl ] || [ "$1" = h2load ]
}

# Those that have one request in flight at a time.
is_serial()
{
	! is_program "$1" && [ "$1" != tuya_fdw ]
}

# --- one measurement ----------------------------------------------------------

# asked_just PEER REQUESTS - the last statement has sent so many, and none was refused
asked_just()
{
	[ "$REQUESTS" = "$2" ] || wrong "${NAME[$1]} sent $REQUESTS requests where $2 would do"
	[ "$(simulator_counter refused)" = 0 ] || wrong "${NAME[$1]} had requests refused"
}

# timed COMMAND... - sets WALL and CPU (ms); what it prints is in the files out and err
timed()
{
	local TIMEFORMAT='%3R %3U %3S' wall user system
	{ time "${PINNED[@]}" "$@" >"$BENCH/out" 2>"$BENCH/err" </dev/null; } 2>"$BENCH/time"
	read -r wall user system <"$BENCH/time"
	WALL=$(calc "1000 * $wall") CPU=$(calc "1000 * ($user + $system)")
}

# sign DEVICES - requests of those, for programs
sign()
{
	psql -XAtq -F $'\t' -c "SELECT product_key, device_name, firmware_id FROM device WHERE n <= $1" |
		perl "$HERE/sign.pl" "$TUYA_SIM_ENDPOINT" >"$BENCH/urls" || die "signing failed"
	sed 's/.*/url = "&"/' "$BENCH/urls" >"$BENCH/urls.curl"
}

# command_of PROGRAM DEVICES - sets COMMAND to what asks for all that sign() has signed
command_of()
{
	case $1 in
		curl) COMMAND=(curl -Z --parallel-max "$IN_FLIGHT" -sS --fail --cacert "$TUYA_SIM_CA" --config "$BENCH/urls.curl") ;;
		h2load) COMMAND=(h2load -c 1 -m "$IN_FLIGHT" -t 1 -n "$2" -i "$BENCH/urls") ;;
	esac
}

# check_output PROGRAM DEVICES - curl's has all jobs, h2load's counts replies
check_output()
{
	local found expected
	case $1 in
		curl) found=$(grep -o '"jobId"' "$BENCH/out" | wc -l) expected=$(jobs_of "$2") ;;
		h2load) found=$(sed -n 's/^status codes: \([0-9]*\) 2xx.*/\1/p' "$BENCH/out") expected=$2 ;;
	esac
	[ "$found" = "$expected" ] || { wrong "${NAME[$1]} has $found where $expected was expected"; tail -n 5 "$BENCH/err"; }
}

# fetch PROGRAM DEVICES REPEAT - the least wall and CPU time of several
fetch()
{
	local wall=1e9 cpu=1e9 i COMMAND
	for ((i = 0; i < $3; i++)); do
		sign "$2"
		command_of "$1" "$2"
		tuya_simctl clear
		timed "${COMMAND[@]}"
		check_output "$1" "$2"
		wall=$(calc "$wall < $WALL ? $wall : $WALL") cpu=$(calc "$cpu < $CPU ? $cpu : $CPU")
	done
	WALL=$wall CPU=$cpu REQUESTS=$(simulator_counter requests)
}

# statement PEER SQL EXPECTED [REPEAT] - in sessions of its own
statement()
{
	PREAMBLE=${FIRST[$1]} best "${4:-1}" "$2" "$3"
}

# join PEER DEVICES [REPEAT] - of the inventory with its jobs; sets WALL and CPU
join()
{
	if is_program "$1"; then
		fetch "$1" "$2" "${3:-1}"
	else
		statement "$1" "SELECT count(j.job_id) FROM device i ${WITH[$1]} WHERE i.n <= $2" "$(jobs_of "$2")" "${3:-1}"
	fi
	asked_just "$1" "$2"
}

# --- what is measured ---------------------------------------------------------

# repeat_of PEER - what takes a minute is not measured again
repeat_of()
{
	if is_serial "$1"; then say 1; else say $REPEAT; fi
}

join_of()
{
	simulate latency_ms="$3"
	join "$1" "$2" "$(repeat_of "$1")"
	figure "join of $2 devices, $3 ms" "$1" "$(in_s "$WALL")" s
}

joins()
{
	local peer n
	for peer in "${THERE[@]}"; do
		for n in "${LATENCIES[@]}"; do
			join_of "$peer" $DEVICES "$n"
		done
		figure "most requests at once" "$peer" "$(simulator_counter max_in_flight)" requests
		figure "connections" "$peer" "$(simulator_counter connections)" connections
		is_program "$peer" || [ "$(simulator_counter connections)" = 1 ] || wrong "${NAME[$peer]} did not keep its connection"
		for n in "${FURTHER_DEVICES[@]}"; do
			join_of "$peer" "$n" 50
		done
		is_serial "$peer" || join_of "$peer" $MANY_DEVICES 50
	done
}

# As fast as it goes: the client alone on one core, the simulator on another.
lookups()
{
	local peer
	simulate latency_ms=0
	pin
	for peer in "${THERE[@]}"; do
		join "$peer" $LOOKUPS "$REPEAT"
		figure "lookups a second, no latency" "$peer" "$(printf '%.0f' "$(calc "$LOOKUPS * 1000 / $WALL")")" 1/s
		figure "CPU a lookup, no latency" "$peer" "$(printf '%.0f' "$(calc "1000 * $CPU / $LOOKUPS")")" us
	done
	unpin
}

requests()
{
	local peer
	simulate latency_ms=5
	for peer in "${THERE[@]}"; do
		! is_program "$peer" || continue
		statement "$peer" "SELECT count(*) FROM ${OF[$peer]} ('pk', 'big:$JOBS', '187')" $JOBS
		[ "$peer" != tuya_fdw ] || asked_just "$peer" 1
		figure "requests for count(*) of $JOBS jobs" "$peer" "$REQUESTS" requests
		statement "$peer" "SELECT j.job_id FROM single i ${WITH[$peer]} LIMIT 10" 10
		[ "$REQUESTS" -le 20 ] || wrong "${NAME[$peer]} sent $REQUESTS requests for LIMIT 10"
		figure "requests for LIMIT 10, one job a device" "$peer" "$REQUESTS" requests
		statement "$peer" "SELECT count(j.job_id) FROM twice i ${WITH[$peer]}" $((2 * $(jobs_of $((DEVICES / 2)))))
		[ "$peer" != tuya_fdw ] || asked_just "$peer" $((DEVICES / 2))
		figure "requests for $DEVICES rows, each device twice" "$peer" "$REQUESTS" requests
	done
}

# cancelled PEER - sets WALL (ms) from when a statement is cancelled, or a program
# interrupted, to its end; its request hangs, of a session the second one
cancelled()
{
	local COMMAND one="SELECT count(j.job_id) FROM device i ${WITH[$1]:-} WHERE i.n ="
	tuya_simctl clear
	if is_program "$1"; then
		sign 1
		command_of "$1" 1
		simulate stall=head
		timed timeout -s INT "$(in_s $TIMEOUT_MS)" "${COMMAND[@]}"
	else
		WALL=$(psql -XAtq 2>"$BENCH/err" <<-SQL
			${FIRST[$1]};
			$one 1 \\gset
			\\! tuya_simctl set stall=head
			SET statement_timeout = $TIMEOUT_MS;
			SELECT wall_ms() AS wall \\gset
			$one 2;
			SET statement_timeout = 0;
			SELECT wall_ms() - :wall;
		SQL
		)
		grep -q ERROR "$BENCH/err" || wrong "${NAME[$1]} was not cancelled"
	fi
	[ "$(simulator_counter stalls)" = 1 ] || wrong "${NAME[$1]} had no request that hangs"
	simulate stall=none
	WALL=$(calc "$WALL < $TIMEOUT_MS ? 0 : $WALL - $TIMEOUT_MS")
}

cancels()
{
	local peer
	simulate latency_ms=0
	for peer in "${THERE[@]}"; do
		cancelled "$peer"
		figure "from cancel to end, no reply" "$peer" "$(in_s "$WALL")" s
	done
}

# --- the table ----------------------------------------------------------------

# cell WHAT PEER - as a reader wants it
cell()
{
	local name="$1: ${NAME[$2]}"
	case ${UNIT[$name]:-none} in
		s) printf '%.*f s' "$([[ ${FIGURE[$name]} = ?.* ]] && printf 2 || printf 1)" "${FIGURE[$name]}" ;;
		us) printf '%s' "${FIGURE[$name]} µs" ;;
		none) ;;
		*) printf '%s' "${FIGURE[$name]}" ;;
	esac
}

# table WHAT... - of those rows; in Markdown
table()
{
	local what peer
	printf '|'
	for peer in "${THERE[@]}"; do printf ' | %s' "${NAME[$peer]}"; done
	printf ' |\n|---'
	for peer in "${THERE[@]}"; do printf '|---'; done
	printf '|\n'
	for what; do
		printf '| %s' "$what"
		for peer in "${THERE[@]}"; do printf ' | %s' "$(cell "$what" "$peer")"; done
		printf ' |\n'
	done
}

# names WHAT... - what figures.pl wants to know of such a table
names()
{
	local what n=0
	printf '\n<!-- figures\n'
	for what; do printf '%d: %s: *\n' $((++n)) "$what"; done
	printf '%s\n' '-->'
}

# Ours has many requests in flight, so it cannot be slower than what has one.
check_faster()
{
	local peer join="join of $DEVICES devices, 50 ms"
	for peer in "${THERE[@]}"; do
		! is_serial "$peer" || [ "$(calc "${FIGURE["$join: tuya_fdw"]} <= ${FIGURE["$join: ${NAME[$peer]}"]}")" = 1 ] ||
			wrong "tuya_fdw is slower than ${NAME[$peer]}"
	done
}

main()
{
	export PYTHONPATH=$HERE
	set_up $MANY_DEVICES 1000
	printf 'name\tvalue\tunit\n' >"$TSV"
	set_concurrency $IN_FLIGHT
	find_peers
	joins
	lookups
	requests
	cancels
	check_faster
	stop_server
	perl "$HERE/plot_peers.pl" "$TSV" >"$BENCH/peers.svg" || die "no picture"
	say
	table "${WHATS[@]}" | tee "$BENCH/peers.txt"
	names "${WHATS[@]}" >>"$BENCH/peers.txt"
	printf '\n%s' "${SKIPPED[@]}" '' | tee -a "$BENCH/peers.txt"
	say "$WRONG wrong results, $SECONDS s"
	[ "$WRONG" = 0 ]
}

main
