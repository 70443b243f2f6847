# shellcheck shell=bash
#
# layers_scale.sh - check.sh's layer scale: src/doc/nodes.md, its SQL as it stands there, on clusters
# of this machine that all ask one simulator.  Sourced.
#
# A coordinator and four nodes.  Each has a database fleetN for what N nodes do together, and
# in that a schema for each recipe.  Figures are of sessions of their own, connecting included.

SCALE_DOCUMENT="$TUYA_ROOT"/src/doc/nodes.md
SCALE_LATENCY_MS=50 SCALE_IN_FLIGHT=16
SCALE_PORT=5430		# the coordinator's; a node's number is added
# Start-up is a good part of what few devices take, so only many tell how much faster nodes are.
SCALE_DEVICES=640 SCALE_FASTER=1.5 SCALE_ABOVE_IDEAL=2
[ -z "${TUYA_SOAK:-}" ] || SCALE_DEVICES=7200 SCALE_FASTER=3.6 SCALE_ABOVE_IDEAL=1.15
SCALE_TRIES=4		# on a busy machine; the best counts
SCALE_IDEAL="$SCALE_DEVICES * $SCALE_LATENCY_MS / 1000 / $SCALE_IN_FLIGHT"	# seconds of one node
SCALE_SITES=32		# of as many devices each
SOME="site < 'site14'" SOME_DEVICES=$((SCALE_DEVICES * 6 / SCALE_SITES))	# for what would take long for all
SCALE_STOPPED_MS=500

# --- where --------------------------------------------------------------------

# at PLACE NODES COMMAND... - with node number PLACE, or the coordinator, for psql
at()
{
	local place=$1 nodes=$2
	shift 2
	PGPORT=$((SCALE_PORT + place)) PGDATABASE=fleet$nodes "$@"
}

# strict_psql ARGUMENT... - stops at an error, which ends all
strict_psql()
{
	psql -Xq -v ON_ERROR_STOP=1 "$@" 2>>"$LOG/scale" || { tail -n 5 "$LOG/scale" >&2; die "a statement of the layer scale failed"; }
}

# value_at PLACE NODES SQL - prints what it results in
value_at()
{
	at "$1" "$2" strict_psql -At -c "$3"
}

# at_nodes NODES SQL - on each of so many
at_nodes()
{
	local k
	for ((k = 1; k <= $1; k++)); do
		value_at $k "$1" "$2" >/dev/null
	done
}

# text_of SECTION PLACE NODES [NODE] - prints the document's SQL, with these clusters' addresses
text_of()
{
	perl "$TUYA_ROOT/test/scale/recipe.pl" "$SCALE_DOCUMENT" "$@" | sed -E \
		-e "s,host 'node([0-9])'\, dbname 'fleet',host '$PGHOST'\, port '${SCALE_PORT%0}\\1'\, dbname 'fleet$3'," \
		-e "s,host=node([0-9]) dbname=fleet,host=$PGHOST port=${SCALE_PORT%0}\\1 dbname=fleet$3,g"
}

