#!/bin/bash
# check-layers-itself.sh DIR MAKE-ARGUMENT... - whether check-layers.pl finds what it is for.
#
# Copies this tree, which is built and passes, to DIR, breaks the copy in many places, and
# prints what the check does not find.
set -u

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
COPY=$1
shift
WANTED=()

# add FILE LINE... - at the end of a file of the copy
add()
{
	local file=$COPY/src/$1
	shift
	mkdir -p "$(dirname "$file")"
	printf '%s\n' "$@" >>"$file"
}

# include FILE LINE - after the first directive that defines or includes, so in a header's guard
include()
{
	sed -i "0,/^#\\(define\\|include\\)/{//a$2
}" "$COPY/src/$1"
}

rm -rf "$COPY"
mkdir -p "$COPY/test"
cp -a "$HERE"/{Makefile,tuya_fdw.control,META.json,tuya_fdw.so,src,sql} "$COPY/"
cp -a "$HERE/test/check-layers.pl" "$COPY/test/"

# an include from above, in each file below it; and one that no pattern finds
for file in "$COPY"/src/{util,core,http,failure,api,option,rows}/*.[ch]; do
	name=${file#"$COPY"/src/}
	include "$name" '#include "executor/scan.h"'
	WANTED+=("${name%.[ch]} -> executor/scan is no edge of the table")
	[[ $file == *.h ]] || WANTED+=("src/$name sees src/executor/scan.h, which is not above it")
done
add util/window.c '#define ROOM "planner/plan.h"' '#include ROOM'
WANTED+=('src/util/window.c sees src/planner/plan.h, which is not above it')
# where a macro or a way around hides which room it is, or a name that it is a header
add planner/reach.c '#define ROOM "http/http.h"' '#include ROOM' '#include "../fetch/metric.h"'
include rows/store.h '#include "../fetch/metric.h"'
printf '%s\n' '#include "executor/number.h"' >"$COPY/src/rows/words.inc"
add rows/image.c '#include "rows/words.inc"'
WANTED+=('src/planner/reach.c has an include that names no file of a room: #include ROOM')
WANTED+=('src/planner/reach.c has an include that names no file of a room: #include "../fetch/metric.h"')
WANTED+=('src/rows/store.h has an include that names no file of a room: #include "../fetch/metric.h"')
WANTED+=('src/rows/image.c sees src/rows/words.inc, which is no file of a room')
WANTED+=('src/http/url.c sees /' 'postgres.h, and is plain C')

# rooms that nobody knows
for name in odd/odd.h core/deep/deep.h loose.h; do
	add "$name" ''
	WANTED+=("src/$name: its room is not in the table")
done

# a library's header where it does not belong; headers in a circle
add util/clock.c '#include <curl/curl.h>'
include core/buf.h '#include "core/url.h"'
include core/url.h '#include "core/buf.h"'
WANTED+=('src/util/clock.c includes curl/curl.h')
WANTED+=('a circle of headers: core/buf.h -> core/url.h -> core/buf.h')

# calls: in a circle, upward, and of what waits and ends
add util/ring_a.c 'extern void tuya_ring_a(void), tuya_ring_b(void);' \
	'void tuya_ring_a(void) { tuya_ring_b(); }'
add util/ring_b.c 'extern void tuya_ring_a(void), tuya_ring_b(void);' \
	'extern void tuya_scan_settings(void), usleep(unsigned);' \
	'void tuya_ring_b(void) { tuya_ring_a(); tuya_scan_settings(); usleep(1); }'
add core/ending.c 'extern void tuya_ending(void), abort(void);' \
	'void tuya_ending(void) { abort(); }'
# names of what is above, where no object tells: in a header, by address, as a text
include util/bytes.h 'static inline void tuya_upward(void) { extern void tuya_scan_settings(void); tuya_scan_settings(); }'
add util/clock.c 'static const char *const name = "tuya_scan_settings";'
WANTED+=('src/util/bytes.h names tuya_scan_settings of src/executor/scan.c')
WANTED+=('src/util/clock.c names tuya_scan_settings of src/executor/scan.c')
# objects of the new files alone: the others stay as they are
for name in util/ring_a util/ring_b core/ending; do
	cc -w -fno-builtin -c -o "$COPY/src/$name.o" "$COPY/src/$name.c" || exit 1
done
WANTED+=('a circle of calls: util/ring_a -> util/ring_b -> util/ring_a')
WANTED+=('util/ring_b -> executor/scan is no edge of the table (call)')
WANTED+=('src/util/ring_b.c calls usleep' 'src/core/ending.c calls abort')

# words of an action elsewhere: a column, a noun, a name on the wire in a comment
add rows/store.c 'static const char *const column = "firmware_id";'
add failure/failure.c '#define NO_ROWS "there are no jobs"'
add planner/plan.c '/* as data.simpleOTAJobInfo has it */'
WANTED+=('src/rows/store.c has "firmware_id", which is for src/api/actions/ota_job.c to say')
WANTED+=('src/failure/failure.c has "jobs", which is' 'src/planner/plan.c has "simpleOTAJobInfo", which is')

# an edge that is known for nothing
sed -i "s|^my @known = ($|&\n'core/url -> core/sign',|" "$COPY/test/check-layers.pl"
WANTED+=('known, but needed no more: core/url -> core/sign')

objects=()
for name in "$COPY"/src/*.c "$COPY"/src/*/*.c "$COPY"/src/api/actions/*.c; do
	name=${name#"$COPY"/}
	objects+=(-o "${name%.c}.o")
done
said=$(make -s -C "$COPY" "$@" "${objects[@]}" -o tuya_fdw.so check-layers 2>&1)
WRONG=$?
[ $WRONG != 0 ] || echo "the check passes"
WRONG=$((WRONG == 0))
for text in "${WANTED[@]}"; do
	if ! grep -qF -- "$text" <<<"$said"; then
		echo "the check does not say: $text"
		WRONG=1
	fi
done
rm -rf "$COPY"
exit $WRONG
