#!/bin/bash
# check.sh - sets up and runs all tests; needs nothing but a Debian with network,
# root or sudo.
#
#   test/check.sh [--no-install] [--keep] [LAYER...]
#
#   --no-install  take the tools as they are, say what is missing
#   --keep        leave the temporary directory, with all logs
#   LAYER         layers setup warnings unit fuzz sim regress tap isolation asan valgrind
#                 (all of them without a name); regress:keys,joins runs these tests
#                 of the layer only, so do tap:020_tls and isolation:evalplanqual
#
# All layers take about 20 minutes on two cores.  What is installed for them is said at
# the end, and stays.  TUYA_SOAK=1 in the environment lets what can take long do so:
# see soak.sh.
# PG_CONFIG in the environment selects an installed PostgreSQL, 15 or later; of
# its files a copy is used.  The last line is `N passed, N failed`; the status is
# not 0 if anything failed or could not run.

# sh test/check.sh, too
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
ALL_LAYERS=(layers setup warnings unit fuzz sim regress tap isolation asan valgrind)
# The tests to run under AddressSanitizer and valgrind, where they take two and ten
# times as long; with TUYA_SOAK all regression tests run there.
ASAN_TESTS=(retries reply_malformed reply_errors reply_limits functions clock)
ASAN_TAP=(037_sessions)
VALGRIND_TESTS=(retries joins once reply_malformed credentials)
# No test takes so long there.
CHECKED_SECONDS=${TUYA_SOAK:+1}900
# What a layer takes on two cores.
declare -A MINUTES=([layers]=1 [setup]=1 [warnings]=1 [unit]=1 [fuzz]=1 [sim]=1 [regress]=4 [tap]=7 [isolation]=1 [asan]=2 [valgrind]=4)
SELECTED=()
INSTALL=yes KEEP=no

refuse()
{
	printf 'check.sh: %s\n' "$1" >&2
	exit 2
}

# test_file LAYER NAME - prints where a test of that name would be
test_file()
{
	case $1 in
		regress) printf '%s\n' "$HERE/../sql/$2.sql" ;;
		tap) printf '%s\n' "$HERE/t/$2.pl" ;;
		isolation) printf '%s\n' "$HERE/specs/$2.spec" ;;
		*) refuse "the tests of layer $1 have no names" ;;
	esac
}

