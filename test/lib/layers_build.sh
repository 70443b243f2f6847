# shellcheck shell=bash
#
# layers_build.sh - check.sh's layers that take no server: sources, builds, core, the
# simulator.  Sourced.

layer_layers()
{
	one "sources include and export only what their layer may" "$LOG/layers" make_in "$TUYA_ROOT" check-layers
	one "the check of layers finds what breaks them" "$LOG/layers-itself" \
		bash "$TUYA_ROOT/test/check-layers-itself.sh" "$TUYA_WORK/build-layers" "PG_CONFIG=$PG_CONFIG"
	one "documents, files and functions that texts name are there" "$LOG/texts" check_texts "$TUYA_ROOT"
	one "the check of texts finds wrong links, contents and widths" "$LOG/texts-itself" check_texts_itself
	one "META.json is valid for PGXN, and all texts are of its version" "$LOG/meta" check_meta "$TUYA_ROOT"
	one "the check of META.json finds what breaks it" "$LOG/meta-itself" check_meta_itself
	one "each figure in the README is of a line that a benchmark prints" "$LOG/figures" check_figures
	one "the comparison of figures finds what differs" "$LOG/figures-itself" \
		bash "$TUYA_ROOT/test/check-figures-itself.sh" "$TUYA_WORK/figures"
	if sh "$TUYA_ROOT/test/indent.sh" --check src/settings.h >/dev/null 2>&1 || [ $? != 3 ]; then
		one "the sources are laid out as pgindent does" "$LOG/indent" sh "$TUYA_ROOT/test/indent.sh" --check
	else
		skip "the sources are laid out as pgindent does" "no pg_bsd_indent 2.1.1 here"
	fi
}

check_texts()
{
	(cd "$1" && perl "$TUYA_ROOT/test/check-texts.pl")
}

# All in one tree, since each look at one takes a while.
check_texts_itself()
(
	local dir=$TUYA_WORK/texts wide said complaint
	wide=$(printf 'wide %.0s' {1..30})
	rm -rf "$dir" && copy_clean "$dir" && cd "$dir" || return
	sed -i "2s/^/$wide/; /^- \\[Limits\\]/d; s,doc/cache\\.,doc/cash.,; s,#when-a-key-is-missing,#when-a-key-is-lost," README.md
	sed -i "4s/^/$wide/; s/^## Large fleets/## Small fleets/" src/doc/fleet.md
	sed -i 's/^Contents:/What is here:/; s/#cached-lookups/#cached/' src/doc/cache.md
	sed -i 's/](#packages)/](#package)/' test/README.md
	sed -i 's/`Throttled`/`Slowed`/' src/doc/explain.md
	said=$(check_texts "$dir") && { say "nothing is said"; return 1; }
	while read -r complaint; do
		[[ $said == *"$complaint"* ]] || { say "not said: $complaint"; say "$said"; return 1; }
	done <<-'END'
		README.md:2 has over 100 columns
		the contents of README.md are
		README.md has a link to src/doc/cash.
		#when-a-key-is-lost, which is not there
		src/doc/fleet.md:4 has over 100 columns
		the contents of src/doc/fleet.md are
		src/doc/cache.md has no contents
		#cached, which is not there
		test/README.md has a link to #package, which is not there
		EXPLAIN's line Throttled
	END
)

check_meta()
{
	(cd "$1" && perl "$TUYA_ROOT/test/check-meta.pl")
}

check_meta_itself()
{
	# shellcheck disable=SC2016 # $ is of sed
	meta_without META.json '/"abstract"/d' 'META.json has no abstract' &&
		meta_without META.json 's/"release_status": "[a-z]*"/"release_status": "done"/' 'META.json.release_status is "done"' &&
		meta_without META.json 's/"license": "[a-z]*"/"license": "mine"/' 'META.json.license is "mine": no license that PGXN knows' &&
		meta_without META.json 's,"file": "[^"]*",\"file\": \"sql/none.sql\",' 'META.json.provides.tuya_fdw.file is "sql/none.sql": no such file' &&
		meta_without META.json 's/"tags"/"tag"/' 'META.json has tag, which the specification has not' &&
		meta_without META.json 's/"PostgreSQL": "15.0.0"/"PostgreSQL": "15"/' 'META.json.prereqs.runtime.requires.PostgreSQL is "15": not as it should be' &&
		meta_without META.json 's/^   "version": "[0-9]*/&9/' 'tuya_fdw.control of' &&
		meta_without META.json '$d' 'META.json: ' &&
		meta_without CHANGELOG.md '0,/^## /s/^## /&9/' 'CHANGELOG.md of 9' &&
		meta_without tuya_fdw.control "s/^default_version.*/default_version = '0.9'/" 'tuya_fdw.control of 0.9'
}

