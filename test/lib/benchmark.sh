# shellcheck shell=bash
#
# benchmark.sh - what a benchmark is told, and how it gets into its sandbox and its figures
# out.  Sourced by a script that has set HERE to its folder, NOUN to what it measures, and
# ALL to the names of those; machine.sh says which functions it may have.

SELECTED=()		# names
PASSED_ON=()	# arguments for the script in the sandbox
INSTALL=yes KEEP=no QUICK=no OUT='' IN=''

# add_name NAME - to those that are selected
add_name()
{
	[[ " ${ALL[*]} " == *" $1 "* ]] || { printf '%s: no such %s: %s (there are: %s)\n' "${0##*/}" "$NOUN" "$1" "${ALL[*]}" >&2; exit 2; }
	SELECTED+=("$1") PASSED_ON+=("$1")
}

parse_arguments()
{
	while [ $# -gt 0 ]; do
		case $1 in
			--no-install) INSTALL=no ;;
			--keep) KEEP=yes ;;
			--quick) QUICK=yes PASSED_ON+=("$1") ;;
			--out) OUT=${2:?"--out wants a directory"}; shift ;;
			--in) IN=${2:?"--in wants a root directory or a version"}; shift ;;
			--help | -h) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
			*) add_name "$1" ;;
		esac
		shift
	done
	[ ${#SELECTED[@]} -gt 0 ] || SELECTED=("${ALL[@]}")
}

# in_another SCRIPT - the same in the root directory of another Debian
in_another()
{
	# shellcheck source=test/lib/root.sh
	. "$HERE/../lib/root.sh"
	[ $INSTALL = yes ] || PASSED_ON+=(--no-install)
	[ $KEEP = no ] || PASSED_ON+=(--keep)
	find_root "$IN" && in_copy "$ROOT" "bash test/$1.sh --out out ${PASSED_ON[*]}" "$OUT"
}

# outside SCRIPT FILE... - what is to be done outside the sandbox: all, and then those files
# of the directory bench are in OUT
outside()
{
	local script=$1 part status
	shift
	[ -z "$OUT" ] || mkdir -p "$OUT" || return
	[ -z "$IN" ] || { in_another "$script"; return; }
	for part in machine extensions; do
		# shellcheck source=/dev/null
		. "$HERE/../lib/$part.sh"
	done
	sandbox "$script" "${PASSED_ON[@]}"
	status=$?
	[ -z "$OUT" ] || cp "${@/#/$WORK/bench/}" "$OUT" || return
	return $status
}
