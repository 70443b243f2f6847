# shellcheck shell=bash
#
# results.sh - how check.sh counts and says what its tests have come to; every
# test is told of once.  Sourced.

PASSED=0 FAILED=0 SKIPPED=0
LAYERS=0	# that ran to their end

# For whoever started this, who says the result, should this be killed before its end.
# Written in place, which a full disk does not prevent.
write_result()
{
	printf '%-40s\n' "$PASSED $FAILED $LAYERS" 1<>"$TUYA_WORK/result" ||
		die "cannot write to $TUYA_WORK"
}

pass()
{
	PASSED=$((PASSED + ${2:-1}))
	write_result
	say "ok - $1${2:+ ($2)}"
}

# fail WHAT [LOGFILE [COUNT]]
fail()
{
	FAILED=$((FAILED + ${3:-1}))
	write_result
	say "not ok - $1${3:+ ($3)}"
	[ -z "${2:-}" ] || tail -n 200 "$2" | quote
}

# Marks what is of a log, and keeps its lines to a length that can be read.
quote()
{
	cut -c 1-1500 | sed 's/^/    | /'
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
	awk '/^not ok/ { failed = 1; print; next } /^ok / { failed = 0 } failed && NF' "$1" |
		head -n 200 | grep . || tail -n 30 "$1"
}

# limited SECONDS COMMAND... - so that a test that hangs is a failed test
limited()
{
	timeout -k 10 "$@"
}
