# shellcheck shell=bash
#
# layers_server.sh - check.sh's layers that run PostgreSQL's own kinds of tests, by PGXS's
# installcheck.  Sourced.

# No request may have been signed wrongly, no nonce sent twice.  A simulator
# that keeps totals tells it of the whole layer, else of the time since a test
# last reset it.
check_signatures()
{
	local name value
	for name in bad_signatures repeated_nonces; do
		value=$(simulator_counter "total_$name" || simulator_counter "$name")
		if [ "$value" = 0 ]; then pass "$1: no $name"; else fail "$1: ${value:-unknown} $name"; fi
	done
}

# names DIR SUFFIX - the tests of a directory; the extension's scripts are none
names()
{
	local file
	for file in "$TUYA_ROOT/$1"/*"$2"; do
		file=${file##*/}
		[[ ! -e $TUYA_ROOT/$1/$file || $file == *--* ]] || printf '%s\n' "${file%"$2"}"
	done
}

# chosen NAME... - prints those of a layer's tests that were asked for; ONLY has them
# with commas around each, or is empty
chosen()
{
	local name
	for name; do
		[[ -n $ONLY && $ONLY != *",$name,"* ]] || printf '%s\n' "$name"
	done
}

# run_installcheck SECONDS LOGFILE VARIABLE=VALUE... - PGXS's installcheck, of the tests
# that the variables name and no others
run_installcheck()
{
	local seconds=$1 log=$2 sets=(REGRESS= ISOLATION= TAP_TESTS=)
	shift 2
	mkdir -p "$TUYA_ROOT/output_iso"
	limited "$seconds" make -C "$TUYA_ROOT" PG_CONFIG="$PG_CONFIG" "${sets[@]}" "$@" installcheck >"$log" 2>&1
}

