#!/bin/bash
# check-layers.sh SHARED_OBJECT - proves the layering of src/README.md's rooms, by
# grep: which source may include what, who may wait, which symbols are exported.
# Prints what is wrong; run it at the top of the tree.

set -u
WRONG=0

complain()
{
	printf 'layers: %s\n' "$1"
	printf '%s\n' "$2" | sed 's/^/    /'
	WRONG=1
}

# only WHAT PATTERN ALLOWED... - lines of src that match the pattern stand in
# files whose names match one of the allowed patterns
only()
{
	local what=$1 pattern=$2 found
	shift 2
	found=$(grep -rnE --include='*.[ch]' "$pattern" src)
	for allowed; do
		found=$(grep -vE "^$allowed:" <<<"$found")
	done
	[ -z "$found" ] || complain "$what" "$found"
}

# none WHAT PATTERN FILE... - no line of these files matches the pattern
none()
{
	local what=$1 pattern=$2 found
	shift 2
	found=$(grep -nE "$pattern" "$@" /dev/null 2>/dev/null)
	[ -z "$found" ] || complain "$what" "$found"
}

INCLUDE='^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]'

only "only core/sign and core/tls include OpenSSL" "${INCLUDE}openssl/" 'src/core/sign\.c' 'src/core/tls\.c'
only "only core/reply includes json-c" "${INCLUDE}(json-c/|json\.h)" 'src/core/reply\.c'
only "only http includes curl.h" "${INCLUDE}curl/" 'src/http/[a-z_]*\.c' 'src/http/internal\.h'

# core <- http <- fetcher <- scan, lookahead <- tuya_fdw
none "core includes nothing but core and C" \
	"$INCLUDE(postgres|curl|http/|fetch/|compat|\.\./)" src/core/*.[ch]
none "core never ends the process" '\b(abort|exit|longjmp|assert)[[:space:]]*\(' src/core/*.[ch]
none "http includes nothing of PostgreSQL, and of ours only core" \
	"$INCLUDE(postgres|lib/|utils/|storage/|nodes/|compat|fetch/|rows/|failure/|option/|executor/|planner/|lookahead/)" src/http/*.[ch]
none "the fetcher and what it uses know nothing of scans and plans" \
	"$INCLUDE(executor/(scan|explain|convert|keyset)|planner/|fetch/remote|lookahead/|nodes/plannodes)" \
	src/fetch/{fetcher,internal,attempt,deadline,outcome,request,limiter,idle}.[ch] src/util/*.[ch] src/rows/*.[ch] src/failure/*.[ch] src/executor/execution.[ch]
none "scan and lookahead know nothing of http" "${INCLUDE}(http/|core/sign|core/url)" \
	src/executor/{scan,explain,convert}.[ch] src/planner/*.[ch] src/lookahead/*.[ch]
none "only tuya_fdw.c sets up the module" '_PG_init|MODULE_MAGIC' \
	$(ls src/*.c src/*/*.c 2>/dev/null | grep -v '^src/tuya_fdw.c$')

only "only the fetcher waits" '\b(WaitLatch|WaitLatchOrSocket|WaitEventSetWait|pg_usleep|poll|select|usleep|nanosleep|sleep)[[:space:]]*\(' \
	'src/fetch/fetcher\.c'

exported=$(nm -D --defined-only "$1" | awk '{print $3}' |
	grep -vE '^(tuya_[a-z_]+|_PG_init|Pg_magic_func|pg_finfo_tuya_[a-z_]+)$')
[ -z "$exported" ] || complain "symbols that should be hidden" "$exported"
nm -D --defined-only "$1" | grep -q ' _PG_init$' || complain "no such module" "$1"

[ $WRONG = 0 ] && echo "layers: as designed"
exit $WRONG