# check_selection LAYER[:TEST,TEST...] - both are there
check_selection()
{
	local layer=${1%%:*} tests=() name file
	[[ " ${ALL_LAYERS[*]} " == *" $layer "* ]] || refuse "no such layer: $layer (there are: ${ALL_LAYERS[*]})"
	[[ $1 == *:* ]] || return 0
	IFS=, read -ra tests <<<"${1#*:}"
	[ ${#tests[@]} -gt 0 ] || refuse "no test is named in $1"
	for name in "${tests[@]}"; do
		file=$(test_file "$layer" "$name") || exit
		[[ -n $name && $name != *--* && -e $file ]] || refuse "no such test of layer $layer: $name"
	done
}

# Says how long the layers take, unless single tests are to run.
say_how_long()
{
	local layer minutes=0
	for layer in "${SELECTED[@]}"; do
		[[ $layer != *:* ]] || return 0
		minutes=$((minutes + ${MINUTES[$layer]}))
	done
	[ -z "${TUYA_SOAK:-}" ] || { printf 'Takes some hours.\n'; return; }
	printf 'Takes about %s on two cores.\n' "$([ $minutes = 1 ] && printf 'a minute' || printf '%s minutes' $minutes)"
}

parse_arguments()
{
	while [ $# -gt 0 ]; do
		case $1 in
			--no-install) INSTALL=no ;;
			--keep) KEEP=yes ;;
			--help | -h) sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
			*)
				check_selection "$1"
				SELECTED+=("$1")
				;;
		esac
		shift
	done
	[ ${#SELECTED[@]} -gt 0 ] || SELECTED=("${ALL_LAYERS[@]}")
}

parse_arguments "$@"
if [ -z "${TUYA_WORK:-}" ]; then
	# shellcheck source=test/lib/machine.sh
	. "$HERE/lib/machine.sh"
	say_how_long
	sandbox check "${SELECTED[@]}"
	exit
fi

# shellcheck source=test/lib/run.sh
. "$HERE/lib/run.sh"

PASSED=0 FAILED=0 SKIPPED=0
ONLY=		# see chosen()

# --- results ------------------------------------------------------------------

pass()
{
	PASSED=$((PASSED + ${2:-1}))
	say "ok - $1${2:+ ($2)}"
}

# fail WHAT [LOGFILE [COUNT]]
fail()
{
	FAILED=$((FAILED + ${3:-1}))
	say "not ok - $1${3:+ ($3)}"
	[ -z "${2:-}" ] || tail -n 60 "$2" | quote
}

# Marks what is of a log, and keeps its lines to a length that can be read.
quote()
{
	cut -c 1-300 | sed 's/^/    | /'
}

# What did not run is not passed.
skip()
{
	SKIPPED=$((SKIPPED + 1))
	say "ok - $1 # SKIP $2"
}

# one WHAT LOGFILE COMMAND... - a test that is a command
one()
{
	local what=$1 log=$2
	shift
	if quietly "$@"; then pass "$what"; else fail "$what" "$log"; fi
}

# tally WHAT LOGFILE STATUS - adds the TAP lines of a log.  One that holds none is
# one test, passed if the status is 0; a status without a failed test is a failure.
tally()
{
	local what=$1 log=$2 status=$3 passes failures
	passes=$(grep -E '^ok\b' "$log" | grep -vciE '# *skip')
	failures=$(grep -E '^not ok\b' "$log" | grep -vciE '# *todo')
	if [ "$failures" = 0 ] && [ "$status" != 0 ]; then
		failures=1
	elif [ "$failures" = 0 ] && [ "$passes" = 0 ]; then
		passes=1
	fi
	[ "$passes" = 0 ] || pass "$what" "$passes"
	[ "$failures" = 0 ] || fail "$what" <(failures_of "$log") "$failures"
}

# What a TAP log says of its failed tests; if none of them failed, its end.
failures_of()
{
	grep -E -A 12 '^not ok' "$1" | head -n 60 | grep . || tail -n 30 "$1"
}

# limited SECONDS COMMAND... - so that a test that hangs is a failed test
limited()
{
	timeout -k 10 "$@"
}

# --- layers -------------------------------------------------------------------

layer_layers()
{
	one "sources include and export only what their layer may" "$LOG/layers" make_in "$TUYA_ROOT" check-layers
	one "the check of layers finds what breaks them" "$LOG/layers-itself" \
		bash "$TUYA_ROOT/test/check-layers-itself.sh" "$TUYA_WORK/build-layers" "PG_CONFIG=$PG_CONFIG"
	one "documents, files and functions that texts name are there" "$LOG/texts" check_texts
}

check_texts()
{
	(cd "$TUYA_ROOT" && perl test/check-texts.pl)
}

# What those who build and test meet first.
layer_setup()
{
	local dir=$TUYA_WORK/build-setup
	copy_clean "$dir"
	rm -rf "$dir"/test/sim/tuya_{sim,simctl} "$dir"/results "$dir"/output_iso	# layers before this one
	find "$dir" -type f | sort >"$LOG/setup-before"
	one "a build in another folder has all symbols" "$LOG/setup-vpath" build_elsewhere "$dir"
	one "make without pg_config is an error that builds nothing" "$LOG/setup-no-pg" fails_without_pg "$dir"
	one "make clean leaves nothing of the extension, the simulator and the tests" "$LOG/setup-clean" clean_is_clean "$dir"
	one "sh runs the scripts" "$LOG/setup-sh" by_sh
	one "sudo may ask for a password on the terminal" "$LOG/setup-sudo" sudo_asks
}

build_elsewhere()
{
	local there=$TUYA_WORK/build-elsewhere
	mkdir -p "$there"
	make -C "$there" -f "$1/Makefile" PG_CONFIG="$PG_CONFIG" with_llvm=no -j2 &&
		make -C "$there" -f "$1/Makefile" PG_CONFIG="$PG_CONFIG" with_llvm=no install DESTDIR="$there/root" &&
		nm -D "$there/tuya_fdw.so" | grep -q ' T tuya_fdw_handler' &&
		nm -D "$there/tuya_fdw.so" | grep -q ' U curl_multi_init' &&
		[ "$(find "$there/root" -type f -printf '%f\n' | sort | tr '\n' ' ')" = "tuya_fdw--1.0.sql tuya_fdw.control tuya_fdw.so " ]
}

fails_without_pg()
{
	! make -C "$1" PG_CONFIG=/nonexistent/pg_config && ! make -C "$1" PG_CONFIG=/bin/true && ! make -C "$1" PG_CONFIG= &&
		find "$1" -type f | sort | diff "$LOG/setup-before" -
}

clean_is_clean()
{
	# of the tests' programs, which take long to build, what their folders are
	mkdir -p "$1"/test/{unit,fuzz}/build && touch "$1"/test/{unit,fuzz}/build/test_x
	make_in "$1" -j2 with_llvm=no && make -C "$1/test/sim" -j2 && make_in "$1" clean && find "$1" -type f | sort | diff "$LOG/setup-before" -
}

by_sh()
{
	local script
	for script in demo check; do
		sh "$TUYA_ROOT/test/$script.sh" --help | grep -q "^$script.sh - " || return 1
	done
}

# A sudo that wants a password from the terminal, for a user whose input is that, and
# for apt-get, whose input is not.
sudo_asks()
{
	local bin=$TUYA_WORK/setup-bin
	command -v script >/dev/null || { say "no script(1) here"; return; }
	mkdir -p "$bin"
	cat >"$bin/sudo" <<-'SUDO'
		#!/bin/bash
		[ "$1" != -n ] || { echo 'sudo: a password is required' >&2; exit 1; }
		[ "$1" != -p ] || { printf '%s' "$2" >/dev/tty; shift 2; }
		read -r password </dev/tty && [ "$password" = geheim ] && "$@"
	SUDO
	printf '#!/bin/sh\necho "apt-get did $*"\n' >"$bin/apt-get"
	printf '#!/bin/sh\necho 1000\n' >"$bin/id"
	chmod 755 "$bin"/*
	cat >"$bin/try" <<-TRY
		#!/bin/bash
		. "$TUYA_ROOT/test/lib/machine.sh"
		PATH=$bin:\$PATH WORK=$TUYA_WORK
		can_be_root && apt_get install thing && tail -n 1 "\$WORK/log/apt"
	TRY
	{ sleep 1; echo geheim; sleep 1; } | limited 20 script -qec "bash $bin/try" /dev/null | tee "$LOG/setup-sudo-seen" &&
		grep -q 'apt-get did .*install thing' "$LOG/setup-sudo-seen" || return 1
	# with nobody to answer, it says so instead of waiting
	! limited 20 setsid bash "$bin/try" </dev/null
}

# Copies the sources, without what was built, for a build of another kind.
copy_clean()
{
	mkdir -p "$1"
	tar -C "$TUYA_ROOT" --exclude='*.o' --exclude='*.so' --exclude='*.bc' -cf - . | tar -C "$1" -xf -
}

# warnings_with COMPILER CFLAGS - a build of its own.  PostgreSQL's headers count
# as the system's.
warnings_with()
{
	local compiler=$1 dir=$TUYA_WORK/build-$1
	if ! command -v "$compiler" >/dev/null; then
		skip "no warnings with $compiler" "no $compiler here"
		return
	fi
	copy_clean "$dir"
	one "no warnings with $compiler" "$LOG/warnings-$compiler" make_in "$dir" -j2 -k with_llvm=no CC="$compiler" \
		CFLAGS="-O2 -g -fno-strict-aliasing -fwrapv -Wall -Wextra -Werror -isystem $("$PG_CONFIG" --includedir-server)"
}

layer_warnings()
{
	warnings_with gcc
	warnings_with clang
}

layer_unit()
{
	[ -e "$TUYA_ROOT/test/unit/Makefile" ] || { skip "unit tests" "test/unit is not there"; return; }
	local build=$TUYA_WORK/build-unit program
	quietly "$LOG/unit" make -C "$TUYA_ROOT/test/unit" -j2 all BUILD="$build" || { fail "unit: build" "$LOG/unit"; return; }
	for program in "$build"/test_*; do
		[ -x "$program" ] || continue
		limited 300 "$program" >"$LOG/${program##*/}" 2>&1
		tally "${program##*/}" "$LOG/${program##*/}" $?
	done
}