# run_text SECTION PLACE NODES [NODE] - runs it there, in the recipe's schema
run_text()
{
	local recipe=${1#Recipe }
	[ ${#recipe} = 1 ] || recipe=public
	{
		[ "$2" = coordinator ] || printf 'SET ROLE fleet;\n'
		printf 'SET search_path = %s, fleet;\n' "$recipe"
		text_of "$@"
	} | at "${4:-0}" "$3" strict_psql -At >>"$LOG/scale" || exit
}

# --- setting up -----------------------------------------------------------------

start_cluster()
{
	make_server "scale$1"
	PGPORT=$((SCALE_PORT + $1))
	start_server
	psql -XAtqc 'CREATE ROLE fleet LOGIN' -c 'CREATE DATABASE fleet1' -c 'CREATE DATABASE fleet2' -c 'CREATE DATABASE fleet4' >>"$LOG/scale" 2>&1
}

# What the document presumes: tuya_fdw's server and ota_job, as the role that the coordinator is.
set_up_node()
{
	at "$1" "$2" strict_psql -v endpoint="$TUYA_SIM_ENDPOINT" -v ca="$TUYA_SIM_CA" -v concurrency=$SCALE_IN_FLIGHT <<-'SQL'
		CREATE EXTENSION tuya_fdw;
		CREATE SERVER tuya FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint :'endpoint', ca_file :'ca', concurrency :'concurrency');
		GRANT USAGE ON FOREIGN SERVER tuya TO fleet;
		CREATE USER MAPPING FOR fleet SERVER tuya OPTIONS (access_key_id 'testid', access_key_secret 'testsecret');
		CREATE SCHEMA fleet AUTHORIZATION fleet;
		CREATE SCHEMA a AUTHORIZATION fleet;
		CREATE SCHEMA b AUTHORIZATION fleet;
		CREATE SCHEMA c AUTHORIZATION fleet;
		SET ROLE fleet;
		IMPORT FOREIGN SCHEMA ota LIMIT TO (ota_job) FROM SERVER tuya INTO fleet;
	SQL
}

# insert_devices PLACE NODES SCHEMA [CONDITION] - the fleet, or that part of it.  A hash does not spread
# devices evenly: with these names four nodes have the same number but for some percent.  One that has
# no name has no jobs.
insert_devices()
{
	value_at "$1" "$2" "INSERT INTO $3.inventory
		SELECT 'site' || d % $SCALE_SITES, 'gate', format('gate%s:%s', d, d % 6), '187'
		FROM generate_series(0, $SCALE_DEVICES - 1) d WHERE ${4:-true}
		UNION ALL VALUES ('site1', 'gate', NULL, '187')"
}

set_up_nodes()
{
	local recipe k
	for ((k = 1; k <= $1; k++)); do
		set_up_node $k "$1"
		run_text "Set up" node "$1" $k
		for recipe in "${SCALE_RECIPES[@]}"; do
			run_text "Recipe $recipe" node "$1" $k
		done
		insert_devices $k "$1" a "d / $SCALE_SITES % $1 = $((k - 1))"
	done
}

set_up_coordinator()
{
	local recipe
	value_at 0 "$1" "CREATE SCHEMA a; CREATE SCHEMA b; CREATE SCHEMA c"
	run_text "Set up" coordinator "$1"
	for recipe in "${SCALE_RECIPES[@]}"; do
		run_text "Recipe $recipe" coordinator "$1"
	done
	insert_devices 0 "$1" b
	[[ " ${SCALE_RECIPES[*]} " != *' C '* ]] || insert_devices 0 "$1" c
	# what autovacuum does where it is on
	at_nodes "$1" ANALYZE
}

set_up_scale()
{
	local n
	start_simulator
	for n in 0 1 2 3 4; do
		start_cluster $n
	done
	for n in 1 2 4; do
		set_up_nodes $n
		set_up_coordinator $n
	done
	or_die "telling the simulator" "$LOG/sim" tuya_simctl set latency_ms=$SCALE_LATENCY_MS
}

tear_down_scale()
{
	local n
	for n in 0 1 2 3 4; do
		DATA=$TUYA_WORK/scale$n
		stop_server
	done
	check_signatures scale
	stop_simulator
	one "no cluster crashed" "$LOG/scale-crashed" no_cluster_crashed
}

no_cluster_crashed()
{
	! grep -E 'PANIC|TRAP:|terminated by signal' "$LOG"/server-scale*
}

# --- measuring ------------------------------------------------------------------

# query_of RECIPE [CONDITION] - what the document asks, of all devices or of some
query_of()
{
	text_of "Recipe $1" ask 1 | if [ $# = 1 ]; then cat; else
		sed -e "s/FROM inventory WHERE/& $2 AND/" -e "s/OFFSET 0/WHERE $2 &/"
	fi
}

# ask NODES RECIPE SQL - in a session of its own; sets TAKEN (s), REQUESTS, PEAK
ask()
{
	local start
	tuya_simctl clear
	start=$(date +%s%N)
	at 0 "$1" strict_psql -At -c "SET search_path = $2" -c "$3" >"$TUYA_WORK/scale_rows"
	TAKEN=$(calc 3 "($(date +%s%N) - $start) / 1e9")
	REQUESTS=$(simulator_counter requests) PEAK=$(simulator_counter max_in_flight)
}

# calc DECIMALS EXPRESSION - of awk
calc()
{
	awk "BEGIN { printf \"%.$1f\", ($2) }"
}

# is_true EXPRESSION - of awk
is_true()
{
	[ "$(calc 0 "$1")" = 1 ]
}

# is_fast NODES SECONDS - one and two nodes by the ideal, four beside one
is_fast()
{
	if [ "$1" = 4 ]; then is_true "$ONE / $2 >= $SCALE_FASTER"; else is_true "$2 <= $SCALE_ABOVE_IDEAL * $SCALE_IDEAL / $1"; fi
}

# ask_best NODES RECIPE SQL - the least time; tries again while that is not good
ask_best()
{
	local best i
	ask "$@"
	best=$TAKEN
	for ((i = 1; i < SCALE_TRIES; i++)); do
		! is_fast "$1" "$best" || break
		ask "$@"
		best=$(calc 3 "$TAKEN < $best ? $TAKEN : $best")
	done
	TAKEN=$best
}

# holds WHAT EXPRESSION - of awk
holds()
{
	if is_true "$2"; then pass "$1"; else fail "$1" <(say "does not hold: $2"); fi
}

# is WHAT GOT WANTED
is()
{
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" <(say "is: $2"; say "should be: $3"); fi
}

# line WHAT DEVICES NODES SECONDS RATIO PEAK REQUESTS NOTE - of the table
line()
{
	printf '%-46s %7s %5s %7s %5s %9s %8s  %s\n' "$@" | sed 's/ *$//' >>"$TUYA_WORK/scale_table"
}

# shape NODES RECIPE SQL - sets SHAPE, the names of the plan's nodes from the top, and JOINS, how
# many of its foreign scans are a join
shape()
{
	local plan=$TUYA_WORK/scale_plan
	at 0 "$1" strict_psql -At -c "SET search_path = $2" -c "$(sed 's/^SELECT/EXPLAIN (COSTS OFF) SELECT/' <<<"$3")" >"$plan"
	SHAPE=$(sed -nE '1p; s/^ *->  //p' "$plan" | sed 's/ on .*//' | paste -sd ,)
	JOINS=$(grep -c 'Relations: .* INNER JOIN ' "$plan")
}

# --- the recipes ----------------------------------------------------------------

# has_shape RECIPE NODES - whether EXPLAIN shows what the document says
has_shape()
{
	local scans="(,Async Foreign Scan){$2}" joins=0
	[ "$2" != 1 ] || scans=",Foreign Scan"
	[ "$1" != B ] || joins=$2
	shape "$2" "$1" "$(query_of "$1")"
	case $1 in
		C) [[ $SHAPE == *,"Function Scan"* ]] ;;
		*) [[ $SHAPE =~ ^(Sort,)?(Hash|Group)Aggregate(,Sort)?$([ "$2" = 1 ] || printf ',Append')$scans$ && $JOINS = "$joins" ]] ;;
	esac
}

# told_shape RECIPE NODES - prints what EXPLAIN has shown, for the table
told_shape()
{
	case $1:$2 in
		A:1) say "one scan" ;;
		A:*) say "$2 async scans below Append" ;;
		B:1) say "one scan, a join" ;;
		B:*) say "$2 async scans below Append, each a join" ;;
		C:*) say "PL/Proxy's function" ;;
	esac
}

