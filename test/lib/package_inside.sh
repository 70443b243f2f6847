# shellcheck shell=bash
#
# package_inside.sh - what package.sh does in a root directory, in its folder /tuya_test,
# where tree/ is a copy of this tree.  Sourced in there, as root; each function fails if
# what it tests does not hold.

export DEBIAN_FRONTEND=noninteractive

# apt_get ARGUMENT... - with as little as can be
apt_get()
{
	apt-get -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@"
}

# --- where packages are built -------------------------------------------------

# build_packages VERSION FOLDER [ARGUMENT...] - by deb.sh, which is to leave two, and
# nothing else, there
build_packages()
{
	local version=$1 folder=$2
	shift 2
	mkdir -p "$folder" && cd "$folder" && bash ../tree/test/deb.sh "$@" || return
	[ "$(printf '%s ' *)" = "$(printf '%s ' postgresql-"$version"-tuya-fdw{-dbgsym_*,_*}.deb)" ] && [ -z "$(ls -d /tmp/tuya_fdw.* 2>/dev/null)" ]
}

# By make this time, which takes what is there, and at a later time.
build_again()
{
	local file
	mkdir -p second && make -C second -f ../tree/Makefile deb || return
	for file in first/*; do
		cmp "$file" "second/${file#*/}" || return
	done
}

# What README.md links to, as dh_compress leaves it.
documents()
{
	(cd tree && find src/doc -name '*.md' \( -size +4096c -printf '%p.gz\n' -o -print \))
}

