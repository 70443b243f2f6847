# selftest_sql.sh: the theme of selftest.sh about rule.sql, which says in SQL which jobs the
# simulator lists, and how the themes about the rules in SQL start a server; it reads this file.

pg_run() { # as the user that owns the cluster
	if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

pg_ctl_as() { pg_run "$pg_bin/pg_ctl" -D "$dir/pg/data" -w -l "$dir/pg/log" "$@"; }

pg_psql() { # PSQL ARGUMENTS...
	"$pg_bin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$dir/pg" -p 54999 -U postgres -d postgres "$@"
}

# Starts a server whose schema "rules" has what rule.sql and fleet.sql make.
pg_start() { # ENCODING; fails where there is no PostgreSQL
	pg_bin=${PG_BINDIR:-/usr/lib/postgresql/15/bin}
	if [ ! -x "$pg_bin/initdb" ]; then
		echo '# no PostgreSQL: the rules in SQL are not compared'
		return 1
	fi
	chmod 755 "$dir"
	mkdir "$dir/pg"
	[ "$(id -u)" -eq 0 ] && chown postgres "$dir/pg"
	pg_run "$pg_bin/initdb" -D "$dir/pg/data" -A trust -U postgres -E "$1" --locale=C >/dev/null
	pg_ctl_as -o "-p 54999 -k $dir/pg -c listen_addresses= -c fsync=off" start >/dev/null
	pg_started=1
	(echo 'CREATE SCHEMA rules; SET search_path = rules;'; cat rule.sql fleet.sql) | pg_psql
	report $? "rule.sql and fleet.sql run in a database of encoding $1"
}

pg_end() {
	pg_ctl_as stop -m immediate >/dev/null
	pg_started=
	rm -rf "$dir/pg"
}

# The jobs that psql makes of rule.sql, and of the replies' pages.
compare_rule() { # PK DN FW PAGES
	local n=$4 page
	rm -f "$dir"/pg/page*
	for page in $(seq "$n"); do
		ask "$1" "$2" "$3" CurrentPage="$page" PageSize=100
		printf %s "$body" >"$dir/pg/page$page"
	done
	chmod a+r "$dir"/pg/page*
	pg_psql -v pk="$1" -v dn="$2" -v fw="$3" -v n="$n" -v dir="$dir/pg" <<-'EOF'
		SET client_encoding = utf8;
		WITH served AS (
			SELECT r->>'jobId', r->>'jobStatus', r->>'jobType', r->>'selectionType', r->>'targetSelection',
				(r->>'utcCreate')::timestamptz, (r->>'utcModified')::timestamptz, r->>'productKey', r->>'firmwareId'
			FROM generate_series(1, :n) p,
				json_array_elements(pg_read_file(:'dir' || '/page' || p)::json #> '{data,simpleOTAJobInfo}') r),
		ruled AS (SELECT * FROM rules.sim_jobs(:'pk', :'dn', :'fw'))
		SELECT (SELECT count(*) FROM served), (SELECT count(*) FROM ruled),
			(SELECT count(*) FROM (TABLE served EXCEPT ALL TABLE ruled) d),
			rules.sim_job_count(:'dn');
	EOF
}

test_sql() {
	local encoding
	for encoding in UTF8 LATIN1 SQL_ASCII; do
		test_sql_in $encoding
	done
}

test_sql_in() { # ENCODING
	$ctl reset
	pg_start "$1" || return
	is "$(compare_rule pk dev 187 1)" '3|3|0|3' 'rule.sql agrees: the default'
	is "$(compare_rule 'p|k' "dé'v :17" 'x
y' 1)" '17|17|0|17' 'rule.sql agrees: odd characters'
	is "$(compare_rule pk dev:1000 187 10)" '1000|1000|0|1000' 'rule.sql agrees: 1000 jobs'
	is "$(compare_rule pk dev:0 187 1)" '0|0|0|0' 'rule.sql agrees: none'
	is "$(compare_rule pk dev:00000012 187 1)" '3|3|0|3' 'rule.sql agrees: eight digits'
	is "$(compare_rule pk dev:0000012 187 1)" '12|12|0|12' 'rule.sql agrees: leading zeros'
	pg_end
}