# same WHAT FILE - whether the rows are those that came first: recipe A's, of one node
same()
{
	[ -e "$TUYA_WORK/$2" ] || cp "$TUYA_WORK/scale_rows" "$TUYA_WORK/$2"
	one "$1, $(wc -l <"$TUYA_WORK/$2")" "$LOG/scale" cmp "$TUYA_WORK/scale_rows" "$TUYA_WORK/$2"
}

# measure RECIPE NODES - the fleet, beside one node, which comes first
measure()
{
	local what="recipe $1, nodes: $2"
	if has_shape "$1" "$2"; then pass "$what: the plan"; else fail "$what: the plan" "$TUYA_WORK/scale_plan"; fi
	ask_best "$2" "$1" "$(query_of "$1")"
	[ "$2" != 1 ] || ONE=$TAKEN
	line "recipe $1" $SCALE_DEVICES "$2" "$TAKEN" "$(calc 2 "$ONE / $TAKEN")" "$PEAK" "$REQUESTS" "$(told_shape "$1" "$2")"
	is "$what: each device is asked for once" "$REQUESTS" $SCALE_DEVICES
	is "$what: in flight at once" "$PEAK" $((SCALE_IN_FLIGHT * $2))
	same "$what: the same groups" scale_groups
	compare_figure "$1" "$2"
}

