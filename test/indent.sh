#!/bin/sh
# indent.sh [--check] [FILE...] - lays src/, or these files, out as pgindent does, with
# lines of up to 99 columns; with --check it only says what it would change, and exits with
# 1 if there is anything.  Needs version 2.1.1 of pg_bsd_indent, which Debian 12 has as
# pg-bsd-indent (2.1.2, PostgreSQL 17's own, indents further what continues a
# declaration); without it exits with 3.  It does not know compound literals as arguments:
# tests, which have such, are not held to it.  Names of types stand in typedefs.list:
# theirs that are used, and all of ours.
set -eu
case $(pg_bsd_indent --version 2>&1) in
	*' 2.1.1'*) ;;
	*) echo 'indent.sh: there is no pg_bsd_indent 2.1.1' >&2; exit 3 ;;
esac
CHECK=no
[ "${1-}" != --check ] || { CHECK=yes; shift; }
FOLDER=$(mktemp -d)
trap 'rm -rf "$FOLDER"' EXIT
status=0

# lay_out FILE - to out; fails if the tool does not understand it
lay_out()
{
	pg_bsd_indent -bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l99 \
		-lp -lpl -nip -npro -sac -tpg -ts4 -Utest/typedefs.list "$1" "$FOLDER/out" || return
	# the star of a function's type stands by the type, as pgindent has it
	sed -i -E 's/^((static |const |extern )*[A-Za-z_]+)[ \t]+\*$/\1 */' "$FOLDER/out"
}

cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- src/*.[ch] src/*/*.[ch] src/api/actions/*.c
for file; do
	if ! lay_out "$file"; then
		echo "indent.sh: $file: cannot be laid out" >&2
		status=1
	elif [ $CHECK = yes ]; then
		diff -u "$file" "$FOLDER/out" || status=1
	else
		cmp -s "$file" "$FOLDER/out" || cat "$FOLDER/out" >"$file"
	fi
done
exit $status
