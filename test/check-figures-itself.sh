#!/bin/bash
# check-figures-itself.sh DIRECTORY - does bench/figures.pl find what differs?  On a README
# and two tables in that directory, which are changed one by one.  Says what it has missed.

set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
mkdir -p "$1" && cd "$1" || exit
MISSED=0

write_all()
{
	cat >README.md <<-'README'
		It took 7 s, and 1.6 s<!-- one join -->.

		| more | measured |
		|---|---|
		| one | 6.5 s |

		<!-- figures
		1: slow join
		-->

		| what | is 9 s |
		|---|---|
		| one | 6.5 s |

		## Performance
		A reply takes 50 ms, and a join 1.7 s<!-- one join -->.

		| what | measured | ideal |
		|---|---|---|
		| one | 6.48 s | 6.25 s |
		| two | 1.6 to 1.7 s, 6 % throttled | 1.56 s |
		| requests | 1,000 requests, at most 7 % | 1,000 |
		| some | at most 20 requests | 10 |
		| beside | 1.3 times | |

		<!-- figures
		1: slow join
		2: one join
		2: other join
		2: throttled
		3: count
		3: throttled
		4: some
		5: slow join
		-->

		| what | ours | theirs |
		|---|---|---|
		| version | 1.1 | 7.8 |
		| rate | 4,000 | - |
		| cancel | 0.01 s | 4.5 s |

		<!-- figures
		1: version: *
		2: rate: *
		3: cancel: *
		-->
		## Next
		It took 8 s.
	README
	sed 's/ | /\t/g' >bench.tsv <<-'TSV'
		group | what | unit | measured | ideal | ratio
		g | slow join | ms | 6480.1 | 6250 | 1.31
		g | one join | ms | 1580 | 1562.5 | 1.01
		g | other join | ms | 1720 | 1562.5 | 1.1
		g | throttled | % | 6.2 | - | -
		g | count | requests | 1000 | 1000 | 1
		g | some | requests | 17 | 10 | 1.7
	TSV
	sed 's/ | /\t/g' >peers.tsv <<-'TSV'
		name | value | unit
		version: ours | 1.1 | -
		version: theirs | 7.8 | -
		rate: ours | 4100 | 1/s
		rate: theirs | - | 1/s
		cancel: ours | 0.002 | s
		cancel: theirs | 4.61 | s
	TSV
	cat >bench.sh <<-'SCRIPT'
		row "slow $1" ms
		row "$2 join" ms; row "throttled" %
		row "count" requests; row "some" requests
		figure "version" "$peer" 1; figure "rate" "$peer" 1; figure "cancel" "$peer"
	SCRIPT
}

compared()
{
	perl "$HERE/bench/figures.pl" README.md bench.tsv peers.tsv 2>&1
}

named()
{
	perl "$HERE/bench/figures.pl" --names README.md bench.sh 2>&1
}

# missed WHICH FILE SED-COMMAND COMPLAINT - changes the file so; it should be complained of
missed()
{
	local said
	write_all
	cp "$2" before && sed -i "$3" "$2"
	! cmp -s "$2" before || printf 'nothing is changed by %s\n' "$3"
	if said=$("$1") || [[ $said != *"$4"* ]]; then
		printf '%s %s: %s\n' "$2" "$3" "$said"
		MISSED=1
	fi
}

write_all
for which in compared named; do
	$which || { printf 'that is %s, and nothing is wrong\n' $which; MISSED=1; }
done

write_all
sed -i 1d peers.tsv
compared || { printf 'a table without a head is not read\n'; MISSED=1; }

missed compared bench.tsv 's/6480.1/7700/' 'README.md:5: 6.5 s, and the benchmark has 7.7'
missed compared bench.tsv 's/one join\tms\t1580/one join\tms\t2200/' 'README.md:1: 1.6 s, and the benchmark has 2.2'
missed compared bench.tsv 's/6480.1/7700/' '6.48 s, and the benchmark has 7.7 (slow join)'
missed compared bench.tsv 's/6250/7500/' '6.25 s, and the benchmark has 7.5 (slow join)'
missed compared bench.tsv 's/1720/2050/' '1.6 to 1.7 s, and the benchmark has 1.58 to 2.05'
missed compared bench.tsv 's/1.31/1.6/' '1.3 times, and the benchmark has 1.6'
missed compared bench.tsv 's/6\.2/9/' '6 % throttled, and the benchmark has 9'
missed compared bench.tsv 's/6\.2/7.2/' 'at most 7 %, and the benchmark has 7.2'
missed compared bench.tsv 's/requests\t1000/requests\t1001/' '1,000 requests, and the benchmark has 1001'
missed compared bench.tsv 's/requests\t17/requests\t21/' 'at most 20 requests, and the benchmark has 21'
missed compared bench.tsv 's/one join\tms\t1580/one join\tms\t2200/' 'README.md:16: 1.7 s, and the benchmark has 2.2'
missed compared bench.tsv '/count/d' 'is not printed by the benchmark: count'
missed compared peers.tsv '/rate: theirs/d' 'is not printed by the benchmark: rate: theirs'
missed compared peers.tsv 's/0.002/0.2/' '0.01 s, and the benchmark has 0.2'
missed compared peers.tsv 's/7\.8/7.9/' '"7.8", and the benchmark has "7.9"'
missed compared README.md 's/6\.48 s/6.48 MB/' 'nothing of that unit'
missed compared README.md 's/6\.48 s/fast/' '"fast", and the benchmark has'
missed named README.md 's/<!-- one join -->//' 'README.md:16: 1.7 s has no name of a line'
missed named README.md '/^3: /d' 'the row has no name of a line'
missed named README.md 's/^5: slow/6: slow/' 'the table has no row 6'
missed named README.md '0,/^## Perf/!{0,/^<!-- figures/s/^<!-- figures//}' 'the table has no names of lines'
missed named README.md 's/^4: some/4: any/' 'no benchmark prints any'
missed named README.md 's/^1: version: /1: colour: /' 'no benchmark prints colour: ours'
missed named README.md 's/^## Performance/## Speed/' 'has no chapter Performance'
exit $MISSED