# compare_figure RECIPE NODES - the seconds that the document tells, of a fleet as large as that
compare_figure()
{
	local told
	[ -n "${TUYA_SOAK:-}" ] || return 0
	told=$(sed -n "s/^| $1 | $2 | \([0-9.]*\) s .*/\1/p" "$SCALE_DOCUMENT")
	holds "recipe $1, nodes: $2: $TAKEN s are the document's ${told:-none}, more or less" \
		"${told:-0} > 0 && $TAKEN < 1.15 * ${told:-0} && $TAKEN > 0.85 * ${told:-0}"
}

# compare_rows RECIPE NODES - all columns of some sites' rows, in their order
compare_rows()
{
	ask "$2" "$1" "$(query_of "$1" "$SOME" |
		sed -E 's/count\(\*\)/product_key, device_name, firmware_id, job_id/; s/GROUP BY .*/ORDER BY 1, 2, 3, 4, 5, 6;/')"
	same "recipe $1, nodes: $2: the same rows" scale_all_rows
	is "recipe $1, nodes: $2: as many as the devices' names say" "$(wc -l <"$TUYA_WORK/scale_rows")" \
		"$(value_at 0 1 "SELECT sum(substring(device_name FROM ':(.*)')::int) FROM b.inventory WHERE $SOME")"
}

measure_recipe()
{
	local n
	for n in 1 2 4; do
		compare_rows "$1" $n
		measure "$1" $n
	done
	FOUR=$TAKEN
	holds "recipe $1: one node takes $ONE s, no more than $SCALE_ABOVE_IDEAL times the ideal" \
		"$ONE <= $SCALE_ABOVE_IDEAL * $SCALE_IDEAL"
	holds "recipe $1: four nodes are $SCALE_FASTER times as fast as one" "$ONE / $TAKEN >= $SCALE_FASTER"
}

# --- what goes wrong ------------------------------------------------------------

# pitfall WHAT RECIPE DEVICES SQL [NOTE] - on four nodes, beside what one takes for so many devices
pitfall()
{
	ask 4 "$2" "$4"
	line "$1" "$3" 4 "$TAKEN" "$(calc 2 "$ONE * $3 / $SCALE_DEVICES / $TAKEN")" "$PEAK" "$REQUESTS" "${5:-}"
}

# postgres_fdw asks for each outer row's jobs by a query of its own.
without_partitionwise_join()
{
	local what="B, enable_partitionwise_join off" devices=$((SCALE_DEVICES / SCALE_SITES)) query slower
	query=$(query_of B "site = 'site7'")
	ask 4 B "$query"
	cp "$TUYA_WORK/scale_rows" "$TUYA_WORK/scale_same"
	ask 4 B "$(sed '/^SET /d' <<<"$query")"
	slower=$(calc 0 "($TAKEN / $devices) / ($FOUR / $SCALE_DEVICES)")
	line "$what" $devices 4 "$TAKEN" "$(calc 2 "1 / $slower")" "$PEAK" "$REQUESTS" "$slower times recipe B's time a device"
	is "$what: one by one" "$PEAK $REQUESTS" "1 $devices"
	one "$what: the same groups" "$LOG/scale" cmp "$TUYA_WORK/scale_rows" "$TUYA_WORK/scale_same"
}

