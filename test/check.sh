#!/bin/bash
# check.sh - sets up and runs all tests; needs nothing but a Debian with network,
# root or sudo.
#
#   test/check.sh [--no-install] [--keep] [LAYER...]
#
#   --no-install  take the tools as they are, say what is missing
#   --keep        leave the temporary directory, with all logs
#   LAYER         layers setup warnings unit fuzz sim regress tap isolation own scale asan valgrind
#                 (all of them without a name); regress:keys,joins runs these tests
#                 of the layer only, so do tap:020_tls and isolation:evalplanqual
#
# All layers take about 45 minutes on two cores.  What is installed for them is said at
# the end, and stays.  TUYA_SOAK=1 in the environment lets what can take long do so:
# see soak.sh.
# PG_CONFIG in the environment selects an installed PostgreSQL, 15 or later; of
# its files a copy is used.  The last line is `N passed, N failed`, however it ends; the
# status is not 0 if anything failed or could not run.

# sh test/check.sh, too
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@"
set -u
unset CDPATH	# whose cd prints
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
ALL_LAYERS=(layers setup warnings unit fuzz sim regress tap isolation own scale asan valgrind)
# What a layer takes on two cores.
declare -A MINUTES=([layers]=1 [setup]=1 [warnings]=1 [unit]=1 [fuzz]=1 [sim]=1 [regress]=9 [tap]=18 [isolation]=1 [own]=1 [scale]=2 [asan]=2 [valgrind]=4)
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
	if [ -n "${TUYA_SOAK:-}" ]; then
		printf 'Takes some %s.\n' "$([ "${SELECTED[*]}" = scale ] && printf 'six minutes' || printf hours)"
		return
	fi
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

# last_words STATUS - the result, whether the script's copy came to its end or not; of
# that RESULT has how many passed and failed, and of how many layers it saw the end
last_words()
{
	local passed=0 failed=0 layers=0
	read -r passed failed layers <<<"${RESULT:-0 0 0}"
	if [ "$layers" -lt ${#SELECTED[@]} ]; then
		say "not ok - cut short (status $1), did not run to its end: ${SELECTED[*]:layers}"
		failed=$((failed + 1))
	elif [ "$1" != 0 ] && [ "$failed" = 0 ]; then
		failed=1
	fi
	say "$passed passed, $failed failed"
	[ "$failed" = 0 ] || exit $(($1 ? $1 : 1))
}

# The layer scale takes PL/Proxy, and goes without it where the archive has none for this version.
own_tree()
{
	local packages
	[[ $INSTALL == yes && " ${SELECTED[*]} " == *' scale '* ]] || return 0
	mapfile -t packages < <(offered "postgresql-$(major_here)-plproxy")
	# in a shell of its own, which is what ends if it cannot be downloaded
	(add_extensions "${packages[@]}") || rm -rf "$WORK/deb"
}

parse_arguments "$@"
if [ -z "${TUYA_WORK:-}" ]; then
	# shellcheck source=test/lib/machine.sh
	. "$HERE/lib/machine.sh"
	# shellcheck source=test/lib/extensions.sh
	. "$HERE/lib/extensions.sh"
	say_how_long
	sandbox check "${SELECTED[@]}"
	exit
fi

for part in run results layers_build layers_server layers_scale layers_memory; do
	# shellcheck source=/dev/null
	. "$HERE/lib/$part.sh"
done

ONLY=		# of layers_server.sh's chosen()

run_layer()
{
	local passed=$PASSED failed=$FAILED start=$SECONDS
	say "== $1"
	ONLY=
	[[ $1 != *:* ]] || ONLY=,${1#*:},
	"layer_${1%%:*}"
	LAYERS=$((LAYERS + 1))
	write_result
	say "== $1: $((PASSED - passed)) passed, $((FAILED - failed)) failed, $((SECONDS - start)) s"
}

main()
{
	local layer
	PGXS_DIR=$(dirname "$("$PG_CONFIG" --pgxs)")
	say "== build with $("$PG_CONFIG" --version)"
	build
	for layer in "${SELECTED[@]}"; do
		run_layer "$layer"
	done
	[ "$SKIPPED" = 0 ] || say "Not run, and not counted: $SKIPPED (see SKIP above)"
	[ "$FAILED" = 0 ]
}

main
