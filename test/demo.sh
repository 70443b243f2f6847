#!/bin/bash
# demo.sh - sets up and runs the main job: an inventory joined with the API's
# jobs, in a throwaway PostgreSQL, against a simulator of the API.  Needs nothing
# but a Debian with network, root or sudo.
#
#   test/demo.sh [--no-install] [--keep]
#
#   --no-install  take the tools as they are, say what is missing
#   --keep        leave the temporary directory, with all logs
#
# PG_CONFIG in the environment selects an installed PostgreSQL, 15 or later; of
# its files a copy is used.

# sh test/demo.sh, too
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -u
unset CDPATH	# whose cd prints
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
INSTALL=yes KEEP=no
LATENCY_MS=50

for argument; do
	case $argument in
		--no-install) INSTALL=no ;;
		--keep) KEEP=yes ;;
		--help | -h) sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
		*) printf 'demo.sh: no such option: %s\n' "$argument" >&2; exit 2 ;;
	esac
done

last_words()
{
	[ "$1" != 0 ] || say "Done.  All else is gone again; test/check.sh runs the tests."
}

if [ -z "${TUYA_WORK:-}" ]; then
	# shellcheck source=test/lib/machine.sh
	. "$HERE/lib/machine.sh"
	sandbox demo
	exit
fi

# shellcheck source=test/lib/run.sh
. "$HERE/lib/run.sh"

asked()
{
	printf '  %-34s %s\n' "$1" "$(simulator_counter "$2")"
}

# The simulator's view of the last statement.
what_was_asked()
{
	say "-- 5. What the API saw of that last statement, as the simulator counted it:"
	say "      one after the other, $(simulator_counter requests) answers of $LATENCY_MS ms take $(($(simulator_counter requests) * LATENCY_MS)) ms."
	say
	asked "requests" requests
	asked "different devices asked for" keys
	asked "further pages (over 100 jobs)" pages_over_1
	asked "most requests at once" max_in_flight
	asked "new connections" connections
	asked "refused requests" refused
	asked "wrong signatures" bad_signatures
	asked "repeated nonces" repeated_nonces
	say
}

main()
{
	say "Building tuya_fdw and a simulator of the API with $("$PG_CONFIG" --version)"
	build
	say "Starting the simulator and a throwaway PostgreSQL"
	start_simulator
	or_die "telling the simulator" "$LOG/sim" tuya_simctl set latency_ms=$LATENCY_MS
	make_server demo
	start_server
	say
	psql -X -f "$TUYA_ROOT/test/demo.sql" || die "the demo failed"
	what_was_asked
	stop_server
}

main