# rows_query RECIPE [END] - its rows of some sites, without OFFSET 0 and the groups above it
rows_query()
{
	query_of "$1" "$SOME" | sed -E -e 's/ OFFSET 0//' -e 's/count\(\*\)/device_name, job_id/' -e "s/GROUP BY .*/${2:-};/"
}

# one_by_one RECIPE WHAT SQL - where no scan is asynchronous
one_by_one()
{
	shape 4 "$1" "$3"
	pitfall "$2" "$1" $SOME_DEVICES "$3" "no async scan"
	is "$2: no scan is asynchronous" "$(grep -c Async <<<"$SHAPE")" 0
	is "$2: one node after the other" "$PEAK $REQUESTS" "$SCALE_IN_FLIGHT $SOME_DEVICES"
}

# ordered_scans RECIPE - each node sorts
ordered_scans()
{
	local what="$1, ORDER BY without OFFSET 0"
	one_by_one "$1" "$what" "$(rows_query "$1" "ORDER BY site, device_name")"
	is "$what: its Append" "${SHAPE%%,*}" "Merge Append"
}

# A function's rows are all there before they are sorted.
ordered_function()
{
	pitfall "C, ORDER BY of all rows" C $SOME_DEVICES "$(rows_query C "ORDER BY site, device_name")" "no pitfall"
	is "C, ORDER BY of all rows: all nodes at the same time" "$PEAK $REQUESTS" "$((4 * SCALE_IN_FLIGHT)) $SOME_DEVICES"
}

aggregate_between()
{
	local arms
	arms=$(printf "UNION ALL SELECT count(*) FROM inventory_job WHERE node = 'node%s' AND $SOME " 1 2 3 4)
	one_by_one A "A, an aggregate between Append and scan" "${arms#UNION ALL }"
	is "A, an aggregate between Append and scan: the plan" "${SHAPE%%,Foreign*}" "Append,Aggregate"
}

# rate_of RECIPE LIMIT - what the service sees if each node is told so many requests a second
rate_of()
{
	at_nodes 4 "ALTER SERVER tuya OPTIONS (ADD rate_limit '$2')"
	ask 4 "$1" "$(query_of "$1" "$SOME")"
	at_nodes 4 "ALTER SERVER tuya OPTIONS (DROP rate_limit)"
	RATE=$(calc 0 "$REQUESTS / $TAKEN")
	line "$1, rate_limit '$2' on each node" "$REQUESTS" 4 "$TAKEN" "" "$PEAK" "$REQUESTS" "$RATE requests a second"
}

# rate_limits RECIPE SECONDS - the account's limit is such that these devices take that long
rate_limits()
{
	local limit=$((SOME_DEVICES / $2 / 4 * 4))
	rate_of "$1" $limit
	holds "$1, rate_limit of all on each of four nodes: $RATE requests a second are more than $limit" "$RATE > 1.2 * $limit"
	rate_of "$1" $((limit / 4))
	holds "$1, a quarter of rate_limit on each of four nodes: $RATE requests a second are no more than $limit" "$RATE <= 1.05 * $limit"
}

set_fetch_size()
{
	local k
	for k in 1 2 3 4; do
		value_at 0 4 "ALTER SERVER node$k OPTIONS (SET fetch_size '$1')"
	done
}