# meta_without FILE SED-COMMAND COMPLAINT - what is said of a tree that is changed so
meta_without()
{
	local dir=$TUYA_WORK/meta said
	rm -rf "$dir" && mkdir "$dir" && cp -r "$TUYA_ROOT"/{META.json,CHANGELOG.md,README.md,tuya_fdw.control,sql} "$dir" && sed -i "$2" "$dir/$1" || return
	! diff -q "$TUYA_ROOT/$1" "$dir/$1" >/dev/null || { say "nothing is changed by $2"; return 1; }
	said=$(check_meta "$dir" 2>&1) && { say "nothing is said of $2"; return 1; }
	[[ $said == *"$3"* ]] || { say "$2: $said"; return 1; }
}

check_figures()
{
	(cd "$TUYA_ROOT" && perl test/bench/figures.pl --names README.md test/bench/run.sh test/bench/peers.sh)
}

# What those who build and test meet first.
layer_setup()
{
	local dir=$TUYA_WORK/build-setup
	copy_clean "$dir"
	rm -rf "$dir"/test/sim/tuya_{sim,simctl} "$dir"/results "$dir"/output_iso	# layers before this one
	find "$dir" -type f | sort >"$LOG/setup-before"
	one "a build in another folder has all symbols" "$LOG/setup-vpath" build_elsewhere "$dir"
	one "make without pg_config is an error that builds nothing" "$LOG/setup-no-pg" fails_without_pg "$dir"
	one "make clean leaves nothing of the extension, the simulator and the tests" "$LOG/setup-clean" clean_is_clean "$dir"
	one "make dist archives what is committed, from wherever it is called, or leaves nothing" "$LOG/setup-dist" dist_is_whole "$dir"
	one "sh runs the scripts" "$LOG/setup-sh" by_sh
	one "sudo may ask for a password on the terminal" "$LOG/setup-sudo" sudo_asks
	one "however check.sh ends, its last line is the result" "$LOG/setup-ends" result_is_last
	one "make installcheck says in a line what is missing" "$LOG/setup-installcheck" installcheck_misses
	one "make deb says in a line what is missing, and leaves nothing" "$LOG/setup-deb" deb_misses
}

build_elsewhere()
{
	local there=$TUYA_WORK/build-elsewhere
	mkdir -p "$there"
	make -C "$there" -f "$1/Makefile" PG_CONFIG="$PG_CONFIG" with_llvm=no -j2 &&
		make -C "$there" -f "$1/Makefile" PG_CONFIG="$PG_CONFIG" with_llvm=no install DESTDIR="$there/root" &&
		nm -D "$there/tuya_fdw.so" | grep -q ' T tuya_fdw_handler' &&
		nm -D "$there/tuya_fdw.so" | grep -q ' U curl_multi_init' &&
		[ "$(find "$there/root" -type f -printf '%f\n' | sort | tr '\n' ' ')" = "tuya_fdw--1.0--1.1.sql tuya_fdw--1.0.sql tuya_fdw.control tuya_fdw.so " ] &&
		rm -r "$there/root" && make -C "$there" -f "$1/Makefile" PG_CONFIG="$PG_CONFIG" with_llvm=no clean &&
		[ -z "$(ls -A "$there")" ]
}

fails_without_pg()
{
	! make -C "$1" PG_CONFIG=/nonexistent/pg_config && ! make -C "$1" PG_CONFIG=/bin/true && ! make -C "$1" PG_CONFIG= &&
		find "$1" -type f | sort | diff "$LOG/setup-before" -
}

clean_is_clean()
{
	# of the tests' programs, which take long to build, what their folders are
	mkdir -p "$1"/test/{unit,fuzz}/build && touch "$1"/test/{unit,fuzz}/build/test_x
	make_in "$1" -j2 with_llvm=no && make -C "$1/test/sim" -j2 && make_in "$1" clean && find "$1" -type f | sort | diff "$LOG/setup-before" -
}

# dist_is_whole DIR - a tree that is in no repository, and then is
dist_is_whole()
{
	local there=$TUYA_WORK/build-dist
	mkdir -p "$there"
	! make -C "$there" -f "$1/Makefile" PG_CONFIG="$PG_CONFIG" dist && [ -z "$(find "$there" -type f)" ] || return
	command -v git >/dev/null && command -v unzip >/dev/null || { say "no git or no unzip here"; return; }
	git -C "$1" init -q && git -C "$1" add -A &&
		git -C "$1" -c user.name=test -c user.email=test@example.com commit -qm all &&
		make -C "$there" -f "$1/Makefile" PG_CONFIG="$PG_CONFIG" dist &&
		unzip -Z1 "$there"/tuya_fdw-*.zip | sed -n 's,^tuya_fdw-[0-9.]*/\(.*[^/]\)$,\1,p' | LC_ALL=C sort |
		diff <(git -C "$1" ls-files | grep -v '^\.' | LC_ALL=C sort) - || return
	rm -rf "$1/.git"
	make -C "$there" -f "$1/Makefile" PG_CONFIG="$PG_CONFIG" clean && [ -z "$(ls -A "$there")" ]
}

