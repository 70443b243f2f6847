#!/bin/sh
# indent.sh [FILE...] - lays the sources out as pgindent does, with lines of up to 99
# columns; needs Debian's pg-bsd-indent.  Names of types stand in typedefs.list: theirs
# that are used, and all of ours.
set -eu
cd "$(dirname "$0")/.."
file=
trap 'rm -f "$file.indented"' EXIT
[ $# -gt 0 ] || set -- src/*.[ch] src/*/*.[ch] test/*/*.[ch]
for file; do
	pg_bsd_indent -bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l99 \
		-lp -lpl -nip -npro -sac -tpg -ts4 -Utest/typedefs.list "$file" "$file.indented"
	# the star of a function's type stands by the type, as pgindent has it
	sed -i -E 's/^((static |const |extern )*[A-Za-z_]+)[ \t]+\*$/\1 */' "$file.indented"
	if cmp -s "$file" "$file.indented"; then rm "$file.indented"; else mv "$file.indented" "$file"; fi
done