# limits RECIPE SIZE... - a node goes on until postgres_fdw has the rows that it fetches at once
limits()
{
	local recipe=$1 size before=1e9
	for size in "${@:2}"; do
		set_fetch_size "$size"
		ask 4 "$recipe" "$(rows_query "$recipe" "LIMIT 10" | sed "s/ WHERE $SOME//")"
		line "$recipe, LIMIT 10 with fetch_size '$size'" "" 4 "$TAKEN" "" "$PEAK" "$REQUESTS" ""
		holds "$recipe, LIMIT 10 with fetch_size $size: $REQUESTS requests are fewer than with more" "$REQUESTS < $before"
		before=$REQUESTS
	done
	set_fetch_size 1000
}

# A function is called for all devices that it is given, whoever needs its rows.
limited_function()
{
	local what="C, LIMIT 10"
	pitfall "$what" C $SOME_DEVICES "$(rows_query C "LIMIT 10")"
	is "$what: all devices are asked for" "$(wc -l <"$TUYA_WORK/scale_rows") $REQUESTS" "10 $SOME_DEVICES"
	pitfall "$what of the devices" C 10 "$(rows_query C "" | sed "s/WHERE $SOME/WHERE device_name IN (SELECT device_name FROM inventory WHERE device_name IS NOT NULL ORDER BY 1 LIMIT 10)/")" "no pitfall"
	is "$what of the devices: no others are asked for" "$REQUESTS" 10
}

# Any node has rows of any device, if it is asked for them.
partitions_that_are_none()
{
	local what="B, ota_job itself as partitions" query rows k
	query="SELECT job_id FROM ota_job WHERE product_key = 'gate' AND device_name IN ('gate1:1', 'gate2:2', 'gate3:3') AND firmware_id = '187'"
	ask 4 B "$query"
	is "IN over recipe B's partitions: each job once" "$(wc -l <"$TUYA_WORK/scale_rows")" 6
	for k in 1 2 3 4; do
		value_at 0 4 "ALTER FOREIGN TABLE b.ota_job_node$k OPTIONS (SET table_name 'ota_job', ADD schema_name 'fleet')"
	done
	ask 4 B "$query"
	rows=$(wc -l <"$TUYA_WORK/scale_rows")
	line "$what: IN with 3 devices" 3 4 "$TAKEN" "" "$PEAK" "$REQUESTS" "$rows rows, of which $(sort -u "$TUYA_WORK/scale_rows" | wc -l) are different"
	for k in 1 2 3 4; do
		value_at 0 4 "ALTER FOREIGN TABLE b.ota_job_node$k OPTIONS (SET table_name 'job', DROP schema_name)"
	done
}

# A row that an UPDATE leaves on another node than that of its name would have no jobs there.
other_nodes_names()
{
	local said
	said=$(at 0 4 psql -XAtq -c "UPDATE b.inventory SET device_name = 'other ' || device_name WHERE site = 'site7'" 2>&1)
	is "B, a device's new name is another node's" "$(head -n 1 <<<"$said")" 'ERROR:  no partition of relation "inventory" found for row'
}

pitfalls_A()
{
	ordered_scans A
	aggregate_between
	rate_limits A 4
	limits A 1000 100 10
}

pitfalls_B()
{
	without_partitionwise_join
	partitions_that_are_none
	other_nodes_names
	ordered_scans B
	rate_limits B 3
	limits B 1000 10
}

pitfalls_C()
{
	ordered_function
	rate_limits C 3
	limited_function
}

# --- how it ends ----------------------------------------------------------------

now_ms()
{
	date +%s%3N
}

# start_asking RECIPE LIMIT_MS - in the background, with that statement_timeout; has it tell when that is over
start_asking()
{
	tuya_simctl clear
	PGAPPNAME=asking at 0 4 psql -XAtq -c "SET search_path = $1" -c "SET statement_timeout = $2" \
		-c "SELECT 'until ' || round(1000 * extract(epoch FROM clock_timestamp())) + $2" -c "$(query_of "$1")" >"$TUYA_WORK/scale_said" 2>&1 &
	ASKING=$!
	await_counter max_in_flight $((4 * SCALE_IN_FLIGHT))
}