# has_only VERSION
has_only()
{
	local doc=./usr/share/doc/postgresql-$1-tuya-fdw share=./usr/share/postgresql/$1/extension documents
	mapfile -t documents < <(documents)
	[ ${#documents[@]} -gt 0 ] || return
	printf '%s\n' "$doc"/{README.md.gz,changelog.gz,changelog.Debian.gz,copyright} "${documents[@]/#/$doc/}" "$share"/tuya_fdw{--1.0.sql,--1.0--1.1.sql,.control} \
		"./usr/lib/postgresql/$1/lib/tuya_fdw.so" "./usr/share/lintian/overrides/postgresql-$1-tuya-fdw" | sort >wanted
	dpkg-deb -c first/postgresql-*-tuya-fdw_*.deb | grep -v '/$' | awk '{ print $6 }' | sort | diff wanted - &&
		[ "$(dpkg-deb --ctrl-tarfile first/postgresql-*-tuya-fdw_*.deb | tar -t | grep -v '/$' | sort | tr '\n' ' ')" = './control ./md5sums ' ]
}

lint()
{
	apt_get install -y lintian && lintian --version && lintian --allow-root --info --fail-on error,warning first/*.deb
}

# install_archive VERSION - fast, not well
install_archive()
{
	local dir=/tuya_test/dist/tuya_fdw-test files
	export PG_CONFIG=/usr/lib/postgresql/$1/bin/pg_config COPT=-O0 MAKEFLAGS="-j2 with_llvm=no"
	apt_get install -y unzip pgxnclient && mkdir dist && unzip -q dist.zip -d dist || return
	make -C "$dir" && make -C "$dir" install DESTDIR=/tuya_test/dist/by-make || return
	mapfile -t files < <(cd dist/by-make && find . -type f)
	printf '%s\n' "${files[@]}"
	[ ${#files[@]} = 4 ] && pgxn install --nosudo ./dist.zip && (cd / && ls -l "${files[@]}")
}

# --- where they are installed -------------------------------------------------

# all_files FILE - lists the files of this Debian, but for caches, logs and lists
all_files()
{
	find / -xdev \( -path /tuya_test -o -path /tmp -o -path /run -o -path /var/cache -o -path /var/log -o -path /var/lib/apt \) -prune -o -print |
		sort >"$1"
}

# Only a server is there, of which nothing starts by itself.
prepare_server()
{
	printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
	mkdir -p /etc/postgresql-common/createcluster.d && printf 'create_main_cluster = false\n' >/etc/postgresql-common/createcluster.d/none.conf
	apt_get update && apt_get install -y "postgresql-$1"
}

# install_packages VERSION
install_packages()
{
	prepare_server "$1" && all_files before && apt_get install -y ./*.deb || return
	dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' "postgresql-$1-tuya-fdw*" libcurl4'*' libjson-c'*'
	ldd "/usr/lib/postgresql/$1/lib/tuya_fdw.so" | tee libraries && ! grep 'not found' libraries
}

# is WHAT PATTERN DATABASE SQL - whether what psql says fits
is()
{
	local said
	said=$(runuser -u postgres -- psql -XAtq -h "$SOCKETS" -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -d "$3" -c "$4" 2>&1)
	# shellcheck disable=SC2053 # a pattern
	if [[ $said == $2 ]]; then
		printf 'ok - %s\n' "$1"
	else
		printf 'not ok - %s\n%s\n' "$1" "$said"
	fi
}

# use VERSION - prints TAP
use()
{
	local bin=/usr/lib/postgresql/$1/bin wanted objects
	SOCKETS=$(mktemp -d) && chown postgres "$SOCKETS" || return
	runuser -u postgres -- "$bin/initdb" -D "$SOCKETS/data" -A trust -N -E UTF8 --locale=C.UTF-8 >initdb.log || return
	runuser -u postgres -- "$bin/pg_ctl" -D "$SOCKETS/data" -w -s -o "-c listen_addresses= -k $SOCKETS" -l "$SOCKETS/log" start || return
	wanted=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" tree/tuya_fdw.control)
	is 'CREATE EXTENSION makes it, of the version that the sources say' "$wanted" postgres \
		"CREATE EXTENSION tuya_fdw; SELECT extversion FROM pg_extension WHERE extname = 'tuya_fdw'"
	is 'IMPORT makes tables' t postgres \
		"CREATE SERVER s FOREIGN DATA WRAPPER tuya_fdw OPTIONS (endpoint 'https://127.0.0.1:1/', retries '0');
		CREATE USER MAPPING FOR CURRENT_USER SERVER s OPTIONS (access_key_id 'i', access_key_secret 's');
		IMPORT FOREIGN SCHEMA ota FROM SERVER s INTO public; SELECT count(*) > 0 FROM pg_foreign_table"
	is 'a service that is not there cannot be reached' '*HV00N: *could not connect*' postgres \
		"SELECT * FROM ota_job WHERE product_key = 'p' AND device_name = 'd' AND firmware_id = 'f'"
	objects="SELECT md5(string_agg(pg_describe_object(classid, objid, 0), '|' ORDER BY pg_describe_object(classid, objid, 0)))
		FROM pg_depend WHERE deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'tuya_fdw')"
	runuser -u postgres -- createdb -h "$SOCKETS" old
	is 'ALTER EXTENSION makes of 1.0 what CREATE EXTENSION makes' \
		"$(runuser -u postgres -- psql -XAtq -h "$SOCKETS" -c "$objects" postgres)" old \
		"CREATE EXTENSION tuya_fdw VERSION '1.0'; ALTER EXTENSION tuya_fdw UPDATE; $objects"
	is 'DROP EXTENSION takes it away' 0 old "DROP EXTENSION tuya_fdw; SELECT count(*) FROM pg_foreign_data_wrapper"
	runuser -u postgres -- "$bin/pg_ctl" -D "$SOCKETS/data" -w -s -m fast stop && rm -rf "$SOCKETS"
}

# purge VERSION - with what came with it, even if others would like to have it
purge()
{
	apt_get purge -y --auto-remove -o APT::AutoRemove::RecommendsImportant=false -o APT::AutoRemove::SuggestsImportant=false \
		"postgresql-$1-tuya-fdw" && all_files after && diff before after
}