# The corpus; with TUYA_SOAK ten million new inputs of each kind, too.
layer_fuzz()
{
	local what=--corpus-only
	[ -z "${TUYA_SOAK:-}" ] || what=${FUZZ_RUNS:-10000000}
	BUILD=$TUYA_WORK/build-fuzz limited 14400 bash "$TUYA_ROOT/test/fuzz/run.sh" "$what" >"$LOG/fuzz" 2>&1
	tally "fuzzers" "$LOG/fuzz" $?
	grep -E '^ok' "$LOG/fuzz" | quote
}

layer_sim()
{
	[ -e "$SIM_DIR/selftest.sh" ] || { skip "the simulator's own test" "test/sim/selftest.sh is not there"; return; }
	(cd "$SIM_DIR" && PG_BINDIR=$("$PG_CONFIG" --bindir) limited 300 bash ./selftest.sh) >"$LOG/selftest" 2>&1
	tally "the simulator's own test" "$LOG/selftest" $?
}

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

# run_installcheck LOGFILE VARIABLE=TESTS - PGXS's installcheck, of these tests and
# no others
run_installcheck()
{
	local sets=(REGRESS= ISOLATION= TAP_TESTS= "$2")
	mkdir -p "$TUYA_ROOT/output_iso"
	limited "${REGRESS_SECONDS:-3600}" make -C "$TUYA_ROOT" PG_CONFIG="$PG_CONFIG" "${sets[@]}" installcheck >"$1" 2>&1
}