# await_counter NAME VALUE - for five seconds
await_counter()
{
	local i
	for ((i = 0; i < 500; i++)); do
		[ "$(simulator_counter "$1")" != "$2" ] || return 0
		sleep 0.01
	done
}

# end_it HOW - what there is but a time limit, which comes by itself
end_it()
{
	case $1 in
		pg_*) value_at 0 4 "SELECT $1(pid) FROM pg_stat_activity WHERE application_name = 'asking'" >/dev/null ;;
		immediate_stop) quietly "$LOG/pg_ctl" pg_ctl -D "$TUYA_WORK/scale0" -s -m immediate stop ;;
	esac
}

# stop_by HOW RECIPE - sets STOPPED_MS, from when it was to end until nothing is in flight, and SAID
stop_by()
{
	local from until limit=0
	[ "$1" != statement_timeout ] || limit=2000
	start_asking "$2" $limit
	from=$(now_ms)
	end_it "$1"
	await_counter in_flight 0
	until=$(now_ms)
	wait $ASKING
	[ "$1" != immediate_stop ] || at 0 4 start_coordinator
	[ "$1" != statement_timeout ] || from=$(sed -n 's/^until //p' "$TUYA_WORK/scale_said")
	STOPPED_MS=$((until - from))
	SAID=$(grep -E '^(ERROR|FATAL|WARNING|server closed)' "$TUYA_WORK/scale_said" | tail -n 1)
}

# stops RECIPE - the best of three, for a busy machine; replies are so late that none comes before the end
stops()
{
	local how try
	or_die "telling the simulator" "$LOG/sim" tuya_simctl set latency_ms=10000
	for how in statement_timeout pg_cancel_backend pg_terminate_backend immediate_stop; do
		for try in 1 2 3; do
			stop_by $how "$1"
			[ "$STOPPED_MS" -gt $SCALE_STOPPED_MS ] || break
		done
		line "$1, $how of the coordinator" "$SCALE_DEVICES" 4 "$(calc 3 "$STOPPED_MS / 1000")" "" "$(simulator_counter max_in_flight)" \
			"$(simulator_counter requests)" "until none is in flight"
		holds "recipe $1, $how: no request in flight after $STOPPED_MS ms ($SAID)" "$STOPPED_MS <= $SCALE_STOPPED_MS && ${#SAID} > 0"
	done
	or_die "telling the simulator" "$LOG/sim" tuya_simctl set latency_ms=$SCALE_LATENCY_MS
}

start_coordinator()
{
	DATA=$TUYA_WORK/scale0 TUYA_SERVER_LOG=$LOG/server-scale0 start_server
}

# --- the layer ------------------------------------------------------------------

# Sets SCALE_RECIPES to those that can be had here.
choose_recipes()
{
	local extensions
	extensions=$("$PG_CONFIG" --sharedir)/extension
	[ -e "$extensions/postgres_fdw.control" ] || return
	SCALE_RECIPES=(A B C)
	[ ! -e "$extensions/plproxy.control" ] || return 0
	SCALE_RECIPES=(A B)
	skip "recipe C" "PL/Proxy is not there; Debian's package is postgresql-VERSION-plproxy"
}

layer_scale()
{
	local recipe
	choose_recipes || { skip "several nodes" "postgres_fdw is not there"; return; }
	one "the document says of the second node what it says of the first" "$LOG/scale" \
		perl "$TUYA_ROOT/test/scale/recipe.pl" "$SCALE_DOCUMENT" --check
	set_up_scale
	line "$SCALE_LATENCY_MS ms, $SCALE_IN_FLIGHT in flight a node" devices nodes seconds ratio "in flight" requests plan
	for recipe in "${SCALE_RECIPES[@]}"; do
		measure_recipe "$recipe"
		"pitfalls_$recipe"
		stops "$recipe"
	done
	tear_down_scale
	cat "$TUYA_WORK/scale_table"
}