# installcheck_with LOGFILE VARIABLE=TESTS DIFFERENCES - the same, with the results
# told and counted; what has none is a failure
installcheck_with()
{
	local status tests before=$((PASSED + FAILED))
	run_installcheck 1800 "$1" "$2"
	status=$?
	regress_results "$1"
	[ ! -s "$3" ] || head -n 100 "$3" | quote
	read -ra tests <<<"${2#*=}"
	tests=$((${#tests[@]} - (PASSED + FAILED - before)))
	[ "$tests" = 0 ] || could_not_run "$1" "status $status, $tests tests have no result"
}

# Turns `test foo ... ok  12 ms` (15) or `ok 1 - foo  12 ms` (16 on) into results.
regress_results()
{
	local name
	while read -r name; do pass "$name"; done < <(sed -nE \
		-e 's/^(test)? +([a-z0-9_-]+) +\.\.\. ok .*/\2/p' -e 's/^ok [0-9]+ +[-+] ([a-z0-9_-]+) .*/\1/p' "$1")
	while read -r name; do fail "$name"; done < <(sed -nE \
		-e 's/^(test)? +([a-z0-9_-]+) +\.\.\. FAILED.*/\2/p' -e 's/^not ok [0-9]+ +[-+] ([a-z0-9_-]+) .*/\1/p' "$1")
}

could_not_run()
{
	fail "it did not run to its end: $2" "$1"
	say "    The server's log ends:"
	grep -v DEBUG "$TUYA_SERVER_LOG" | tail -n 20 | quote
}

# The server's log holds all that the extension ever says, for tests that look
# for secrets in it.
begin_server()
{
	start_simulator
	make_server "$1"
	printf "log_min_messages = debug5\nlog_statement = none\n" >>"$DATA/postgresql.conf"
	start_server
}

end_server()
{
	stop_server
	check_signatures "$1"
	stop_simulator
	if grep -qE 'PANIC|TRAP:|was terminated by signal' "$TUYA_SERVER_LOG"; then
		fail "$1: the server crashed" <(grep -E -B 5 'PANIC|TRAP:|terminated by signal' "$TUYA_SERVER_LOG")
	fi
}

layer_regress()
{
	local tests
	mapfile -t tests < <(chosen $(names sql .sql))
	[ ${#tests[@]} -gt 0 ] || { skip "regression tests" "sql/ has none"; return; }
	begin_server regress
	installcheck_with "$LOG/regress" REGRESS="${tests[*]}" "$TUYA_ROOT/regression.diffs"
	end_server regress
}

layer_isolation()
{
	local tests program=$PGXS_DIR/../test/isolation/pg_isolation_regress
	mapfile -t tests < <(chosen $(names test/specs .spec))
	[ ${#tests[@]} -gt 0 ] || { skip "isolation tests" "test/specs has none"; return; }
	[ -x "$program" ] || { skip "isolation tests" "PostgreSQL's pg_isolation_regress is not there"; return; }
	begin_server isolation
	installcheck_with "$LOG/isolation" ISOLATION="${tests[*]}" "$TUYA_ROOT/output_iso/regression.diffs"
	end_server isolation
}

# PostgreSQL's own, of what the planner does with joins, subqueries and groups.  The first
# four make what the others read.
OWN_TESTS=(test_setup create_index create_misc create_view join subselect with union groupingsets window)

# Statements without tables of ours go on as they did: these tests pass with the library
# preloaded.  They are in the server's sources, once those are built.
layer_own()
{
	local tests=$TUYA_WORK/own_tests source=${TUYA_POSTGRES_SOURCE:-}/src/test/regress status before=$((PASSED + FAILED))
	[ -x "$source/pg_regress" ] || { skip "PostgreSQL's own tests" "TUYA_POSTGRES_SOURCE names no sources that are built"; return; }
	begin_server own
	printf "log_min_messages = warning\nshared_preload_libraries = 'tuya_fdw'\n" >>"$DATA/postgresql.conf"
	stop_server
	start_server
	mkdir "$tests" && cp -r "$source"/{sql,expected,data,resultmap} "$tests"
	(cd "$tests" && limited 1200 "$source/pg_regress" --host="$PGHOST" --port="$PGPORT" --user="$PGUSER" --dlpath="$source" \
		--bindir="$("$PG_CONFIG" --bindir)" --max-concurrent-tests=1 "${OWN_TESTS[@]}") >"$LOG/own" 2>&1
	status=$?
	regress_results "$LOG/own"
	[ ! -s "$tests/regression.diffs" ] || head -n 100 "$tests/regression.diffs" | quote
	[ $((PASSED + FAILED - before)) = ${#OWN_TESTS[@]} ] || could_not_run "$LOG/own" "status $status"
	end_server own
}

layer_tap()
{
	local name file
	if ! perl -MIPC::Run -e 1 2>/dev/null; then
		fail "tap: Perl's IPC::Run is missing"
		return
	fi
	# The tests start their own; without one the Makefile would run installcheck.sh.
	start_simulator
	for name in $(chosen $(names test/t .pl)); do
		file=$TUYA_ROOT/test/t/$name.pl
		# only some have a size
		[ -z "${TUYA_SOAK:-}" ] || grep -qs TUYA_SOAK "$file" || grep -qs 'qw(tries' "$file" || continue
		run_tap "$name"
	done
	stop_simulator
}

# run_tap NAME [PREFIX] - PGXS's installcheck for each file by itself, so that its result
# shows as soon as it is known.  The time limit is inside of prove, which would take with it
# what it knows of a test that hangs.
run_tap()
{
	local name=${2:-}$1 log=$LOG/tap-${2:-}$1 seconds=${TUYA_SOAK:+13}900 perl=$TUYA_WORK/limited_perl status
	printf '#!/bin/sh\nexec timeout -k 10 %s perl "$@"\n' "$seconds" >"$perl" && chmod 755 "$perl"
	HARNESS_PERL=$perl run_installcheck $((seconds + 60)) "$log" \
		TAP_TESTS=1 PROVE_TESTS="test/t/$1.pl" PROVE_FLAGS='--verbose --merge'
	status=$?
	# for --keep
	mkdir -p "$TUYA_WORK/tap"
	mv "$TUYA_ROOT/tmp_check" "$TUYA_WORK/tap/$name"
	tap_results "$name" "$log" $status
	# what it has measured
	[ -z "${TUYA_SOAK:-}" ] || grep -E '^# ' "$log" | quote
}

# tap_results NAME LOGFILE STATUS - the same for what prove prints; a file that ran no test
# is not passed
tap_results()
{
	if grep -qE '^(not )?ok [0-9]' "$2" || [ "$3" != 0 ]; then
		# a line of prove's own
		sed -i '/^ok$/d' "$2"
		tally "$@"
	else
		skip "$1" "$(sed -nE 's/.*skipped: //p; s/.*(TAP tests not enabled).*/\1/p' "$2" | head -n 1)"
	fi
}