# installcheck_with LOGFILE VARIABLE=TESTS DIFFERENCES - the same, with the results
# told and counted
installcheck_with()
{
	local status
	run_installcheck "$1" "$2"
	status=$?
	regress_results "$1"
	[ $status = 0 ] || show_differences "$3" "$1" $status
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

show_differences()
{
	if [ -s "$1" ]; then
		head -n 100 "$1" | quote
		return
	fi
	fail "it could not run (status $3)" "$2"
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

layer_tap()
{
	local name file
	if ! perl -MIPC::Run -e 1 2>/dev/null; then
		fail "tap: Perl's IPC::Run is missing"
		return
	fi
	for name in $(chosen $(names test/t .pl)); do
		file=$TUYA_ROOT/test/t/$name.pl
		# only some have a size
		[ -z "${TUYA_SOAK:-}" ] || grep -qs TUYA_SOAK "$file" || grep -qs 'qw(tries' "$file" || continue
		run_tap "$file"
	done
}

# run_tap FILE [PREFIX] - every file by itself, so that its result shows as soon as it
# is known
run_tap()
{
	local name log
	name=${2:-}$(basename "$1" .pl)
	log=$LOG/tap-$name
	mkdir -p "$TUYA_WORK/tap/$name"
	(
		cd "$TUYA_WORK/tap/$name" || exit 1
		unset PGHOST PGPORT PGUSER PGDATABASE
		export PG_REGRESS=$PGXS_DIR/../test/regress/pg_regress TESTDIR=$PWD
		export TESTDATADIR=$PWD/tmp_check TESTLOGDIR=$PWD/tmp_check/log
		limited "${TUYA_SOAK:+1}3600" perl -I "$PGXS_DIR/../test/perl" -I "$TUYA_ROOT/test/t" "$1"
	) >"$log" 2>&1
	tally "$name" "$log" $?
	# what it has measured
	[ -z "${TUYA_SOAK:-}" ] || grep -E '^# ' "$log" | quote
}

# regress_checked WHAT TEST... - a test at a time; with TUYA_SOAK all there are.  What
# a test prints is the regress layer's matter: some of it depends on time, and here
# everything is slow.  It must run to its end.
regress_checked()
{
	local what=$1 log name
	shift
	# shellcheck disable=SC2046 # a name has no spaces
	[ -z "${TUYA_SOAK:-}" ] || set -- $(names sql .sql)
	for name; do
		log=$LOG/$what-$name
		REGRESS_SECONDS=$CHECKED_SECONDS run_installcheck "$log" REGRESS="$name"
		if [ -n "$(regress_results "$log")" ]; then pass "$what: $name"; else fail "$what: $name" "$log"; fi
	done
}

# The extension with AddressSanitizer and UndefinedBehaviorSanitizer, in the server as
# it is packaged.  They see what is malloc'ed, not what is palloc'ed: all of core, and
# what libcurl, json-c and OpenSSL are given.
layer_asan()
{
	local dir=$TUYA_WORK/build-asan runtime
	runtime=$(gcc -print-file-name=libasan.so)
	[[ $runtime == /* ]] || { skip "AddressSanitizer" "gcc has no libasan here"; return; }
	build_asan "$dir" || { fail "asan: build" "$LOG/asan-build"; return; }
	mkdir -p "$LOG/asan"
	wrap_postgres "$runtime $dir/no_nls.so"
	if limited 20 postgres --version >"$LOG/asan-version" 2>&1; then
		begin_server asan
		regress_checked asan "${ASAN_TESTS[@]}"
		end_server asan
		tap_asan
		check_asan
	else
		skip "AddressSanitizer" "this PostgreSQL does not run with it"
	fi
	unwrap_postgres
	quietly "$LOG/asan-build" make_in "$TUYA_ROOT" install
}

build_asan()
{
	copy_clean "$1"
	quietly "$LOG/asan-build" gcc -shared -fPIC -o "$1/no_nls.so" "$TUYA_ROOT/test/lib/no_nls.c" &&
		quietly "$LOG/asan-build" make_in "$1" -j2 install with_llvm=no CC=gcc \
			CFLAGS="-O1 -g -fno-omit-frame-pointer -fno-strict-aliasing -fwrapv -fsanitize=address,undefined"
}

# wrap_postgres LIBRARIES - whoever starts the server starts it with these loaded first.
# AddressSanitizer reports to files, keeps little of what was freed, for tests that look
# at memory, and leaves stacks, whose depth PostgreSQL measures, as they are.
wrap_postgres()
{
	local postgres
	postgres=$("$PG_CONFIG" --bindir)/postgres
	mv "$postgres" "$postgres.bare"
	cat >"$postgres" <<-WRAPPER
		#!/bin/bash
		export LD_PRELOAD="$1\${LD_PRELOAD:+ \$LD_PRELOAD}"
		export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:quarantine_size_mb=4:log_path=$LOG/asan/address
		export UBSAN_OPTIONS=print_stacktrace=1:log_path=$LOG/asan/undefined
		exec -a "\$0" "$postgres.bare" "\$@"
	WRAPPER
	chmod 755 "$postgres"
}

unwrap_postgres()
{
	local postgres
	postgres=$("$PG_CONFIG" --bindir)/postgres
	mv -f "$postgres.bare" "$postgres"
}

tap_asan()
{
	local name
	for name in "${ASAN_TAP[@]}"; do
		run_tap "$TUYA_ROOT/test/t/$name.pl" asan-
	done
}

check_asan()
{
	local log=$LOG/asan-reports
	cat "$LOG"/asan/* >"$log" 2>/dev/null
	if [ -s "$log" ]; then
		fail "asan: nothing to report" <(head -n 60 "$log") "$(find "$LOG/asan" -type f | wc -l)"
	else
		pass "asan: nothing to report"
	fi
}

# A debug build under valgrind: the demo's statements, then regression tests.
# PostgreSQL's own findings are not ours to count: an error is ours if a frame of
# it is in our sources or in libcurl.
layer_valgrind()
{
	local dir=$TUYA_WORK/build-valgrind
	command -v valgrind >/dev/null || { skip "valgrind" "no valgrind here"; return; }
	copy_clean "$dir"
	quietly "$LOG/valgrind-build" make_in "$dir" -j2 install with_llvm=no \
		CFLAGS="-O0 -g -fno-strict-aliasing -fwrapv" || { fail "valgrind: build" "$LOG/valgrind-build"; return; }
	start_simulator
	make_server valgrind
	if start_valgrind; then
		one "the demo's statements" "$LOG/valgrind-demo" limited 300 psql -X -f "$TUYA_ROOT/test/demo.sql"
		regress_checked valgrind "${VALGRIND_TESTS[@]}"
	fi
	end_server valgrind
	check_valgrind "$dir"
	quietly "$LOG/valgrind-build" make_in "$TUYA_ROOT" install
}

start_valgrind()
{
	local suppressions=()
	[ ! -e "$TUYA_ROOT/test/valgrind.supp" ] || suppressions=(--suppressions="$TUYA_ROOT/test/valgrind.supp")
	mkdir -p "$LOG/valgrind"
	valgrind --quiet --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
		--error-limit=no --num-callers=30 --fullpath-after= "${suppressions[@]}" --log-file="$LOG/valgrind/%p" \
		"$("$PG_CONFIG" --bindir)/postgres" -D "$DATA" >>"$TUYA_SERVER_LOG" 2>&1 </dev/null &
	for _ in {1..300}; do
		pg_isready -q && return
		sleep 0.2
	done
	fail "valgrind: the server does not start" "$TUYA_SERVER_LOG"
	return 1
}

# Prints the paragraphs of valgrind's logs that have a frame of ours.
our_errors()
{
	cat "$LOG"/valgrind/* | sed 's/^==[0-9]*== \{0,1\}//' |
		awk -v RS= -v ours="$1/src/" 'index($0, ours) || index($0, "libcurl") { printf "%s\n\n", $0 }'
}

check_valgrind()
{
	local log=$LOG/valgrind-ours
	our_errors "$1" >"$log"
	if [ -s "$log" ]; then
		fail "valgrind: no error in our code" "$log" "$(grep -c '^$' "$log")"
	else
		pass "valgrind: no error in our code, in $(find "$LOG/valgrind" -type f | wc -l) processes"
	fi
}

# --- main ---------------------------------------------------------------------

run_layer()
{
	local passed=$PASSED failed=$FAILED start=$SECONDS
	say "== $1"
	ONLY=
	[[ $1 != *:* ]] || ONLY=,${1#*:},
	"layer_${1%%:*}"
	say "== $1: $((PASSED - passed)) passed, $((FAILED - failed)) failed, $((SECONDS - start)) s"
}

main()
{
	local layer
	PGXS_DIR=$(dirname "$("$PG_CONFIG" --pgxs)")
	say "== build with $("$PG_CONFIG" --version)"
	(build) || { FAILED=1; SELECTED=(); say "not ok - build"; }
	for layer in "${SELECTED[@]}"; do
		run_layer "$layer"
	done
	[ "$SKIPPED" = 0 ] || say "Not run, and not counted: $SKIPPED (see SKIP above)"
	[ -z "${TUYA_INSTALLED:-}" ] || say "Installed for this, and left: $TUYA_INSTALLED"
	say "$PASSED passed, $FAILED failed"
	[ "$FAILED" = 0 ]
}

main