by_sh()
{
	local script
	for script in demo check; do
		sh "$TUYA_ROOT/test/$script.sh" --help | grep -q "^$script.sh - " || return 1
	done
}

# A sudo that wants a password from the terminal, for a user whose input is that, and
# for apt-get, whose input is not.
sudo_asks()
{
	local bin=$TUYA_WORK/setup-bin
	command -v script >/dev/null || { say "no script(1) here"; return; }
	mkdir -p "$bin"
	cat >"$bin/sudo" <<-'SUDO'
		#!/bin/bash
		[ "$1" != -n ] || { echo 'sudo: a password is required' >&2; exit 1; }
		[ "$1" != -p ] || { printf '%s' "$2" >/dev/tty; shift 2; }
		[ -e "$0.known" ] || { read -r password </dev/tty && [ "$password" = geheim ] && : >"$0.known"; } && "$@"
	SUDO
	printf '#!/bin/sh\necho "apt-get did $*"\n' >"$bin/apt-get"
	printf '#!/bin/sh\necho 1000\n' >"$bin/id"
	chmod 755 "$bin"/*
	cat >"$bin/try" <<-TRY
		#!/bin/bash
		. "$TUYA_ROOT/test/lib/machine.sh"
		PATH=$bin:\$PATH WORK=$TUYA_WORK
		need_root "it is missing" "apt-get install thing" && apt_get install thing && tail -n 1 "\$WORK/log/apt"
	TRY
	{ sleep 1; echo geheim; sleep 1; } | SHELL=$BASH limited 120 script -qec "bash $bin/try" /dev/null | tee "$LOG/setup-sudo-seen" &&
		grep -q 'apt-get did .*install thing' "$LOG/setup-sudo-seen" || return 1
	# with nobody to answer, it says so instead of waiting
	! limited 120 setsid bash "$bin/try" </dev/null
}

# The end comes to a check.sh that has nothing to do but to run two layers, of which one
# has passed three tests.
result_is_last()
{
	local dir=$TUYA_WORK/setup-ends
	mkdir -p "$dir" && cp -r "$TUYA_ROOT/test/check.sh" "$TUYA_ROOT/test/lib" "$dir" || return
	cat >>"$dir/lib/machine.sh" <<-'STUBS'
		need_tools() { :; }
		get_postgres() { :; }
		copy_sources() { :; }
		run_inside()
		{
			printf '%s\n' "$WORK" >"$RUN_IN"
			printf '3 0 %s\n' "$ENDED" >"$WORK/result"
			eval "$END"
		}
	STUBS
	# shellcheck disable=SC2016 # for the script to expand
	ends_so 2 '3 passed, 0 failed' 0 true && ends_so 2 '3 passed, 1 failed' 9 '(exit 9)' &&
		ends_so 1 '3 passed, 1 failed' 143 'kill -TERM $$' && ends_so 1 '3 passed, 1 failed' 130 'kill -INT $$' &&
		ends_so 1 '3 passed, 1 failed' 137 'bash -c "kill -KILL \$\$"' && ends_so 1 '3 passed, 1 failed' 1 'die "no more"' &&
		ends_so 1 '3 passed, 1 failed' 1 ': $nothing' && ends_so 0 '0 passed, 1 failed' 1 'rm "$WORK/result"; die "no more"'
}

# ends_so LAYERS-ENDED LAST-LINE STATUS END - the end, and whether it is as it should be
ends_so()
{
	local status log=$TUYA_WORK/setup-ends/log
	# called by a name for which cd would go by CDPATH; SIGINT is ignored in what runs in the background
	(cd "$TUYA_WORK" && ENDED=$1 END=$4 RUN_IN=$TUYA_WORK/setup-ends/in CDPATH=$TUYA_WORK env --default-signal=INT -u TUYA_WORK \
		bash setup-ends/check.sh --no-install unit layers) >"$log" 2>&1
	status=$?
	say "$4: status $status"
	cat "$log"
	[ $status = "$3" ] && [ "$(tail -n 1 "$log")" = "$2" ] && [ ! -e "$(cat "$TUYA_WORK/setup-ends/in")" ] &&
		{ [ "$1" = 2 ] || grep -q 'did not run to its end: .*layers$' "$log"; }
}

# misses WHAT VARIABLE=VALUE... - what installcheck.sh says with these set, which is one line
misses()
{
	local what=$1 said
	shift
	said=$(env MAKE=make TAP_TESTS= "$@" bash "$TUYA_ROOT/test/installcheck.sh" 2>&1) && return 1
	say "$said"
	[[ $said == "installcheck: "*"$what"* && $said != *$'\n'* ]]
}

installcheck_misses()
{
	local bin=$TUYA_WORK/setup-none
	mkdir -p "$bin" && printf '#!/bin/sh\nexit 2\n' >"$bin/perl" && chmod 755 "$bin/perl" || return
	misses 'no server answers' PGHOST="$bin" && misses 'run it as: make installcheck' MAKE= &&
		misses "Perl's IPC::Run" PGHOST="$bin" TAP_TESTS=1 PATH="$bin:$PATH"
}

# On a machine where no package is installed, which needs no pg_config for it.
deb_misses()
{
	local bin=$TUYA_WORK/setup-deb said
	mkdir -p "$bin/here" && printf '#!/bin/sh\nexit 1\n' >"$bin/dpkg-query" && chmod 755 "$bin/dpkg-query" || return
	said=$(PATH=$bin:$PATH make -s -C "$bin/here" -f "$TUYA_ROOT/Makefile" PG_CONFIG=/nonexistent deb 2>&1) && return 1
	say "$said"
	[ "$(grep -vc '^make' <<<"$said")" = 1 ] && [[ $said == 'deb.sh: missing: debhelper dpkg-dev gcc '* ]] && [ -z "$(ls -A "$bin/here")" ]
}

# Copies the sources, without what was built, for a build of another kind.
copy_clean()
{
	mkdir -p "$1"
	tar -C "$TUYA_ROOT" --exclude='*.o' --exclude='*.so' --exclude='*.bc' -cf - . | tar -C "$1" -xf -
}

# warnings_with COMPILER CFLAGS - a build of its own.  PostgreSQL's headers count
# as the system's.
warnings_with()
{
	local compiler=$1 dir=$TUYA_WORK/build-$1
	if ! command -v "$compiler" >/dev/null; then
		skip "no warnings with $compiler" "no $compiler here"
		return
	fi
	# PostgreSQL's own flags of newer versions, and newer compilers' own
	local flag newer=
	for flag in -Wmissing-variable-declarations -Wimplicit-fallthrough=5 -Wcast-function-type-strict; do
		! "$compiler" -Werror "$flag" -fsyntax-only -xc /dev/null 2>/dev/null || newer+=" $flag"
	done
	copy_clean "$dir"
	one "no warnings with $compiler" "$LOG/warnings-$compiler" make_in "$dir" -j2 -k with_llvm=no CC="$compiler" \
		CFLAGS="-O2 -g -fno-strict-aliasing -fwrapv -Wall -Wextra -Werror$newer -isystem $("$PG_CONFIG" --includedir-server)"
}

layer_warnings()
{
	warnings_with gcc
	warnings_with clang
}

layer_unit()
{
	[ -e "$TUYA_ROOT/test/unit/Makefile" ] || { skip "unit tests" "test/unit is not there"; return; }
	local build=$TUYA_WORK/build-unit program
	quietly "$LOG/unit" make -C "$TUYA_ROOT/test/unit" -j2 all BUILD="$build" || { fail "unit: build" "$LOG/unit"; return; }
	for program in "$build"/test_*; do
		[ -x "$program" ] || continue
		limited 300 "$program" >"$LOG/${program##*/}" 2>&1
		tally "${program##*/}" "$LOG/${program##*/}" $?
	done
}

# The corpus; with TUYA_SOAK ten million new inputs of each kind, too.
layer_fuzz()
{
	local what=--corpus-only
	[ -z "${TUYA_SOAK:-}" ] || what=${FUZZ_RUNS:-10000000}
	BUILD=$TUYA_WORK/build-fuzz limited 14400 bash "$TUYA_ROOT/test/fuzz/run.sh" "$what" >"$LOG/fuzz" 2>&1
	tally "fuzzers" "$LOG/fuzz" $?
	grep -E '^ok' "$LOG/fuzz" | quote
}

layer_sim()
{
	[ -e "$SIM_DIR/selftest.sh" ] || { skip "the simulator's own test" "test/sim/selftest.sh is not there"; return; }
	(cd "$SIM_DIR" && PG_BINDIR=$("$PG_CONFIG" --bindir) limited 1200 bash ./selftest.sh) >"$LOG/selftest" 2>&1
	tally "the simulator's own test" "$LOG/selftest" $?
}
