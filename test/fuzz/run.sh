#!/bin/bash
# run.sh - the fuzzers of src/core: their corpus, which must pass, then new inputs.
#
#   test/fuzz/run.sh [--corpus-only] [RUNS | SECONDSs]
#
#   --corpus-only  no new inputs; needs no clang
#   RUNS           executions of each target, say 10000000, or
#   SECONDSs       seconds of each target; 60s by default
#
# CC in the environment selects the compiler, BUILD the directory for programs,
# logs, inputs found and those that break a promise.  Without libFuzzer (clang
# and libclang-rt-dev) only the corpus is run.  Prints TAP; the status is not 0 if
# anything failed.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
: "${BUILD:=build}"
CORPUS_ONLY=no LIMIT=-max_total_time=60
FAILED=0
# Who breaks a promise ends by abort().
ulimit -c 0
# Bytes of an input at most: what is quick, and long enough.
declare -A MAX_LEN=([reply]=4096 [sign]=512 [retry]=2048 [pace]=2048 [isotime]=48 [rfctime]=40 [mstime]=32)

parse_arguments()
{
	for argument; do
		case $argument in
			--corpus-only) CORPUS_ONLY=yes ;;
			--help | -h) sed -n '2,/^$/s/^# \{0,1\}//p' run.sh; exit 0 ;;
			*[!0-9s]* | s* | *s?* | '') printf 'run.sh: neither a number of runs nor seconds: %s\n' "$argument" >&2; exit 2 ;;
			*s) LIMIT=-max_total_time=${argument%s} ;;
			*) LIMIT=-runs=$argument ;;
		esac
	done
}

# asked WHAT - what the Makefile says
asked()
{
	make -s "print-$1" BUILD="$BUILD"
}

# result WHAT LOGFILE STATUS
result()
{
	if [ "$3" = 0 ]; then
		printf 'ok - %s\n' "$1"
	else
		FAILED=1
		printf 'not ok - %s\n' "$1"
		grep -av '^INFO' "$2" | tail -n 30 | cut -c 1-300 | sed 's/^/# /'
	fi
}

build()
{
	make -s all BUILD="$BUILD" >"$BUILD/make.log" 2>&1 || result "fuzz: build" "$BUILD/make.log" 1
}

# A file at a time, so that the log's end names the one that fails.
run_corpus()
{
	local log=$BUILD/$1.corpus.log inputs=("corpus/$1"/*)
	"$BUILD/fuzz_$1" "${inputs[@]}" >"$log" 2>&1
	result "fuzz $1: corpus of ${#inputs[@]} inputs" "$log" $?
}

run_new()
{
	local log=$BUILD/$1.log dictionary=() status
	if [ "$(asked fuzzer)" != yes ]; then
		printf 'ok - fuzz %s: new inputs # SKIP no libFuzzer here\n' "$1"
		return
	fi
	[ ! -e "$1.dict" ] || dictionary=("-dict=$1.dict")
	mkdir -p "$BUILD/found/$1"
	"$BUILD/fuzz_$1" "$LIMIT" -max_len="${MAX_LEN[$1]}" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="$BUILD/$1-" "${dictionary[@]}" "$BUILD/found/$1" "corpus/$1" >"$log" 2>&1
	status=$?
	result "fuzz $1: $(sed -n 's/^Done \([0-9]*\) runs in \([0-9]*\) .*/\1 new inputs in \2 s/p' "$log")" "$log" $status
}

parse_arguments "$@"
mkdir -p "$BUILD" || exit 1
build
[ $FAILED = 0 ] || exit 1
for target in $(asked targets); do
	run_corpus "$target"
	[ $CORPUS_ONLY = yes ] || run_new "$target"
done
exit $FAILED
