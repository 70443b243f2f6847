# shellcheck shell=bash
#
# layers_memory.sh - check.sh's layers that look for faults of memory: AddressSanitizer and
# valgrind, in the server.  Sourced.

# The tests to run under AddressSanitizer and valgrind, where they take two and ten
# times as long; with TUYA_SOAK all regression tests run there.
ASAN_TESTS=(retries reply_malformed reply_errors reply_limits functions clock)
ASAN_TAP=(037_sessions)
VALGRIND_TESTS=(retries joins once reply_malformed credentials)
# No test takes so long there.
CHECKED_SECONDS=${TUYA_SOAK:+1}900

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
		run_installcheck "$CHECKED_SECONDS" "$log" REGRESS="$name"
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
		run_tap "$name" asan-
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
